#!/usr/bin/env python3
"""The files in src/ through which one batch goes from `fit` to the weights: Dense, Relu, a sparse cross-entropy, Adam.

A small training is run under callgrind, without optimisation, so that every function stands where it is written. Files count with all
their lines: those in which anything runs for a batch, and those on the way from `fit` down to it.

usage: benches/path_of_a_batch.py [the name of the function that trains a batch, with its type]
"""
import collections, os, re, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATCH = sys.argv[1] if len(sys.argv) > 1 else "train_batch"
MAIN = """
use layercake::prelude::*;

fn main() -> layercake::Result<()> {
    let x = DMatrix::<f32>::from_fn(200, 20, |row, column| ((row * 7 + column * 3) as f32 * 0.61).sin());
    let y: Vec<usize> = (0..200).map(|row| row % 3).collect();
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(33).activation(Relu));
    model.add(Dense::new(3).activation(Softmax));
    model.compile(Adam::default(), SparseCategoricalCrossentropy::default(), ())?;
    model.fit(&x, &y, FitOptions::new().epochs(2).batch_size(32).threads(1))?;
    Ok(())
}
"""


def build(folder):
    os.makedirs(f"{folder}/src")
    with open(f"{folder}/Cargo.toml", "w") as file:
        # a user's dev profile: no optimisation
        file.write(f'[package]\nname = "batch"\nedition = "2024"\n[workspace]\n[dependencies]\nlayercake = {{ path = "{ROOT}", default-features = false, features = ["parallel"] }}\n')
    with open(f"{folder}/src/main.rs", "w") as file:
        file.write(MAIN)
    subprocess.run(["cp", f"{ROOT}/Cargo.lock", folder], check=True)
    target = os.environ.get("CARGO_TARGET_DIR") or f"{folder}/target"
    subprocess.run(["cargo", "build", "--quiet"], cwd=folder, check=True, env={**os.environ, "CARGO_TARGET_DIR": target})
    return f"{target}/debug/batch"


def profile(binary, out, *arguments):
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--compress-strings=no", *arguments, binary]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    cost, calls, homes = collections.Counter(), collections.defaultdict(set), {}
    file = function = called = None
    skip = False
    for line in open(out):
        key, _, value = line.rstrip("\n").partition("=")
        if key == "fl":
            file = home = value
        elif key in ("fi", "fe"):
            file = value
        elif key == "fn":
            function = value
            homes[function] = home
        elif key == "cfn":
            called = value
        elif key == "calls":
            calls[function].add(called)
            skip = True
        elif re.match(r"[+\-*\d]", line):
            if not skip:
                cost[file] += int(line.split()[1]) if len(line.split()) > 1 else 0
            skip = False
    return cost, calls, homes


def reached(calls, start):
    seen, todo = set(), list(start)
    while todo:
        function = todo.pop()
        if function not in seen:
            seen.add(function)
            todo.extend(calls.get(function, ()))
    return seen


def own(files):
    """The files of this crate, by their paths from src/ on."""
    paths = {}
    for file in files:
        if file and file.startswith(ROOT + "/src/"):
            paths[os.path.relpath(file, ROOT)] = file
        elif file and file.startswith("src/") and os.path.exists(f"{ROOT}/{file}"):
            paths[file] = file
    return paths


def main():
    with tempfile.TemporaryDirectory() as folder:
        binary = build(folder)
        _, calls, homes = profile(binary, f"{folder}/whole")
        batch = sorted({name for name in homes if re.search(rf"(^|::){re.escape(BATCH)}$", re.sub(r"'\d+$", "", name))})
        if not batch:
            sys.exit(f"no function is named {BATCH}: name the one that trains a batch")
        cost, _, _ = profile(binary, f"{folder}/batch", *[f"--toggle-collect={name}" for name in batch])
    fits = [name for name in homes if re.search(r"::fit$", name)]
    above = {name for name in reached(calls, fits) if reached(calls, [name]) & set(batch)}
    files, way = own(cost), own(homes[name] for name in above if name in homes)
    whole = sum(cost.values())
    print(f"one batch is {', '.join(batch)}")
    totals = []
    for title, chosen in [("", lambda path: not path.startswith("src/kernels/")), ("kernels/", lambda path: path.startswith("src/kernels/"))]:
        rows = sorted((path for path in {**files, **way} if chosen(path)), key=lambda path: -cost.get(files.get(path), 0))
        print(f"\n{title or 'outside kernels/'}: lines, share of the instructions")
        for path in rows:
            lines = sum(1 for _ in open(f"{ROOT}/{path}"))
            totals.append((path, lines))
            share = f"{100 * cost[files[path]] / whole:5.1f} %" if path in files else "on the way"
            print(f"{lines:6} {share:>10}  {path}")
        mine = [lines for path, lines in totals if chosen(path)]
        print(f"{sum(mine):6} lines in {len(mine)} files")
    print(f"\n{sum(lines for _, lines in totals)} lines in {len(totals)} files together")


main()
