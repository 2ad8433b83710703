"""Tables of every kind, checked, and read column by column."""

from typing import Any

import numpy as np
import scipy.sparse
from sklearn.utils import check_array

from skdeep._kinds.tables.columns import ArrayColumn, Column, ObjectColumn
from skdeep._kinds.tables.frames import frame_column, is_frame, is_lazy
from skdeep._kinds.tables.levels import as_float


def checked_table(X: Any, estimator_name: str) -> Any:
    """X as a frame, an array or a CSR matrix; scikit-learn's errors for anything else.

    Parameters
    ----------
    X : DataFrame, array-like or sparse matrix
    estimator_name : str
        Name of the estimator in errors.
    """
    checks = {"ensure_all_finite": False, "estimator": estimator_name, "input_name": "X"}
    if is_frame(X):
        check_array(np.broadcast_to(0.0, X.shape), **checks)  # its shape is what counts
        return X
    if is_lazy(X):
        raise TypeError("X is a lazy frame; pass what X.collect() or X.compute() returns.")
    if not scipy.sparse.issparse(X) and not isinstance(X, np.ndarray):
        array = np.asarray(X)
        # Beside strings numpy would turn numbers into strings.
        X = np.array(X, dtype=object) if array.dtype.kind in "US" else array
    X = check_array(X, accept_sparse="csr", dtype=None, **checks)
    if scipy.sparse.issparse(X):
        _check_sparse_numbers(X)
    elif X.dtype.kind not in "biufMmUSO":
        raise ValueError(f"X has dtype {X.dtype}; pass numbers, strings, dates or a DataFrame.")
    return X


def _check_sparse_numbers(X: Any) -> None:
    if not np.isfinite(X.data).all():
        if np.isnan(X.data).any():
            raise ValueError(
                "Input X contains NaN and is sparse; where values are missing, pass X dense, as "
                "X.toarray()."
            )
        raise ValueError(infinity_error(f"x{X.indices[np.isinf(X.data)][0]}"))


def infinity_error(name: str) -> str:
    """scikit-learn's error for infinity, with the column and what to do."""
    return (
        "Input X contains infinity or a value too large for dtype('float64') in column "
        f"{name!r}; replace it by a number or by NaN."
    )


def table_column(X: Any, j: int, name: str) -> Column:
    """Column j of a checked table; of a sparse one, made dense.

    Parameters
    ----------
    X : DataFrame, ndarray or CSC matrix
    j : int
    name : str
        What errors call it.
    """
    if is_frame(X):
        return frame_column(X, j, name)
    if scipy.sparse.issparse(X):
        return ArrayColumn(X[:, [j]].toarray().ravel(), name)
    values = X[:, j]
    return ObjectColumn(values, name) if values.dtype == object else ArrayColumn(values, name)


def column_numbers(column: Column) -> np.ndarray:
    """Numbers of a column that must hold such, NaN where missing; finite otherwise.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    if column.kind in ("text", "moment"):
        codes, levels = column.labels()
        example = next((level for level in levels if isinstance(level, str)), None)
        if example is not None:
            raise ValueError(
                f"Column {column.name!r} holds {example!r}, where a number is expected. Turn it "
                "into numbers, or make it one of the categorical_features when fitting."
            )
        numbers = np.array([*map(as_float, levels), np.nan])[codes]
    else:
        numbers = column.numbers()
    if np.isinf(numbers).any():
        raise ValueError(infinity_error(column.name))
    return numbers


def column_moments(column: Column) -> np.ndarray:
    """Dates and times of a column that must hold such, NaT where missing.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    if column.kind != "moment":
        levels = column.labels().levels
        if levels:
            raise ValueError(
                f"Column {column.name!r} holds {levels[0]!r}, but held dates or times when the "
                "model was fitted; convert it, as with pandas.to_datetime."
            )
    return column.moments()
