"""Stack forecasts of a series with a trend, with splits that respect time and one that does not.

A generated series of daily demand is forecast a week ahead; its last fifth is the test set. Rows
held out at random have neighbours in time in the training part, so their scores are too optimistic
for bases that only memorise. Holding out the last block of rows gives realistic scores.
"""

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import TimeSeriesSplit
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep import EnsembleSelectionRegressor, MLPRegressor, StackingRegressor
from skdeep.model_selection import LastBlockSplit

AHEAD = 7  # days between the last known value and the forecast


def make_series(n_days=1500):
    """Return daily demand with a trend, seasons, weekends and autocorrelated noise."""
    rng = np.random.default_rng(0)
    day = np.arange(n_days)
    noise = np.zeros(n_days)
    for t in range(1, n_days):
        noise[t] = 0.8 * noise[t - 1] + rng.normal(scale=2)
    seasons = 12 * np.sin(2 * np.pi * day / 365.25)
    weekend = np.isin(day % 7, [5, 6])
    return (100 + 0.05 * day + seasons) * np.where(weekend, 0.7, 1.0) + noise


def make_rows(series):
    """Return X, the features known `AHEAD` days before each day, and y, in the order of time."""
    first = AHEAD + 28
    day = np.arange(first, len(series))
    known = [series[day - AHEAD - lag] for lag in (0, 1, 2, 6, 7, 14, 21, 28)]
    season = 2 * np.pi * day / 365.25
    calendar = [day % 7 == 5, day % 7 == 6, np.sin(season), np.cos(season), day]
    return np.column_stack(known + calendar), series[day]


def make_bases():
    """Return the (name, estimator) pairs of the bases."""
    network = MLPRegressor((64,), alpha=0.1, max_iter=300, random_state=0)
    return [
        ("linear", make_pipeline(StandardScaler(), RidgeCV())),
        ("network", make_pipeline(StandardScaler(), network)),
        ("forest", RandomForestRegressor(100, random_state=0)),
        ("near", make_pipeline(StandardScaler(), KNeighborsRegressor(5))),
    ]


def main():
    """Fit one stack for each kind of split; compare its expected scores with test scores."""
    X, y = make_rows(make_series())
    past, future = next(LastBlockSplit(0.2, gap=AHEAD).split(X))
    splits = {
        "random 20 %": 0.2,
        # The gap leaves out rows whose targets were not known when the block began.
        "last 20 %": LastBlockSplit(0.2, gap=AHEAD),
        "4 in time": TimeSeriesSplit(4, gap=AHEAD),
    }
    names = [name for name, _ in make_bases()]
    print("RMSE that each split expects, (weight), and RMSE of the stack in the future\n")
    print(f"{'':<12}" + "".join(f"{name:>15}" for name in names) + f"{'future':>9}")
    for split, cv in splits.items():
        stack = StackingRegressor(
            make_bases(),
            EnsembleSelectionRegressor(),
            cv=cv,
            scoring="neg_root_mean_squared_error",
            random_state=0,
        ).fit(X[past], y[past])
        expected = [-stack.base_scores_[name].mean() for name in names]
        cells = zip(expected, stack.final_estimator_.weights_, strict=True)
        loss = root_mean_squared_error(y[future], stack.predict(X[future]))
        print(f"{split:<12}" + "".join(f"{e:>8.2f} ({w:.2f})" for e, w in cells) + f"{loss:>9.2f}")
    print(f"\n{'future':<12}", end="")
    for name in names:
        predictions = stack.named_estimators_[name].predict(X[future])
        print(f"{root_mean_squared_error(y[future], predictions):>8.2f}{'':7}", end="")
    print()


if __name__ == "__main__":
    main()
