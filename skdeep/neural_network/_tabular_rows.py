"""The rows of a tabular fit: encoded, without those of weight 0, equal ones put together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse

from skdeep.encoding import TableEncoder, checked_weight, row_keys

# Beyond, the time that sorting takes buys nothing: few rows are equal, and none weighs much.
_MOST_MERGED = 10_000


@dataclass
class FitRows:
    """Rows to learn from.

    Attributes
    ----------
    matrix : ndarray or CSR matrix of shape (n, n_columns)
    codes : ndarray of shape (n, ...)
        Targets, encoded.
    weight : ndarray of shape (n,) or None
    groups : ndarray of shape (n,) or None
    first : ndarray of shape (n,)
        Where each row stands among those that `fit` was given.
    place : ndarray of shape (n_given,)
        Where each row given stands here; -1 for those of weight 0.
    """

    matrix: Any
    codes: np.ndarray
    weight: np.ndarray | None
    groups: np.ndarray | None
    first: np.ndarray
    place: np.ndarray

    @classmethod
    def of(
        cls,
        matrix: Any,
        codes: np.ndarray,
        weight: np.ndarray | None,
        groups: np.ndarray | None,
        merges: bool,
    ) -> "FitRows":
        """Leave out rows of weight 0; put equal ones together, in an order of their content.

        Then a row written down twice is the same as one of weight 2, to the last bit.
        """
        n_given = matrix.shape[0]
        first = np.arange(n_given) if weight is None else np.flatnonzero(weight)
        place = np.full(n_given, -1)
        place[first] = np.arange(len(first))
        if merges and len(first) <= _MOST_MERGED:
            keys = row_keys(_comparable(matrix[first]), codes[first])
            _, one_of_each, groups_of_rows = np.unique(keys, return_index=True, return_inverse=True)
            counted = np.ones(len(first)) if weight is None else weight[first]
            place[first] = groups_of_rows
            first = first[one_of_each]
            merged = np.bincount(groups_of_rows, weights=counted)
            weight = None if (merged == merged[0]).all() else merged
        elif weight is not None:
            weight = weight[first]
        return cls(
            matrix=matrix[first],
            codes=codes[first],
            weight=weight,
            groups=None if groups is None else groups[first],
            first=first,
            place=place,
        )

    @staticmethod
    def read(
        estimator: Any, encoder: TableEncoder, X: Any, y: np.ndarray, sample_weight: Any
    ) -> tuple[Any, np.ndarray | None, np.ndarray | None]:
        """The encoded matrix, the rows of positive weight (None for all), and the weights."""
        weight = kept = None
        if sample_weight is not None:
            weight = checked_weight(sample_weight, np.empty((len(y), 1), np.float32))
            if weight is not None and not weight.all():
                kept = np.flatnonzero(weight)
        names = None
        matrix = encoder.fit_transform(X, names, kept)
        if matrix.shape[0] != len(y):
            raise ValueError(
                "Found input variables with inconsistent numbers of samples: "
                f"{[matrix.shape[0], len(y)]}"
            )
        return matrix, kept, weight

    def weight_of(self, rows: np.ndarray) -> np.ndarray | None:
        """Weights of some rows."""
        return None if self.weight is None else self.weight[rows]

    def original_splits(
        self, splits: list[tuple[np.ndarray, np.ndarray]]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Splits in the numbers of the rows that `fit` was given."""
        n_rows = len(self.first)

        def original(rows: np.ndarray) -> np.ndarray:
            inside = np.zeros(n_rows + 1, dtype=bool)  # the last is for rows of weight 0
            inside[rows] = True
            return np.flatnonzero(inside[self.place])

        return [(original(train), original(test)) for train, test in splits]


def _comparable(matrix: Any) -> Any:
    """A matrix whose missing values equal each other."""
    if scipy.sparse.issparse(matrix):
        return matrix
    return np.where(np.isnan(matrix), np.float32(np.finfo(np.float32).max), matrix)
