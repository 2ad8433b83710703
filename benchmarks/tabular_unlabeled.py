"""What rows without a target are worth to TabularClassifier and TabularRegressor, on tables.

    python benchmarks/tabular_unlabeled.py [--labelled 50,100,200] [--effort fast] [--only NAME ...]
        [--seeds 0] [--rows 8000] [--loaders PATH] [--out FILE] [--report FILE ...]

Tables as in `tabular_tables.py`. Of 70 % of the rows, some keep their target and the others lose
it; log-loss, or RMSE in standard deviations of y, is measured on the remaining 30 %. Every fit sees
the same rows and starts from the same networks, which learn labelled rows alone; then come others
that learn from pseudo-labels, from denoising, and from both, which is what `unlabeled_label` does.
Changes are in per cent of the loss of the first networks, in the geometric mean over tables and
seeds; their standard errors are over tables.
"""

import time

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
from tabular_tables import arguments, prepared, run_all

from skdeep import TabularClassifier, TabularRegressor

VARIANTS = {
    "labelled only": (),
    "guesses": ("guesses",),
    "denoising": ("denoising",),
    "both": ("denoising", "guesses"),
}
# Rarer classes would not be among the labelled rows.
FEWEST_OF_A_CLASS = 20


def variant(cls, steps):
    """The estimator with some of the steps that unlabelled rows go through."""
    return type(cls.__name__, (cls,), {"_unlabeled_steps": steps})


def measured(estimator, is_classifier, A, a, B, b):
    """Loss on rows that have not been seen, whether unlabelled rows are used, and seconds."""
    begin = time.perf_counter()
    estimator.fit(A, a)
    seconds = time.perf_counter() - begin
    if is_classifier:
        p = np.clip(estimator.predict_proba(B), 1e-7, 1.0)
        loss = log_loss(b, p / p.sum(axis=1, keepdims=True), labels=range(p.shape[1]))
    else:
        loss = np.sqrt(np.mean((estimator.predict(B) - b) ** 2)) / b.std()
    used = sum(c["share"] for c in estimator.candidates_ if c["unlabeled"])
    return {"loss": float(loss), "share": float(used), "fit": seconds}


def run(X, y, seed, is_classifier, sizes, effort):
    """Losses of all variants on one table."""
    cls = TabularClassifier if is_classifier else TabularRegressor
    strata = None
    if is_classifier:
        y = LabelEncoder().fit_transform(y)
        enough = np.bincount(y)[y] >= FEWEST_OF_A_CLASS
        X, y = X[enough], LabelEncoder().fit_transform(y[enough])
        strata = y
    X, y = prepared("skdeep", X), y.astype(float)
    A, B, a, b = train_test_split(X, y, test_size=0.3, random_state=seed, stratify=strata)
    for n_labelled in sizes:
        if 2 * n_labelled > len(A):
            continue
        known, _ = train_test_split(
            np.arange(len(A)),
            train_size=n_labelled,
            random_state=seed,
            stratify=None if strata is None else a,
        )
        marked = np.full(len(a), np.nan)
        marked[known] = a[known]
        for name, steps in VARIANTS.items():
            estimator = variant(cls, steps)(
                effort=effort, random_state=seed, unlabeled_label=np.nan
            )
            row = measured(estimator, is_classifier, A, marked, B, b)
            yield {"labelled": n_labelled, "variant": name, **row}


def report(rows):
    """Print how each variant changes the loss of labelled rows alone."""
    table = pd.DataFrame(rows)
    keys = ["task", "data", "seed", "labelled"]
    loss = table.pivot_table(index=keys, columns="variant", values="loss")[list(VARIANTS)]
    change = np.log(loss.div(loss["labelled only"], axis=0)).drop(columns="labelled only")
    for by in (["task", "labelled"], ["task"], ["labelled"]):
        print(f"\nchange of the loss in per cent\n{percent(change.groupby(by).mean())}")
    by_table = change.groupby(["task", "data"]).mean()
    print(f"\nby table\n{percent(by_table)}")
    print(f"\nall tables\n{percent(by_table.mean())}\nerror of it\n{percent(by_table.sem())}")
    worse = (change > 1e-3).groupby("task").mean()
    better = (change < -1e-3).groupby("task").mean()
    print(f"\nbetter on\n{better.round(2)}\nworse on\n{worse.round(2)}")
    print(f"\nseconds of a fit\n{table.groupby('variant')['fit'].mean().round(1)}")
    print(f"\nshare of networks that saw unlabelled rows\n{_shares(table)}")


def _shares(table):
    return table.groupby(["labelled", "variant"])["share"].mean().unstack().round(2)


def percent(change):
    """From differences of logarithms."""
    return (100.0 * np.expm1(change)).round(1).to_string()


def main():
    """Run what was asked for."""
    args = arguments(labelled="50,100,200", effort="fast")
    sizes = [int(n) for n in args.labelled.split(",")]

    def some(task, _, X, y, seed):
        return run(X, y, seed, task == "classification", sizes, args.effort)

    run_all(args, some, report)


if __name__ == "__main__":
    main()
