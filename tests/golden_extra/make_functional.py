#!/usr/bin/env python3
"""Makes the folder functional: trainings of functional models with Keras in float64, and files of them: python3 make_functional.py."""
import json, os

from keras64 import jax, keras, np, tensor

L = keras.layers
rng = np.random.default_rng(20)
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "functional")
ROWS = 45


def draw(*shape, scale=1.0):
    return np.round(rng.normal(size=shape) * scale, 6)


def two_inputs_two_outputs():
    """Two inputs, a layer that is called twice, two outputs with factors; one output is that of the shared layer."""
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    shared = L.Dense(4, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01), name="shared")
    joined = L.Concatenate(name="joined")([L.Dense(3, activation="tanh", name="before")(a), b])
    first = shared(joined)
    second = shared(L.Dense(5, name="between")(first))
    price = L.Dense(1, name="price")(L.Add(name="sum")([first, second]))
    sold = L.Dense(1, activation="sigmoid", name="sold")(second)
    compile = dict(optimizer=keras.optimizers.Adam(0.02), loss=["mse", "binary_crossentropy"], loss_weights=[1.0, 0.25],
                   metrics=[["mae"], ["accuracy"]], weighted_metrics=[["mae"], []])
    x = [draw(ROWS, 3), draw(ROWS, 2)]
    y = [draw(ROWS, 1), (rng.random((ROWS, 1)) > 0.4) * 1.0]
    return keras.Model([a, b], [price, sold]), compile, x, y, dict(epochs=4, batch_size=8, validation_split=0.2, sample_weight=np.round(rng.uniform(0.2, 2, ROWS), 3))


def output_that_is_read():
    """An output that a later layer reads, so that its softmax is applied, and a shared BatchNormalization, whose state changes twice in a step."""
    x = keras.Input((4,), name="x")
    norm = L.BatchNormalization(momentum=0.8, name="norm")
    hidden = norm(L.Dense(5, activation="selu", name="hidden")(x))
    kind = L.Dense(3, activation="softmax", name="kind")(hidden)
    wide = norm(L.Dense(5, name="wide")(kind))
    amount = L.Dense(2, name="amount")(L.Concatenate(name="both")([L.Multiply(name="gated")([wide, hidden]), kind]))
    compile = dict(optimizer=keras.optimizers.SGD(0.03, momentum=0.9), loss=["sparse_categorical_crossentropy", "huber"],
                   metrics=[["accuracy"], ["mae", "mse"]])
    data, targets = draw(ROWS, 4), [rng.integers(0, 3, (ROWS, 1)).astype(float), draw(ROWS, 2)]
    return keras.Model(x, [kind, amount]), compile, [data], targets, dict(epochs=3, batch_size=10)


def towers():
    """Two towers with the same weights on class numbers, and one loss for one output; the gradient is clipped by its global norm."""
    left, right = keras.Input((1,), name="left"), keras.Input((1,), name="right")
    words = L.Embedding(6, 4, name="words")
    flat = L.Flatten(name="flat")
    tower = L.Dense(3, activation="tanh", name="tower")
    apart = L.Subtract(name="apart")([tower(flat(words(left))), tower(flat(words(right)))])
    same = L.Dense(1, activation="sigmoid", name="same")(apart)
    compile = dict(optimizer=keras.optimizers.RMSprop(0.02, global_clipnorm=0.4), loss="binary_crossentropy", metrics=["accuracy"])
    x = [rng.integers(0, 6, (ROWS, 1)).astype(float), rng.integers(0, 6, (ROWS, 1)).astype(float)]
    return keras.Model([left, right], same), compile, x, [(x[0] == x[1]) * 1.0], dict(epochs=4, batch_size=9)


def case(build):
    model, compile, x, y, fit = build()
    weights = [np.abs(draw(*v.shape)) + 0.5 if "moving_variance" in v.path else draw(*v.shape, scale=0.6) for v in model.weights]
    model.set_weights(weights)
    model.compile(jit_compile=False, **compile)
    one = lambda list: list[0] if len(list) == 1 else list
    history = model.fit(one(x), one(y), shuffle=False, verbose=0, **fit).history
    after = model.get_weights()
    evaluate = model.evaluate(one(x), one(y), batch_size=7, verbose=0, return_dict=True)
    predictions = model.predict(one(x), verbose=0)
    predictions = predictions if isinstance(predictions, list) else [predictions]
    for format in ("keras", "h5"):
        model.save(f"{FOLDER}/{build.__name__}.{format}")
    for step in range(20):
        rows = slice(step, step + 9)
        model.train_on_batch(one([a[rows] for a in x]), one([a[rows] for a in y]))
    return {
        "id": build.__name__, "layers": [layer.name for layer in model.layers], "weight_names": [v.path for v in model.weights],
        "initial_weights": [tensor(w) for w in weights], "x": [tensor(a) for a in x], "y": [tensor(a) for a in y],
        "fit": {key: tensor(value) if isinstance(value, np.ndarray) else value for key, value in fit.items()},
        "history": {key: [float(v) for v in values] for key, values in sorted(history.items())},
        "weights": [tensor(w) for w in after], "evaluate": {key: float(v) for key, v in sorted(evaluate.items())},
        "predictions": [tensor(p) for p in predictions], "weights_after_20_steps": [tensor(w) for w in model.get_weights()],
    }


os.makedirs(FOLDER, exist_ok=True)
top = dict(format="layercake-golden", version=1, section="functional", seed=20, floatx="float64", reference_backend="jax",
           versions={"keras": keras.__version__, "jax": jax.__version__}, rtol=1e-9, atol=1e-12)
cases = [case(build) for build in (two_inputs_two_outputs, output_that_is_read, towers)]
body = json.dumps(top)[:-1] + ', "cases": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]}\n"
json.loads(body)
open(f"{FOLDER}/trainings.json", "w").write(body)
for made in cases:
    print(made["id"], made["layers"], {key: values[-1] for key, values in made["history"].items()})
