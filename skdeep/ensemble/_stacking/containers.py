"""Rows under rows and columns beside columns, in whatever container X came in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp


def _library(X: Any) -> str:
    """Whose frame it is, "pandas" or "polars", else ""; neither is imported."""
    library = type(X).__module__.partition(".")[0]
    return library if library in ("pandas", "polars") else ""


def concat_rows(X: Any, X_val: Any) -> Any:
    """The rows of X with those of X_val below."""
    if _library(X) != _library(X_val) or sp.issparse(X) != sp.issparse(X_val):
        raise ValueError(
            f"X is a {type(X).__name__} and X_val a {type(X_val).__name__}: give both as the same "
            "kind of container."
        )
    if sp.issparse(X):
        return sp.vstack([X, X_val], format=X.format)
    if isinstance(X, list) and isinstance(X_val, list):
        return X + X_val  # texts, or sequences of any length
    library = _library(X)
    if not library:
        return np.concatenate([np.asarray(X), np.asarray(X_val)])
    columns, columns_val = (list(getattr(part, "columns", [])) for part in (X, X_val))
    if columns != columns_val:
        raise ValueError(
            f"X has the columns {columns} and X_val {columns_val}: give both the same columns in "
            "the same order."
        )
    if library == "pandas":
        import pandas

        return pandas.concat([X, X_val], ignore_index=True)
    import polars

    return polars.concat([X, X_val])


def concat_targets(y: Any, y_val: Any) -> np.ndarray:
    """The targets y with y_val below."""
    y, y_val = (part.toarray() if sp.issparse(part) else np.asarray(part) for part in (y, y_val))
    numeric = [part.dtype.kind in "biuf" for part in (y, y_val)]
    if y.shape[1:] != y_val.shape[1:] or numeric[0] != numeric[1]:
        raise ValueError(
            f"y_val (shape {y_val.shape}, type {y_val.dtype}) does not go with y (shape {y.shape}, "
            f"type {y.dtype}): give labels of the same kind in both."
        )
    return np.concatenate([y, y_val])


def concat_columns(block: np.ndarray, names: Sequence[str], X: Any) -> Any:
    """The columns of `block`, called `names`, followed by those of X.

    A DataFrame with other columns than numbers stays one, for the final estimator can only make
    sense of such columns by their names.
    """
    if sp.issparse(X):
        return sp.hstack([block, X], format=X.format)
    library = _library(X)
    if library == "pandas" and not all(map(_is_number, X.dtypes)):
        import pandas

        return pandas.concat([pandas.DataFrame(block, columns=names, index=X.index), X], axis=1)
    if library == "polars" and not all(t.is_numeric() or str(t) == "Boolean" for t in X.dtypes):
        import polars

        return polars.DataFrame(block, schema=list(names), orient="row").hstack(X)
    return np.hstack([block, np.asarray(X)])


def _is_number(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") in "biuf"
