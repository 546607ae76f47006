#!/usr/bin/env python3
"""Makes the JSON files of tests/golden_extra: python3 make.py, beside which it writes them.

They have what the schema allows and tests/golden has no case of: weights of one axis, layers that are not trained, `axis`,
`initial_epoch`, `validation_freq`, `validation_batch_size`, and they lack files and lists.
"""
import json, os

from keras64 import jax, keras, np, tensor
import tabular

rng = np.random.default_rng(77)
HERE = os.path.dirname(os.path.abspath(__file__))


def draw(*shape, scale=1.0):
    return np.round(rng.normal(size=shape) * scale, 6)


def spec(name, /, **config):
    return {"class_name": name, "config": config}


def make(module, described):
    return getattr(module, described["class_name"])(**described["config"])


def write(section, rtol=1e-9, atol=1e-12, **lists):
    top = dict(format="layercake-golden", version=1, section=section, seed=77, profile="extra", floatx="float64", keras_epsilon=1e-7,
               reference_backend="jax", versions={"keras": keras.__version__, "jax": jax.__version__}, rtol=rtol, atol=atol)
    lists = {key: "[\n" + ",\n".join(map(json.dumps, cases)) + "\n]" for key, cases in lists.items()}
    body = json.dumps(top)[:-1] + "".join(f', "{key}": {text}' for key, text in lists.items()) + "}\n"
    json.loads(body)
    open(f"{HERE}/{section}.json", "w").write(body)


def case(number, name, **rest):
    return {"id": f"{number:02}-{name}", "tier": "extended", **rest}


# activations: softmax along an axis that is named
x, up = draw(4, 5), draw(4, 5)
cases = []
for number, axis in enumerate([-1, 1]):
    f = lambda x: keras.activations.softmax(x, axis=axis)
    y, back = jax.vjp(f, x)
    cases.append(case(number, f"softmax-axis{axis}", activation="softmax", kwargs={"axis": axis}, kind="random", x=tensor(x), upstream=tensor(up), y=tensor(y), dx=tensor(back(up)[0])))
write("activations", cases=cases)

# losses along an axis that is named
cases = []
for number, (name, axis) in enumerate([("CosineSimilarity", 1), ("CategoricalCrossentropy", 1)]):
    logits = draw(6, 3)
    pred = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    true = np.eye(3)[rng.integers(0, 3, 6)]
    loss = getattr(keras.losses, name)(axis=axis)
    f = lambda p: loss(true, p)
    cases.append(case(number, f"{name}-axis", loss=name, kwargs={"axis": axis}, reduction="sum_over_batch_size", y_true=tensor(true), y_pred=tensor(pred),
                      sample_weight=None, value=tensor(f(pred)), grad_y_pred=tensor(jax.grad(f)(pred))))
write("losses", cases=cases)

# weights of one axis
w = draw(7)
regs = []
for number, r in enumerate([spec("L1", l1=0.02), spec("L2", l2=0.03), spec("L1L2", l1=0.01, l2=0.02)]):
    f = make(keras.regularizers, r)
    regs.append(case(number, "regularizer-of-a-bias", regularizer=r, weight=tensor(w), value=tensor(f(w)), grad=tensor(jax.grad(lambda w: f(w))(w))))
cons = []
for number, c in enumerate([spec("NonNeg"), spec("MaxNorm", max_value=1.1), spec("UnitNorm"), spec("MinMaxNorm", min_value=0.2, max_value=0.9, rate=0.7)]):
    cons.append(case(number, "constraint-of-a-bias", constraint=c, weight=tensor(w), constrained=tensor(make(keras.constraints, c)(jax.numpy.asarray(w)))))

# layers: some not trained, some with an axis
def build(layers, width):
    model = keras.Sequential([keras.layers.Input(width if isinstance(width, tuple) else (width,))] + [make(keras.layers, l) for l in layers])
    weights = [draw(*v.shape, scale=0.6) if "moving_variance" not in v.path else np.abs(draw(*v.shape)) + 0.5 for v in model.weights]
    model.set_weights(weights)
    return model, weights


def names_of(model):
    return [f"{index}/{v.name}" for index, layer in enumerate(model.layers) for v in layer.weights]


def forward(number, name, layers, x, stack=True):
    model, weights = build(layers, x.shape[1:])
    up = draw(x.shape[0], *model.output_shape[1:])
    names, trainable = names_of(model), [any(v is t for t in model.trainable_variables) for v in model.weights]

    def value(weights, x):
        train = [w for w, t in zip(weights, trainable) if t]
        rest = [w for w, t in zip(weights, trainable) if not t]
        # losses are those of the trained weights
        y, _, losses = model.stateless_call(train, rest, x, training=False, return_losses=True)
        return (y * up).sum() + sum(losses, 0.0), (y, losses)

    (_, (y, losses)), (dw, dx) = jax.value_and_grad(value, argnums=(0, 1), has_aux=True)(weights, x)
    plain = (lambda n: n) if stack else (lambda n: n.split("/", 1)[1])
    layer = spec("Sequential", layers=layers) if stack else layers[0]
    return case(number, name, kind="stack" if stack else "forward", layer=layer, x=tensor(x), training=False, initial_weights=[tensor(w) for w in weights],
                weights=[{"name": plain(n), "value": tensor(w)} for n, w in zip(names, weights)], y=tensor(y), upstream=tensor(up), dx=tensor(dx),
                weight_grads=[{"name": plain(n), "value": tensor(g)} for n, g, t in zip(names, dw, trainable) if t], losses=[float(l) for l in losses])


def of_axes():
    """Layers that Keras has and tests/golden has no case of, with numbers of their own, so that the other cases stay as they are."""
    global rng
    kept, rng = rng, np.random.default_rng(78)
    einsum = lambda equation, *shape, **rest: spec("EinsumDense", equation=equation, output_shape=list(shape), **rest)
    cases = [
        forward(5, "einsum-members", [einsum("ac,bc->abc", 3, 4)], draw(5, 4), stack=False),
        forward(6, "einsum-scale", [einsum("abc,bc->abc", 3, 4, bias_axes="bc", activation="tanh")], draw(5, 3, 4), stack=False),
        forward(7, "einsum-frequencies", [einsum("ab,bc->abc", 3, 4, bias_axes="c")], draw(5, 3), stack=False),
        forward(8, "einsum-heads", [einsum("abc,bcd->abd", 3, 2, bias_axes="bd", activation="sigmoid")], draw(5, 3, 4), stack=False),
        forward(9, "einsum-shared", [einsum("abc,cd->abd", 3, 2, bias_axes="d", kernel_regularizer=spec("L2", l2=0.01))], draw(5, 3, 4), stack=False),
        forward(10, "einsum-moved", [einsum("abc,dbe->adec", 2, 3, 4, bias_axes="de")], draw(5, 3, 4), stack=False),
        forward(11, "global-average", [spec("GlobalAveragePooling1D")], draw(5, 3, 4), stack=False),
        forward(12, "global-average-keepdims", [spec("GlobalAveragePooling1D", keepdims=True), spec("Dense", units=2)], draw(5, 3, 4)),
    ]
    rng = kept
    return cases


frozen = [spec("Dense", units=4, activation="relu", trainable=False, kernel_regularizer=spec("L2", l2=0.01)), spec("Dense", units=3, kernel_regularizer=spec("L1", l1=0.02))]
write("layers", cases=[
    forward(0, "frozen-first", frozen, draw(5, 3)),
    forward(1, "frozen-last", [spec("Dense", units=4, activation="sigmoid"), spec("Dense", units=2, trainable=False, name="head")], draw(5, 3)),
    forward(2, "layer-normalization-axis", [spec("LayerNormalization", axis=1)], draw(5, 4), stack=False),
    forward(3, "batch-normalization-axis", [spec("BatchNormalization", axis=1)], draw(5, 4), stack=False),
    forward(4, "softmax-axis", [spec("Softmax", axis=1)], draw(5, 4), stack=False),
    *of_axes(), *tabular.cases(),
], regularizers=regs, constraints=cons)

# initializers of one axis
cases = []
for number, (name, variance) in enumerate([("GlorotUniform", 1 / 40000), ("HeNormal", 2 / 40000), ("Ones", 0.0)]):
    std = variance ** 0.5
    if name == "Ones":
        cases.append(case(number, name, initializer=spec(name), shape=[40000], distribution="constant", mean=1.0, std=0.0, min=1.0, max=1.0, bounds="exact", keras_sample={}))
        continue
    limit = (3 * variance) ** 0.5 if name == "GlorotUniform" else 2 * std / 0.87962566103423978
    # Keras' own draw agrees with the formula
    sample = np.asarray(make(keras.initializers, spec(name, seed=1))((40000,)))
    assert abs(sample.std() / std - 1) < 0.02 and abs(sample).max() <= limit * (1 + 1e-6)
    cases.append(case(number, name, initializer=spec(name), shape=[40000], distribution="uniform" if name == "GlorotUniform" else "truncated_normal", mean=0.0, std=std,
                      min=-limit, max=limit, bounds="hard", mean_tolerance=5 * std / 200, std_tolerance=5 * std / 200 * 2 ** -0.5, fan=40000, variance=variance,
                      keras_sample={"std": float(sample.std())}))
write("initializers", cases=cases)


# trajectories
def trajectory(number, name, layers, phases, outputs=1):
    x, x_test = draw(31, 4), draw(5, 4)
    y = np.round(x[:, :1] * x[:, 1:2] + 0.3, 6) if outputs == 1 else rng.integers(0, outputs, (31, 1)).astype(float)
    model, weights = build(layers, 4)
    described, results = [], []
    for compile, fit, given in phases:
        if compile:
            model.compile(optimizer=make(keras.optimizers, compile["optimizer"]), loss=compile["loss"], metrics=compile.get("metrics"), jit_compile=False)
        arguments = dict(fit)
        stored = dict(fit)
        if given:
            validation = (draw(9, 4), draw(9, 1))
            arguments["validation_data"] = validation
            stored["validation_data"] = {"x": tensor(validation[0]), "y": tensor(validation[1])}
        history = model.fit(x, y, shuffle=False, verbose=0, **arguments)
        described.append({**({"compile": compile} if compile else {}), "fit": stored})
        results.append({"history": {k: [float(v) for v in s] for k, s in sorted(history.history.items())}, "epochs": list(history.epoch), "weights": [tensor(w) for w in model.get_weights()]})
    evaluate = model.evaluate(x, y, batch_size=7, verbose=0, return_dict=True)
    return case(number, name, layers=layers, initial_weights=[tensor(w) for w in weights], x=tensor(x), y=tensor(y), x_test=tensor(x_test), phases=described, phases_result=results,
                weight_names=names_of(model), predictions=tensor(model.predict(x_test, verbose=0)), evaluate={k: float(v) for k, v in sorted(evaluate.items())})


mse = {"optimizer": spec("SGD", learning_rate=0.05, momentum=0.9), "loss": "mse", "metrics": ["mae"]}
adam = {"optimizer": spec("Adam", learning_rate=0.02), "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
write("trajectories", rtol=1e-7, atol=1e-9, cases=[
    trajectory(0, "frozen-layer", [spec("Dense", units=6, activation="relu", trainable=False), spec("Dense", units=1)], [(mse, {"epochs": 4, "batch_size": 8}, False)]),
    trajectory(1, "validated-every-second-epoch", [spec("Dense", units=6, activation="relu"), spec("Dense", units=1)],
               [(mse, {"epochs": 5, "batch_size": 8, "validation_freq": 2, "validation_batch_size": 5}, True),
                (None, {"epochs": 9, "initial_epoch": 5, "batch_size": 10, "validation_freq": 3, "validation_split": 0.2}, False)]),
    trajectory(2, "classes", [spec("Dense", units=6, activation="relu"), spec("Dense", units=3, activation="softmax", name="answer")],
               [(adam, {"epochs": 3, "initial_epoch": 1, "batch_size": 16, "validation_split": 0.3}, False)], outputs=3),
])
