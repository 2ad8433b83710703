"""Windows of a series, their targets, forecasts from them, and the way back."""

import pickle
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep import MLPRegressor
from skdeep.feature_extraction import TimeWindows


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def fibonacci(n_times, first=(1.0, 2.0)):
    """An oscillation that two values determine: x[t] = 1.6 x[t-1] - 0.99 x[t-2]."""
    values = list(first)
    while len(values) < n_times:
        values.append(1.6 * values[-1] - 0.99 * values[-2])
    return np.array(values)


def by_loops(series, exogenous, known, window_size, horizon, step):
    """The windows and targets, one number at a time."""
    n_times = len(series)
    X, y = [], []
    for start in range(0, n_times - window_size - horizon + 1, step):
        channels = [
            [series[start + k, c] for k in range(window_size)] for c in range(series.shape[1])
        ]
        for c in range(exogenous.shape[1]):
            ahead = horizon if c in known else 0
            channels.append([exogenous[start + ahead + k, c] for k in range(window_size)])
        X.append(channels)
        y.append([series[start + window_size + k] for k in range(horizon)])
    return np.array(X), np.array(y)


@pytest.mark.parametrize(
    ("window_size", "horizon", "step"), [(1, 1, 1), (5, 1, 1), (4, 3, 1), (6, 2, 3), (5, 5, 7)]
)
@pytest.mark.parametrize(("n_targets", "n_exogenous"), [(1, 0), (3, 0), (1, 2), (2, 3)])
@pytest.mark.parametrize("flatten", [False, True])
def test_windows_are_those_of_loops(window_size, horizon, step, n_targets, n_exogenous, flatten):
    series, exogenous = noise(31, n_targets), noise(31, n_exogenous, seed=1)
    known = [1] if n_exogenous else []
    windows = TimeWindows(
        window_size, horizon=horizon, step=step, flatten=flatten, known_exogenous=known
    )
    X, y = windows.fit_transform(series, exogenous if n_exogenous else None)
    expected_X, expected_y = by_loops(series, exogenous, known, window_size, horizon, step)
    if flatten:
        expected_X = expected_X.reshape(len(X), -1)
        expected_y = expected_y.reshape(len(X), -1).squeeze() if y.ndim == 1 else expected_y
        expected_y = expected_y.reshape(y.shape)
        assert y.ndim == (1 if horizon * n_targets == 1 else 2)
    assert_array_equal(X, expected_X)
    assert_array_equal(y, expected_y)


@pytest.mark.parametrize("horizon", [1, 4])
@pytest.mark.parametrize("flatten", [False, True])
def test_targets_of_a_series_without_channels(horizon, flatten):
    series = noise(20)
    X, y = TimeWindows(3, horizon=horizon, flatten=flatten).fit_transform(series)
    assert X.shape == ((18 - horizon, 3) if flatten else (18 - horizon, 1, 3))
    assert y.shape == ((18 - horizon, 4) if horizon == 4 else (17,))
    assert_array_equal(y.reshape(len(y), -1)[:, 0], series[3 : 3 + len(y)])


def test_windows_are_read_only_views_where_they_can_be():
    series = noise(50).astype(np.float32)
    for flatten in (False, True):
        for array in TimeWindows(8, horizon=3, flatten=flatten).fit_transform(series):
            assert np.shares_memory(array, series)
            assert not array.flags.writeable
            assert array.dtype == np.float32
    X, y = TimeWindows(8, horizon=3).fit_transform(noise(50, 2), noise(50, 2))
    assert not X.flags.owndata
    assert not y.flags.owndata


@pytest.mark.parametrize("known", [None, "all", [0]])
def test_no_window_sees_its_targets_or_exogenous_values_to_come(known):
    # Values are their own times.
    time = np.arange(40.0)
    windows = TimeWindows(6, horizon=4, step=2, known_exogenous=known)
    X, y = windows.fit_transform(time, time)
    assert (X[:, 0].max(axis=1) < y.min(axis=1)).all()
    last_seen = y.min(axis=1) - 1 if known is None else y.max(axis=1)
    assert_array_equal(X[:, 1].max(axis=1), last_seen)
    assert_array_equal(windows.target_times(time), y)


@pytest.mark.parametrize(("horizon", "step"), list(product([1, 2, 3, 5], [1, 2, 3])))
def test_time_series_split_with_a_gap_does_not_leak(horizon, step):
    series = np.arange(80.0)
    windows = TimeWindows(4, horizon=horizon, step=step)
    X, _ = windows.fit_transform(series)
    times = windows.target_times(series)
    gap = (horizon - 1) // step
    for train, test in TimeSeriesSplit(3, gap=gap).split(X):
        assert times[train].max() < times[test].min()
    if gap:  # and no smaller gap will do
        train, test = next(TimeSeriesSplit(3, gap=gap - 1).split(X))
        assert times[train].max() >= times[test].min()


@pytest.mark.parametrize("shape", [(30,), (30, 1), (30, 2)])
@pytest.mark.parametrize(("horizon", "step"), [(1, 1), (3, 1), (3, 2), (2, 5)])
@pytest.mark.parametrize("flatten", [False, True])
def test_targets_go_back_to_their_times(shape, horizon, step, flatten):
    series = noise(*shape)
    windows = TimeWindows(5, horizon=horizon, step=step, flatten=flatten)
    _, y = windows.fit_transform(series)
    back = windows.inverse_transform(y, n_times=30)
    assert back.shape == (30, horizon, *shape[1:])
    times = windows.target_times(series)
    for ahead in range(horizon):
        assert_array_equal(back[times[:, ahead], ahead], series[times[:, ahead]])
        others = np.setdiff1d(np.arange(30), times[:, ahead])
        assert np.isnan(back[others, ahead]).all()
    assert len(windows.inverse_transform(y)) == times.max() + 1


def test_predictions_of_a_test_part_go_back_to_their_times():
    series = noise(40)
    windows = TimeWindows(4, horizon=2, flatten=True)
    X, y = windows.fit_transform(series)
    *_, (_, test) = TimeSeriesSplit(3, gap=1).split(X)
    back = windows.inverse_transform(y[test], windows=test, n_times=len(series))
    times = windows.target_times(series)[test]
    assert_array_equal(back[times[:, 1], 1], series[times[:, 1]])
    assert np.isnan(back[: times.min()]).all()


@pytest.mark.parametrize("flatten", [False, True])
def test_last_window_is_the_one_whose_targets_are_yet_to_come(flatten):
    series, exogenous = noise(25, 2), noise(25, 2, seed=1)
    windows = TimeWindows(5, horizon=3, flatten=flatten, known_exogenous=[1])
    X, _ = windows.fit_transform(series, exogenous)
    # All of the series but its last values: what follows is in it, and nothing else is needed.
    future = exogenous[-3:].copy()
    future[:, 0] = np.nan
    assert_array_equal(windows.last_window(series[:-3], exogenous[:-3], future), X[-1:])
    assert_array_equal(windows.last_window(series[-8:-3], exogenous[-8:-3], future), X[-1:])


@pytest.mark.parametrize("horizon", [1, 3, 5])
@pytest.mark.parametrize("n_steps", [1, 3, 5, 40])
def test_forecast_of_a_linear_recurrence_is_exact(horizon, n_steps):
    series = fibonacci(140)
    windows = TimeWindows(2, horizon=horizon, flatten=True)
    model = LinearRegression().fit(*windows.fit_transform(series[:100]))
    forecast = windows.forecast(model, series[:100], n_steps)
    assert_allclose(forecast, series[100 : 100 + n_steps], rtol=1e-8, atol=1e-8)


def test_forecast_of_channels_that_drive_each_other_is_exact():
    matrix = np.array([[0.9, 0.3], [-0.3, 0.95]])
    series = [np.array([1.0, 0.0])]
    for _ in range(79):
        series.append(matrix @ series[-1])
    series = np.array(series)
    windows = TimeWindows(1, horizon=4, flatten=True)
    X, y = windows.fit_transform(series[:50])
    model = LinearRegression().fit(X, y)
    forecast = windows.forecast(model, series[:50], 30)
    assert_allclose(forecast, series[50:], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("known", [None, "all"])
@pytest.mark.parametrize("horizon", [1, 2])
def test_forecast_with_exogenous_channels_is_exact(known, horizon):
    # Driven by the value of the same time if it is known, by the one before if it is not.
    drive = noise(120)
    delay = 0 if known else 1
    series = np.zeros(120)
    for t in range(1, 120):
        series[t] = 0.8 * series[t - 1] + drive[t - delay]
    windows = TimeWindows(3, horizon=horizon, flatten=True, known_exogenous=known)
    X, y = windows.fit_transform(series[:100], drive[:100])
    first = y if y.ndim == 1 else y[:, 0]
    assert LinearRegression().fit(X, first).score(X, first) > 1 - 1e-10
    if known or horizon == 1:  # two steps ahead the unknown drive of the first is not there
        model = LinearRegression().fit(X, y)
        forecast = windows.forecast(
            model, series[:100], 20, exogenous=drive[:100], exogenous_future=drive[100:]
        )
        assert_allclose(forecast, series[100:], rtol=1e-8, atol=1e-8)


def test_recursion_is_direct_forecasts_one_after_another():
    series = fibonacci(60) + noise(60) / 10
    windows = TimeWindows(6, horizon=1, flatten=True)
    ridge = Ridge(1e-3).fit(*windows.fit_transform(series))
    extended = series
    for _ in range(9):
        step = windows.forecast(ridge, extended, 1)
        assert_array_equal(step, ridge.predict(windows.last_window(extended)))
        extended = np.append(extended, step)
    assert_allclose(windows.forecast(ridge, series, 9), extended[60:], rtol=1e-12)


def test_fewer_steps_are_the_first_of_more():
    series = noise(60, 2)
    windows = TimeWindows(6, horizon=4, flatten=True)
    ridge = Ridge().fit(*windows.fit_transform(series))
    long = windows.forecast(ridge, series, 11)
    assert long.shape == (11, 2)
    for n_steps in range(1, 11):
        assert_array_equal(windows.forecast(ridge, series, n_steps), long[:n_steps])


def test_direct_forecast_reads_no_future_of_channels_that_are_not_known():
    series, exogenous = noise(40), noise(40, 2, seed=1)
    windows = TimeWindows(5, horizon=3, flatten=True)
    ridge = Ridge().fit(*windows.fit_transform(series, exogenous))
    direct = windows.forecast(ridge, series, 3, exogenous=exogenous)
    future = np.full((9, 2), 1e6)
    same = windows.forecast(ridge, series, 3, exogenous=exogenous, exogenous_future=future)
    assert_array_equal(direct, same)


@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize(
    "regressor",
    [
        make_pipeline(StandardScaler(), Ridge()),
        RandomForestRegressor(5, random_state=0),
        MLPRegressor((8,), solver="lbfgs", max_iter=500, random_state=0),
    ],
    ids=["pipeline", "forest", "mlp"],
)
def test_any_regressor_forecasts(regressor, horizon):
    series = np.sin(np.arange(110) / 4)
    windows = TimeWindows(12, horizon=horizon, flatten=True)
    X, y = windows.fit_transform(series[:100])
    regressor = clone(regressor).fit(X, y)
    forecast = windows.forecast(regressor, series[:100], 10)
    assert np.abs(forecast - series[100:]).mean() < 0.25


def test_regressors_of_windows_with_channels():
    class Last:
        """Takes windows as they are, and predicts their last values."""

        def predict(self, X):
            return np.repeat(X[:, None, :2, -1], 3, axis=1)  # (n_windows, horizon, n_targets)

    series = noise(30, 2)
    windows = TimeWindows(4, horizon=3).fit(series)
    assert_array_equal(windows.forecast(Last(), series, 5), np.repeat(series[-1:], 5, axis=0))


def test_windows_in_cross_validation():
    series = fibonacci(100)
    windows = TimeWindows(4, horizon=3, flatten=True)
    X, y = windows.fit_transform(series)
    scores = cross_val_score(Ridge(1e-6), X, y, cv=TimeSeriesSplit(4, gap=2))
    assert (scores > 0.999).all()


def test_pandas_is_taken_as_arrays_are():
    index = pd.date_range("2026-01-01", periods=30, freq="D")
    series, exogenous = noise(30), noise(30, 2, seed=1)
    frames = (
        pd.Series(series, index=index),
        pd.DataFrame(exogenous, index=index, columns=["a", "b"]),
    )
    windows = TimeWindows(4, horizon=2, flatten=True, known_exogenous=[0])
    for given, same in zip(
        windows.fit_transform(*frames), windows.fit_transform(series, exogenous), strict=True
    ):
        assert isinstance(given, np.ndarray)
        assert_array_equal(given, same)
    ridge = Ridge().fit(*windows.fit_transform(*frames))
    future = frames[1].iloc[:6]
    forecast = windows.forecast(ridge, frames[0], 5, exogenous=frames[1], exogenous_future=future)
    same = windows.forecast(ridge, series, 5, exogenous=exogenous, exogenous_future=exogenous[:6])
    assert_array_equal(forecast, same)
    with pytest.raises(ValueError, match=r"exogenous has another index than series"):
        windows.fit(frames[0], frames[1].set_axis(index.shift(1)))


def test_a_whole_number_series_becomes_floats():
    X, y = TimeWindows(2).fit_transform(list(range(6)))
    assert X.dtype == y.dtype == np.float64


def test_the_estimator_behaves_as_those_of_scikit_learn():
    windows = TimeWindows(4, horizon=2, known_exogenous=[0])
    assert repr(windows) == "TimeWindows(horizon=2, known_exogenous=[0], window_size=4)"
    assert clone(windows).get_params() == windows.get_params()
    assert windows.set_params(horizon=3) is windows
    with pytest.raises(NotFittedError):
        windows.transform(noise(20))
    windows.fit(noise(20, 2), noise(20))
    assert windows.target_shape_ == (2,)
    assert (windows.n_targets_, windows.n_exogenous_) == (2, 1)
    assert_array_equal(windows.known_exogenous_, [0])
    copy = pickle.loads(pickle.dumps(windows))
    for one, other in zip(
        windows.transform(noise(20, 2), noise(20)),
        copy.transform(noise(20, 2), noise(20)),
        strict=True,
    ):
        assert_array_equal(one, other)
    assert not hasattr(clone(windows), "target_shape_")


@pytest.mark.parametrize(
    "parameters",
    [
        {"window_size": 0},
        {"window_size": 2.5},
        {"horizon": 0},
        {"step": 0},
        {"flatten": "yes"},
        {"known_exogenous": "some"},
    ],
)
def test_parameters_that_are_none(parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of TimeWindows must be"):
        TimeWindows(**{"window_size": 3} | parameters).fit(noise(20))


def test_series_that_are_none():
    windows = TimeWindows(6, horizon=3)
    with pytest.raises(ValueError, match=r"has 8 times, and window_size=6 \+ horizon=3 needs 9"):
        windows.fit(noise(8))
    with pytest.raises(ValueError, match=r"got 3 axes. Give one series at a time"):
        windows.fit(noise(2, 20, 3))
    gaps = noise(20)
    gaps[[7, 9]] = np.nan, np.inf
    with pytest.raises(
        ValueError, match=r"series has NaN .* at 2 of 20 times, first at position 7"
    ):
        windows.fit(gaps)
    with pytest.raises(ValueError, match=r"exogenous has NaN"):
        windows.fit(noise(20), gaps)
    windows.fit(noise(20), noise(20, 2))
    with pytest.raises(ValueError, match=r"series has 2 channels, and fit got 1"):
        windows.transform(noise(20, 2), noise(20, 2))
    with pytest.raises(ValueError, match=r"exogenous has 0 channels, and fit got 2"):
        windows.transform(noise(20))
    with pytest.raises(ValueError, match=r"exogenous has 23 times and series 20: .* later ones as"):
        windows.transform(noise(20), noise(23, 2))
    with pytest.raises(ValueError, match=r"has 5 times, and window_size=6 needs 6"):
        windows.last_window(noise(5), noise(5, 2))


def test_known_channels_that_are_none():
    with pytest.raises(ValueError, match=r"known_exogenous='all', but fit got no exogenous"):
        TimeWindows(3, known_exogenous="all").fit(noise(20))
    for known in ([2], [-1], [0.5]):
        with pytest.raises(ValueError, match=r"must be 'all' or indices, as ints, of the 2 exo"):
            TimeWindows(3, known_exogenous=known).fit(noise(20), noise(20, 2))
    with pytest.raises(ValueError, match=r"window_size=3 is less than horizon=4"):
        TimeWindows(3, horizon=4, known_exogenous="all").fit(noise(20), noise(20))


def test_futures_that_are_none():
    series, exogenous = noise(40), noise(40, 2, seed=1)
    windows = TimeWindows(5, horizon=3, flatten=True)
    ridge = Ridge().fit(*windows.fit_transform(series, exogenous))
    with pytest.raises(ValueError, match=r"are 3 of channel 0, 3 of channel 1; got None"):
        windows.forecast(ridge, series, 4, exogenous=exogenous)
    with pytest.raises(ValueError, match=r"exogenous_future has 1 channels, and fit got 2"):
        windows.forecast(ridge, series, 4, exogenous=exogenous, exogenous_future=noise(3))
    windows.set_params(known_exogenous=[1]).fit(series, exogenous)
    with pytest.raises(ValueError, match=r"are 6 of channel 1; got 5 rows"):
        windows.forecast(ridge, series, 4, exogenous=exogenous, exogenous_future=noise(5, 2))
    with pytest.raises(ValueError, match=r"are 3 of channel 1; got None"):
        windows.last_window(series, exogenous)


@pytest.mark.parametrize("n_steps", [0, -1, 1.5, True, None])
def test_numbers_of_steps_that_are_none(n_steps):
    windows = TimeWindows(3, flatten=True)
    ridge = Ridge().fit(*windows.fit_transform(noise(20)))
    with pytest.raises(ValueError, match=r"n_steps=.* is no number of times"):
        windows.forecast(ridge, noise(20), n_steps)


def test_predictions_that_are_none():
    series = noise(20)
    windows = TimeWindows(3, horizon=2, flatten=True)
    X, y = windows.fit_transform(series)
    with pytest.raises(
        ValueError, match=r"y has shape \(1,\), and each of 1 windows has horizon=2"
    ):
        windows.forecast(Ridge().fit(X, y[:, 0]), series, 4)
    with pytest.raises(ValueError, match=r"n_times=10 is too short for targets up to time 19"):
        windows.inverse_transform(y, n_times=10)
    for wrong in (np.arange(3), np.arange(16) - 1, np.arange(16.0)):
        with pytest.raises(ValueError, match=r"windows must be the indices of the 16 windows"):
            windows.inverse_transform(y, windows=wrong)


@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize("n_exogenous", [0, 2])
def test_relative_windows_and_targets_are_less_the_last_value(step, flatten, n_exogenous):
    series = noise(40, 2)
    exogenous = noise(40, n_exogenous, seed=1) if n_exogenous else None
    settings = {"horizon": 3, "step": step, "flatten": flatten}
    X, y = TimeWindows(5, **settings).fit_transform(series, exogenous)
    last = X.reshape(len(X), -1, 5)[:, :2, -1]  # (n_windows, n_targets)
    expected_X = X.reshape(len(X), -1, 5).copy()
    expected_X[:, :2] -= last[:, :, None]
    expected_y = y.reshape(len(y), 3, 2) - last[:, None]
    windows = TimeWindows(5, relative=True, **settings)
    relative_X, relative_y = windows.fit_transform(series, exogenous)
    assert_array_equal(relative_X, expected_X.reshape(X.shape))
    assert_array_equal(relative_y, expected_y.reshape(y.shape))
    ahead = windows.last_window(series, exogenous).reshape(-1, 5)
    assert_array_equal(ahead[:2], (series[-5:] - series[-1]).T)


def test_relative_targets_go_back_to_their_times():
    series = noise(30, 2)
    settings = {"horizon": 3, "step": 2}
    plain, relative = TimeWindows(4, **settings), TimeWindows(4, relative=True, **settings)
    _, y = plain.fit_transform(series)
    _, relative_y = relative.fit_transform(series)
    back = relative.inverse_transform(relative_y, series=series)
    assert_allclose(back, plain.inverse_transform(y), atol=1e-12)
    part = [3, 7]
    back = relative.inverse_transform(relative_y[part], windows=part, series=series)
    assert_allclose(back, plain.inverse_transform(y[part], windows=part), atol=1e-12)
    for given in (None, series[:10]):
        with pytest.raises(ValueError, match="give the series that transform got"):
            relative.inverse_transform(relative_y, series=given)
    with pytest.raises(ValueError, match="series has 1 channels, and fit got 2"):
        relative.inverse_transform(relative_y, series=series[:, :1])


@pytest.mark.parametrize("n_steps", [2, 3, 11])
def test_relative_forecasts_follow_the_series_to_any_level(n_steps):
    trend = np.arange(60.0)[:, None] * [1.0, -0.5] + fibonacci(60)[:, None]
    windows = TimeWindows(8, horizon=3, relative=True, flatten=True)
    X, y = windows.fit_transform(trend[:40])
    model = LinearRegression().fit(X, y)
    for level in (0.0, 1000.0):
        forecast = windows.forecast(model, trend[:40] + level, n_steps)
        assert_allclose(forecast, trend[40 : 40 + n_steps] + level, atol=1e-6)
    forecast = windows.forecast(model, trend[:40, :], 1)
    assert forecast.shape == (1, 2)
