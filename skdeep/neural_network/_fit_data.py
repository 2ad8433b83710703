"""What `fit` was given, validated and encoded."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class FitData:
    """Training data of one fit.

    Attributes
    ----------
    X : ndarray of shape (n, ...), CSR matrix of shape (n, features) or SequenceArray
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
