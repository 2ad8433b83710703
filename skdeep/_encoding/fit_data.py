"""What `fit` was given, validated and encoded."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from skdeep._encoding.rows import as_rows
from skdeep._engine.training.rows import Rows


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
