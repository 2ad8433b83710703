"""Large tables: memory and time of a fit, and prediction against RealMLP.

    python benchmarks/tabular_large.py fit [--rows 1000000] [--columns 20] [--max-time SECONDS]
    python benchmarks/tabular_large.py predict [--rows 100000]

`fit` prints the peak of resident memory above what the process had before the table was made, in
multiples of the float32 table, with a progress bar. `predict` fits both models on 5,000 rows of
20 numbers and prints the ratio of the times they take to predict, alternating, medians of 5.
RealMLP comes from pytabkit.
"""

import argparse
import os
import resource
import statistics
import time

import numpy as np
from sklearn.callback import ProgressBar

from skdeep import TabularClassifier

_MIB = 1 << 20


def table(n_rows, n_columns, seed=0):
    """Numbers and two classes that depend on four of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_columns)).astype(np.float32)
    logit = X[:, 0] * X[:, 1] + np.sin(2.0 * X[:, 2]) + X[:, 3]
    return X, (logit + rng.logistic(size=n_rows) > 0).astype(int)


def resident():
    """Bytes of resident memory now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def fit(args):
    """Fit once; print time and the peak of memory."""
    TabularClassifier(effort="fast", max_iter=1).fit(*table(200, args.columns))  # imports
    before = resident()
    X, y = table(args.rows, args.columns)
    model = TabularClassifier(random_state=0, max_time=args.max_time)
    model.set_callbacks(ProgressBar())
    begin = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    X_new, y_new = table(100_000, args.columns, seed=1)
    print(
        f"{args.rows} x {args.columns}: {seconds:.0f} s, {model.n_iter_} epochs, peak "
        f"{peak / _MIB:.0f} MiB = {peak / X.nbytes:.1f} x the table ({X.nbytes / _MIB:.0f} MiB), "
        f"accuracy {model.score(X_new, y_new):.3f}"
    )


def predict(args):
    """Times to predict, ours and RealMLP's."""
    from pytabkit import RealMLP_TD_Classifier

    X, y = table(5_000, 20)
    X_new, _ = table(args.rows, 20, seed=1)
    models = {
        "skdeep": TabularClassifier(random_state=0).fit(X, y),
        "skdeep, effort='fast'": TabularClassifier(effort="fast", random_state=0).fit(X, y),
        "RealMLP": RealMLP_TD_Classifier(random_state=0, device="cpu", n_epochs=2).fit(X, y),
    }
    times = {name: [] for name in models}
    for _ in range(5):
        for name, model in models.items():
            begin = time.perf_counter()
            model.predict_proba(X_new)
            times[name].append(time.perf_counter() - begin)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        ratio = medians["RealMLP"] / median
        print(f"{name}: {median:.2f} s for {args.rows} rows, RealMLP's is {ratio:.2f} times that")


def main():
    """Run what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["fit", "predict"])
    parser.add_argument("--rows", type=int)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--max-time", type=float)
    args = parser.parse_args()
    args.rows = args.rows or (1_000_000 if args.what == "fit" else 100_000)
    {"fit": fit, "predict": predict}[args.what](args)


if __name__ == "__main__":
    main()
