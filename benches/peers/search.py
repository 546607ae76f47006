"""The search of `cargo bench --bench tuning -- search` in Python: 24 settings on 5 folds, dense 64-64, batch 32, 50 epochs.

Usage: python benches/peers/search.py sklearn FILE TARGET
       KERAS_BACKEND=jax python benches/peers/search.py keras_tuner FILE TARGET [TRIALS]

Each training stops early after 10 epochs without an improvement, on its own validation rows.
"""

import sys
import time

started = time.perf_counter()
import numpy as np
import pandas as pd

kind, file, target = sys.argv[1:4]
trials = int(sys.argv[4]) if len(sys.argv) > 4 else 24
table = pd.read_csv(file)
y = pd.factorize(table.pop(target), sort=True)[0].astype("float32")
table = table.fillna(table.median(numeric_only=True)).fillna("missing")
x = pd.get_dummies(table).to_numpy("float32")

from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold
from sklearn.preprocessing import StandardScaler

folds = StratifiedKFold(5, shuffle=True, random_state=0)
if kind == "sklearn":
    from scipy.stats import loguniform
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline

    net = MLPClassifier((64, 64), batch_size=32, max_iter=50, early_stopping=True, n_iter_no_change=10, random_state=0)
    space = {"mlpclassifier__alpha": loguniform(1e-6, 1e-2), "mlpclassifier__learning_rate_init": loguniform(1e-4, 1e-2)}
    search = RandomizedSearchCV(
        make_pipeline(StandardScaler(), net), space, n_iter=trials, cv=folds, n_jobs=2, refit=False,
        scoring="neg_log_loss", random_state=0,
    )
    import warnings

    warnings.filterwarnings("ignore")
    best = -search.fit(x, y).best_score_
else:
    import keras
    import keras_tuner

    class Folds(keras_tuner.RandomSearch):
        def run_trial(self, trial, x, y):
            scores = []
            for train, val in folds.split(x, y):
                model = self.hypermodel.build(trial.hyperparameters)
                scaler = StandardScaler().fit(x[train])
                stop = keras.callbacks.EarlyStopping("val_loss", patience=10)
                history = model.fit(
                    scaler.transform(x[train]), y[train], batch_size=32, epochs=50, callbacks=[stop], verbose=0,
                    validation_data=(scaler.transform(x[val]), y[val]),
                )
                scores.append(min(history.history["val_loss"]))
            return float(np.mean(scores))

    def build(hp):
        l2 = keras.regularizers.L2(hp.Float("l2", 1e-6, 1e-2, sampling="log"))
        model = keras.Sequential([
            keras.layers.Dense(64, "relu", kernel_regularizer=l2),
            keras.layers.Dense(64, "relu", kernel_regularizer=l2),
            keras.layers.Dense(1, "sigmoid"),
        ])
        rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
        return model

    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        search = Folds(build, max_trials=trials, seed=0, directory=folder, overwrite=True)
        search.search(x, y)
        best = search.oracle.get_best_trials(1)[0].score
print(f"{kind}: {time.perf_counter() - started:.2f} s, best {best:.4f}")
