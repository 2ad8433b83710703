"""Windows of a series and the values that follow them, and back to the series."""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skdeep._estimator.parameters import Parameter, estimator, validate_parameters
from skdeep._estimator.state import VersionedState
from skdeep._scikit_learn import Interval, StrOptions, num_samples
from skdeep.feature_extraction._aligned_series import (
    aligned_columns,
    as_columns,
    as_floats,
    check_channels,
    filled_future,
    known_channels,
)


class TimeWindowsParameters:
    """Declarations alone; see `skdeep._estimator.parameters`."""

    window_size: Annotated[
        int,
        Parameter(
            """int

            Number of times in a window.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ]
    _: KW_ONLY
    horizon: Annotated[
        int,
        Parameter(
            """int

            Number of times after a window that are its targets.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = 1
    step: Annotated[
        int,
        Parameter(
            """int

            Number of times between the starts of consecutive windows.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = 1
    flatten: Annotated[
        bool,
        Parameter(
            """bool

            Whether X and y have two axes, for regressors that take tables: the channels of a window
            one after another, each with the oldest value first, and the targets by time, then by
            channel.""",
            "boolean",
        ),
    ] = False
    relative: Annotated[
        bool,
        Parameter(
            """bool

            Whether to subtract the last value of each window from the window and its targets,
            channel by channel of the series (not of the exogenous channels), so that what is
            learned applies to levels not seen before; `forecast` adds that value back.""",
            "boolean",
        ),
    ] = False
    known_exogenous: Annotated[
        Any,
        Parameter(
            """{'all'}, array-like of int or None

            Indices of the exogenous channels that are known in advance, such as the calendar or a
            price that is planned. Their part of a window ends with its last target instead of
            before the first, so `window_size` must be at least `horizon`. Of all other channels
            only values at the window's own times are read.""",
            StrOptions({"all"}),
            "array-like",
            None,
        ),
    ] = None


@estimator()
class TimeWindows(TimeWindowsParameters, VersionedState, BaseEstimator):
    """Windows of a series and the values that follow them, for forecasts by any regressor.

    Window `i` starts at time ``i * step``; its targets are the `horizon` values right after its
    last one, never one inside it. A regressor fitted on them forecasts `horizon` steps directly,
    and further ones recursively, with its predictions in place of the unknown values; `forecast`
    does both and needs no future rows except those of exogenous channels that it reads.

    Parameters
    ----------
    window_size : int
        Number of times in a window.

    horizon : int, default=1
        Number of times after a window that are its targets.

    step : int, default=1
        Number of times between the starts of consecutive windows.

    flatten : bool, default=False
        Whether X and y have two axes, for regressors that take tables: the channels of a window one
        after another, each with the oldest value first, and the targets by time, then by channel.

    relative : bool, default=False
        Whether to subtract the last value of each window from the window and its targets, channel
        by channel of the series (not of the exogenous channels), so that what is learned applies to
        levels not seen before; `forecast` adds that value back.

    known_exogenous : {'all'}, array-like of int or None, default=None
        Indices of the exogenous channels that are known in advance, such as the calendar or a price
        that is planned. Their part of a window ends with its last target instead of before the
        first, so `window_size` must be at least `horizon`. Of all other channels only values at the
        window's own times are read.

    Attributes
    ----------
    target_shape_ : tuple
        Shape of the series at one time: () for one of shape (n_times,).

    n_targets_ : int
        Number of channels of the series, all of which are targets.

    n_exogenous_ : int
        Number of exogenous channels.

    known_exogenous_ : ndarray of int
        Indices of those that are known in advance.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : Splits of the windows in the order of time.
    skdeep.model_selection.LastBlockSplit : One such split.

    Notes
    -----
    With ``TimeSeriesSplit(gap=(horizon - 1) // step)`` on the windows no target that is trained on
    lies at or after the first time that is predicted. Without the gap, the targets of the last
    ``horizon - 1`` windows of a training part are those of the first ones of the test part.

    The arrays that `transform` returns are read-only views of one array wherever they can be, and
    of `series` itself if it is an array of floats: windows take no memory until a regressor copies
    them. With `relative`, or `flatten` and several channels, they are copies, about `window_size`
    times as large as the series.

    This cannot be a step of a :class:`~sklearn.pipeline.Pipeline`, since it changes the number of
    rows; the regressor may be one.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import TimeSeriesSplit, cross_val_score
    >>> from skdeep.feature_extraction import TimeWindows
    >>> month = np.arange(130)
    >>> series = 0.1 * month + np.sin(2 * np.pi * month / 12)
    >>> past, future = series[:120], series[120:]
    >>> windows = TimeWindows(window_size=24, horizon=6, flatten=True)
    >>> X, y = windows.fit_transform(past)
    >>> X.shape, y.shape
    ((91, 24), (91, 6))
    >>> cv = TimeSeriesSplit(3, gap=windows.horizon - 1)
    >>> bool(np.all(cross_val_score(Ridge(0.1), X, y, cv=cv) > 0.99))
    True

    Ten months from now, the first six directly, the others from predictions:

    >>> ridge = Ridge(0.1).fit(X, y)
    >>> forecast = windows.forecast(ridge, past, n_steps=10)
    >>> bool(np.abs(forecast - future).max() < 0.05)
    True

    Back to the time axis: the predictions for each time, made 1 to 6 months before it:

    >>> predicted = windows.inverse_transform(ridge.predict(X))
    >>> predicted.shape
    (120, 6)
    >>> np.isnan(predicted[:24]).all()
    np.True_
    """

    def __init__(
        self,
        window_size: int,
        *,
        horizon: int = 1,
        step: int = 1,
        flatten: bool = False,
        relative: bool = False,
        known_exogenous: Any = None,
    ) -> None:
        self.window_size = window_size
        self.horizon = horizon
        self.step = step
        self.flatten = flatten
        self.relative = relative
        self.known_exogenous = known_exogenous

    def fit(self, series: Any, exogenous: Any = None) -> Self:
        """Learn the channels.

        Parameters
        ----------
        series : array-like of shape (n_times,) or (n_times, n_targets)
            Values in the order of time, at even intervals.

        exogenous : array-like of shape (n_times,) or (n_times, n_exogenous), default=None
            Other values at the same times, which help to predict and are not predicted.

        Returns
        -------
        self : object
            The fitted instance.
        """
        validate_parameters(self)
        target_shape = as_floats(series, "series").shape[1:]
        series, exogenous = aligned_columns(series, exogenous)
        self._check_length(series, self.window_size + self.horizon)
        known = known_channels(self.known_exogenous, exogenous.shape[1])
        if known.size and self.window_size < self.horizon:
            raise ValueError(
                f"window_size={self.window_size} is less than horizon={self.horizon}, so windows "
                "cannot hold what known_exogenous says is known of the targets' times: make "
                "window_size as large, or known_exogenous None."
            )
        self.target_shape_ = target_shape
        self.n_targets_ = series.shape[1]
        self.n_exogenous_ = exogenous.shape[1]
        self.known_exogenous_ = known
        return self

    def transform(self, series: Any, exogenous: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Return all windows and their targets.

        Parameters
        ----------
        series : array-like of shape (n_times,) or (n_times, n_targets)
            Values in the order of time.

        exogenous : array-like of shape (n_times,) or (n_times, n_exogenous), default=None
            Exogenous values at the same times, if `fit` had some.

        Returns
        -------
        X : ndarray of shape (n_windows, n_channels, window_size)
            The channels of the series, then the exogenous ones; of shape
            (n_windows, n_channels * window_size) with `flatten`.

        y : ndarray of shape (n_windows, horizon) or (n_windows, horizon, n_targets)
            Of shape (n_windows, horizon * n_targets) with `flatten`, and (n_windows,) where that
            is one number a window.
        """
        check_is_fitted(self)
        series, exogenous = self._channels(series, exogenous)
        self._check_length(series, self.window_size + self.horizon)
        X = self._windows(self._table(series[: -self.horizon], exogenous))
        y = sliding_window_view(series[self.window_size :], self.horizon, axis=0)[:: self.step]
        y = y.swapaxes(1, 2)  # (n_windows, horizon, n_targets)
        if self.relative:
            y = y - series[self.window_size - 1 : -self.horizon : self.step, None]
        if self.flatten or not self.target_shape_:
            y = y.reshape(len(y), -1)
            y = y[:, 0] if y.shape[1] == 1 else y  # regressors warn of a single column
        return X, y

    def fit_transform(self, series: Any, exogenous: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Learn the channels and return all windows and their targets.

        Parameters
        ----------
        series : array-like of shape (n_times,) or (n_times, n_targets)
            See `fit`.

        exogenous : array-like of shape (n_times,) or (n_times, n_exogenous), default=None
            See `fit`.

        Returns
        -------
        X : ndarray
            See `transform`.

        y : ndarray
            See `transform`.
        """
        return self.fit(series, exogenous).transform(series, exogenous)

    def last_window(
        self, series: Any, exogenous: Any = None, exogenous_future: Any = None
    ) -> np.ndarray:
        """Return the window that ends with the series, whose targets are yet to come.

        Parameters
        ----------
        series : array-like of shape (n_times,) or (n_times, n_targets)
            Values in the order of time, `window_size` of them at least.

        exogenous : array-like of shape (n_times,) or (n_times, n_exogenous), default=None
            Exogenous values at the same times, if `fit` had some.

        exogenous_future : array-like of shape (n_future, n_exogenous), default=None
            Exogenous values after the series. `horizon` rows are read of the channels in
            `known_exogenous`, none of the others, which may be NaN.

        Returns
        -------
        X : ndarray of shape (1, n_channels, window_size)
            The window; of shape (1, n_channels * window_size) with `flatten`.
        """
        check_is_fitted(self)
        (X,) = self._future_windows(series, exogenous, exogenous_future, [None])
        return X

    def forecast(
        self,
        regressor: Any,
        series: Any,
        n_steps: Any,
        *,
        exogenous: Any = None,
        exogenous_future: Any = None,
    ) -> np.ndarray:
        """Predict what comes after the series.

        The first `horizon` steps are predicted from the last window, the next ones from a window
        that ends with those predictions, and so on.

        Parameters
        ----------
        regressor : object
            Fitted on what `transform` returns.

        series : array-like of shape (n_times,) or (n_times, n_targets)
            Values in the order of time, `window_size` of them at least.

        n_steps : int
            Number of times to predict.

        exogenous : array-like of shape (n_times,) or (n_times, n_exogenous), default=None
            Exogenous values at the same times, if `fit` had some.

        exogenous_future : array-like of shape (n_future, n_exogenous), default=None
            Exogenous values after the series, of as many times as windows reach: of the channels
            in `known_exogenous` `n_steps` rounded up to a multiple of `horizon`, of the others
            `horizon` less, which is none if `n_steps` is at most `horizon`. What is not read may
            be NaN.

        Returns
        -------
        y : ndarray of shape (n_steps,) or (n_steps, n_targets)
            The predictions.
        """
        check_is_fitted(self)
        if not isinstance(n_steps, Integral) or n_steps is True or n_steps < 1:
            raise ValueError(
                f"n_steps={n_steps!r} is no number of times: give an int of 1 or more."
            )
        blocks: list[Any] = [None] * -(-int(n_steps) // self.horizon)
        windows = self._future_windows(series, exogenous, exogenous_future, blocks)
        level = as_columns(series, "series")[-1]
        for number, X in enumerate(windows):
            y = self._as_targets(regressor.predict(X), 1)[0]
            blocks[number] = y + level if self.relative else y
            level = blocks[number][-1]
        return np.concatenate(blocks)[:n_steps].reshape(n_steps, *self.target_shape_)

    def inverse_transform(
        self, y: Any, *, windows: Any = None, n_times: int | None = None, series: Any = None
    ) -> np.ndarray:
        """Put targets or predictions of windows back in their places in time.

        Parameters
        ----------
        y : array-like
            As `transform` returns it, or predictions of it.

        windows : array-like of int, default=None
            Indices of the windows that `y` belongs to, such as a test part of a splitter; None is
            the first ones.

        n_times : int, default=None
            Number of times of the result; None is up to the last target.

        series : array-like of shape (n_times,) or (n_times, n_targets), default=None
            As given to `transform`; must be given with `relative`, else not read.

        Returns
        -------
        values : ndarray of shape (n_times, horizon) or (n_times, horizon, n_targets)
            ``values[t, k]`` is the value for time `t` from the window that ends ``k + 1`` times
            before it, NaN where there is none.
        """
        check_is_fitted(self)
        n_windows = num_samples(y)
        y = self._as_targets(y, n_windows)
        windows = np.arange(n_windows) if windows is None else np.asarray(windows)
        if windows.shape != (n_windows,) or windows.dtype.kind not in "iu" or np.any(windows < 0):
            raise ValueError(
                f"windows must be the indices of the {n_windows} windows of y, as ints of 0 or "
                f"more; got an array of shape {windows.shape} and dtype {windows.dtype}."
            )
        times = self._times(windows)
        if self.relative:
            y = y + self._levels(series, times[:, 0] - 1)[:, None]
        needed = int(times.max()) + 1
        n_times = needed if n_times is None else n_times
        if n_times < needed:
            raise ValueError(
                f"n_times={n_times} is too short for targets up to time {needed - 1}: give the "
                f"length of the series, {needed} or more."
            )
        values = np.full((n_times, self.horizon, self.n_targets_), np.nan)
        values[times, np.arange(self.horizon)] = y
        return values.reshape(n_times, self.horizon, *self.target_shape_)

    def target_times(self, series: Any) -> np.ndarray:
        """Return the times of the targets of all windows, as positions in the series.

        Parameters
        ----------
        series : array-like of shape (n_times,) or (n_times, n_targets)
            As given to `transform`; only its length counts.

        Returns
        -------
        times : ndarray of shape (n_windows, horizon)
            Positions, with which an index of dates can be indexed.
        """
        self._check_length(series, self.window_size + self.horizon)
        starts = range(0, num_samples(series) - self.window_size - self.horizon + 1, self.step)
        return self._times(np.arange(len(starts)))

    def _times(self, windows: np.ndarray) -> np.ndarray:
        ends = windows * self.step + self.window_size
        return ends[:, None] + np.arange(self.horizon)  # (n_windows, horizon)

    def _check_length(self, series: Any, needed: int) -> None:
        if num_samples(series) < needed:
            ahead = f" + horizon={self.horizon}" if needed > self.window_size else ""
            raise ValueError(
                f"series has {num_samples(series)} times, and window_size={self.window_size}"
                f"{ahead} needs {needed} at least: give a longer series or make them smaller."
            )

    def _channels(self, series: Any, exogenous: Any) -> tuple[np.ndarray, np.ndarray]:
        series, exogenous = aligned_columns(series, exogenous)
        check_channels(series, "series", self.n_targets_)
        check_channels(exogenous, "exogenous", self.n_exogenous_)
        return series, exogenous

    def _table(self, series: np.ndarray, exogenous: np.ndarray) -> np.ndarray:
        """Return all channels as columns; `exogenous` is `horizon` rows longer than `series`."""
        if not self.n_exogenous_:
            return series  # not copied
        columns = exogenous[: len(series)].copy()
        columns[:, self.known_exogenous_] = exogenous[self.horizon :, self.known_exogenous_]
        return np.hstack([series, columns])  # (n_times, n_channels)

    def _levels(self, series: Any, times: np.ndarray) -> np.ndarray:
        """Return the values of the series at `times`, the last ones of windows."""
        if series is None or num_samples(series) <= times.max():
            given = "None" if series is None else f"{num_samples(series)} times"
            raise ValueError(
                f"series={given}, and with relative=True the values at the ends of the windows are "
                f"needed, up to time {times.max()}: give the series that transform got."
            )
        columns = as_columns(series, "series")
        check_channels(columns, "series", self.n_targets_)
        return columns[times]  # (n_windows, n_targets)

    def _windows(self, table: np.ndarray) -> np.ndarray:
        windows = sliding_window_view(table, self.window_size, axis=0)[:: self.step]
        if self.relative:
            windows = windows.copy()
            windows[:, : self.n_targets_] -= windows[:, : self.n_targets_, -1:].copy()
        return windows.reshape(len(windows), -1) if self.flatten else windows

    def _future_windows(
        self, series: Any, exogenous: Any, exogenous_future: Any, blocks: Sequence[Any]
    ) -> Iterator[np.ndarray]:
        """Yield the window before each block of `horizon` times; the caller fills in the blocks."""
        series, exogenous = self._channels(series, exogenous)
        self._check_length(series, self.window_size)
        future = self._future_exogenous(exogenous_future, len(blocks), exogenous.dtype)
        recent = series[-self.window_size :]
        others = np.concatenate([exogenous[-self.window_size :], future])
        for number, start in enumerate(range(0, len(future), self.horizon)):
            if number:
                recent = np.concatenate([recent, blocks[number - 1]])[-self.window_size :]
            yield self._windows(
                self._table(recent, others[start : start + self.window_size + self.horizon])
            )

    def _future_exogenous(self, given: Any, n_blocks: int, dtype: np.dtype) -> np.ndarray:
        """Return the exogenous values of `n_blocks` horizons, NaN where no window reads them."""
        needed = np.full(self.n_exogenous_, (n_blocks - 1) * self.horizon)
        needed[self.known_exogenous_] = n_blocks * self.horizon
        values = np.full((n_blocks * self.horizon, self.n_exogenous_), np.nan, dtype=dtype)
        return filled_future(values, given, needed, self.horizon)

    def _as_targets(self, y: Any, n_windows: int) -> np.ndarray:
        y = np.asarray(y, dtype=np.float64)
        shape = (n_windows, self.horizon, self.n_targets_)
        if y.size != np.prod(shape) or y.shape[:1] != shape[:1]:
            raise ValueError(
                f"y has shape {y.shape}, and each of {n_windows} windows has horizon="
                f"{self.horizon} targets of {self.n_targets_} channels: give what a regressor "
                "predicts that was fitted on the y of transform."
            )
        return y.reshape(shape)
