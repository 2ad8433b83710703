"""Predictions of the base estimators -> input of the second layer."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from skdeep.ensemble._stacking.alignment import AnswerLayout
from skdeep.ensemble._stacking.containers import concat_columns
from skdeep.ensemble._stacking.fold_average import FoldAverage
from skdeep.ensemble._stacking.passthrough import Columns, take_columns
from skdeep.ensemble._stacking.results import BaseFit


def collect(
    blocks: Sequence[np.ndarray], tests: Sequence[np.ndarray], rows: np.ndarray
) -> np.ndarray:
    """The predictions of one base for `rows`, the mean where a row was predicted several times.

    Parameters
    ----------
    blocks : list of ndarray of shape (n_test, n_columns)
        What the base predicted for the test part of each split.
    tests : list of ndarray
        The test part of each split.
    rows : ndarray
        Sorted union of the test parts.
    """
    widths = sorted({block.shape[1] for block in blocks})
    if len(widths) > 1:
        raise ValueError(f"the number of columns that it predicts varies by split: {widths}.")
    at = np.searchsorted(rows, np.concatenate(tests))
    stacked = np.concatenate(blocks)
    if len(at) == len(rows):
        out = np.empty_like(stacked)
        out[at] = stacked
        return out
    out = np.zeros((len(rows), widths[0]))
    np.add.at(out, at, stacked)
    return out / np.bincount(at)[:, None]


def all_finite(block: np.ndarray) -> bool:
    """Whether predictions hold neither NaN nor infinity."""
    return bool(np.isfinite(block.astype(float, copy=False)).all())


def warn_of_missing(
    name: str, missing: Sequence[Sequence[int]], labels: Sequence[Any] | np.ndarray, n_models: int
) -> None:
    """Warn of classes that a base did not see in some of its fits."""
    lacking = [m for m in missing if len(m)]
    if lacking:
        classes = [str(labels[k]) for k in sorted(set().union(*lacking))]
        warnings.warn(
            f"The base estimator {name!r} saw no row of class {', '.join(classes)} in "
            f"{len(lacking)} of {n_models} fits: its predictions for it are the least possible. "
            "Give cv splits with every class in every training part.",
            RuntimeWarning,
            stacklevel=2,
        )


class MetaFeatures:
    """The columns that one layer passes to the next.

    Parameters
    ----------
    layout : AnswerLayout
        What the bases predict.
    prefix : str
        Start of the columns' names.
    columns : None, True or list
        Which columns of X follow: none, all, or these.
    """

    def __init__(self, layout: AnswerLayout, *, prefix: str, columns: Columns | None) -> None:
        self.layout = layout
        self.prefix = prefix
        self.columns = columns
        self.names: list[str] = []
        self.methods: list[str] = []
        self.widths: list[int] = []

    def predict(self, models: Sequence[Any], X: Any) -> list[np.ndarray]:
        """Return one array a base."""
        return [
            np.mean([self.layout.columns(fold, method, X) for fold in model], axis=0)
            if isinstance(model, FoldAverage)
            else self.layout.columns(model, method, X)
            for model, method in zip(models, self.methods, strict=True)
        ]

    def fit_join(self, fits: list[BaseFit], X: Any) -> Any:
        """Remember the bases and their columns; return `join` of what they predicted."""
        self.names = [fit.name for fit in fits]
        self.methods = [fit.method for fit in fits]
        self.widths = [fit.block.shape[1] for fit in fits]
        return self.join([fit.block for fit in fits], X)

    def join(self, blocks: Sequence[np.ndarray], X: Any) -> Any:
        """The next layer's input for the rows of X."""
        if self.columns is None:
            return np.hstack(blocks)
        return concat_columns(np.hstack(blocks), self.names_out(), take_columns(X, self.columns))

    def names_out(self) -> list[str]:
        """The names of the columns that come from the bases."""
        return [
            f"{self.prefix}_{name}{'' if width == 1 else i}"
            for name, width in zip(self.names, self.widths, strict=True)
            for i in range(width)
        ]
