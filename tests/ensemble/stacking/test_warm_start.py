"""A base added to a fitted stack is the only one that is fitted."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdeep.ensemble import StackingRegressor


class Counted(RegressorMixin, BaseEstimator):
    fits: list = []

    def __init__(self, name, alpha=1.0):
        self.name = name
        self.alpha = alpha

    def fit(self, X, y, sample_weight=None):
        self.fits.append(self.name)
        self.model_ = Ridge(self.alpha).fit(X, y, sample_weight)
        return self

    def predict(self, X):
        return self.model_.predict(X)


def bases(*names):
    return [(name, Counted(name, 10.0**number)) for number, name in enumerate(names)]


def fits_of(stack, *data, **params):
    Counted.fits.clear()
    stack.fit(*data, **params)
    return {name: Counted.fits.count(name) for name in dict.fromkeys(Counted.fits)}


@pytest.mark.parametrize(
    ("settings", "n_fits"),
    [
        ({"cv": 3}, 4),
        ({"cv": 3, "refit": False}, 3),
        ({"cv": 0.3}, 2),
        ({"cv": KFold(3, shuffle=True)}, 4),  # no random state: the splits are kept, not drawn
    ],
    ids=str,
)
def test_only_the_new_base_is_fitted(diabetes, settings, n_fits):
    # evalml#1688: keep what bases predicted when another one joins.
    X, y = diabetes
    stack = StackingRegressor(bases("a", "b"), warm_start=True, **settings)
    assert fits_of(stack, X, y) == {"a": n_fits, "b": n_fits}
    rows, before = stack.meta_indices_, stack.estimators_
    stack.set_params(estimators=bases("a", "b", "c"))
    assert fits_of(stack, X, y) == {"c": n_fits}
    assert_array_equal(stack.meta_indices_, rows)
    assert stack.estimators_[:2] == before
    assert list(stack.base_scores_) == list(stack.fit_times_) == ["a", "b", "c"]
    splits = stack._memory.splits[0]
    whole = clone(stack).set_params(cv=splits).fit(X, y)
    assert_allclose(stack.predict(X), whole.predict(X))


def test_changed_and_dropped_bases(diabetes):
    X, y = diabetes
    stack = StackingRegressor(bases("a", "b", "c"), cv=3, warm_start=True).fit(X, y)
    assert fits_of(stack, X, y) == {}
    assert fits_of(stack.set_params(b__alpha=5.0), X, y) == {"b": 4}
    assert fits_of(stack.set_params(a="drop"), X, y) == {}
    assert list(stack.base_scores_) == ["b", "c"]
    expected = clone(stack).fit(X, y)
    assert_allclose(stack.predict(X), expected.predict(X))
    assert fits_of(stack.set_params(final_estimator=LinearRegression(), n_jobs=1), X, y) == {}


def test_a_base_below_is_another_input_above(diabetes):
    X, y = diabetes
    first, second = bases("a", "b"), bases("c")
    stack = StackingRegressor([first, second], cv=2, warm_start=True).fit(X, y)
    assert fits_of(stack.set_params(estimators=[first, [*second, *bases("d")]]), X, y) == {"d": 3}
    added = [[*first, *bases("e")], [*second, *bases("d")]]
    assert fits_of(stack.set_params(estimators=added), X, y) == {"e": 3, "c": 3, "d": 3}
    assert_allclose(stack.predict(X), clone(stack).fit(X, y).predict(X))


def test_time_that_was_short_is_made_up_for(diabetes):
    X, y = diabetes
    stack = StackingRegressor(bases("a", "b", "c"), cv=2, warm_start=True, max_time=1e-6)
    with pytest.warns(UserWarning, match="warm_start=True and fit again"):
        stack.fit(X, y)
    assert stack.skipped_estimators_ == ["b", "c"]
    assert fits_of(stack.set_params(max_time=None), X, y) == {"b": 3, "c": 3}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda X, y, w: (X + 1, y, w), r"\['X'\]"),
        (lambda X, y, w: (X[:150], y[:150], w[:150]), r"\['X', 'y', 'metadata'\]"),
        (lambda X, y, w: (X, -y, w), r"\['y'\]"),
        (lambda X, y, w: (X, y, 2 * w), r"\['metadata'\]"),
    ],
)
def test_other_data_is_refused(diabetes, change, named):
    X, y = diabetes
    weights = np.arange(200) % 3 + 1.0
    stack = StackingRegressor(bases("a"), cv=2, warm_start=True).fit(X, y, sample_weight=weights)
    before = stack.predict(X)
    X_other, y_other, weights_other = change(X, y, weights)
    with pytest.raises(ValueError, match="other values of " + named + r".*warm_start=False"):
        stack.fit(X_other, y_other, sample_weight=weights_other)
    assert_array_equal(stack.predict(X), before)
    stack.set_params(warm_start=False).fit(X_other, y_other, sample_weight=weights_other)
    assert stack._memory is None


@pytest.mark.parametrize(
    "setting", [{"cv": 4}, {"refit": False}, {"scoring": "neg_mean_squared_error"}], ids=str
)
def test_other_terms_are_refused(diabetes, setting):
    stack = StackingRegressor(bases("a"), cv=2, warm_start=True).fit(*diabetes)
    with pytest.raises(ValueError, match=rf"other values of \['{next(iter(setting))}'\]"):
        stack.set_params(**setting).fit(*diabetes)


def test_base_that_cannot_be_compared_is_fitted_again(diabetes):
    X, y = diabetes
    opaque = make_pipeline(FunctionTransformer(lambda X: X[:, :3]), KNeighborsRegressor())
    stack = StackingRegressor([("opaque", opaque), *bases("a")], cv=2, warm_start=True)
    assert fits_of(stack.fit(X, y), X, y) == {}
    assert stack.predict(X).shape == (200,)


def test_after_a_pickle(diabetes):
    X, y = diabetes
    stack = StackingRegressor(bases("a"), cv=2, warm_start=True).fit(X, y)
    back = pickle.loads(pickle.dumps(stack))
    assert fits_of(back.set_params(estimators=bases("a", "b")), X, y) == {"b": 3}
