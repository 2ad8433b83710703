"""Every kind of target in every way to hold rows out, in one layer and in two."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import ShuffleSplit, TimeSeriesSplit, cross_val_predict
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdeep.ensemble import StackingClassifier, StackingRegressor

WAYS = [
    {"cv": 3},
    {"cv": 3, "refit": False},
    {"cv": 0.3},
    {"cv": 0.3, "refit": False},
    {"cv": TimeSeriesSplit(3)},
    {"cv": ShuffleSplit(4, test_size=0.5, random_state=0)},
]
REGRESSORS = [[("ridge", Ridge()), ("leaf", DecisionTreeRegressor(max_depth=4, random_state=0))]]
CLASSIFIERS = [
    [("tree", DecisionTreeClassifier(max_depth=4, random_state=0)), ("nb", GaussianNB())]
]
LABELLERS = [[("tree", DecisionTreeClassifier(max_depth=4, random_state=0))]]
NEAR, NUMBER = [("near", KNeighborsClassifier())], [("near", KNeighborsRegressor())]


@pytest.fixture
def outputs(diabetes):
    X, y = diabetes
    return X, np.column_stack([y, X[:, 0] * 100, X[:, 2] - X[:, 3]])


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("layers", [REGRESSORS, [*REGRESSORS, NUMBER]], ids=["one", "two"])
def test_several_outputs(outputs, layers, way):
    # scikit-learn#25597, mlxtend#387, #799: a StackingRegressor of several outputs.
    X, Y = outputs
    stack = StackingRegressor(layers, random_state=0, check_gain=True, **way)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The ensemble is no better")
        stack.fit(X, Y)
    assert stack.predict(X).shape == Y.shape
    if len(layers) == 2:
        inner = StackingRegressor(NUMBER, random_state=0, **way)
        nested = StackingRegressor(layers[0], inner, random_state=0, **way).fit(X, Y)
        assert_allclose(stack.predict(X), nested.predict(X), rtol=1e-8)
    assert np.isfinite(stack.gain_)
    last = layers[-1]
    assert stack.transform(X).shape == (200, 3 * len(last))
    names = [f"stackingregressor_{name}{k}" for name, _ in last for k in range(3)]
    assert list(stack.get_feature_names_out()) == names


def test_several_outputs_by_hand(outputs):
    X, Y = outputs
    stack = StackingRegressor(REGRESSORS[0], LinearRegression(), cv=4).fit(X, Y)
    seen = np.hstack([cross_val_predict(base, X, Y, cv=4) for _, base in REGRESSORS[0]])
    final = LinearRegression().fit(seen, Y)
    now = np.hstack([clone(base).fit(X, Y).predict(X) for _, base in REGRESSORS[0]])
    assert_allclose(stack.predict(X), final.predict(now))


def test_one_output_at_a_time(outputs):
    X, Y = outputs
    with pytest.raises(ValueError, match="1d array") as error:
        StackingRegressor([("svr", SVR())]).fit(X, Y)
    assert "base estimator 'svr'" in error.value.__notes__[0]
    wrapped = StackingRegressor([("svr", MultiOutputRegressor(SVR()))]).fit(X, Y)
    assert wrapped.predict(X).shape == Y.shape
    alone = MultiOutputRegressor(StackingRegressor([("svr", SVR())])).fit(X, Y)
    assert alone.predict(X).shape == Y.shape


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_outputs_of_a_validation_set_in_frames(outputs, library):
    X, Y = outputs
    make = library.DataFrame
    stack = StackingRegressor(REGRESSORS[0])
    stack.fit(make(X[:120]), make(Y[:120]), X_val=make(X[120:]), y_val=make(Y[120:]))
    same = StackingRegressor(REGRESSORS[0], cv=[(np.arange(120), np.arange(120, 200))]).fit(X, Y)
    assert_allclose(stack.predict(make(X)), same.predict(X))


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("layers", [CLASSIFIERS, [*CLASSIFIERS, NEAR]], ids=["one", "two"])
@pytest.mark.parametrize("labels", [["no", "yes"], ["c", "a", "b"], [False, True]], ids=str)
def test_classes_of_any_name(iris, labels, layers, way):
    X, codes = iris
    keep = codes < len(labels)
    X, y = X[keep], np.array(labels)[codes[keep]]
    stack = StackingClassifier(layers, random_state=0, **way).fit(X, y)
    assert_array_equal(stack.classes_, sorted(labels))
    assert stack.score(X, y) > 0.9
    assert stack.predict(X).dtype == y.dtype
    assert_allclose(stack.predict_proba(X).sum(axis=1), 1)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("layers", [LABELLERS, [*LABELLERS, NEAR]], ids=["one", "two"])
@pytest.mark.parametrize("n_labels", [2, 4])
def test_labels(n_labels, layers, way):
    # scikit-learn#17979: multilabel stacking; with two labels it lost one of them.
    X = np.random.RandomState(0).normal(size=(150, 5))
    Y = (X[:, :n_labels] + 0.2 * X[:, 1:2] > 0).astype(int)
    stack = StackingClassifier(layers, KNeighborsClassifier(), random_state=0, **way)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The ensemble is no better")
        stack.set_params(check_gain=True).fit(X, Y)
    assert np.isfinite(stack.gain_)
    assert stack.transform(X).shape == (150, n_labels)
    assert stack.predict_proba(X).shape == Y.shape
    if len(layers) == 2:
        inner = StackingClassifier(NEAR, KNeighborsClassifier(), random_state=0, **way)
        nested = StackingClassifier(LABELLERS[0], inner, random_state=0, **way).fit(X, Y)
        assert_array_equal(stack.predict_proba(X), nested.predict_proba(X))


@pytest.mark.parametrize("refit", [True, False])
def test_class_that_a_layer_has_not_seen(iris, refit):
    X, y = iris
    rare = np.flatnonzero(y == 2)[:3]
    keep = np.r_[np.flatnonzero(y < 2), rare]
    X, y = X[keep], np.array(["a", "b", "c"])[y[keep]]
    n = len(y)  # the three rows of class c are the last ones
    cv = ([(np.arange(0, n - 3, 2), np.r_[np.arange(1, n - 3, 2), n - 3, n - 2, n - 1])], 2)
    stack = StackingClassifier([*CLASSIFIERS, NEAR], cv=cv, refit=refit)
    with pytest.warns(RuntimeWarning, match="saw no row of class c"):
        stack.fit(X, y)
    assert stack.predict_proba(X).shape == (n, 3)
    assert list(stack.classes_) == ["a", "b", "c"]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize("cv", [3, (0.5, 3)], ids=str)
def test_frames_through_two_layers(iris, library, cv):
    # mlxtend#623: DataFrames all the way, with columns that are not numbers beside.
    X, y = iris
    frame = library.DataFrame({**dict(zip("abcd", X.T, strict=True)), "kind": ["u", "v", "w"] * 50})

    class Named(GaussianNB):
        def fit(self, X, y):
            assert "kind" in X.columns
            return super().fit(np.asarray(X[list("abcd")]), y)

        def predict_proba(self, X):
            return super().predict_proba(np.asarray(X[list("abcd")]))

    stack = StackingClassifier(
        [[("one", Named())], [("two", Named())]], cv=cv, passthrough=(True, ["a"]), random_state=0
    )
    stack.fit(frame, library.Series(np.array(["x", "y", "z"])[y])).set_output(
        transform=library.__name__
    )
    out = stack.transform(frame)
    assert isinstance(out, library.DataFrame)
    assert list(out.columns) == [f"stackingclassifier_two{k}" for k in range(3)] + ["a"]
    assert stack.predict(frame).dtype.kind in "UO"


def test_logits_of_a_layer_can_be_decisions(iris):
    X, y = iris
    layers = [CLASSIFIERS[0], [("logit", LogisticRegression())]]
    stack = StackingClassifier(layers, stack_method={"logit": "decision_function"}, cv=3)
    assert stack.fit(X, y).transform(X).shape == (150, 3)
    assert_allclose(
        stack.transform(X),
        stack.estimators_[-1].decision_function(
            StackingClassifier(CLASSIFIERS[0], cv=3).fit(X, y).transform(X)
        ),
    )
