"""Stack networks, boosting, forests and a linear model on a table with categories and NaN.

    python examples/tabular_stack.py [PICTURE]

As in tabular competitions, every base has its own preprocessing, and a second layer learns the
weights of the bases from their out-of-fold predictions. The same predictions show which bases are
worth keeping. The table is generated; a quarter of it is the test set. PICTURE is a file for a plot
of scores, weights and correlation of errors, drawn if matplotlib is installed.
"""

import sys
from importlib.util import find_spec

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skdeep import ConvexStackingClassifier, MLPClassifier, StackingClassifier
from skdeep.ensemble import diversity_report
from skdeep.inspection import StackingDisplay

NUMBERS = list(range(14))
CATEGORIES = [14, 15]  # integer codes without an order


def make_table():
    """Return 2000 rows of numbers, some of them missing, and two columns of categories."""
    X, y = make_classification(
        2000, 16, n_informative=10, n_clusters_per_class=4, flip_y=0.05, random_state=0
    )
    rng = np.random.default_rng(0)
    for column in CATEGORIES:
        edges = np.quantile(X[:, column], np.linspace(0, 1, 9)[1:-1])
        X[:, column] = rng.permutation(8)[np.digitize(X[:, column], edges)]
    gaps = rng.random((len(X), len(NUMBERS))) < 0.03
    X[:, NUMBERS] = np.where(gaps, np.nan, X[:, NUMBERS])
    return X, y


def numeric(estimator):
    """Return a pipeline of imputation, scaling, one-hot encoding and `estimator`."""
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES),
    )
    return make_pipeline(prepare, estimator)


def make_bases():
    """Return the bases by name."""
    network = {"early_stopping": True, "scoring": "loss", "learning_rate_init": 0.003}
    return {
        "wide network": numeric(MLPClassifier((256,), **network, random_state=0)),
        "deep network": numeric(MLPClassifier((64, 64), dropout=0.1, **network, random_state=1)),
        "boosting": HistGradientBoostingClassifier(
            categorical_features=CATEGORIES, learning_rate=0.05, random_state=0
        ),
        "extra trees": numeric(ExtraTreesClassifier(200, min_samples_leaf=2, random_state=0)),
        "linear": numeric(LogisticRegression()),
    }


def main():
    """Fit the stack and print what each base is worth to it."""
    X_train, X_test, y_train, y_test = train_test_split(*make_table(), random_state=0)
    bases = make_bases()
    stack = StackingClassifier(
        list(bases.items()),
        ConvexStackingClassifier(),
        scoring="neg_log_loss",
        store_cv_predictions=True,
    ).fit(X_train, y_train)

    print(f"{'':<14} {'out of fold':>18} {'weight':>7} {'held out':>9} {'seconds':>8}")
    for name, weight in zip(bases, stack.final_estimator_.weights_, strict=True):
        scores = -stack.base_scores_[name]
        held_out = log_loss(y_test, stack.named_estimators_[name].predict_proba(X_test))
        print(
            f"{name:<14} {scores.mean():>9.4f} ± {scores.std():.4f} {weight:>7.2f} "
            f"{held_out:>9.4f} {stack.fit_times_[name].sum():>8.2f}"
        )
    print(f"{'stack':<14} {'':>26} {log_loss(y_test, stack.predict_proba(X_test)):>9.4f}\n")

    # With two classes, each base has one meta-feature: the probability of the second class.
    predictions = dict(zip(bases, stack.meta_features_.T, strict=True))
    report = diversity_report(predictions, y_train[stack.meta_indices_])
    print("Correlation of the bases' errors: the lower, the more a base can add to another.")
    for name, row in zip(bases, report["error_correlation"], strict=True):
        print(f"{name:<14}" + "".join(f"{value:>7.2f}" for value in row))

    if len(sys.argv) > 1 and find_spec("matplotlib"):
        display = StackingDisplay.from_estimator(stack, y_train)
        display.figure_.savefig(sys.argv[1], bbox_inches="tight")
        print(f"\nDrawn to {sys.argv[1]}.")


if __name__ == "__main__":
    main()
