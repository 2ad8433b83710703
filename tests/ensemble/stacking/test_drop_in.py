"""In every setting that scikit-learn has, the numbers and the attributes are scikit-learn's."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble as sk
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import skdeep.ensemble as ours

CLASSIFIERS = [
    ("tree", DecisionTreeClassifier(max_depth=3, random_state=0)),
    ("bayes", GaussianNB()),
    ("ridge", RidgeClassifier()),  # decision_function only
]
REGRESSORS = [
    ("tree", DecisionTreeRegressor(max_depth=3, random_state=0)),
    ("near", KNeighborsRegressor()),
]


def both(name, *args, **kwargs):
    return [getattr(module, name)(*args, **kwargs) for module in (ours, sk)]


def assert_same(mine, theirs, X):
    for method in ("predict", "predict_proba", "decision_function", "transform"):
        assert hasattr(mine, method) == hasattr(theirs, method)
        if hasattr(theirs, method):
            got, expected = getattr(mine, method)(X), getattr(theirs, method)(X)
            assert got.dtype == expected.dtype
            if got.dtype.kind == "U":
                assert_array_equal(got, expected)
            else:
                assert_allclose(got, expected, rtol=0, atol=1e-12)
    assert_array_equal(mine.get_feature_names_out(), theirs.get_feature_names_out())
    assert mine.stack_method_ == theirs.stack_method_
    assert mine.n_features_in_ == theirs.n_features_in_
    assert list(mine.named_estimators_) == list(theirs.named_estimators_)
    assert list(map(str, mine.estimators_)) == list(map(str, theirs.estimators_))


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2], ["no", "yes"], ["a", "b", "c"]])
@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"cv": 3},
        {"cv": StratifiedKFold(4, shuffle=True, random_state=3)},
        {"cv": KFold(3, shuffle=True, random_state=np.random.RandomState(3))},
        {"cv": 2, "stack_method": "predict"},
        {"cv": 2, "passthrough": True},
        {"cv": 2, "final_estimator": DecisionTreeClassifier(max_depth=3, random_state=0)},
        {"cv": 2, "final_estimator": SVC(decision_function_shape="ovo")},
    ],
)
def test_classification(iris, labels, setting):
    X, y = iris
    X, y = X[y < len(labels)], np.array(labels)[y[y < len(labels)]]
    mine, theirs = both("StackingClassifier", CLASSIFIERS, **setting)
    assert_same(mine.fit(X, y), theirs.fit(X, y), X)
    assert_array_equal(mine.classes_, theirs.classes_)


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"cv": KFold(3, shuffle=True, random_state=3)},
        {"passthrough": True},
        {"final_estimator": LinearRegression(positive=True)},
        {"final_estimator": DecisionTreeRegressor(max_depth=3, random_state=0)},
    ],
)
def test_regression(diabetes, setting):
    X, y = diabetes
    mine, theirs = both("StackingRegressor", REGRESSORS, **setting)
    assert_same(mine.fit(X, y), theirs.fit(X, y), X)


def test_sample_weight(iris, diabetes):
    for name, (X, y), bases in (
        ("StackingClassifier", iris, CLASSIFIERS),
        ("StackingRegressor", diabetes, REGRESSORS[:1]),
    ):
        weights = np.random.RandomState(0).uniform(0.5, 2, len(y))
        mine, theirs = both(name, bases, cv=KFold(3, shuffle=True, random_state=0))
        mine.fit(X, y, sample_weight=weights)
        theirs.fit(X, y, sample_weight=weights)
        assert_allclose(mine.transform(X), theirs.transform(X), rtol=0, atol=1e-12)
        assert_allclose(
            mine.final_estimator_.coef_, theirs.final_estimator_.coef_, rtol=0, atol=1e-12
        )


def test_prefit(iris, diabetes):
    for name, (X, y), bases in (
        ("StackingClassifier", iris, CLASSIFIERS),
        ("StackingRegressor", diabetes, REGRESSORS),
    ):
        fitted = [(key, clone(base).fit(X[::2], y[::2])) for key, base in bases]
        mine, theirs = both(name, fitted, cv="prefit")
        assert_same(mine.fit(X[1::2], y[1::2]), theirs.fit(X[1::2], y[1::2]), X)
        assert all(mine.named_estimators_[key] is base for key, base in fitted)


def test_multilabel():
    X, Y = make_multilabel_classification(n_samples=60, n_classes=3, random_state=0)
    bases = [
        ("tree", DecisionTreeClassifier(max_depth=3, random_state=0)),
        ("r", RidgeClassifier()),
    ]
    mine, theirs = both("StackingClassifier", bases, KNeighborsClassifier())
    mine.fit(X, Y), theirs.fit(X, Y)
    assert_array_equal(mine.predict(X), theirs.predict(X))
    assert_allclose(mine.transform(X), theirs.transform(X), rtol=0, atol=1e-12)
    assert_array_equal(mine.classes_, theirs.classes_)
    # scikit-learn gives the probability that a label is absent here.
    assert_allclose(mine.predict_proba(X), 1 - theirs.predict_proba(X), rtol=0, atol=1e-12)
    # What MLPClassifier and OneVsRestClassifier mean by it: a column a label.
    agreement = np.mean((mine.predict_proba(X) > 0.5) == mine.predict(X))
    assert agreement > 0.99


def test_predict_params_reach_the_final_estimator(diabetes):
    X, y = diabetes
    mine, theirs = both("StackingRegressor", REGRESSORS, DummyRegressor())
    got = mine.fit(X, y).predict(X, return_std=True)
    assert_allclose(got, theirs.fit(X, y).predict(X, return_std=True))


@pytest.mark.parametrize("name", ["StackingClassifier", "StackingRegressor"])
def test_parameters_have_scikit_learns_names_and_defaults(name):
    mine, theirs = (
        inspect.signature(getattr(module, name)).parameters.values() for module in (ours, sk)
    )
    for parameters in (mine, theirs):
        places = [p.name for p in parameters if p.kind != inspect.Parameter.KEYWORD_ONLY]
        assert places == ["estimators", "final_estimator"]
    mine = {p.name: (p.default, p.kind) for p in mine}
    theirs = {p.name: (p.default, p.kind) for p in theirs}
    assert theirs.items() <= mine.items()
    added = {
        "refit": True,
        "random_state": None,
        "store_cv_predictions": False,
        "scoring": None,
        "check_gain": False,
        "error_score": "raise",
        "max_time": None,
        "warm_start": False,
    }
    assert {key: mine[key][0] for key in mine.keys() - theirs.keys()} == added
    assert all(mine[key][1] is inspect.Parameter.KEYWORD_ONLY for key in added)


def test_nested_parameters_and_drop(iris):
    X, y = iris
    stack = ours.StackingClassifier(CLASSIFIERS, LogisticRegression())
    stack.set_params(tree__max_depth=1, final_estimator__C=0.1, ridge="drop")
    assert dict(stack.estimators)["tree"].max_depth == 1
    assert stack.get_params()["final_estimator__C"] == 0.1
    stack.fit(X, y)
    assert stack.named_estimators_["ridge"] == "drop"
    assert [type(e).__name__ for e in stack.estimators_] == ["DecisionTreeClassifier", "GaussianNB"]
    assert stack.stack_method_ == ["predict_proba"] * 2
    assert stack.transform(X).shape[1] == 6
    # A later set_params waits for the next fit.
    before = stack.predict_proba(X)
    stack.set_params(bayes="drop", passthrough=True, cv=0.3)
    assert_array_equal(stack.predict_proba(X), before)


def test_methods_are_there_before_fit_when_the_default_final_estimator_has_them():
    stack = ours.StackingClassifier(CLASSIFIERS)
    assert hasattr(stack, "predict_proba")
    assert hasattr(stack, "decision_function")
    assert not hasattr(ours.StackingClassifier(CLASSIFIERS, RidgeClassifier()), "predict_proba")


def test_estimators_of_the_caller_are_not_fitted(diabetes):
    bases = [("ridge", Ridge())]
    final = Ridge()
    for cv in (3, 0.3):
        ours.StackingRegressor(bases, final, cv=cv).fit(*diabetes)
        assert not hasattr(bases[0][1], "coef_")
        assert not hasattr(final, "coef_")


def test_html_shows_both_layers():
    html = ours.StackingRegressor(REGRESSORS)._repr_html_()
    assert all(part in html for part in ("near", "KNeighborsRegressor", "RidgeCV"))
