"""Time a grid search over networks in packs against one process a fit.

    python benchmarks/search_speed.py [--rounds 3] [--epochs 30] [--only NAME ...] [--skip-skorch]

16 candidates on 5 folds of a Pipeline with a StandardScaler, float32, and the refit. In every round
each contender runs once, in turn: networks of skdeep under the joblib backend "skdeep", the same
with `GridSearchCV(n_jobs=2)`, scikit-learn's and skorch's with `n_jobs=2`. The processes of the
latter have started before. Ratios are those of median times, above 1 where packs are faster.

"of limit" counts the multiplications and additions in the products of matrices, and divides the
time they would take at the rate of large products, on all cores, by that of the whole search.
"""

import argparse
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from statistics import median

import joblib
import numpy as np
import torch
from sklearn.datasets import load_digits, make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier as PeerClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep import MLPClassifier

RATES = [0.001, 0.002, 0.004, 0.008]
ALPHAS = [1e-5, 1e-4, 1e-3, 1e-2]
N_FOLDS = 5


def digits():
    X, y = load_digits(return_X_y=True)
    return X.astype(np.float32), y


def synthetic():
    X, y = make_classification(5000, 30, n_informative=10, random_state=0)
    return X.astype(np.float32), y


# name: (data, hidden layers of the candidates, batch size)
SETTINGS = {
    "digits (100, 100), batch 200": (digits, [(100, 100)], 200),
    "digits (64, 64), batch 32": (digits, [(64, 64)], 32),
    "5,000 x 30 (64, 64), batch 64": (synthetic, [(64, 64)], 64),
    "digits, four shapes, batch 64": (digits, [(64, 64), (100,), (100, 50), (32, 32, 32)], 64),
}


def grid(shapes, step, rate="learning_rate_init", decay="alpha", hidden="hidden_layer_sizes"):
    rates = RATES if len(shapes) == 1 else RATES[:2]
    alphas = ALPHAS if len(shapes) == 1 else ALPHAS[:2]
    return {f"{step}__{hidden}": shapes, f"{step}__{rate}": rates, f"{step}__{decay}": alphas}


def search(network, name, shapes, epochs, batch, n_jobs):
    model = make_pipeline(
        StandardScaler(),
        network(batch_size=batch, max_iter=epochs, n_iter_no_change=epochs + 1, random_state=0),
    )
    return GridSearchCV(model, grid(shapes, name), cv=N_FOLDS, n_jobs=n_jobs)


def skorch_search(X, y, shapes, epochs, batch):
    from skorch import NeuralNetClassifier

    network = NeuralNetClassifier(
        SkorchModule,
        module__n_features=X.shape[1],
        module__n_outputs=len(np.unique(y)),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        batch_size=batch,
        max_epochs=epochs,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )
    names = ("lr", "optimizer__weight_decay", "module__hidden")
    model = make_pipeline(StandardScaler(), network)
    return GridSearchCV(model, grid(shapes, "neuralnetclassifier", *names), cv=N_FOLDS, n_jobs=2)


class SkorchModule(torch.nn.Module):
    def __init__(self, n_features=1, n_outputs=2, hidden=(64, 64)):
        super().__init__()
        layers = []
        for fan_in, fan_out in pairwise((n_features, *hidden, n_outputs)):
            layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
        self.layers = torch.nn.Sequential(*layers[:-1])

    def forward(self, X):
        return self.layers(X)


def n_operations(X, y, shapes, epochs):
    """Multiplications and additions of the products, in all fits of a search."""
    outputs = len(np.unique(y)) if len(np.unique(y)) > 2 else 1
    total = 0
    for hidden in shapes:
        layers = list(pairwise((X.shape[1], *hidden, outputs)))
        # Forward, gradient by the weights, gradient by the input (not for the first layer).
        row = sum(2 * a * b * (3 - (i == 0)) for i, (a, b) in enumerate(layers))
        candidates = 16 // len(shapes)
        total += row * epochs * len(X) * candidates * (N_FOLDS - 1)
    return total + row * epochs * len(X)


def product_rate():
    """Operations a second of large products, one thread a core, all at once."""
    n, repeats = 1024, 8
    matrices = [torch.rand(n, n) for _ in range(joblib.cpu_count())]

    def multiply(a):
        torch.set_num_threads(1)
        out = torch.empty_like(a)
        for _ in range(repeats):
            torch.mm(a, a, out=out)

    with ThreadPoolExecutor(len(matrices)) as pool:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            list(pool.map(multiply, matrices))
            times.append(time.perf_counter() - start)
    return len(matrices) * repeats * 2 * n**3 / min(times[1:])


def contenders(X, y, shapes, epochs, batch, with_skorch):
    ours = ("mlpclassifier", shapes, epochs, batch)

    def packed():
        with joblib.parallel_config("skdeep"):
            return search(MLPClassifier, *ours, None).fit(X, y)

    found = {
        "packed": packed,
        "n_jobs=2": lambda: search(MLPClassifier, *ours, 2).fit(X, y),
        "scikit-learn": lambda: search(PeerClassifier, *ours, 2).fit(X, y),
    }
    if with_skorch:
        y_skorch = y.astype(np.int64)
        found["skorch"] = lambda: skorch_search(X, y, shapes, epochs, batch).fit(X, y_skorch)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--only", nargs="*", default=list(SETTINGS))
    parser.add_argument("--skip-skorch", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'search':32}{'packed':>8}{'n_jobs=2':>10}{'sklearn':>9}{'skorch':>8}{'of limit':>10}")
    for name in options.only:
        make_data, shapes, batch = SETTINGS[name]
        X, y = make_data()
        for start in contenders(X, y, shapes, 1, batch, not options.skip_skorch).values():
            start()  # processes and caches
        runs = contenders(X, y, shapes, options.epochs, batch, not options.skip_skorch)
        times = {contender: [] for contender in runs}
        scores, rates = {}, []
        for _ in range(options.rounds):
            rates.append(product_rate())
            for contender, run in runs.items():
                start = time.perf_counter()
                scores[contender] = run().best_score_
                times[contender].append(time.perf_counter() - start)
        seconds = {contender: median(found) for contender, found in times.items()}
        own = seconds["packed"]
        limit = n_operations(X, y, shapes, options.epochs) / median(rates)
        print(
            f"{name:32}{own:7.2f}s{seconds['n_jobs=2'] / own:10.2f}"
            f"{seconds['scikit-learn'] / own:9.2f}"
            f"{seconds.get('skorch', float('nan')) / own:8.2f}{limit / own:10.2f}"
            f"   {median(rates) / 1e9:.0f} Gflop/s, best scores "
            + ", ".join(f"{score:.3f}" for score in scores.values()),
            flush=True,
        )


if __name__ == "__main__":
    main()
