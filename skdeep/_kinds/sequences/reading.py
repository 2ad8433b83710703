"""Sequences as users have them: arrays of two or three dimensions, or lists of ragged ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

Series = np.ndarray | list[np.ndarray]  # (row, channel, time), or of each row (channel, time)


def read_series(
    estimator: Any, X: Any, *, reset: bool, dtype: Any = np.float32, same_length: bool = True
) -> Series:
    """Check X, and on `reset` note its layout on the estimator; else compare with that.

    The layout is `n_channels_` and `n_timepoints_`, which is None where X is a list. Columns of a
    table are features, of which a later one has as many; what may differ is the length of rows of
    three dimensions and of lists.

    Parameters
    ----------
    estimator : estimator
    X : array of shape (n, channels, time) or (n, time), table, or list of arrays
    reset : bool
    dtype : dtype or tuple of dtype, default=float32
        What the numbers become; of several, the first where they are none of them.
    same_length : bool, default=True
        Whether series must be as long as those of a fit on an array.

    Returns
    -------
    ndarray of shape (n, channels, time) or list of ndarray of shape (channels, time)

    Raises
    ------
    ValueError
        If X is none of these, is empty, holds NaN or infinity, or has another layout than that
        of the fit.
    """
    items = _items(X)
    # Numbers too large for the dtype raise an error all the same.
    with np.errstate(over="ignore", invalid="ignore"):
        if items is None:
            n_dimensions = _count_dimensions(X)
            series: Series = _read_array(estimator, X, n_dimensions, reset, dtype)
        else:
            n_dimensions = None
            series = _read_list(items, dtype)
    if not reset:
        _compare(estimator, series, n_dimensions, same_length)
        return series
    estimator.n_channels_ = len(series[0])
    estimator.n_timepoints_ = series.shape[2] if isinstance(series, np.ndarray) else None
    estimator._n_dimensions = n_dimensions
    if items is not None:
        estimator.n_features_in_ = estimator.n_channels_
        vars(estimator).pop("feature_names_in_", None)
    return series


def _items(X: Any) -> Sequence[Any] | None:
    """Return the series of a list, or None where X is one array or table."""
    nested = isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    if nested:
        X = list(X)
    if not isinstance(X, list | tuple) or not X:
        return None
    dimensions = {getattr(item, "ndim", None) for item in X}
    if dimensions == {1} and (nested or len({len(item) for item in X}) > 1):
        return [np.asarray(item)[None] for item in X]  # of one channel
    return X if 2 in dimensions else None


def _count_dimensions(X: Any) -> int:
    if not isinstance(X, list | tuple):
        return getattr(X, "ndim", 2)
    try:
        return np.ndim(X)
    except ValueError:
        raise ValueError(
            "X is a list of lists that differ in length. Make each series an array of shape "
            "(channels, time)."
        ) from None


def _read_list(items: Sequence[Any], dtype: Any) -> list[np.ndarray]:
    read = [_read_item(item, row, dtype) for row, item in enumerate(items)]
    for row, item in enumerate(read):
        if len(item) != len(read[0]):
            raise ValueError(
                f"X[{row}] has {len(item)} channels and X[0] has {len(read[0])}: all series "
                "must have the same. An array of a list has the shape (channels, time)."
            )
    common = np.result_type(*{item.dtype for item in read})
    return [item.astype(common, copy=False) for item in read]


def _read_item(item: Any, row: int, dtype: Any) -> np.ndarray:
    if getattr(item, "ndim", None) != 2:
        raise ValueError(
            f"X[{row}] is no array of shape (channels, time), as others of the list are. Give "
            "all series in this shape."
        )
    if 0 in item.shape:
        raise ValueError(
            f"X[{row}] has the shape {tuple(item.shape)}: it holds no numbers. Leave empty series "
            "out; an array of a list has the shape (channels, time)."
        )
    if type(item) is np.ndarray and item.dtype.kind in "fiu":
        accepted = dtype if isinstance(dtype, tuple) else (dtype,)
        values = item if item.dtype in accepted else item.astype(accepted[0])
        if np.isfinite(values.sum()):
            return values
    return check_array(item, dtype=dtype, input_name=f"X[{row}]")


def _read_array(estimator: Any, X: Any, n_dimensions: int, reset: bool, dtype: Any) -> np.ndarray:
    if n_dimensions == 3 or (n_dimensions == 2 and not reset and estimator._n_dimensions != 2):
        # Its axis 1 is no number of features: what differs is said in the words of series.
        values = check_array(X, dtype=dtype, allow_nd=True, input_name="X")
        if reset:
            estimator.n_features_in_ = values.shape[1]
            vars(estimator).pop("feature_names_in_", None)
    else:
        values = validate_data(estimator, X, dtype=dtype, allow_nd=True, reset=reset)
    if values.ndim > 3:
        raise ValueError(
            f"X has {values.ndim} dimensions, of shape {values.shape}: give (series, channels, "
            "time) or (series, time)."
        )
    if 0 in values.shape:
        raise ValueError(f"X has the shape {values.shape}: it holds no numbers.")
    return values if values.ndim == 3 else values[:, None]


def _compare(estimator: Any, series: Series, n_dimensions: int | None, same_length: bool) -> None:
    """Refuse another layout than that of the fit."""
    name = type(estimator).__name__
    fitted = estimator._n_dimensions
    if {fitted, n_dimensions} == {2, 3}:
        raise ValueError(
            f"X has {n_dimensions} dimensions, but {name} was fitted on {fitted}: "
            f"use X{'[:, 0]' if fitted == 2 else '[:, None]'} if there is one channel."
        )
    n_channels = len(series[0])
    if n_channels != estimator.n_channels_:
        raise ValueError(
            f"X has {n_channels} channels, but {name} was fitted on series of "
            f"{estimator.n_channels_}."
        )
    lengths = {item.shape[-1] for item in series}
    expected = estimator.n_timepoints_
    if same_length and expected is not None and lengths != {expected}:
        came = ", ".join(map(str, sorted(lengths)[:5]))
        raise ValueError(
            f"X has series of {came} time points, but {name} was fitted on series of {expected}. "
            "Fit it on a list of arrays (channels, time) to allow other lengths."
        )
