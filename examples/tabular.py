"""Fit tables with categories, numbers and missing values: first classification, then regression.

    python examples/tabular.py [PICTURE]

The tables are the wine and diabetes data that come with scikit-learn, made more realistic: some
numbers become grades ("low", "middle", "high") and some values are missing. A quarter of the rows
is the test set. The out-of-fold scores, which need no extra rows and no extra fit, estimate the
scores on the test set. PICTURE is a file for a plot of the losses, the calibration and the
importances of the first fit, drawn if matplotlib is installed.
"""

import sys
from importlib.util import find_spec
from time import perf_counter

import numpy as np
from sklearn.datasets import load_diabetes, load_wine
from sklearn.metrics import accuracy_score, log_loss, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split

from skdeep import TabularClassifier, TabularRegressor
from skdeep.inspection import TabularDisplay

GRADES = np.array(["low", "middle", "high"], dtype=object)


def make_rows(X, graded, seed):
    """Return X as objects: the columns `graded` as strings, a tenth of all values missing."""
    rows = X.astype(object)
    for column in graded:
        rows[:, column] = GRADES[
            np.digitize(X[:, column], np.quantile(X[:, column], [1 / 3, 2 / 3]))
        ]
    rows[np.random.default_rng(seed).random(X.shape) < 0.1] = None
    return rows


def print_importances(model, names):
    """Print the five most important features."""
    largest = np.argsort(-model.feature_importances_)[:5]
    print(
        "Importances: "
        + ", ".join(f"{names[j]} {model.feature_importances_[j]:.2f}" for j in largest)
    )


def classify(picture):
    """Classify wines."""
    data = load_wine()
    rows = make_rows(data.data, graded=[0, 9, 10], seed=0)
    X, X_test, y, y_test = train_test_split(
        rows, data.target_names[data.target], stratify=data.target, random_state=0
    )
    start = perf_counter()
    model = TabularClassifier(effort="fast", random_state=0).fit(X, y)
    seconds = perf_counter() - start
    print(f"Wines: {model.n_estimators_} networks predict, of {len(model.loss_curves_)} trained in "
          f"{seconds:.1f} s\n")  # fmt: skip
    print(f"{'':<12} {'accuracy':>9} {'log-loss':>9}")
    for name, truth, proba in (
        ("out of fold", y, model.oof_predict_proba_),
        ("held out", y_test, model.predict_proba(X_test)),
    ):
        accuracy = accuracy_score(truth, model.classes_[proba.argmax(axis=1)])
        print(f"{name:<12} {accuracy:>9.3f} {log_loss(truth, proba):>9.3f}")
    print_importances(model, data.feature_names)
    if picture and find_spec("matplotlib"):
        display = TabularDisplay.from_estimator(model, y=y)
        display.figure_.savefig(picture, bbox_inches="tight")
        print(f"Drawn to {picture}.")


def predict_numbers():
    """Predict the progression of a disease, with intervals."""
    data = load_diabetes(scaled=False)
    rows = make_rows(data.data, graded=[1, 3], seed=1)
    X, X_test, y, y_test = train_test_split(rows, data.target, random_state=0)
    model = TabularRegressor(effort="fast", random_state=0).fit(X, y)
    print(f"\nDiabetes\n\n{'':<12} {'RMSE':>9} {'R2':>9}")
    for name, truth, predicted in (
        ("out of fold", y, model.oof_prediction_),
        ("held out", y_test, model.predict(X_test)),
    ):
        rmse, r2 = root_mean_squared_error(truth, predicted), r2_score(truth, predicted)
        print(f"{name:<12} {rmse:>9.1f} {r2:>9.3f}")
    print_importances(model, data.feature_names)
    print(f"\n{'intervals':<12} {'covered':>9} {'width':>9}   ({len(y_test)} held-out rows)")
    for coverage in (0.8, 0.9, 0.95):
        low, high = model.predict_interval(X_test, coverage=coverage).T
        covered = np.mean((low <= y_test) & (y_test <= high))
        print(f"{coverage:<12.0%} {covered:>9.1%} {np.mean(high - low):>9.1f}")


def main():
    """Run both."""
    classify(picture=sys.argv[1] if len(sys.argv) > 1 else None)
    predict_numbers()


if __name__ == "__main__":
    main()
