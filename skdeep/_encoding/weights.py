"""Sample and class weights, and the numbers of rows that they stand for."""

from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight

from skdeep._scikit_learn import check_sample_weight


def checked_weight(
    sample_weight: Any, X: Any, name: str = "sample_weight", dtype: Any = None
) -> np.ndarray | None:
    """Sample weights as float64, or None where all rows count the same.

    Parameters
    ----------
    sample_weight : array-like of shape (n,) or None
    X : ndarray or sparse matrix of shape (n, ...)
    name : str, default="sample_weight"
    dtype : dtype, default=None
        What training computes in; None for that of `X`.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, or all are zero.
    """
    if sample_weight is None:
        return None
    weight = check_sample_weight(sample_weight, X, dtype=np.float64, copy=False)
    if (weight < 0).any():
        raise ValueError(
            f"Negative values in {name}: the smallest is {weight.min():g}. "
            "Weights count how often a row is seen and cannot be below 0."
        )
    if not weight.any():
        raise ValueError(
            f"All values of {name} are zero: no row is left to learn from. "
            "Give at least one row a positive weight."
        )
    return held_weight(weight, np.dtype(X.dtype if dtype is None else dtype), name)


def held_weight(weight: np.ndarray | None, dtype: np.dtype, name: str) -> np.ndarray | None:
    """Weights that training in `dtype` can hold; those that vanish in it are 0.

    Raises
    ------
    ValueError
        If their sum is beyond the largest number, or all vanish.
    """
    if weight is None:
        return None
    limits = np.finfo(dtype)
    with np.errstate(over="ignore"):
        total = weight.sum()
    if total > limits.max:
        raise ValueError(
            f"The values of {name} add up to more than {limits.dtype.name} can hold; "
            "divide them by their mean."
        )
    if weight.min() < limits.tiny:
        weight = np.where(weight < limits.tiny, 0.0, weight)
    if not weight.any():
        raise ValueError(
            f"All values of {name} are zero, or vanish in {limits.dtype.name}: no row is left to "
            "learn from."
        )
    return weight


def with_class_weight(
    weight: np.ndarray | None,
    class_weight: Any,
    classes: np.ndarray,
    y: np.ndarray,
) -> np.ndarray | None:
    """Multiply sample weights by those of the rows' classes.

    Parameters
    ----------
    weight : ndarray of shape (n,) or None
    class_weight : dict, "balanced" or None
        As in scikit-learn; "balanced" takes the sample weights into account.
    classes : ndarray of shape (n_classes,)
    y : ndarray of shape (n,)
        Labels.
    """
    if class_weight is None:
        return weight
    counted = np.ones(len(y)) if weight is None else weight
    if isinstance(class_weight, str):
        present = np.isin(classes, y[counted > 0])
        per_class = np.zeros(len(classes))
        per_class[present] = compute_class_weight(
            class_weight,
            classes=classes[present],
            y=y[counted > 0],
            sample_weight=counted[counted > 0],
        )
    else:
        unknown = [label for label in class_weight if label not in classes]
        if unknown:
            raise ValueError(
                f"class_weight names {unknown}, which are not among the classes "
                f"{classes.tolist()}; remove them or check how y is labelled."
            )
        try:
            per_class = np.array([float(class_weight.get(k, 1.0)) for k in classes.tolist()])
        except (TypeError, ValueError):
            per_class = np.full(len(classes), np.nan)
        if not (np.isfinite(per_class) & (per_class >= 0)).all():
            raise ValueError(
                f"class_weight={class_weight!r}: every weight must be a finite number, 0 or more."
            )
    return counted * per_class[np.searchsorted(classes, y)]


def row_counts(weight: np.ndarray | None, n: int) -> np.ndarray:
    """How many rows each of `n` rows stands for.

    A weight of 2 is a row seen twice, so weights usually are counts. But they may have another
    unit, such as shares that add up to 1, which would count as a single row. Kish's effective
    sample size does not depend on the unit and never exceeds the sum of integer counts, so it is
    used as a lower bound of the sum.
    """
    if weight is None:
        return np.ones(n)
    weight = np.asarray(weight, dtype=np.float64)
    largest = weight.max(initial=0.0)
    if largest == 0:
        return weight
    relative = weight / largest  # their squares neither overflow nor vanish
    kish = relative.sum() ** 2 / (relative @ relative)
    return relative * max(kish / relative.sum(), largest)
