"""Cases of the layers for tables that Keras does not have, from the published formulas with NumPy alone.

BatchEnsembleDense: Gorishniy et al., TabM, 2025: y_k = ((x_k * r_k) W) * s_k + b_k.
PiecewiseLinear and PeriodicEmbedding: Gorishniy et al., On Embeddings for Numerical Features in Tabular Deep Learning, 2022;
the form "pbld": Holzmueller et al., Better by Default, 2024.

Each gradient is the one of sum(y * upstream), by the chain rule; `check` compares it with central differences.
"""
import numpy as np

rng = np.random.default_rng(79)


def draw(*shape, scale=1.0):
    return np.round(rng.normal(size=shape) * scale, 6)


def tensor(a):
    return {"shape": list(a.shape), "data": a.tolist()}


def check(f, values, gradient):
    """Fails unless `gradient` is that of the number `f(values)`."""
    flat, step = values.reshape(-1), 1e-6
    for i, wanted in enumerate(gradient.reshape(-1)):
        kept = flat[i]
        flat[i] = kept + step
        more = f()
        flat[i] = kept - step
        less = f()
        flat[i] = kept
        assert abs((more - less) / (2 * step) - wanted) < 1e-6 * max(1, abs(wanted)), (i, (more - less) / (2 * step), wanted)


def case(name, config, class_name, x, weights, run):
    """`run(x, *weights)` returns y and a function from the upstream gradient to [dx, dweights ..]."""
    y, back = run(x, *weights)
    up = draw(*y.shape)
    gradients = back(up)
    value = lambda: (run(x, *weights)[0] * up).sum()
    for values, gradient in zip([x, *weights], gradients, strict=True):
        check(value, values, gradient)
    named = lambda arrays: [{"name": f"weight_{i}", "value": tensor(a)} for i, a in enumerate(arrays)]
    return {"id": name, "tier": "extended", "kind": "forward", "layer": {"class_name": class_name, "config": config}, "x": tensor(x), "training": False,
            "initial_weights": [tensor(w) for w in weights], "weights": named(weights), "y": tensor(y), "upstream": tensor(up), "dx": tensor(gradients[0]),
            "weight_grads": named(gradients[1:]), "losses": []}


def batch_ensemble(relu, bias):
    def run(x, r, w, s, *b):
        # x is one row for all members, or one row for each
        members = x if x.ndim == 3 else np.repeat(x[:, None, :], len(r), axis=1)
        scaled = members * r
        product = scaled @ w
        z = product * s + (b[0] if bias else 0.0)
        y = np.maximum(z, 0) if relu else z

        def back(up):
            dz = up * (z > 0) if relu else up
            dproduct = dz * s
            dscaled = dproduct @ w.T
            dmembers = dscaled * r
            dx = dmembers if x.ndim == 3 else dmembers.sum(1)
            dw = np.einsum("bki,bku->iu", scaled, dproduct)
            return [dx, (dscaled * members).sum(0), dw, (dz * product).sum(0)] + ([dz.sum(0)] if bias else [])

        return y, back

    return run


def piecewise(boundaries):
    def run(x):
        e, slope = [], []
        for column, edges in enumerate(boundaries):
            for j, (low, high) in enumerate(zip(edges, edges[1:])):
                z = (x[:, column] - low) / (high - low)
                is_inside = np.ones(len(x), bool)
                if j > 0:
                    is_inside &= z > 0
                    z = np.maximum(z, 0)
                if j < len(edges) - 2:
                    is_inside &= z < 1
                    z = np.minimum(z, 1)
                e.append(z)
                slope.append((column, is_inside / (high - low)))

        def back(up):
            dx = np.zeros_like(x)
            for j, (column, factor) in enumerate(slope):
                dx[:, column] += up[:, j] * factor
            return [dx]

        return np.stack(e, 1), back

    return run


def linear(h, w, b):
    """Returns h W + b for each column; W has one matrix for all columns, or one for each."""
    y = np.einsum("bcf,fd->bcd" if w.ndim == 2 else "bcf,cfd->bcd", h, w) + b

    def back(dy):
        if w.ndim == 2:
            return np.einsum("bcd,fd->bcf", dy, w), np.einsum("bcf,bcd->fd", h, dy), dy.sum((0, 1))
        return np.einsum("bcd,cfd->bcf", dy, w), np.einsum("bcf,bcd->cfd", h, dy), dy.sum(0)

    return y, back


def plr(x, w1, w2, b2):
    u = 2 * np.pi * x[:, :, None] * w1
    z, back_linear = linear(np.concatenate([np.cos(u), np.sin(u)], -1), w2, b2)
    y = np.maximum(z, 0)

    def back(up):
        dh, dw2, db2 = back_linear(up.reshape(z.shape) * (z > 0))
        dcos, dsin = np.split(dh, 2, axis=-1)
        du = 2 * np.pi * (dsin * np.cos(u) - dcos * np.sin(u))
        return [(du * w1).sum(-1), (du * x[:, :, None]).sum(0), dw2, db2]

    return y.reshape(len(x), -1), back


def pbld(x, w1, b1, w2, b2):
    u = 2 * np.pi * (x[:, :, None] * w1 + b1)
    e, back_linear = linear(np.cos(u), w2, b2)
    y = np.concatenate([e, x[:, :, None]], -1)

    def back(up):
        up = up.reshape(y.shape)
        dh, dw2, db2 = back_linear(up[:, :, :-1])
        du = -2 * np.pi * dh * np.sin(u)
        return [(du * w1).sum(-1) + up[:, :, -1], (du * x[:, :, None]).sum(0), du.sum(0), dw2, db2]

    return y.reshape(len(x), -1), back


def cases():
    k, i, u = 3, 4, 5
    boundaries = [[-1.25, -0.5, 0.25, 1.0], [0.125, 0.75], [-2.0, 0.0625, 0.5]]
    members = lambda *first: [draw(k, i), draw(i, u), draw(k, u), *first]
    return [
        case("batch-ensemble-first", {"units": u, "members": k, "activation": "relu"}, "BatchEnsembleDense", draw(6, i), members(draw(k, u)), batch_ensemble(True, True)),
        case("batch-ensemble", {"units": u}, "BatchEnsembleDense", draw(6, k, i), members(draw(k, u)), batch_ensemble(False, True)),
        case("batch-ensemble-no-bias", {"units": u, "use_bias": False}, "BatchEnsembleDense", draw(6, k, i), members(), batch_ensemble(False, False)),
        case("piecewise-linear", {"bin_boundaries": boundaries}, "PiecewiseLinear", draw(9, 3), [], piecewise(boundaries)),
        case("periodic-plr", {"frequencies": 4, "units": 3}, "PeriodicEmbedding", draw(6, 2), [draw(2, 4, scale=0.3), draw(2, 8, 3), draw(2, 3)], plr),
        case("periodic-plr-lite", {"frequencies": 4, "units": 3, "lite": True}, "PeriodicEmbedding", draw(6, 2), [draw(2, 4, scale=0.3), draw(8, 3), draw(3)], plr),
        case("periodic-pbld", {"frequencies": 4, "units": 4, "form": "pbld"}, "PeriodicEmbedding", draw(6, 2), [draw(2, 4, scale=0.3), draw(2, 4), draw(2, 4, 3), draw(2, 3)], pbld),
    ]
