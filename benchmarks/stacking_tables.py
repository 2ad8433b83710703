"""Compare stacks with their best base, with scikit-learn's stackers and with mlxtend's, on tables.

    python benchmarks/stacking_tables.py [--only NAME ...] [--rows 3000] [--seeds 0]
        [--timed NAME ...] [--loaders PATH] [--no-peers] [--out FILE] [--report FILE ...]

The tables are scikit-learn's own and generated ones; or, by --loaders, those of a Python file with
`names(kind, task)`, asked for ("tabular", "classification") and ("tabular", "regression"), and
`load(name)`, which returns X as a DataFrame (categorical columns of dtype category) and y.

The loss is measured on 30 % of the rows, which nothing else sees: log-loss, or root mean squared
error. "Relative loss" is that of the row over that of the base that did best by 5 folds, minus 1.
Every stack runs as it is, but bases that are fitted with the same rows twice are looked up the
second time; fit times come from fits of their own with nothing looked up, on the tables --timed:
processor seconds on one thread, which other programs disturb less than the clock.
"""

import argparse
import hashlib
import importlib.util
import json
import time
import warnings
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import rankdata
from sklearn import datasets, ensemble
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from skdeep import (
    ConvexStackingClassifier,
    ConvexStackingRegressor,
    EnsembleSelectionClassifier,
    EnsembleSelectionRegressor,
    MLPClassifier,
    MLPRegressor,
    StackingClassifier,
    StackingRegressor,
)

TASKS = ("classification", "regression")
BEST, PEER, OTHER = "best base by 5 folds", "scikit-learn", "mlxtend"
MODES = {
    "5 folds, refit": {"cv": 5},
    "5 folds, averaged": {"cv": 5, "refit": False},
    "held-out 20 %, refit": {"cv": 0.2},
    "held-out 20 %": {"cv": 0.2, "refit": False},
}
BUNDLED = {
    "classification": {
        "breast_cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
        "wine": lambda: datasets.load_wine(return_X_y=True),
        "digits": lambda: [part[:900] for part in datasets.load_digits(return_X_y=True)],
        "made_classes": lambda: datasets.make_classification(
            1000, 20, n_informative=8, n_classes=3, flip_y=0.1, random_state=0
        ),
    },
    "regression": {
        "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
        "friedman1": lambda: datasets.make_friedman1(800, noise=2.0, random_state=0),
        "made_linear": lambda: datasets.make_regression(
            500, 20, n_informative=10, noise=50.0, random_state=0
        ),
    },
}


# ---- Data ---------------------------------------------------------------------------------------


def catalogue(loaders):
    """Return {task: {name: function that returns X and y}}."""
    if loaders is None:
        return BUNDLED
    spec = importlib.util.spec_from_file_location("loaders", loaders)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        task: {name: partial(module.load, name) for name in module.names("tabular", task)}
        for task in TASKS
    }


def encode(columns):
    """Return a transformer to numbers; it looks at no target, so one fit serves all bases."""
    numbers = make_column_selector(dtype_include="number")
    others = make_column_selector(dtype_exclude="number")
    return make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numbers(columns)),
        (
            OneHotEncoder(handle_unknown="ignore", max_categories=50, sparse_output=False),
            others(columns),
        ),
    )


def read(load, task, rows, seed):
    """Return X and y of the training and of the test part, as arrays of numbers."""
    X, y = load()
    X, y = pd.DataFrame(X), np.asarray(y)
    if task == "classification":
        y = LabelEncoder().fit_transform(y)
    stratify = y if task == "classification" else None
    if len(y) > rows:
        # The same rows for every seed: seeds then tell how much the split matters.
        X, _, y, _ = train_test_split(X, y, train_size=rows, random_state=0, stratify=stratify)
        stratify = y if task == "classification" else None
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.3, random_state=seed, stratify=stratify
    )
    encoder = encode(X_train).fit(X_train)
    X_train, X_test = (
        np.asarray(encoder.transform(part), dtype=float) for part in (X_train, X_test)
    )
    return X_train, y_train, X_test, y_test


# ---- What is compared ---------------------------------------------------------------------------


def make_bases(task, n_rows, seed):
    """Return the (name, estimator) pairs of the bases."""
    # A network that stops early needs rows to watch; with few it is cheap to train to the end.
    mlp = {"early_stopping": n_rows > 500, "max_iter": 300, "random_state": seed}
    if task == "classification":
        return [
            ("linear", make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))),
            ("forest", RandomForestClassifier(random_state=seed)),
            ("boosting", HistGradientBoostingClassifier(random_state=seed)),
            ("network", make_pipeline(StandardScaler(), MLPClassifier(**mlp))),
            ("near", make_pipeline(StandardScaler(), KNeighborsClassifier(15))),
        ]
    return [
        ("linear", make_pipeline(StandardScaler(), RidgeCV(np.logspace(-3, 3, 13)))),
        ("forest", RandomForestRegressor(random_state=seed)),
        ("boosting", HistGradientBoostingRegressor(random_state=seed)),
        ("network", make_pipeline(StandardScaler(), MLPRegressor(**mlp))),
        ("near", make_pipeline(StandardScaler(), KNeighborsRegressor(10))),
    ]


def make_rows(task, bases, seed, with_peers):
    """Return {name: estimator}, one for each row of the report."""
    classes = task == "classification"
    stacking = StackingClassifier if classes else StackingRegressor
    regression = LogisticRegression if classes else RidgeCV
    second_layers = {
        "logistic" if classes else "ridge": regression(),
        "convex": ConvexStackingClassifier() if classes else ConvexStackingRegressor(),
        "greedy": EnsembleSelectionClassifier() if classes else EnsembleSelectionRegressor(),
    }
    rows = {BEST: BestBase(bases)}
    for mode, how in MODES.items():
        for name, second_layer in second_layers.items():
            rows[f"{mode}: {name}"] = stacking(bases, second_layer, random_state=seed, **how)
    peer = ensemble.StackingClassifier if classes else ensemble.StackingRegressor
    rows[PEER] = peer(bases, cv=5)
    if with_peers:
        rows[OTHER] = mlxtend_stack(classes, [base for _, base in bases], regression())
    return rows


def mlxtend_stack(classes, bases, second_layer):
    from mlxtend.classifier import StackingCVClassifier
    from mlxtend.regressor import StackingCVRegressor

    if classes:
        return StackingCVClassifier(bases, second_layer, use_probas=True, cv=5, shuffle=False)
    return StackingCVRegressor(bases, second_layer, cv=5, shuffle=False)


class BestBase(BaseEstimator):
    """The base with the least loss over 5 folds, fitted again on all rows."""

    def __init__(self, bases):
        self.bases = bases

    def fit(self, X, y):
        classes = hasattr(self.bases[0][1], "predict_proba")
        method, loss = ("predict_proba", log_loss) if classes else ("predict", rmse)
        losses = {
            name: loss(y, cross_val_predict(base, X, y, cv=5, method=method))
            for name, base in self.bases
        }
        self.name_ = min(losses, key=losses.get)
        self.model_ = clone(dict(self.bases)[self.name_]).fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X)

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


class Replay(BaseEstimator):
    """A base whose fits and predictions are made once for the same rows."""

    known = {}

    def __init__(self, name, estimator):
        self.name = name
        self.estimator = estimator

    def fit(self, X, y):
        self.key_ = (self.name, digest(X), digest(y))
        self.model_ = self._once(self.key_, lambda: clone(self.estimator).fit(X, y))
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        return self._answer("predict", X)

    def _answer(self, method, X):
        return self._once((*self.key_, method, digest(X)), lambda: getattr(self.model_, method)(X))

    def _once(self, key, make):
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]


class ReplayClassifier(ClassifierMixin, Replay):
    @property
    def classes_(self):
        return self.model_.classes_

    def predict_proba(self, X):
        return self._answer("predict_proba", X)


class ReplayRegressor(RegressorMixin, Replay):
    pass


def digest(array):
    # As float: some stackers hand on classes as another type of integer.
    return hashlib.sha1(np.ascontiguousarray(array, dtype=float)).digest()


# ---- Measurements -------------------------------------------------------------------------------


def rmse(y, predictions):
    return root_mean_squared_error(y, np.ravel(predictions))


def test_loss(model, task, X, y):
    if task == "regression":
        return rmse(y, model.predict(X))
    # A single confident error is to cost much, not everything.
    probabilities = np.clip(model.predict_proba(X), 1e-7, 1)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return log_loss(y, probabilities, labels=np.arange(probabilities.shape[1]))


def losses_of(task, data, seed, with_peers):
    """Return the test loss of every row, and the name of the best base."""
    X, y, X_test, y_test = data
    kind = ReplayClassifier if task == "classification" else ReplayRegressor
    Replay.known.clear()
    bases = [(name, kind(name, base)) for name, base in make_bases(task, len(y), seed)]
    rows = make_rows(task, bases, seed, with_peers)
    losses = {name: test_loss(row.fit(X, y), task, X_test, y_test) for name, row in rows.items()}
    return losses, rows[BEST].name_


def times_of(task, data, seed, with_peers):
    """Return the seconds that a fit of every row takes."""
    X, y, *_ = data
    seconds = {}
    for name, row in make_rows(task, make_bases(task, len(y), seed), seed, with_peers).items():
        start = time.process_time()
        row.fit(X, y)
        seconds[name] = time.process_time() - start
    return seconds


def run(options):
    """Measure, and return a list of results: one for each table and seed."""
    with_peers = not options.no_peers and importlib.util.find_spec("mlxtend") is not None
    if not with_peers:
        print("mlxtend is left out" + ("." if options.no_peers else ": it is not installed."))
    tables = [
        (task, name, load)
        for task, of_task in catalogue(options.loaders).items()
        for name, load in of_task.items()
        if not options.only or name in options.only
    ]
    timed = options.timed if options.timed is not None else [name for _, name, _ in tables]
    results = []
    for seed in options.seeds:
        for task, name, load in tables:
            start = time.perf_counter()
            data = read(load, task, options.rows, seed)
            losses, best = losses_of(task, data, seed, with_peers)
            result = {"task": task, "table": name, "seed": seed, "losses": losses}
            if name in timed and seed == options.seeds[0]:
                result["seconds"] = times_of(task, data, seed, with_peers)
            results.append(result)
            print(
                f"{name:18} seed {seed}: {data[0].shape[0]} x {data[0].shape[1]}, best base {best} "
                f"{losses[BEST]:.4g}, scikit-learn's stack {losses[PEER]:.4g} "
                f"({time.perf_counter() - start:.0f} s)",
                flush=True,
            )
            if options.out:
                Path(options.out).write_text(json.dumps(results))
    return results


# ---- Report -------------------------------------------------------------------------------------


def report(results):
    """Print a table for each task; fit times are medians, in units of scikit-learn's stack."""
    for task in TASKS:
        of_task = [result for result in results if result["task"] == task]
        if not of_task:
            continue
        names = list(of_task[0]["losses"])
        losses = np.array([[result["losses"][name] for name in names] for result in of_task])
        # Rounded: rows that do the same are to share a rank.
        ranks = rankdata(np.round(losses / losses.min(axis=1, keepdims=True), 8), axis=1)
        relative = losses / losses[:, [names.index(BEST)]]
        ratios = defaultdict(list)
        for result in of_task:
            for name, seconds in result.get("seconds", {}).items():
                ratios[name].append(seconds / result["seconds"][PEER])
        against_peer = losses / losses[:, [names.index(PEER)]]
        loss = "log-loss" if task == "classification" else "RMSE"
        tables = {result["table"] for result in of_task}
        print(f"\n{task}: {len(tables)} tables, {len(of_task)} splits, {loss}")
        print(
            f"{'':32}{'mean':>6}{'loss relative to the best base':>42}"
            f"{'to scikit-learn':>24}{'fit':>6}\n"
            f"{'':32}{'rank':>6}{'mean':>10}{'geom.':>8}{'s.e.':>6}{'worst':>8}{'better':>10}"
            f"{'geom.':>10}{'s.e.':>6}{'better':>8}{'time':>6}"
        )
        for column, name in enumerate(names):
            relation, to_peer = relative[:, column], against_peer[:, column]
            fit_time = f"{np.median(ratios[name]):.2f}" if ratios[name] else "-"
            print(
                f"{name:32}{ranks[:, column].mean():6.1f}{relation.mean() - 1:+10.1%}"
                f"{geometric_mean(relation) - 1:+8.1%}{standard_error(relation, of_task):6.1%}"
                f"{relation.max() - 1:+8.0%}"
                f"{np.mean(relation < 1 - 1e-8):10.0%}"
                f"{geometric_mean(to_peer) - 1:+10.1%}{standard_error(to_peer, of_task):6.1%}"
                f"{np.mean(to_peer < 1 - 1e-8):8.0%}{fit_time:>6}"
            )


def geometric_mean(ratios):
    return np.exp(np.log(ratios).mean())


def standard_error(ratios, results):
    """Return that of the mean logarithm, of tables: splits of one table are much alike."""
    logs = pd.Series(np.log(ratios)).groupby([result["table"] for result in results]).mean()
    return logs.sem() if len(logs) > 1 else np.nan


def read_results(files):
    """Return the results in some files; what two of them say of one split is put together."""
    merged = {}
    for result in (each for file in files for each in json.loads(Path(file).read_text())):
        key = result["task"], result["table"], result["seed"]
        merged[key] = merged.get(key, {}) | result
    return list(merged.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loaders", help="a Python file with names(kind, task) and load(name)")
    parser.add_argument("--only", nargs="*", help="names of tables; all if left out")
    parser.add_argument(
        "--rows", type=int, default=3000, help="of larger tables, so many are drawn"
    )
    parser.add_argument("--seeds", type=int, nargs="*", default=[0], help="of the splits and bases")
    parser.add_argument("--timed", nargs="*", help="tables to take fit times on; all if left out")
    parser.add_argument("--no-peers", action="store_true", help="leave mlxtend out")
    parser.add_argument("--out", help="a file for the results, written after each table")
    parser.add_argument("--report", nargs="*", help="print the report of such files, run nothing")
    options = parser.parse_args()
    if options.report:
        report(read_results(options.report))
        return
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        report(run(options))


if __name__ == "__main__":
    main()
