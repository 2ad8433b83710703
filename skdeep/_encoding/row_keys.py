"""Which rows are equal: hashes of the content of rows, wherever and however often they occur.

Splits and dropout masks that use them are the same whether a row occurs twice or has weight 2.
"""

from typing import Any

import numpy as np
import scipy.sparse

from skdeep._encoding.channel_array import RowArray
from skdeep._encoding.named_arrays import NamedArrays, side_by_side

_CHUNK_ROWS = 1 << 14


def row_keys(X: Any, y: np.ndarray | None = None) -> np.ndarray:
    """Hash rows to 64 bits; equal rows get equal keys, dense or sparse.

    Parameters
    ----------
    X : ndarray of shape (n, ...), CSR matrix of shape (n, features), RowArray or NamedArrays
    y : ndarray of shape (n, ...), default=None
        Numbers that count as part of the row.

    Returns
    -------
    ndarray of shape (n,), uint64
    """
    if isinstance(X, RowArray):
        X, own = X.key_columns()
        if own is not None:
            y = own if y is None else np.hstack([own, y.reshape(len(y), -1)])
    # Numbers are scrambled before they are multiplied: round ones end in zeros, which would wipe
    # out most bits of the multipliers, so that [2, 1, 0] would be taken for [0, 1, 2].
    if isinstance(X, NamedArrays):
        X = side_by_side(X)
    if X.ndim > 2:
        X = X.reshape(len(X), -1)
    multipliers = _multipliers(X.shape[1])
    if scipy.sparse.issparse(X):
        data = _scramble(_bits(X.data)) * multipliers[X.indices]
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(data, dtype=np.uint64)])
        keys = np.diff(sums[X.indptr])  # wraps around, like the sums of dense rows
    else:
        keys = np.concatenate(
            [
                (_scramble(_bits(X[i : i + _CHUNK_ROWS])) * multipliers).sum(
                    axis=1, dtype=np.uint64
                )
                for i in range(0, X.shape[0], _CHUNK_ROWS)
            ]
        )
    if y is not None:
        columns = y.reshape(len(y), -1).astype(np.float64)
        other = _multipliers(columns.shape[1] + 1)[1:] + np.uint64(2)
        keys = _scramble(keys) + (_scramble(_bits(columns)) * other).sum(axis=1, dtype=np.uint64)
    return _scramble(keys)


def row_groups(keys: np.ndarray) -> np.ndarray:
    """Number the distinct keys in their order; (n,), int64."""
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _multipliers(n: int) -> np.ndarray:
    odd = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return _scramble(odd) | np.uint64(1)


def _bits(values: np.ndarray) -> np.ndarray:
    # float64 so that a float32 and a float64 copy agree; adding 0 makes -0.0 equal 0.0.
    return (np.asarray(values, dtype=np.float64) + 0.0).view(np.uint64)


def _scramble(z: np.ndarray) -> np.ndarray:
    """Finaliser of SplitMix64; it keeps 0, so that zeros need not be stored."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
