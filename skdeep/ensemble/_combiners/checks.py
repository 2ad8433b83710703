"""Targets of classifications and weights, as stackers and combiners of predictions take them."""

from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from skdeep._scikit_learn import check_sample_weight

# What is learnt: numbers, one of some classes, or several labels at once.
Kind = Literal["numbers", "classes", "labels"]


def read_class_target(estimator: Any, y: Any) -> tuple[np.ndarray, Kind]:
    """The target as an array, and "classes" or, if it is multilabel, "labels"."""
    name = type(estimator).__name__
    if not sp.issparse(y) and np.asarray(y).dtype.kind == "f":
        assert_all_finite(y, estimator_name=name, input_name="y")
    check_classification_targets(y)
    kind = type_of_target(y, input_name="y")
    if kind == "multilabel-indicator":
        return (y.toarray() if sp.issparse(y) else np.asarray(y)), "labels"
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"y has {np.shape(y)[1]} columns with several classes each, and y should be a 1d "
            f"array: fit one {name} for each column."
        )
    return column_or_1d(y, warn=True), "classes"


def check_two_classes(estimator: Any, classes: np.ndarray) -> None:
    """Refuse a target that leaves nothing to learn."""
    if len(classes) == 1:
        raise ValueError(
            f"{type(estimator).__name__} needs at least 2 classes, but y holds one class only: "
            f"{classes.tolist()[0]!r}. Give rows of another class."
        )


def check_weights(weights: Any, X: Any, name: str) -> np.ndarray:
    """Weights as an array with one number, not negative, for each row of X."""
    try:
        return check_sample_weight(weights, X, ensure_non_negative=True)
    except ValueError as error:
        raise ValueError(f"Invalid {name}: {error}") from error
