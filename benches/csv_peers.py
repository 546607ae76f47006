"""Time and most memory of pandas and polars for the file of benches/csv.rs: csv_peers.py FILE [ROUNDS].

Each measurement is a process of its own. The time is that of the reading alone, without the start of Python.
"""

import os
import statistics
import subprocess
import sys

READ = {
    "pandas, C engine": "import pandas; read = lambda path: pandas.read_csv(path, engine='c')",
    "polars, one thread": "import polars; read = lambda path: polars.read_csv(path, infer_schema_length=10000)",
}
MEASURE = """
import resource, sys, time
start = time.perf_counter()
table = read(sys.argv[1])
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""

path, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
for name, code in READ.items():
    runs = []
    for _ in range(rounds):
        environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
        output = subprocess.run([sys.executable, "-c", code + MEASURE, path], env=environment, capture_output=True, text=True, check=True)
        runs.append([float(value) for value in output.stdout.split()])
    seconds, memory = (statistics.median(values) for values in zip(*runs))
    print(f"{name}: {seconds:.3f} s, {memory:.0f} MB")
