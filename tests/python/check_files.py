"""Loads the models that `cargo run --example save_for_keras` wrote, and compares.

Usage: KERAS_BACKEND=jax python tests/python/check_files.py FOLDER

Each table model must answer as its JSON file says to 1e-6. Each other model must load without a warning, predict what its JSON file says to 1e-5, score the same, and where it was
trained its optimizer must stand where it stood and go on to the same weights (1e-4 after 20 steps).
"""

import json
import pathlib
import sys
import traceback
import warnings

import keras
import numpy as np

# the reader of the guide's page on tables
sys.path.append(str(pathlib.Path(__file__).parents[2] / "src" / "guide"))
import read_table

warnings.simplefilter("error", UserWarning)
# integers of JAX have 32 bits
warnings.filterwarnings("ignore", message="Explicitly requested dtype int64")


def near(got, want, tolerance):
    got, want = np.asarray(got, "float64"), np.asarray(want, "float64")
    assert got.reshape(-1).shape == want.reshape(-1).shape, (got.shape, want.shape)
    worst = np.max(np.abs(got.reshape(-1) - want.reshape(-1)) / (tolerance * (1 + np.abs(want.reshape(-1)))), initial=0)
    assert worst <= 1, f"{worst:.3g} times the tolerance of {tolerance}: {got.reshape(-1)[:4]} is not {want.reshape(-1)[:4]}"


def one_or_all(arrays):
    """Keras takes the array of an only input or output, and else a list."""
    return arrays[0] if len(arrays) == 1 else arrays


def check_table(path, model, said):
    """A table model takes a cell for each column; the answers are near to 1e-6."""
    given = read_table.inputs(path, said["rows"])
    near(model.predict(given, verbose=0), said["answers"], 1e-6)
    one = {name: values[:1] for name, values in given.items()}
    near(model.predict(one, verbose=0), said["answers"][0], 1e-6)


def check(path):
    said = json.loads(path.with_suffix(".json").read_text())
    model = keras.saving.load_model(path)
    if "rows" in said:
        check_table(path, model, said)
        return
    x = one_or_all([np.array(x, "float32") for x in said["x"]])
    predictions = model.predict(x, verbose=0)
    for got, want in zip(predictions if isinstance(predictions, list) else [predictions], said["predictions"], strict=True):
        near(got, want, 1e-5)
    y = one_or_all([np.array(y, "float32") for y in said.get("y", [])])
    if "scores" in said:
        # a column of classes is a list of them: one loss of Keras takes them only so
        y = y[:, 0] if y.shape[1] == 1 else y
        scores = model.evaluate(x, y, verbose=0)
        scores = scores if isinstance(scores, list) else [scores]
        near(np.concatenate([np.ravel(score) for score in scores]), said["scores"], 1e-5)
    if "weights" in said or "later" in said:
        assert int(keras.ops.convert_to_numpy(model.optimizer.iterations)) == said["iterations"], "iterations"
        model.fit(x, y, batch_size=said["batch_size"], epochs=said["epochs"], shuffle=False, verbose=0)
        if "later" in said:
            near(model.predict(x, verbose=0), said["later"], 1e-4)
        else:
            for got, want in zip(model.get_weights(), said["weights"], strict=True):
                near(got, want, 1e-4)
    # what Keras makes of it can be saved again
    again = path.with_suffix(".again.keras")
    model.save(again)
    again.unlink()


def main():
    paths = sorted(path for path in pathlib.Path(sys.argv[1]).glob("*.keras"))
    failed = 0
    for path in paths:
        try:
            check(path)
        except Exception as error:
            failed += 1
            print(f"{path.name}: {type(error).__name__}: {str(error)[:600]}")
            if "-v" in sys.argv:
                traceback.print_exc()
    print(f"{len(paths) - failed} of {len(paths)} models agree")
    sys.exit(failed > 0 or not paths)


main()
