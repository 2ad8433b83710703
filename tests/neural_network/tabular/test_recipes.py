"""Which kinds of networks are trained on a table."""

import numpy as np
import pandas as pd
import pytest

from skdeep.neural_network import TabularClassifier, TabularRegressor
from tests.neural_network.tabular.tables import QUICK

SHORT = {**QUICK, "effort": "default", "max_iter": 1}


def kinds(estimator, n_rows=50, n_columns=3):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n_rows, n_columns)), np.arange(n_rows) % 2
    return [set(candidate["features"]) for candidate in estimator.fit(x, y).candidates_]


def test_regressors_of_small_tables_multiply_columns():
    assert {"piecewise_linear", "cross"} in kinds(TabularRegressor(**SHORT))
    assert {"cosines"} in kinds(TabularRegressor(**SHORT))


@pytest.mark.parametrize(
    ("estimator", "size"),
    [
        (TabularRegressor(**SHORT | {"effort": "fast"}), {}),
        (TabularRegressor(**SHORT | {"architecture": "resnet"}), {}),
        (TabularRegressor(**SHORT), {"n_columns": 40}),
        (TabularRegressor(**SHORT), {"n_rows": 3_000}),
        (TabularClassifier(**SHORT), {}),
    ],
    ids=["fast", "resnet", "wide", "long", "classifier"],
)
def test_others_do_not(estimator, size):
    assert not any("cross" in features for features in kinds(estimator, **size))


def test_products_are_learned_soon():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(300, 2))
    y = x[:, 0] * x[:, 1]
    settings = {"effort": "default", "cv": 3, "max_iter": 15, "random_state": 0}
    model = TabularRegressor(**settings).fit(x, y)
    loss = {True: np.inf, False: np.inf}
    for candidate in model.candidates_:
        has_products = "cross" in candidate["features"]
        loss[has_products] = min(loss[has_products], candidate["loss"])
    assert loss[True] < 0.7 * loss[False]


@pytest.mark.parametrize("settings", [{}, {"interactions": "cross"}])
def test_a_table_may_have_no_columns_left(settings):
    table = pd.DataFrame({"same": np.ones(30)})
    y = np.arange(30.0)
    model = TabularRegressor(**SHORT | {"learning_rate_init": 1e-9}, **settings).fit(table, y)
    np.testing.assert_allclose(model.predict(table), y.mean(), atol=0.1)
