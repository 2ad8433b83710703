"""Stack in two layers, and check whether the stack is better than its best base.

A second layer of bases can learn what the out-of-fold predictions of the first layer leak of the
target. `check_gain=True` therefore compares the ensemble with its best base on rows that neither
was fitted on, and warns if the ensemble is not better. The scores on the test set, which no fit has
seen, show whether the check was right.
"""

import warnings

from sklearn.datasets import make_friedman1, make_regression
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep import ConvexStackingRegressor, MLPRegressor, StackingRegressor

TABLES = {
    "friedman1": make_friedman1(1000, noise=1.0, random_state=0),
    "linear": make_regression(400, 10, n_informative=5, noise=50.0, random_state=0),
}


def make_layers():
    """Return a list of two layers of bases; every name is different."""
    network = MLPRegressor((64,), learning_rate_init=0.01, early_stopping=True, random_state=0)
    first = [
        ("linear", make_pipeline(StandardScaler(), RidgeCV())),
        ("network", make_pipeline(StandardScaler(), network)),
        ("boosting", HistGradientBoostingRegressor(random_state=0)),
        ("near", make_pipeline(StandardScaler(), KNeighborsRegressor(10))),
    ]
    second = [
        ("line", RidgeCV()),
        ("trees", ExtraTreesRegressor(100, min_samples_leaf=5, random_state=0)),
    ]
    return [first, second]


def main():
    """Fit a stack of one layer and one of two layers on each table, and print their gains."""
    layers = make_layers()
    stacks = {
        "one layer": {"estimators": layers[0]},
        "two layers": {"estimators": layers},
    }
    print(f"{'':<24} {'expected gain':>14} {'best base':>10} {'its RMSE':>9} {'stack':>8}")
    told = []
    for table, (X, y) in TABLES.items():
        X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
        for name, parameters in stacks.items():
            stack = StackingRegressor(
                **parameters,
                final_estimator=ConvexStackingRegressor(),
                check_gain=True,
                scoring="neg_root_mean_squared_error",
                random_state=0,
            )
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", UserWarning)
                stack.fit(X_train, y_train)
            told += [f"{table}, {name}: {each.message}" for each in caught]
            best = stack.named_estimators_[stack.best_base_]
            losses = [
                root_mean_squared_error(y_test, model.predict(X_test)) for model in (best, stack)
            ]
            print(
                f"{table + ', ' + name:<24} {stack.gain_:>+14.3f} {stack.best_base_:>10} "
                f"{losses[0]:>9.3f} {losses[1]:>8.3f}"
            )
    print("\nWarnings: " + ("\n".join(told) if told else "none"))


if __name__ == "__main__":
    main()
