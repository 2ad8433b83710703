"""The rows of a tabular fit: encoded, without those of weight 0, equal ones merged."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse

from skdeep._encoding.row_keys import row_groups, row_keys
from skdeep._encoding.weights import checked_weight
from skdeep._kinds.tables.encoder import TableEncoder

Splits = list[tuple[np.ndarray, np.ndarray]]

# Rows that repeat more often do so by nature, as those of few columns with few values do.
_MOST_COPIES = 3
# Beyond, sorting takes time and gains nothing: few rows are equal, and none weighs much.
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
    splits : list of (ndarray, ndarray) or None
        Those that the caller has decided on.
    units : ndarray of shape (n,) or None
        Number of the content of each row, targets left out: equal rows go into one fold, else a
        network would be evaluated on rows that it has learned with another target.
    first : ndarray of shape (n,)
        Where each row stands among those that `fit` was given.
    place : ndarray of shape (n_given,)
        Where each row given stands here; -1 for those of weight 0.
    unlabeled : ndarray or CSR matrix of shape (m, n_columns) or None
        Rows of unknown target.
    unlabeled_weight : ndarray of shape (m,) or None
    """

    matrix: Any
    codes: np.ndarray
    weight: np.ndarray | None
    splits: Splits | None
    units: np.ndarray | None
    first: np.ndarray
    place: np.ndarray
    unlabeled: Any = None
    unlabeled_weight: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        matrix: Any,
        codes: np.ndarray,
        weight: np.ndarray | None,
        splits: Splits | None,
    ) -> "FitRows":
        """Leave out rows of weight 0, and merge equal rows, in an order by their content.

        Then a row that occurs twice is the same as one of weight 2, to the last bit. Rows that
        `splits` separate are not merged.
        """
        n_given = matrix.shape[0]
        first = np.arange(n_given) if weight is None else np.flatnonzero(weight)
        place = np.full(n_given, -1)
        place[first] = np.arange(len(first))
        units = None
        seen = _comparable(matrix[first]) if len(first) <= _MOST_MERGED else None
        alike = None if seen is None else row_groups(row_keys(seen))
        if alike is not None and (
            splits is not None or (alike.max() + 1) * _MOST_COPIES >= len(first)
        ):
            parted = np.column_stack([codes[first], _parts(splits, n_given, first)])
            keys = row_keys(seen, parted)
            _, one_of_each, groups_of_rows = np.unique(keys, return_index=True, return_inverse=True)
            counted = np.ones(len(first)) if weight is None else weight[first]
            place[first] = groups_of_rows
            units = alike[one_of_each]
            first = first[one_of_each]
            merged = np.bincount(groups_of_rows, weights=counted)
            weight = None if (merged == merged[0]).all() else merged
            matrix, codes = matrix[first], codes[first]
        elif len(first) < n_given:
            matrix, codes = matrix[first], codes[first]
            weight = None if weight is None else weight[first]
        return cls(
            matrix=matrix,
            codes=codes,
            weight=weight,
            splits=None if splits is None else _renumbered(splits, place),
            units=units,
            first=first,
            place=place,
        )

    @staticmethod
    def read(
        encoder: TableEncoder, X: Any, y: np.ndarray, sample_weight: Any
    ) -> tuple[Any, np.ndarray | None, np.ndarray | None]:
        """The encoded matrix, the rows of positive weight (None for all), and the weights."""
        weight = kept = None
        if sample_weight is not None:
            weight = checked_weight(sample_weight, np.empty((len(y), 1), np.float32))
            if weight is not None and not weight.all():
                kept = np.flatnonzero(weight)
        matrix = encoder.fit_transform(X, kept=kept)
        if matrix.shape[0] != len(y):
            raise ValueError(
                "Found input variables with inconsistent numbers of samples: "
                f"{[matrix.shape[0], len(y)]}"
            )
        return matrix, kept, weight

    def take_unlabeled(self, matrix: Any, unknown: np.ndarray, weight: np.ndarray | None) -> None:
        """Keep the rows of unknown target, but for those of weight 0."""
        if weight is not None:
            unknown = unknown & (weight > 0.0)
            self.unlabeled_weight = weight[unknown]
        if unknown.any():
            self.unlabeled = matrix[unknown]

    def all_weights(self, known: np.ndarray | None) -> np.ndarray | None:
        """Weights of the labelled rows, which are given, and the unlabelled ones after them."""
        if known is None and self.unlabeled_weight is None:
            return None
        unknown = self.unlabeled_weight
        return np.concatenate(
            [
                np.ones(self.matrix.shape[0]) if known is None else known,
                np.ones(self.unlabeled.shape[0]) if unknown is None else unknown,
            ]
        )

    def weight_of(self, rows: np.ndarray) -> np.ndarray | None:
        """Weights of some rows."""
        return None if self.weight is None else self.weight[rows]

    def by_given_row(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Mean of the values (m, n_columns) that belong to each row `fit` was given.

        `rows` (m,) says which row here each value belongs to. NaN where there is none.
        """
        n_rows = len(self.first)
        times = np.bincount(rows, minlength=n_rows)
        mean = np.zeros((n_rows + 1, values.shape[1]))
        np.add.at(mean, rows, values)
        with np.errstate(invalid="ignore"):
            mean[:-1] /= times[:, None]
        mean[-1] = np.nan  # for rows of weight 0
        return mean[self.place]

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


def _parts(splits: Splits | None, n_given: int, rows: np.ndarray) -> np.ndarray:
    """Numbers that are equal for `rows` in the training and test parts of the same folds."""
    part = np.zeros((len(rows), 1))
    if not splits:
        return part
    member = np.zeros((n_given, 2 * len(splits)))
    for k, (train, test) in enumerate(splits):
        member[train, 2 * k] = member[test, 2 * k + 1] = 1.0
    # Of these rows alone: those of weight 0 must not move the numbers.
    part[:, 0] = np.unique(member[rows], axis=0, return_inverse=True)[1].ravel()
    return part


def _renumbered(splits: Splits, place: np.ndarray) -> Splits:
    """Splits of the rows that are left."""

    def left(rows: np.ndarray) -> np.ndarray:
        places = np.unique(place[rows])
        return places[places >= 0]

    return [(left(train), left(test)) for train, test in splits]


def _comparable(matrix: Any) -> Any:
    """A matrix whose missing values equal each other."""
    if scipy.sparse.issparse(matrix):
        return matrix
    return np.where(np.isnan(matrix), np.float32(np.finfo(np.float32).max), matrix)
