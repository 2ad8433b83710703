"""Series and exogenous channels as users have them, as arrays of one row a time."""

from typing import Any

import numpy as np
from sklearn.utils import check_array


def as_floats(values: Any, name: str, *, finite: bool = True) -> np.ndarray:
    """Return an array of floats of one or two axes, the given one where it is that already."""
    if np.ndim(values) not in (1, 2):
        raise ValueError(
            f"{name} must have shape (n_times,) or (n_times, n_channels); got {np.ndim(values)} "
            "axes. Give one series at a time, with its channels as columns."
        )
    array: np.ndarray = check_array(
        values,
        dtype=(np.float64, np.float32),
        ensure_2d=False,
        ensure_all_finite=False,
        ensure_min_samples=0,
        ensure_min_features=0,
        input_name=name,
    )
    lacking = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    if finite and lacking.any():
        raise ValueError(
            f"{name} has NaN or infinite values at {lacking.sum()} of {len(array)} times, first "
            f"at position {lacking.argmax()}, and windows need all of them: fill them before, as "
            "pandas' interpolate or ffill do."
        )
    return array


def as_columns(values: Any, name: str, *, finite: bool = True) -> np.ndarray:
    """Return an array of shape (n_times, n_channels)."""
    array = as_floats(values, name, finite=finite)
    return array[:, None] if array.ndim == 1 else array


def aligned_columns(series: Any, exogenous: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one row a time; no exogenous channels are no columns."""
    columns = as_columns(series, "series")
    if exogenous is None:
        return columns, np.empty((len(columns), 0), dtype=columns.dtype)
    others = as_columns(exogenous, "exogenous")
    if len(others) != len(columns):
        raise ValueError(
            f"exogenous has {len(others)} times and series {len(columns)}: give the values of the "
            "same times here, and later ones as exogenous_future of forecast or last_window."
        )
    if all(hasattr(table, "iloc") for table in (series, exogenous)) and not series.index.equals(
        exogenous.index
    ):
        raise ValueError(
            "exogenous has another index than series, although rows are taken by position: give "
            "exogenous.loc[series.index]."
        )
    return columns, others


def known_channels(known_exogenous: Any, n_exogenous: int) -> np.ndarray:
    """Return the indices of the exogenous channels that are known in advance, in order."""
    if known_exogenous is None:
        return np.arange(0)
    if isinstance(known_exogenous, str):
        known = np.arange(n_exogenous)
    else:
        known = np.unique(known_exogenous)
    if not known.size:
        if isinstance(known_exogenous, str):
            raise ValueError(
                f"known_exogenous={known_exogenous!r}, but fit got no exogenous channels: give "
                "exogenous, or let known_exogenous be None."
            )
        return np.arange(0)
    if known.dtype.kind not in "iu" or known[0] < 0 or known[-1] >= n_exogenous:
        raise ValueError(
            f"known_exogenous={known_exogenous!r} must be 'all' or indices, as ints, of the "
            f"{n_exogenous} exogenous channels that fit got: 0 or more and less than {n_exogenous}."
        )
    return known


def check_channels(columns: np.ndarray, name: str, expected: int) -> None:
    """Refuse other channels than `fit` got, by their number."""
    if columns.shape[1] != expected:
        raise ValueError(
            f"{name} has {columns.shape[1]} channels, and fit got {expected}: give the same ones, "
            "or fit on these."
        )


def filled_future(values: np.ndarray, given: Any, needed: np.ndarray, horizon: int) -> np.ndarray:
    """Fill in the exogenous values after a series.

    Parameters
    ----------
    values : ndarray of shape (n_future, n_exogenous)
        NaN; filled in place.

    given : array-like of shape (n_given, n_exogenous) or None
        The values, of any number of times.

    needed : ndarray of shape (n_exogenous,)
        How many times of each channel must be there.

    horizon : int
        For the message.

    Returns
    -------
    values : ndarray of shape (n_future, n_exogenous)
        The filled array.
    """
    came = "None"
    if given is not None:
        given = as_columns(given, "exogenous_future", finite=False)
        check_channels(given, "exogenous_future", values.shape[1])
        values[: len(given)] = given[: len(values)]
        came = f"{len(given)} rows"
    read = np.arange(len(values))[:, None] < needed  # (n_future, n_exogenous)
    lacking = np.flatnonzero((read & ~np.isfinite(values)).any(axis=0))
    if lacking.size:
        wanted = ", ".join(f"{needed[k]} of channel {k}" for k in lacking)
        raise ValueError(
            "exogenous_future must have finite values at the times after the series that windows "
            f"read, which are {wanted}; got {came}. Give them, or forecast n_steps of at most "
            f"horizon={horizon}, for which only channels in known_exogenous are read."
        )
    return values
