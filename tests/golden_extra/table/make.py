"""Trains the table model of `tests/suite/table_files.rs` further, and saves it: Keras leaves out the member with the columns.

    cargo test --test suite table_files::write_the_original -- --ignored
    KERAS_BACKEND=jax python tests/golden_extra/table/make.py

`trained_in_keras.keras` is the file that Keras 3.15.1 saved, and `answers.json` has rows with what it answered for them.
"""

import json
import pathlib
import sys
import tempfile
import zipfile

import keras
import numpy as np

folder = pathlib.Path(__file__).parent
sys.path.append(str(folder.parents[2] / "src" / "guide"))
import read_table

original = pathlib.Path(tempfile.gettempdir()) / "layercake-original.keras"
about = json.loads(zipfile.ZipFile(original).read("layercake_table.json"))
names = [column["name"] for column in about["table"]["columns"]]
rows = {name: list(cells) for name, cells in zip(names, zip(*about["self_test"]["rows"]))}
inputs = read_table.inputs(original, rows)

keras.utils.set_random_seed(1)
model = keras.saving.load_model(original)
before = model.predict(inputs, verbose=0)
model.fit(inputs, np.arange(8) % 3, epochs=60, verbose=0)
answers = model.predict(inputs, verbose=0)
assert np.abs(answers - before).max() > 0.01
model.save(folder / "trained_in_keras.keras")
(folder / "answers.json").write_text(json.dumps({"rows": rows, "answers": answers.tolist()}) + "\n")
