"""Time a row and peak memory of MLPClassifier as the number of rows grows.

    python benchmarks/mlp_scaling.py [--rows 100000 1000000] [--rounds 3]

Every fit runs in a process of its own, in turn. Memory is the growth of the peak resident size over
what was resident before `fit`, data included; the target is twice the float32 data plus 200 MB.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from statistics import median

EPOCHS = 2
FEATURES = 20


def one_fit(rows):
    import warnings

    import numpy as np

    from skdeep import MLPClassifier

    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    MLPClassifier(max_iter=1).fit(rng.normal(size=(300, FEATURES)).astype("f"), np.arange(300) % 2)
    base = peak_megabytes()
    X = np.empty((rows, FEATURES), dtype=np.float32)
    for start in range(0, rows, 100_000):  # the data come without temporaries of their size
        X[start : start + 100_000] = rng.normal(size=(min(100_000, rows - start), FEATURES))
    y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
    model = MLPClassifier((100, 100), batch_size=200, max_iter=EPOCHS, random_state=0)
    start = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - start
    growth = peak_megabytes() - base
    print(
        json.dumps(
            {
                "microseconds": seconds / rows / EPOCHS * 1e6,
                "megabytes": growth,
                "allowed": 2 * X.nbytes / 2**20 + 200,
            }
        )
    )


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one_fit(options.one)
        return
    results = {rows: [] for rows in options.rows}
    for _ in range(options.rounds):
        for rows in options.rows:
            command = [sys.executable, __file__, "--one", str(rows)]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            results[rows].append(json.loads(output))
    times = {r: median(x["microseconds"] for x in found) for r, found in results.items()}
    smallest = times[options.rows[0]]
    print(f"{'rows':>10}{'us a row and epoch':>20}{'ratio':>8}{'peak MB':>10}{'allowed MB':>12}")
    for rows, found in results.items():
        megabytes = max(x["megabytes"] for x in found)
        print(
            f"{rows:10,}{times[rows]:20.2f}{times[rows] / smallest:8.2f}{megabytes:10.0f}"
            f"{found[0]['allowed']:12.0f}"
        )


if __name__ == "__main__":
    main()
