"""Results of fits of base estimators."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass
class FitResult:
    """Result of one fit.

    Attributes
    ----------
    model : estimator or None
        The fitted estimator, where it is kept.
    blocks : list of ndarray of shape (n_test, n_columns)
        Its predictions of held-out rows, one array a split.
    missing : list of lists of int
        Classes that it did not see, in each split.
    fit_time, score_time : float
        Seconds.
    error : str or None
        Why it failed.
    skipped : bool
        Whether it was not started, for lack of time.
    """

    model: Any = None
    blocks: list[np.ndarray] = dataclasses.field(default_factory=list)
    missing: list[list[int]] = dataclasses.field(default_factory=list)
    fit_time: float = np.nan
    score_time: float = np.nan
    error: str | None = None
    skipped: bool = False

    def by_split(self, n_splits: int) -> "list[FitResult]":
        """A result for each split of a fit that predicted all of them."""
        if self.error is not None:
            return [self] * n_splits
        return [
            dataclasses.replace(self, blocks=[block], missing=[classes])
            for block, classes in zip(self.blocks, self.missing, strict=True)
        ]


def explained(error: Exception) -> str:
    """An error and the notes on it as one line of text."""
    notes = " ".join(getattr(error, "__notes__", []))
    return f"{type(error).__name__}: {error} {notes}".strip()


@dataclasses.dataclass
class BaseFit:
    """A base that is complete.

    Attributes
    ----------
    name, method : str
        Its name, and the method that makes its predictions.
    model : fitted estimator or FoldAverage
        What predicts new rows.
    block : ndarray of shape (n_seen, n_columns)
        Its predictions of the layer's rows, out of sample.
    scores, fit_times, score_times : ndarray of shape (n_splits,)
        Reports.
    """

    name: str
    method: str
    model: Any
    block: np.ndarray
    scores: np.ndarray
    fit_times: np.ndarray
    score_times: np.ndarray
