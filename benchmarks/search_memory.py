"""Peak memory of a grid search whose fits train in packs.

    python benchmarks/search_memory.py [--rows 200000] [--epochs 1]

16 candidates on 5 folds of a Pipeline with a StandardScaler: 80 fits on rows x 50 float32. The peak
resident size is counted from what was resident before the search, the data included there; the
target is 3 GiB.
"""

import argparse
import resource
import time
import warnings

import joblib
import numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep import MLPClassifier

FEATURES = 50
TARGET = 3.0


def gibibytes_at_peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def search(X, y, epochs):
    network = MLPClassifier((64, 64), max_iter=epochs, random_state=0)
    grid = {
        "mlpclassifier__learning_rate_init": [0.001, 0.002, 0.004, 0.008],
        "mlpclassifier__alpha": [1e-5, 1e-4, 1e-3, 1e-2],
    }
    model = make_pipeline(StandardScaler(), network)
    with joblib.parallel_config("skdeep"):
        return GridSearchCV(model, grid, cv=5, refit=False).fit(X, y)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--epochs", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    search(rng.normal(size=(500, FEATURES)).astype(np.float32), np.arange(500) % 2, 1)
    X = rng.standard_normal(size=(options.rows, FEATURES), dtype=np.float32)
    y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
    before, start = gibibytes_at_peak(), time.perf_counter()
    search(X, y, options.epochs)
    seconds = time.perf_counter() - start
    print(
        f"{options.rows:,} x {FEATURES} ({X.nbytes / 2**30:.2f} GiB), 80 fits: "
        f"{gibibytes_at_peak() - before:.2f} GiB above that (target {TARGET}), {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
