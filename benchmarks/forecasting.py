"""Forecast series from several origins, and compare with simple methods: a table of scaled errors.

    python benchmarks/forecasting.py --data FOLDER [--only airline ...]

The folder holds one parquet file a series. Of each its last 2,000 values are taken; origins are
spread evenly over the last third, the last forecast ending with the series. At every origin models
are fitted anew on all that came before and predict one horizon directly, all steps at once.

Printed is the mean absolute error, divided by that of the seasonal naive forecast in sample (MASE,
Hyndman and Koehler 2006), mean over the origins, and in brackets the longest fit in seconds.

naive: the values one season before. ridge: RidgeCV on lags. ridge_relative: the same on
`TimeWindows(relative=True)`. network: SequenceRegressor alone on these windows. sum: ridge_relative
plus a SequenceRegressor that learns what it leaves over.
"""

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import RidgeCV

from skdeep import SequenceRegressor
from skdeep.feature_extraction import TimeWindows

MOST_TIMES = 2_000


class Task(NamedTuple):
    """A column of a file, and how it is forecast; all counts are of time steps."""

    column: str
    season: int
    window_size: int
    horizon: int


TASKS = {
    "airline": Task("passengers", 12, 24, 12),
    "electricity_hourly": Task("y", 24, 168, 24),
    "solar_hourly": Task("y", 24, 72, 24),
    "sf_traffic_hourly": Task("y", 24, 168, 24),
    "births_california_daily": Task("y", 7, 28, 14),
    "victoria_demand_halfhourly": Task("demand", 48, 96, 24),
}


def ridge():
    """A linear model, whose penalty is chosen by leaving out one window at a time."""
    return RidgeCV(np.logspace(-3, 4, 15))


def small_network(seed):
    """One block of convolutions and five epochs: a linear model leaves little over."""
    return SequenceRegressor(width=8, depth=1, n_estimators=2, max_iter=5, random_state=seed)


class LinearPlusNetwork(RegressorMixin, BaseEstimator):
    """A ridge regression, and a small network that learns what it leaves over."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        """Fit one after the other."""
        self.linear_ = ridge().fit(X, y)
        self.network_ = small_network(self.random_state).fit(X, y - self.linear_.predict(X))
        return self

    def predict(self, X):
        """Return the sum of both."""
        return self.linear_.predict(X) + self.network_.predict(X)


def models(seed):
    """Return (whether windows are relative, regressor) by name."""
    return {
        "ridge": (False, ridge()),
        "ridge_relative": (True, ridge()),
        "network": (True, small_network(seed)),
        "sum": (True, LinearPlusNetwork(random_state=seed)),
    }


def origins(n_times, horizon, n_origins):
    """Return the times at which forecasts start."""
    apart = max(horizon, n_times // 3 // n_origins)
    return [n_times - horizon - k * apart for k in reversed(range(n_origins))]


def forecasts(past, task, seed):
    """Return (forecast, seconds of the fit) by the name of the model."""
    start = len(past) - task.season
    found = {"naive": (past[start + np.arange(task.horizon) % task.season], 0.0)}
    for name, (relative, model) in models(seed).items():
        windows = TimeWindows(
            task.window_size, horizon=task.horizon, relative=relative, flatten=True
        )
        began = time.perf_counter()
        model.fit(*windows.fit_transform(past))
        seconds = time.perf_counter() - began
        found[name] = windows.forecast(model, past, task.horizon), seconds
    return found


def compare(series, task, n_origins, seed):
    """Return the mean scaled error and the longest fit of each model."""
    errors, seconds = {}, {}
    for origin in origins(len(series), task.horizon, n_origins):
        past, future = series[:origin], series[origin : origin + task.horizon]
        scale = np.abs(past[task.season :] - past[: -task.season]).mean()
        for name, (forecast, took) in forecasts(past, task, seed).items():
            errors.setdefault(name, []).append(np.abs(forecast - future).mean() / scale)
            seconds[name] = max(took, seconds.get(name, 0.0))
    return {name: np.mean(values) for name, values in errors.items()}, seconds


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--n-origins", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.data is None:
        print("no series: give their folder as --data")
        return
    names = ["naive", *models(0)]
    print(f"{'MASE':28}" + "".join(f"{name:>18}" for name in names))
    table = []
    for series_name in options.only:
        task = TASKS[series_name]
        frame = pd.read_parquet(options.data / f"{series_name}.parquet")
        series = frame[task.column].to_numpy(float)[-MOST_TIMES:]
        errors, seconds = compare(series, task, options.n_origins, options.seed)
        table.append([errors[name] for name in names])
        cells = [f"{errors[name]:.3f} ({seconds[name]:.1f} s)" for name in names]
        print(f"{series_name:28}" + "".join(f"{cell:>18}" for cell in cells), flush=True)
    print(f"{'mean':28}" + "".join(f"{value:>12.3f}{'':6}" for value in np.mean(table, axis=0)))


if __name__ == "__main__":
    main()
