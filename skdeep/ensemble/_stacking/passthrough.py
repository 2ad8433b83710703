"""Which columns of X the next layer reads, chosen as ColumnTransformer chooses."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp

from skdeep._scikit_learn import get_column_indices, safe_indexing

# All columns, or their names or indices.
Columns = Literal[True] | list[Any]


def chosen_columns(passthrough: Any, X: Any) -> Columns | None:
    """What `passthrough` chooses: None for no columns, True for all, or names or indices.

    Parameters
    ----------
    passthrough : bool, list, array, slice or callable
        As in the stackers. A callable is called with X.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows that have the columns.
    """
    if isinstance(passthrough, bool | np.bool_):
        return True if passthrough else None
    shape = _columns_of(X).shape
    if len(shape) < 2 or not shape[1]:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={shape}) while a minimum of 1 is required for "
            f"passthrough={passthrough!r}: give X with columns, or passthrough=False."
        )
    chosen = passthrough(X) if callable(passthrough) else passthrough
    try:
        if isinstance(chosen, str):
            raise TypeError("a string is no list of names")
        key = chosen if isinstance(chosen, slice) else list(chosen)
        indices = get_column_indices(_columns_of(X), key)
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(
            f"passthrough={passthrough!r} does not choose columns of X ({type(X).__name__}): "
            f"{error}. Give names of a DataFrame's columns, indices, a mask with a value for each "
            "column, a slice, or a callable that returns one of them."
        ) from error
    if not isinstance(key, slice) and all(isinstance(name, str) for name in key):
        return key or None
    return indices or None


def take_columns(X: Any, columns: Columns) -> Any:
    """The columns of X, in X's own kind of container."""
    if columns is True:
        return X
    X = _columns_of(X)
    return safe_indexing(X, get_column_indices(X, columns), axis=1)


def names_of(columns: Columns, feature_names: Sequence[str]) -> list[str]:
    """The names of the columns, given those of all."""
    if columns is True:
        return list(feature_names)
    if isinstance(columns[0], str):
        return columns
    return [feature_names[i] for i in columns]


def _columns_of(X: Any) -> Any:
    """The same rows as something that can be indexed by columns."""
    if sp.issparse(X):
        return X if X.format in ("csr", "csc") else X.tocsr()
    return X if hasattr(X, "columns") else np.asarray(X)
