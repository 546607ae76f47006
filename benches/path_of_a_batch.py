#!/usr/bin/env python3
"""The files in src/ through which one batch goes from `fit` to the weights: Dense, Relu, a cross-entropy, Adam.

A small training is run under callgrind, without optimisation, so that every function stands where it is written. A file is on the
path if a call in it leads from `fit` to the arithmetic of a batch, which is in kernels/. What else runs for a batch are helpers that lead to
no arithmetic, such as the shape of a batch; they are listed apart. Files count with all their lines.

usage: benches/path_of_a_batch.py [the name of the function that trains a batch, with its type]
"""
import collections, os, re, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATCH = sys.argv[1] if len(sys.argv) > 1 else "train_batch"
# the loops and the matrix products, without the memory and the choice of instructions
ARITHMETIC = r"src/kernels/(loops|matmul|product|elementwise|float|groups|math|reduce|slots|transpose|channels)"
MAIN = """
use layercake::prelude::*;

fn main() -> layercake::Result<()> {
    let x = DMatrix::<f32>::from_fn(200, 20, |row, column| ((row * 7 + column * 3) as f32 * 0.61).sin());
    let y = DMatrix::from_fn(200, 3, |row, class| f32::from(u8::from(row % 3 == class)));
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(33).activation(Relu));
    model.add(Dense::new(3));
    model.compile(Adam::default(), CategoricalCrossentropy::default().from_logits(true), ())?;
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
    subprocess.run(["cargo", "build", "--quiet"], cwd=folder, check=True, env={**os.environ, "CARGO_TARGET_DIR": target, "RUSTFLAGS": "-C symbol-mangling-version=v0"})
    return f"{target}/debug/batch"


def profile(binary, out, *arguments):
    """Runs the program under callgrind: the instructions by file, and the calls as {caller: {called: the files that call it}}."""
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--compress-strings=no", *arguments, binary]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    cost, calls, homes = collections.Counter(), collections.defaultdict(lambda: collections.defaultdict(set)), {}
    file = function = called = None
    skip = False
    for line in open(out):
        key, _, value = line.rstrip("\n").partition("=")
        if key == "fl":
            file = home = value
        elif key in ("fi", "fe"):
            # the file that an inlined function comes from
            file = value
        elif key == "fn":
            function = value
            homes[function] = home
        elif key == "cfn":
            called = value
        elif key == "calls":
            calls[function][called].add(file)
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


def sites(calls, start, goal):
    """The files in which a call on a way from `start` to `goal` is written."""
    leads = {name for name in calls if reached(calls, [name]) & goal}
    on_the_way = [name for name in reached(calls, start) if name in leads and name not in goal]
    return {file for name in on_the_way for called, files in calls[name].items() if called in leads | goal for file in files}


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
        batch = sorted({name for name in homes if re.search(rf"(^|::){re.escape(BATCH)}(::<.*>)?$", re.sub(r"'\d+$", "", name))})
        if not batch:
            sys.exit(f"no function is named {BATCH}: name the one that trains a batch")
        cost, inside, inside_homes = profile(binary, f"{folder}/batch", *[f"--toggle-collect={name}" for name in batch])
    arithmetic = {name for name, home in inside_homes.items() if re.search(ARITHMETIC, home)}
    leads = sites(calls, [name for name in homes if re.search(r"::fit(::<.*>)?$", name)], set(batch)) | sites(inside, batch, arithmetic)
    run = own(cost)
    between = own(leads)
    print(f"one batch is {', '.join(batch)}")
    steps = {name: file for name, file in between.items() if not name.startswith("src/kernels/")}
    table("from `fit` to the arithmetic on the weights", steps)
    rest = {name: file for name, file in run.items() if name not in steps}
    table("helpers outside kernels/: they reach no kernel", {name: file for name, file in rest.items() if not name.startswith("src/kernels/")})
    table("kernels/", {name: file for name, file in rest.items() if name.startswith("src/kernels/")})


def table(title, files):
    lines = {name: sum(1 for _ in open(f"{ROOT}/{name}")) for name in sorted(files)}
    print(f"\n{title}: {len(lines)} files, {sum(lines.values())} lines")
    for name, count in lines.items():
        print(f"{count:6}  {name}")


main()
