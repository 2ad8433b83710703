"""Time MLPClassifier and MLPRegressor against scikit-learn's MLP and skorch.

    python benchmarks/mlp_speed.py [--rounds 7] [--only NAME ...] [--skip-skorch]

Same network, float32 data, number of epochs and batch size; the fits of one round alternate in one
process. Columns are microseconds of a step of skdeep, ratios of medians (above 1: skdeep is
faster), and the final training loss of skdeep over scikit-learn's.
"""

import argparse
import time
import warnings
from itertools import pairwise
from statistics import median

import numpy as np
from sklearn.datasets import make_classification, make_regression
from sklearn.neural_network import MLPClassifier as PeerClassifier
from sklearn.neural_network import MLPRegressor as PeerRegressor

from skdeep import MLPClassifier, MLPRegressor

# name: (rows, features, hidden layers, batch size, epochs, classes or 0 for regression)
SETTINGS = {
    "small, batch 32": (2000, 20, (100, 100), 32, 12, 2),
    "small, batch 200": (2000, 20, (100, 100), 200, 30, 2),
    "medium": (10_000, 50, (256, 256), 256, 4, 2),
    "tiny": (150, 4, (100,), 150, 300, 3),
    "tiny, batch 16": (150, 4, (32,), 16, 60, 3),
    "digits-like": (1800, 64, (100,), 200, 40, 10),
    "wide": (1000, 1000, (100,), 200, 15, 2),
    "wide, batch 32": (1000, 1000, (64, 64), 32, 5, 2),
    "regression": (2000, 20, (100, 100), 32, 12, 0),
    "regression, batch 200": (5000, 30, (100,), 200, 15, 0),
    "deep": (2000, 20, (64, 64, 64, 64), 64, 15, 2),
    "many rows": (100_000, 20, (64, 64), 500, 2, 2),
}


def data(rows, features, classes):
    if classes:
        X, y = make_classification(
            rows,
            features,
            n_informative=min(10, features),
            n_redundant=0,
            n_classes=classes,
            n_clusters_per_class=1,
            random_state=0,
        )
    else:
        X, y = make_regression(rows, features, noise=10.0, random_state=0)
        y = (y - y.mean()) / y.std()
    return X.astype(np.float32), y


def skorch_network(features, hidden, batch, epochs, classes):
    import torch
    from skorch import NeuralNetClassifier, NeuralNetRegressor
    from torch import nn

    units = (features, *hidden, max(classes, 1))
    layers = []
    for fan_in, fan_out in pairwise(units):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    network = NeuralNetClassifier if classes else NeuralNetRegressor
    return network(
        nn.Sequential(*layers[:-1]),
        criterion=nn.CrossEntropyLoss if classes else nn.MSELoss,
        optimizer=torch.optim.Adam,
        lr=0.001,
        batch_size=batch,
        max_epochs=epochs,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )


def timed(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def compare(setting, rounds, with_skorch):
    rows, features, hidden, batch, epochs, classes = setting
    X, y = data(rows, features, classes)
    ours, peer = (MLPClassifier, PeerClassifier) if classes else (MLPRegressor, PeerRegressor)
    arguments = {
        "batch_size": batch,
        "max_iter": epochs,
        "n_iter_no_change": epochs + 1,
        "random_state": 0,
    }
    y_skorch = y.astype(np.int64) if classes else y.astype(np.float32).reshape(-1, 1)
    times = {"ours": [], "scikit-learn": [], "skorch": []}
    losses = {}
    for _ in range(rounds):
        for name, estimator in (("ours", ours), ("scikit-learn", peer)):
            model = (
                estimator(hidden, **arguments)
                if classes
                else estimator(hidden_layer_sizes=hidden, **arguments)
            )
            seconds, fitted = timed(lambda model=model: model.fit(X, y))
            times[name].append(seconds)
            losses[name] = fitted.loss_
        if with_skorch:
            network = skorch_network(features, hidden, batch, epochs, classes)
            seconds, _ = timed(lambda network=network: network.fit(X, y_skorch))
            times["skorch"].append(seconds)
    steps = epochs * -(-rows // batch)
    own = median(times["ours"])
    return {
        "step": own / steps * 1e6,
        "scikit-learn": median(times["scikit-learn"]) / own,
        "skorch": median(times["skorch"]) / own if with_skorch else float("nan"),
        "loss": losses["ours"] / losses["scikit-learn"],
    }


def compare_prediction(rounds, rows):
    X, y = data(100_000, 20, 2)
    models = {
        name: estimator((100, 100), max_iter=1, random_state=0).fit(X, y)
        for name, estimator in (("ours", MLPClassifier), ("scikit-learn", PeerClassifier))
    }
    times = {name: [] for name in models}
    for _ in range(rounds * (300 if rows == 1 else 5)):
        for name, model in models.items():
            times[name].append(timed(lambda model=model: model.predict(X[:rows]))[0])
    return median(times["ours"]) * 1e6, median(times["scikit-learn"]) / median(times["ours"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=list(SETTINGS))
    parser.add_argument("--skip-skorch", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'fit':24}{'us a step':>10}{'x sklearn':>11}{'x skorch':>10}{'loss ratio':>12}")
    for name in options.only:
        row = compare(SETTINGS[name], options.rounds, not options.skip_skorch)
        print(
            f"{name:24}{row['step']:10.0f}{row['scikit-learn']:11.2f}{row['skorch']:10.2f}"
            f"{row['loss']:12.3f}",
            flush=True,
        )
    for rows in (1, 100_000):
        microseconds, ratio = compare_prediction(options.rounds, rows)
        print(f"{f'predict {rows:,} rows':24}{microseconds:10.0f}{ratio:11.2f}")


if __name__ == "__main__":
    main()
