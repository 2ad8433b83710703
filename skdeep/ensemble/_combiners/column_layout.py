"""Which columns of a matrix of predictions belong to which base."""

import numbers
import warnings
from itertools import pairwise
from typing import Any

import numpy as np

from skdeep.ensemble._combiners.checks import Kind


class ColumnLayout:
    """The columns of each base, side by side.

    Parameters
    ----------
    widths : ndarray of shape (n_bases,)
        Number of columns of each base.
    n_outputs : int
        Number of classes, of labels or of targets that the bases predict.
    """

    def __init__(self, widths: np.ndarray, n_outputs: int) -> None:
        self.widths = widths
        self.n_outputs = n_outputs

    def split(self, X: np.ndarray) -> list[np.ndarray]:
        """The columns of each base."""
        ends = np.concatenate([[0], np.cumsum(self.widths)])
        return [X[:, start:end] for start, end in pairwise(ends.tolist())]


def make_layout(
    columns_per_base: Any, X: np.ndarray, y: np.ndarray, kind: Kind, n_outputs: int
) -> ColumnLayout:
    """The layout that the parameter says, or that X and y suggest.

    Parameters
    ----------
    columns_per_base : int, array-like of int or None
        As in the estimators.
    X : ndarray of shape (n_samples, n_columns)
        Predictions of the bases, without rows of weight 0.
    y : ndarray
        The target, to see whether it can name columns by their numbers.
    kind : {"numbers", "classes", "labels"}
        What is predicted; "labels" is a multilabel target.
    n_outputs : int
        Number of classes, labels or targets seen.
    """
    if columns_per_base is not None:
        widths = _widths_as_given(columns_per_base, X.shape[1])
        widest = int(widths.max())
        if kind == "classes" and widest > max(n_outputs, 2) and _names_columns(y, widest):
            n_outputs = widest
        _check_widths(widths, kind, n_outputs)
        return ColumnLayout(widths, n_outputs)
    width = _likely_width(X, y, kind, n_outputs)
    if kind == "classes" and width > 1:
        n_outputs = width
    return ColumnLayout(np.full(X.shape[1] // width, width), n_outputs)


def _widths_as_given(columns_per_base: Any, n_columns: int) -> np.ndarray:
    given = np.asarray(columns_per_base)
    if given.dtype.kind not in "iu" or given.ndim > 1 or given.size == 0 or given.min() < 1:
        raise ValueError(
            f"columns_per_base={columns_per_base!r} is neither a number of columns nor a list of "
            "them: give an int of 1 or more, or such an int for each base."
        )
    if given.ndim == 1:
        if given.sum() != n_columns:
            raise ValueError(
                f"columns_per_base={columns_per_base!r} adds to {given.sum()} columns, but X has "
                f"{n_columns}: give the number of columns of every base. Columns that are no "
                "predictions, as with passthrough=True, cannot be combined."
            )
        return given
    if n_columns % given:
        raise ValueError(
            f"columns_per_base={columns_per_base!r} does not divide the {n_columns} columns of X: "
            "give a list with the number of columns of each base. Columns that are no "
            "predictions, as with passthrough=True, cannot be combined."
        )
    return np.full(n_columns // given, given)


def _check_widths(widths: np.ndarray, kind: Kind, n_outputs: int) -> None:
    allowed = sorted({1, n_outputs})
    for base, width in enumerate(widths.tolist()):
        if width not in allowed:
            outputs = {"numbers": "targets", "classes": "classes", "labels": "labels"}[kind]
            raise ValueError(
                f"columns_per_base gives base {base} {width} columns, but y has {n_outputs} "
                f"{outputs}: a base has {' or '.join(map(str, allowed))}. Where y lacks classes "
                "that the bases know, give classes as numbers, 0 for the first column."
            )


def _likely_width(X: np.ndarray, y: np.ndarray, kind: Kind, n_outputs: int) -> int:
    """The number of columns that each base seems to have."""
    n_columns = X.shape[1]
    if kind == "classes":
        # Rows of probabilities add to one, which nothing else does: such columns tell their number
        # even where y lacks a class.
        for width in range(max(n_outputs, 2), n_columns + 1):
            named = width == n_outputs or _names_columns(y, width)
            if n_columns % width == 0 and named and _are_probabilities(X, width):
                return width
        if n_outputs == 2 or are_codes(X, n_outputs):
            return 1
    if n_columns % n_outputs == 0:
        return n_outputs
    outputs = {"numbers": "targets", "classes": "classes", "labels": "labels"}[kind]
    warnings.warn(
        f"X has {n_columns} columns, which is no multiple of the {n_outputs} {outputs} of y: each "
        "is taken for a base that gives one number. If that is not so, say columns_per_base=[...] "
        "with the number of columns of each base.",
        UserWarning,
        stacklevel=5,
    )
    return 1


def _names_columns(y: np.ndarray, width: int) -> bool:
    """Whether the classes are numbers of columns."""
    integers = y.dtype.kind in "iu" or isinstance(y.flat[0], numbers.Integral)
    return integers and y.min() >= 0 and y.max() < width


def _are_probabilities(X: np.ndarray, width: int) -> bool:
    return all(adds_to_one(X[:, start : start + width]) for start in range(0, X.shape[1], width))


def are_codes(block: np.ndarray, n_classes: int) -> bool:
    """Whether all are numbers of classes."""
    return bool(np.isin(block, np.arange(n_classes)).all())


def adds_to_one(block: np.ndarray) -> bool:
    """Whether each row is a distribution, up to the rounding of float16."""
    return in_unit_interval(block) and bool((abs(block.sum(axis=1) - 1) <= 1e-3).all())


def in_unit_interval(block: np.ndarray) -> bool:
    """Whether all numbers may be probabilities, up to the rounding of float32."""
    return bool(block.min() >= -1e-6 and block.max() <= 1 + 1e-6)
