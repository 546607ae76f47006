"""CatBoost and LightGBM in turn with benches/tables.rs: tables_peers.py FOLDER PROGRAM [TABLES] [SEEDS] [ROWS].

FOLDER is that of benches/tables.rs, PROGRAM its compiled bench (cargo bench --no-run --bench tables prints the path). For each
table and seed one process trains and predicts with this crate on one thread, one on two threads, and one each with CatBoost and
LightGBM with their defaults on one thread; the time is that of training and prediction, without the start of the process and
the reading of the file. Then ROWS rows of 14 columns of numbers and 6 of text are predicted, after a training on 5,000 rows.
"""

import json
import math
import os
import re
import subprocess
import sys

TRAIN = """
import json, sys, time, numpy, pandas
folder, name, seed, method = sys.argv[1:]
about = next(entry for entry in json.load(open(f"{folder}/tables.json")) if entry["name"] == name)
rows = pandas.read_csv(f"{folder}/{name}.csv")
y = rows.pop(about["target"])
for column in about["cat"]:
    rows[column] = rows[column].astype(object).where(rows[column].notna(), "missing").astype(str)
for column in about["num"]:
    rows[column] = rows[column].astype(float)
is_number = about["task"] == "regression"
y = y.astype(float).values if is_number else pandas.factorize(y.astype(str), sort=True)[0]
test = numpy.zeros(len(y), bool)
test[json.load(open(f"{folder}/splits.json"))[name][seed]] = True
train, new = rows[~test].reset_index(drop=True), rows[test].reset_index(drop=True)
"""
FIT = """
if method == "catboost":
    import catboost
    kind = catboost.CatBoostRegressor if is_number else catboost.CatBoostClassifier
    model = kind(random_seed=int(seed), thread_count=1, verbose=0, allow_writing_files=False)
    fit = lambda: model.fit(train, y[~test], cat_features=about["cat"])
else:
    import lightgbm
    for column in about["cat"]:
        levels = sorted(train[column].unique())
        train[column], new[column] = pandas.Categorical(train[column], levels), pandas.Categorical(new[column], levels)
    train.columns = new.columns = [f"f{place}" for place in range(train.shape[1])]
    kind = lightgbm.LGBMRegressor if is_number else lightgbm.LGBMClassifier
    model = kind(random_state=int(seed), n_jobs=1, verbose=-1)
    fit = lambda: model.fit(train, y[~test])
predict = (lambda: model.predict(new)) if is_number else (lambda: model.predict_proba(new))
start = time.perf_counter(); fit(); fitted = time.perf_counter(); predict()
print(fitted - start, time.perf_counter() - fitted)
"""
MILLION = """
import sys, time, numpy, pandas
seed, count, method = "1", int(sys.argv[1]), sys.argv[2]
random = numpy.random.default_rng(1)
new = pandas.DataFrame({f"number {i}": random.random(count) + random.random(count) for i in range(14)})
levels = numpy.array([f"level {level}" for level in range(8)], object)
for i in range(6):
    new[f"text {i}"] = levels[random.integers(0, 8, count)]
y, test, is_number = random.integers(0, 2, 5000), numpy.zeros(5000, bool), False
train, about = new[:5000].reset_index(drop=True), {"cat": [f"text {i}" for i in range(6)]}
"""
# two threads predict, as in the bench of this crate
MILLION_FIT = FIT.replace("thread_count=1", "thread_count=2").replace("n_jobs=1", "n_jobs=2")


def run(code, *arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"} if code is not MILLION + MILLION_FIT else dict(os.environ)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [float(value) for value in output.stdout.split()[-2:]]


def ours(program, folder, name, seed, threads):
    command = [program, folder, name, str(seed), f"threads={threads}"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"seconds ([0-9.]+)", output).group(1))


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


folder, program = sys.argv[1:3]
tables = sys.argv[3] if len(sys.argv) > 3 else "heart_disease,pima,attrition,credit_data,telco_churn,ames,imports85,slid_wages"
seeds = sys.argv[4] if len(sys.argv) > 4 else "0,1"
rows = sys.argv[5] if len(sys.argv) > 5 else "1000000"
ratios = {"catboost": [], "lgbm": [], "two threads": []}
for name in filter(None, tables.split(",")):
    for seed in seeds.split(","):
        one = ours(program, folder, name, seed, 1)
        catboost = sum(run(TRAIN + FIT, folder, name, seed, "catboost"))
        two = ours(program, folder, name, seed, 2)
        lgbm = sum(run(TRAIN + FIT, folder, name, seed, "lgbm"))
        ratios["catboost"].append(one / catboost)
        ratios["lgbm"].append(one / lgbm)
        ratios["two threads"].append(two / one)
        print(f"{name} seed {seed}: {one:.3f} s, two threads {two:.3f} s, CatBoost {catboost:.3f} s, LightGBM {lgbm:.3f} s", flush=True)
for other, values in ratios.items():
    if values:
        print(f"geometric mean of the ratios, {other}: {mean(values):.3f} (smallest {min(values):.3f}, largest {max(values):.3f})")
if rows != "0":
    print(subprocess.run([program, "predict", rows], capture_output=True, text=True, check=True).stdout, end="")
    for method in ["catboost", "lgbm"]:
        print(f"{method}: {rows} rows in {run(MILLION + MILLION_FIT, rows, method)[1]:.2f} s, two threads")
