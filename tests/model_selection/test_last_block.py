"""The single split for rows in the order of time."""

import copy

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score, train_test_split

from skdeep.ensemble import StackingRegressor
from skdeep.model_selection import LastBlockSplit


def only_split(splitter, X, **metadata):
    (split,) = splitter.split(X, **metadata)
    return split


@pytest.mark.parametrize("test_size", [1, 7, 0.05, 0.2, 0.9, np.float64(0.5), np.int64(3)])
@pytest.mark.parametrize("n_samples", [20, 53])
def test_block_is_that_of_train_test_split_without_shuffling(test_size, n_samples):
    rows = np.arange(n_samples)
    expected = train_test_split(rows, test_size=test_size, shuffle=False)
    for part, same in zip(only_split(LastBlockSplit(test_size), rows), expected, strict=True):
        assert_array_equal(part, same)


@pytest.mark.parametrize("gap", [0, 1, 6])
def test_split_is_the_last_one_of_time_series_split(gap):
    X = np.zeros((30, 2))
    *_, expected = TimeSeriesSplit(3, test_size=5, gap=gap).split(X)
    for part, same in zip(only_split(LastBlockSplit(5, gap=gap), X), expected, strict=True):
        assert_array_equal(part, same)


def test_the_splitter_behaves_as_those_of_scikit_learn():
    splitter = LastBlockSplit(0.25, gap=3)
    assert repr(splitter) == "LastBlockSplit(gap=3, test_size=0.25)"
    assert splitter.get_n_splits() == splitter.get_n_splits(np.zeros((5, 1))) == 1
    X, y = load_diabetes(return_X_y=True)
    (score,) = cross_val_score(Ridge(), X, y, cv=splitter)
    train, test = only_split(copy.deepcopy(splitter), pd.DataFrame(X), y=y, groups=y)
    assert_allclose(score, Ridge().fit(X[train], y[train]).score(X[test], y[test]))
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=splitter).fit(X, y)
    assert search.n_splits_ == 1
    with sklearn.config_context(enable_metadata_routing=True):
        assert splitter.get_metadata_routing().split.requests == {}


def test_stack_on_the_last_block_is_the_one_written_by_hand():
    # Blending on the newest rows: scikit-learn#32614, autogluon#692.
    X, y = load_diabetes(return_X_y=True)
    stack = StackingRegressor(
        [("ridge", Ridge())], LinearRegression(), cv=LastBlockSplit(100, gap=10), refit=False
    ).fit(X, y)
    base = Ridge().fit(X[:-110], y[:-110])
    final = LinearRegression().fit(base.predict(X[-100:])[:, None], y[-100:])
    assert_allclose(stack.predict(X), final.predict(base.predict(X)[:, None]))


@pytest.mark.parametrize("test_size", [0, -1, 0.0, 1.0, 1.5, True, "0.2", None, np.nan])
def test_sizes_that_are_none(test_size):
    with pytest.raises(ValueError, match=r"test_size=.* is no size of a block: give a share"):
        LastBlockSplit(test_size)


@pytest.mark.parametrize("gap", [-1, 0.5, True, None, "1"])
def test_gaps_that_are_none(gap):
    with pytest.raises(ValueError, match=r"gap=.* is no number of rows"):
        LastBlockSplit(gap=gap)


@pytest.mark.parametrize(("test_size", "gap"), [(10, 0), (12, 0), (5, 5), (0.95, 0), (0.5, 5)])
def test_too_few_rows(test_size, gap):
    with pytest.raises(ValueError, match=r"leave no row of n_samples=10 to train on"):
        only_split(LastBlockSplit(test_size, gap=gap), np.zeros((10, 1)))
