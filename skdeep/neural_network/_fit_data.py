"""What `fit` was given, validated and encoded."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import torch

from skdeep.encoding import as_rows, row_keys
from skdeep.training import Rows


@dataclass
class FitData:
    """Training data of one fit.

    Attributes
    ----------
    X : ndarray of shape (n, ...), CSR matrix of shape (n, features), SequenceArray,
        ImageArray or NamedArrays
    y : ndarray of shape (n, ...)
        Targets as the user has them.
    codes : ndarray of shape (n, ...)
        Targets encoded.
    sample_weight : ndarray of shape (n,) or None
    weight : ndarray of shape (n,) or None
        Sample weights times class weights.
    kept : ndarray of int or None
        Rows of positive weight; None for all.
    dtype : dtype
        What training computes in.
    """

    X: Any
    y: np.ndarray
    codes: np.ndarray
    sample_weight: np.ndarray | None
    weight: np.ndarray | None
    kept: np.ndarray | None
    dtype: np.dtype
    _rows: Rows | None = field(default=None, init=False)

    def rows(self, device: torch.device) -> Rows:
        """X as training gathers it; made once, for training and validation rows."""
        if self._rows is None:
            self._rows = as_rows(self.X, device)
        return self._rows

    def with_equal_rows_merged(self) -> Self:
        """Leave out rows of weight 0; put equal ones together, in an order of their content.

        Normalisation over a batch counts rows: a row written down twice is then the same as one of
        weight 2, to the last bit.
        """
        kept = np.arange(len(self.X)) if self.kept is None else self.kept
        keys = row_keys(self.X[kept], self.codes[kept].reshape(len(kept), -1))
        _, first, alike = np.unique(keys, return_index=True, return_inverse=True)

        def summed(weight: np.ndarray | None) -> np.ndarray | None:
            if weight is None and len(first) == len(kept):
                return None
            counted = None if weight is None else weight[kept]
            return np.bincount(alike, weights=counted).astype(self.dtype)

        rows = kept[first]
        return replace(
            self,
            X=self.X[rows],
            y=self.y[rows],
            codes=self.codes[rows],
            sample_weight=summed(self.sample_weight),
            weight=summed(self.weight),
            kept=None,
        )
