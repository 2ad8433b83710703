"""What `fit` was given, validated and encoded."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from skdeep._encoding.row_keys import row_keys
from skdeep._encoding.rows import as_rows
from skdeep._engine.modules.outputs import OutputParts
from skdeep._engine.training.rows import Rows


@dataclass
class FitData:
    """Training data of one fit.

    Attributes
    ----------
    X : ndarray of shape (n, ...), CSR matrix of shape (n, features), RowArray or NamedArrays
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
    validation : FitData or None
        Rows that `fit` was given to validate with.
    n_networks : int or None
        Number of networks trained side by side, each with its own loss; None for a single one.
    parts : OutputParts or None
        What the network returns besides the prediction, if the loss takes all of it.
    """

    X: Any
    y: np.ndarray
    codes: np.ndarray
    sample_weight: np.ndarray | None
    weight: np.ndarray | None
    kept: np.ndarray | None
    dtype: np.dtype
    validation: "FitData | None" = None
    n_networks: int | None = None
    parts: OutputParts | None = None
    _rows: Rows | None = field(default=None, init=False)

    @property
    def kept_rows(self) -> np.ndarray:
        """Numbers of the rows of positive weight."""
        return np.arange(self.X.shape[0]) if self.kept is None else self.kept

    def rows(self, device: torch.device) -> Rows:
        """X as training gathers it; made once, for training and validation rows."""
        if self._rows is None:
            self._rows = as_rows(self.X, device)
        return self._rows


def with_equal_rows_merged(data: FitData, fewest: int = 1) -> FitData:
    """Leave out rows of weight 0, and merge equal rows, in an order that depends on their content.

    Normalisation over a batch counts rows, and the rounding of sums depends on their order: after
    merging, a row that occurs twice is the same as one of weight 2, to the last bit.

    Parameters
    ----------
    data : FitData
    fewest : int, default=1
        Rows that training needs; where fewer would be left, all stay as they are.
    """
    kept = data.kept_rows
    keys = row_keys(data.X[kept], data.codes[kept].reshape(len(kept), -1))
    _, first, alike = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) < fewest:
        return data

    def summed(weight: np.ndarray | None) -> np.ndarray | None:
        if weight is None and len(first) == len(kept):
            return None
        counted = None if weight is None else weight[kept]
        return np.bincount(alike, weights=counted).astype(data.dtype)

    rows = kept[first]
    return replace(
        data,
        X=data.X[rows],
        y=data.y[rows],
        codes=data.codes[rows],
        sample_weight=summed(data.sample_weight),
        weight=summed(data.weight),
        kept=None,
    )
