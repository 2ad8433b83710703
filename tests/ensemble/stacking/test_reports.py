"""What a fitted stack says about its bases: scores, times, predictions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import get_scorer, make_scorer, mean_absolute_error
from sklearn.model_selection import (
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_validate,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skdeep.ensemble import StackingClassifier, StackingRegressor

TREE = ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))
CLASSIFIERS = [TREE, ("nb", GaussianNB()), ("flat", RidgeClassifier())]
REGRESSORS = [("ridge", Ridge()), ("near", KNeighborsRegressor())]


@pytest.mark.parametrize("scoring", [None, "neg_log_loss", "f1_macro", "roc_auc_ovr"])
@pytest.mark.parametrize("labels", [[0, 1], ["no", "yes"], ["a", "b", "c"]], ids=str)
def test_scores_of_classifiers_are_cross_validates(iris, labels, scoring):
    X, y = iris
    X, y = X[y < len(labels)], np.array(labels)[y[y < len(labels)]]
    bases = CLASSIFIERS if scoring in (None, "f1_macro") else CLASSIFIERS[:2]
    stack = StackingClassifier(bases, cv=StratifiedKFold(4), scoring=scoring).fit(X, y)
    assert list(stack.base_scores_) == [name for name, _ in bases]
    for name, base in bases:
        expected = cross_validate(base, X, y, cv=StratifiedKFold(4), scoring=scoring)
        assert_allclose(stack.base_scores_[name], expected["test_score"])


@pytest.mark.parametrize(
    "scoring", [None, "neg_mean_squared_error", make_scorer(mean_absolute_error)], ids=str
)
@pytest.mark.parametrize(
    "cv", [KFold(3, shuffle=True, random_state=0), RepeatedKFold(n_splits=3, n_repeats=2)], ids=str
)
def test_scores_of_regressors_are_cross_validates(diabetes, cv, scoring):
    X, y = diabetes
    cv = list(cv.split(X))
    stack = StackingRegressor(REGRESSORS, cv=cv, scoring=scoring, refit=False).fit(X, y)
    for name, base in REGRESSORS:
        expected = cross_validate(base, X, y, cv=cv, scoring=scoring)["test_score"]
        assert stack.base_scores_[name].shape == (len(cv),)
        assert_allclose(stack.base_scores_[name], expected)


def test_scores_ask_for_no_prediction_more(iris):
    calls = []

    class Counting(GaussianNB):
        def predict_proba(self, X):
            calls.append(len(X))
            return super().predict_proba(X)

        def predict(self, X):
            raise AssertionError("predicted once more")

    StackingClassifier([("nb", Counting())], cv=3).fit(*iris)
    assert calls == [50] * 3


def test_scores_are_weighted(diabetes):
    X, y = diabetes
    weights = np.random.RandomState(0).uniform(0, 3, len(y))
    splits = list(KFold(3).split(X))
    for scoring in (None, "neg_mean_absolute_error"):
        stack = StackingRegressor(REGRESSORS[:1], cv=splits, scoring=scoring)
        stack.fit(X, y, sample_weight=weights)
        scorer = get_scorer(scoring or "r2")
        expected = [
            scorer(
                Ridge().fit(X[train], y[train], sample_weight=weights[train]),
                X[test],
                y[test],
                sample_weight=weights[test],
            )
            for train, test in splits
        ]
        assert_allclose(stack.base_scores_["ridge"], expected)


def test_scorer_that_looks_at_the_rows(diabetes):
    X, y = diabetes
    seen = []

    def score(estimator, X, y):
        seen.append(X)
        return -np.abs(estimator.predict(X) - y).max()

    stack = StackingRegressor(REGRESSORS[:1], cv=[(np.arange(150), np.arange(199, 149, -1))])
    stack.set_params(scoring=score).fit(X, y)
    assert_array_equal(seen[0], X[199:149:-1])
    worst = -np.abs(Ridge().fit(X[:150], y[:150]).predict(X[150:]) - y[150:]).max()
    assert_allclose(stack.base_scores_["ridge"], [worst])


@pytest.mark.parametrize(
    "base",
    [
        DecisionTreeClassifier(max_depth=3, random_state=0),
        MLPClassifier(5, solver="lbfgs", max_iter=20, random_state=0),
        RidgeClassifier(),
        MultiOutputClassifier(LogisticRegression()),
    ],
    ids=lambda base: type(base).__name__,
)
@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize("n_labels", [2, 4])
def test_scores_of_labels(base, n_labels):
    X, Y = make_multilabel_classification(n_samples=90, n_classes=n_labels, random_state=0)
    stack = StackingClassifier([("base", base)], TREE[1], cv=KFold(3)).fit(X, Y)
    expected = [
        np.mean((clone(base).fit(X[train], Y[train]).predict(X[test]) == Y[test]).all(axis=1))
        for train, test in KFold(3).split(X)
    ]
    assert_allclose(stack.base_scores_["base"], expected)


def test_base_that_the_scorer_does_not_suit(iris):
    stack = StackingClassifier(CLASSIFIERS, cv=3, scoring="neg_log_loss")
    with pytest.warns(UserWarning, match=r"cannot score the base estimator 'flat'.*NaN"):
        stack.fit(*iris)
    assert np.isnan(stack.base_scores_["flat"]).all()
    assert np.isfinite(stack.base_scores_["nb"]).all()


@pytest.mark.filterwarnings("ignore:The ensemble is no better")
def test_decisions_between_pairs_are_none_of_classes(iris):
    # With three classes there are three pairs, and so as many columns.
    bases = [("pairs", make_pipeline(SVC(decision_function_shape="ovo"))), ("all", SVC()), TREE]
    stack = StackingClassifier(bases, SVC(decision_function_shape="ovo"), cv=3, check_gain=True)
    with pytest.warns(UserWarning, match="'pairs' in some split.*between pairs of classes"):
        stack.fit(*iris)
    assert np.isnan(stack.base_scores_["pairs"]).all()
    assert (stack.base_scores_["all"] > 0.8).all()
    assert (stack.ensemble_scores_ > 0.8).all()


def test_scorer_that_there_is_not(iris):
    with pytest.raises(ValueError, match=r"'scoring' parameter .* Did you mean 'neg_log_loss'\?"):
        StackingClassifier(CLASSIFIERS, scoring="log_loss").fit(*iris)


@pytest.mark.parametrize(
    ("cv", "n_splits"), [(4, 4), (0.3, 1), (ShuffleSplit(3, random_state=0), 3)], ids=str
)
def test_times_have_the_layout_of_the_scores(iris, cv, n_splits):
    stack = StackingClassifier(CLASSIFIERS, cv=cv, random_state=0).fit(*iris)
    for report in (stack.base_scores_, stack.fit_times_, stack.score_times_):
        assert list(report) == ["tree", "nb", "flat"]
        assert all(values.shape == (n_splits,) for values in report.values())
    for times in (stack.fit_times_, stack.score_times_):
        assert all((values > 0).all() and (values < 60).all() for values in times.values())


def test_kept_predictions_are_scored_as_reported(diabetes):
    # mlxtend#365, #366: level-one predictions, in the order of the rows that they belong to.
    X, y = diabetes
    cv = KFold(4, shuffle=True, random_state=0)
    stack = StackingRegressor(REGRESSORS, cv=cv, store_cv_predictions=True).fit(X, y)
    for column, name in enumerate(stack.base_scores_):
        kept = stack.meta_features_[:, column]
        again = [
            1 - np.sum((y[test] - kept[test]) ** 2) / np.sum((y[test] - y[test].mean()) ** 2)
            for _, test in cv.split(X)
        ]
        assert_allclose(stack.base_scores_[name], again)
