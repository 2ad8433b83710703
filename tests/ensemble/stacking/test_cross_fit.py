"""A base that predicts out of sample by itself is fitted once."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit, TimeSeriesSplit
from sklearn.neighbors import KNeighborsClassifier

from skdeep.ensemble import StackingClassifier, StackingRegressor

CALLS: list = []


class FoldsOfRidge(RegressorMixin, BaseEstimator):
    """Ridge without intercept, whose normal equations are downdated for each split."""

    def __init__(self, alpha=1.0, short=0):
        self.alpha = alpha
        self.short = short

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("fitted once a split")

    def fit_cross_predict(self, X, y, *, splits, method, refit, sample_weight=None):
        CALLS.append((len(splits), method, refit))
        w = np.ones(len(y)) if sample_weight is None else sample_weight
        gram, right = (X.T * w) @ X + self.alpha * np.eye(X.shape[1]), (X.T * w) @ y
        answers, coefs = [], []
        for train, test in splits:
            out = np.setdiff1d(np.arange(len(y)), train)
            lacking = (X[out].T * w[out]) @ X[out]
            coefs.append(np.linalg.solve(gram - lacking, right - (X[out].T * w[out]) @ y[out]))
            answers.append(X[test] @ coefs[-1])
        self.coef_ = np.linalg.solve(gram, right) if refit else np.mean(coefs, axis=0)
        self.n_features_in_ = X.shape[1]
        return answers[self.short :]

    def predict(self, X):
        return X @ self.coef_


PLAIN = Ridge(fit_intercept=False)


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize(
    "cv",
    [
        4,
        0.3,
        KFold(4, shuffle=True, random_state=0),
        RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
        ShuffleSplit(3, random_state=0),
        TimeSeriesSplit(3),
    ],
    ids=str,
)
def test_the_numbers_are_those_of_a_fit_a_split(diabetes, cv, refit):
    X, y = diabetes
    CALLS.clear()
    settings = {"cv": cv, "refit": refit, "random_state": 0, "store_cv_predictions": True}
    stack = StackingRegressor([("fast", FoldsOfRidge())], LinearRegression(), **settings)
    slow = StackingRegressor([("fast", PLAIN)], LinearRegression(), **settings).fit(X, y)
    stack.fit(X, y)
    assert len(CALLS) == 1
    assert CALLS[0][1:] == ("predict", refit)
    assert_allclose(stack.meta_features_, slow.meta_features_, rtol=1e-8)
    assert_allclose(stack.predict(X), slow.predict(X), rtol=1e-6)
    assert_allclose(stack.base_scores_["fast"], slow.base_scores_["fast"])
    assert stack.fit_times_["fast"].shape == (CALLS[0][0],)


def test_weights_and_layers(diabetes):
    X, y = diabetes
    weights = np.random.RandomState(0).uniform(0.5, 2, len(y))
    stacks = [
        StackingRegressor([[("line", LinearRegression())], [("fast", base)]], Ridge(), cv=(0.5, 3))
        .set_params(random_state=0, passthrough=True)
        .fit(X, y, sample_weight=weights)
        for base in (FoldsOfRidge(), PLAIN)
    ]
    assert_allclose(stacks[0].predict(X), stacks[1].predict(X), rtol=1e-8)


class FoldsOfClasses(ClassifierMixin, BaseEstimator):
    """k-NN that implements the protocol, with the columns of all classes in each split."""

    def fit(self, X, y):
        raise AssertionError("fitted once a split")

    def fit_cross_predict(self, X, y, *, splits, method, refit):
        assert refit
        self.model_ = KNeighborsClassifier().fit(X, y)
        self.classes_ = self.model_.classes_
        answers = []
        for train, test in splits:
            model = clone(self.model_).fit(X[train], y[train])
            wide = np.zeros((len(test), len(self.classes_)))
            wide[:, np.searchsorted(self.classes_, model.classes_)] = model.predict_proba(X[test])
            answers.append(wide)
        return answers

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes(iris, n_classes):
    X, y = iris
    X, y = X[y < n_classes], np.array(["a", "b", "c"])[y[y < n_classes]]
    fast, slow = (
        StackingClassifier([("near", base)], cv=3, store_cv_predictions=True).fit(X, y)
        for base in (FoldsOfClasses(), KNeighborsClassifier())
    )
    assert_array_equal(fast.meta_features_, slow.meta_features_)
    assert_array_equal(fast.predict_proba(X), slow.predict_proba(X))
    assert_array_equal(fast.base_scores_["near"], slow.base_scores_["near"])


def test_answers_that_are_too_few(diabetes):
    stack = StackingRegressor([("fast", FoldsOfRidge(short=1)), ("line", LinearRegression())], cv=4)
    with pytest.raises(ValueError, match=r"arrays of \[50, 50, 50\] rows for test parts of"):
        stack.fit(*diabetes)
    stack.set_params(error_score=0)
    with pytest.warns(UserWarning, match="'fast' is left out"):
        stack.fit(*diabetes)
    assert_array_equal(stack.base_scores_["fast"], np.zeros(4))


def test_in_a_pipeline_it_is_fitted_by_split(iris):
    # The steps before it learn from the training part only, so that the pipeline has to be.
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    class Both(LogisticRegression):
        def fit_cross_predict(self, X, y, **kwargs):
            raise AssertionError("asked past the scaler")

    pipeline = make_pipeline(StandardScaler(), Both())
    assert StackingClassifier([("pipe", pipeline)], cv=3).fit(*iris).score(*iris) > 0.9
