"""Bases that fail, and bases that there is no time for, are left out everywhere."""

import threading
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier

from skdeep.ensemble import StackingClassifier, StackingRegressor

GOOD = [("ridge", Ridge()), ("near", KNeighborsRegressor())]


class Fails(RegressorMixin, BaseEstimator):
    """Fails in fit from so many rows on, or in predict, or predicts NaN."""

    def __init__(self, at="fit", rows=0):
        self.at = at
        self.rows = rows

    def fit(self, X, y):
        if self.at == "fit" and len(y) >= self.rows:
            raise RuntimeError("out of luck")
        self.fitted_ = True
        return self

    def predict(self, X):
        if self.at == "predict":
            raise RuntimeError("out of luck")
        return np.full(len(X), np.nan if self.at == "nan" else 1.0)


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("cv", [3, 0.3])
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Fails("fit"), "RuntimeError: out of luck .*'bad' .* failed to fit on split 0"),
        (Fails("fit", 200), "RuntimeError: out of luck .*'bad' .* failed to fit on all rows"),
        (Fails("predict"), ".*failed to predict with predict on split 0"),
        (Fails("nan"), ".*predicts NaN or infinity"),
    ],
    ids=["fit", "refit", "predict", "nan"],
)
def test_failing_base_is_left_out(diabetes, bad, reason, cv, n_jobs):
    X, y = diabetes
    bases = [GOOD[0], ("bad", bad), GOOD[1]]
    stack = StackingRegressor(bases, cv=cv, error_score="drop", n_jobs=n_jobs, random_state=0)
    with (
        parallel_config("threading"),
        pytest.warns(UserWarning, match=r"'bad' is left out \(error_score='drop'\): " + reason),
    ):
        stack.fit(X, y)
    same = StackingRegressor(GOOD, cv=cv, random_state=0).fit(X, y)
    assert_array_equal(stack.predict(X), same.predict(X))
    assert_array_equal(stack.transform(X), same.transform(X))
    assert_array_equal(stack.get_feature_names_out(), same.get_feature_names_out())
    assert stack.stack_method_ == same.stack_method_
    assert list(stack.failed_estimators_) == ["bad"]
    assert stack.named_estimators_["bad"] == "drop"
    assert list(stack.base_scores_) == list(stack.fit_times_) == ["ridge", "near"]
    assert stack.skipped_estimators_ == []


def test_number_stands_for_the_missing_scores(diabetes):
    stack = StackingRegressor(
        [GOOD[1], ("bad", Fails("fit", 134)), GOOD[0]], cv=KFold(3), error_score=-9.0
    )
    with pytest.warns(UserWarning, match="'bad' is left out"):
        stack.fit(*diabetes)
    # 200 rows in three folds: trained on 133 rows once and on 133, 134 rows else.
    sizes = [len(train) for train, _ in KFold(3).split(diabetes[0])]
    expected = np.array(sizes) >= 134
    assert_array_equal(stack.base_scores_["bad"] == -9, expected)
    assert_array_equal(np.isnan(stack.fit_times_["bad"]), expected)
    assert list(stack.base_scores_) == ["near", "bad", "ridge"]
    assert len(stack.estimators_) == 2


def test_without_refit_too(diabetes):
    X, y = diabetes
    stack = StackingRegressor([("bad", Fails()), *GOOD], cv=3, refit=False, error_score="drop")
    with pytest.warns(UserWarning, match="'bad' is left out"):
        stack.fit(X, y)
    same = StackingRegressor(GOOD, cv=3, refit=False).fit(X, y)
    assert_array_equal(stack.predict(X), same.predict(X))


@pytest.mark.parametrize("layer", [0, 1])
def test_in_a_layer_and_in_the_comparison(diabetes, layer):
    X, y = diabetes
    layers = [list(GOOD), [("least", LinearRegression()), ("close", KNeighborsRegressor(3))]]
    same = StackingRegressor([list(of) for of in layers], cv=3, check_gain=True)
    layers[layer].insert(0, ("bad", Fails("fit", 200)))
    stack = StackingRegressor(layers, cv=3, check_gain=True, error_score="drop")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        stack.fit(X, y)
        same.fit(X, y)
    assert sum("'bad' is left out" in str(w.message) for w in caught) == 1
    assert_allclose(stack.predict(X), same.predict(X))
    assert_allclose(stack.ensemble_scores_, same.ensemble_scores_)


def test_prefit_base_that_fails(diabetes):
    X, y = diabetes
    fitted = [("ridge", Ridge().fit(X, y)), ("narrow", Ridge().fit(X[:, :3], y))]
    stack = StackingRegressor(fitted, cv="prefit", error_score="drop")
    with pytest.warns(UserWarning, match="'narrow' is left out .* 3 features"):
        stack.fit(X, y)
    assert list(stack.named_estimators_.values()) == [fitted[0][1], "drop"]


@pytest.mark.filterwarnings("ignore:The base estimator 'bad")
def test_nothing_is_left(diabetes):
    stack = StackingRegressor([("bad", Fails()), ("badly", Fails("predict"))], error_score="drop")
    with pytest.raises(ValueError, match=r"left no base estimator.*'bad': .*'badly': .*predict"):
        stack.fit(*diabetes)
    assert not hasattr(stack, "estimators_")


def test_classes_that_no_base_could_split(iris):
    # FLAML, pycaret and others stop at the first model that cannot be fitted.
    class Picky(GaussianNB):
        def fit(self, X, y):
            raise MemoryError("too large")

    bases = [("picky", Picky()), ("tree", DecisionTreeClassifier(max_depth=2))]
    with pytest.warns(UserWarning, match="MemoryError: too large"):
        stack = StackingClassifier(bases, error_score="drop").fit(*iris)
    assert "too large" in stack.failed_estimators_["picky"]


@pytest.mark.parametrize("error_score", ["ignore", None, [1]])
def test_error_score_is_checked(diabetes, error_score):
    with pytest.raises(ValueError, match="'error_score' parameter"):
        StackingRegressor(GOOD, error_score=error_score).fit(*diabetes)


# Time ---------------------------------------------------------------------------------------------


class Slow(RegressorMixin, BaseEstimator):
    """A second a fit, on a clock of its own."""

    now = 0.0
    fits: list = []

    def __init__(self, name):
        self.name = name

    def fit(self, X, y):
        with LOCK:
            Slow.now += 1
            self.fits.append(self.name)
        self.model_ = Ridge().fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X)


LOCK = threading.Lock()
SLOW = [(name, Slow(name)) for name in "abcdef"]


@pytest.fixture
def clock(monkeypatch):
    Slow.now = 0.0
    Slow.fits.clear()
    own = SimpleNamespace(monotonic=lambda: Slow.now, perf_counter=time.perf_counter)
    for module in ("base", "jobs"):
        monkeypatch.setattr(f"skdeep.ensemble._stacking.{module}.time", own)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_time_is_kept(diabetes, clock, n_jobs):
    X, y = diabetes
    stack = StackingRegressor(SLOW, cv=2, max_time=8.5, n_jobs=n_jobs)
    with (
        parallel_config("threading"),
        pytest.warns(UserWarning, match=r"max_time=8.5 ended before .* complete"),
    ):
        stack.fit(X, y)
    # Nine to ten fits: three bases, and the fourth begun in vain.
    assert 9 <= len(Slow.fits) <= 10
    kept = [name for name in "abcdef" if stack.named_estimators_[name] != "drop"]
    assert kept == list("abc")
    assert stack.skipped_estimators_ == list("def")
    same = StackingRegressor([(n, Ridge()) for n in kept], cv=2).fit(X, y)
    assert_allclose(stack.predict(X), same.predict(X))


def test_one_base_a_layer_always(diabetes, clock):
    layers = [SLOW[:2], SLOW[2:4]]
    stack = StackingRegressor(layers, cv=2, max_time=0.5)
    with pytest.warns(UserWarning, match="max_time"):
        stack.fit(*diabetes)
    assert stack.skipped_estimators_ == ["b", "d"]
    assert Slow.fits == ["a"] * 3 + ["c"] * 3


@pytest.mark.filterwarnings("ignore:The base estimator 'bad'")
def test_one_base_that_does_not_fail(diabetes, clock):
    stack = StackingRegressor([("bad", Fails()), *SLOW[:2]], cv=2, max_time=0.5, error_score="drop")
    with pytest.warns(UserWarning, match=r"max_time=0.5 ended before .*\['b'\]"):
        stack.fit(*diabetes)
    assert [m.name for m in stack.estimators_] == ["a"]


def test_enough_time(diabetes):
    X, y = diabetes
    stack = StackingRegressor(GOOD, max_time=1e6).fit(X, y)
    assert stack.skipped_estimators_ == []
    assert_array_equal(stack.predict(X), StackingRegressor(GOOD).fit(X, y).predict(X))


@pytest.mark.parametrize("max_time", [0, -1.0, "1h"])
def test_max_time_is_checked(diabetes, max_time):
    with pytest.raises(ValueError, match="'max_time' parameter"):
        StackingRegressor(GOOD, max_time=max_time).fit(*diabetes)
