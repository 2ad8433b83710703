"""What greedy and convex combiners share: weights of rows, containers, stackers."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logit
from sklearn.base import clone
from sklearn.ensemble import StackingClassifier as SklearnStackingClassifier
from sklearn.ensemble import StackingRegressor as SklearnStackingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import gen_batches

from skdeep.ensemble import (
    StackingClassifier,
    StackingRegressor,
)
from tests.ensemble.combiners.combiners import (
    CLASSIFIERS,
    answer_of,
    classifiers,
    combiners,
    data_for,
    regressors,
)


@combiners
def test_row_weights_are_copies(combiner):
    X, y = data_for(combiner)
    weights = np.arange(len(y)) % 3
    weighted = clone(combiner).fit(X, y, weights)
    repeated = clone(combiner).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert_allclose(weighted.weights_, repeated.weights_, atol=1e-7)
    assert_allclose(weighted.loss_, repeated.loss_)
    left_out = clone(combiner).fit(X[weights > 0], y[weights > 0], weights[weights > 0])
    assert_allclose(weighted.weights_, left_out.weights_, rtol=1e-12)
    assert_allclose(clone(combiner).fit(X, y, weights * 0.01).loss_, weighted.loss_)
    with pytest.raises(ValueError, match=r"Invalid sample_weight: .* non-zero"):
        clone(combiner).fit(X, y, np.zeros(len(y)))
    with pytest.raises(ValueError, match="Invalid sample_weight: Negative"):
        clone(combiner).fit(X, y, -weights)


@classifiers
def test_row_weights_are_copies_for_sigmoids_too(combiner):
    X, y = data_for(combiner)
    X = logit(X)
    weights = np.arange(len(y)) % 3
    weighted = clone(combiner).fit(X, y, weights).predict_proba(X)
    repeated = clone(combiner).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert_allclose(weighted, repeated.predict_proba(X), atol=1e-7)


@combiners
def test_the_order_of_bases_and_rows_does_not_matter(combiner):
    X, y = data_for(combiner)
    expected = clone(combiner).fit(X, y)
    order = [2, 0, 3, 1]
    permuted = clone(combiner).fit(X[:, order], y)
    assert_allclose(permuted.weights_, expected.weights_[order], atol=1e-7)
    rows = np.random.default_rng(0).permutation(len(y))
    assert_allclose(clone(combiner).fit(X[rows], y[rows]).weights_, expected.weights_, atol=1e-7)


@combiners
def test_one_base(combiner):
    X, y = data_for(combiner)
    fitted = clone(combiner).fit(X[:, :1], y)
    assert_array_equal(fitted.weights_, [1])
    assert_allclose(answer_of(fitted, X[:, :1]), X[:, 0], rtol=1e-12)


@combiners
def test_a_combination_lies_between_its_bases(combiner):
    X, y = data_for(combiner)
    # That the weights can be read is asked for in autogluon#486.
    fitted = clone(combiner).fit(X, y)
    answer = answer_of(fitted, X)
    assert (answer >= X.min(axis=1) - 1e-12).all()
    assert (answer <= X.max(axis=1) + 1e-12).all()
    assert_array_equal(fitted.coef_, fitted.weights_)


@combiners
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_predictions_that_are_missing(combiner, value):
    X, y = data_for(combiner)
    fitted = clone(combiner).fit(X, y)
    bad = X.copy()
    bad[5, 2] = value
    what = "NaN" if np.isnan(value) else "infinity"
    for call in (lambda: clone(combiner).fit(bad, y), lambda: fitted.predict(bad)):
        with pytest.raises(ValueError, match=rf"X contains {what} in the columns \[2\]"):
            call()


@combiners
def test_a_fit_that_fails_leaves_the_last_one(combiner):
    X, y = data_for(combiner)
    fitted = clone(combiner).fit(X, y)
    before = fitted.predict(X)
    with pytest.raises(ValueError, match="NaN"):
        fitted.fit(np.full((4, 3), np.nan), [0, 1, 0, 1])
    assert_array_equal(fitted.predict(X), before)
    assert not hasattr(clone(combiner), "coef_")


@classifiers
def test_one_class(combiner):
    with pytest.raises(ValueError, match=r"needs at least 2 classes, but y holds one class only"):
        clone(combiner).fit([[0.1], [0.2]], ["a", "a"])


@combiners
def test_sparse_predictions_are_refused(combiner):
    X, y = data_for(combiner)
    with pytest.raises(TypeError, match="dense data is required"):
        clone(combiner).fit(sp.csr_array(X), y)


@combiners
def test_a_fitted_combiner_travels(combiner):
    X, y = data_for(combiner)
    frame = pd.DataFrame(X, columns=list("abcd"))
    fitted = clone(combiner).fit(frame, pd.Series(y))
    assert_array_equal(fitted.feature_names_in_, list("abcd"))
    data = skops.io.dumps(fitted)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith("skdeep.") for name in untrusted)
    for copy in (pickle.loads(pickle.dumps(fitted)), skops.io.loads(data, trusted=untrusted)):
        assert_array_equal(copy.predict(frame), fitted.predict(frame))
    parts = [fitted.predict(frame[rows]) for rows in gen_batches(len(y), 7)]
    assert_allclose(np.concatenate(parts), fitted.predict(frame))


@classifiers
@pytest.mark.parametrize("cv", [3, 0.3])
@pytest.mark.parametrize("classes", [["no", "yes"], ["a", "b", "c"]])
@pytest.mark.parametrize("method", ["auto", "decision_function"])
def test_second_layer_of_a_classification(combiner, iris, cv, classes, method):
    X, y = iris
    rows = y < len(classes) if len(classes) == 3 else y > 0
    X, y = X[rows], np.array(classes)[y[rows] - (len(classes) == 2)]
    bases = [("lr", LogisticRegression()), ("strong", LogisticRegression(C=0.01))]
    if method == "auto":
        bases.append(("tree", DecisionTreeClassifier(max_depth=2)))
    stack = StackingClassifier(bases, combiner, cv=cv, stack_method=method, random_state=0)
    stack.fit(X, y)
    assert len(stack.final_estimator_.weights_) == len(bases)
    assert stack.score(X, y) > 0.85
    assert_allclose(stack.predict_proba(X).sum(axis=1), 1)
    if method == "auto":
        weights = stack.final_estimator_.weights_
        mean = np.tensordot(weights, [m.predict_proba(X) for m in stack.estimators_], axes=1)
        assert_allclose(stack.predict_proba(X), mean, atol=1e-12)


@classifiers
def test_second_layer_whose_rows_lack_a_class(combiner, iris):
    X, y = iris
    held_out = np.flatnonzero(y != 1)[::3]
    split = (np.setdiff1d(np.arange(len(y)), held_out), held_out)
    bases = [("nb", GaussianNB()), ("lr", LogisticRegression())]
    stack = StackingClassifier(bases, combiner, cv=[split]).fit(X, y)
    assert_array_equal(stack.final_estimator_.columns_per_base_, [3, 3])
    assert stack.score(X, y) > 0.9  # the class that the second layer never saw included
    decisions = clone(stack).set_params(stack_method={"lr": "decision_function"})
    with pytest.warns(UserWarning, match=r"No row is of the classes with the numbers \[1\]"):
        decisions.fit(X, y)
    assert decisions.predict_proba(X).shape == (150, 3)


@classifiers
@pytest.mark.parametrize("n_labels", [2, 3])
def test_second_layer_of_labels(combiner, iris, n_labels):
    X, y = iris
    Y = np.column_stack([y == 0, y < 2, X[:, 0] > 0])[:, :n_labels].astype(int)
    bases = [("stump", DecisionTreeClassifier(max_depth=1)), ("tree", DecisionTreeClassifier())]
    stack = StackingClassifier(bases, combiner, cv=3).fit(X, Y)
    assert_array_equal(stack.final_estimator_.columns_per_base_, [n_labels, n_labels])
    assert stack.predict_proba(X).shape == Y.shape
    assert stack.score(X, Y) > 0.9


@regressors
@pytest.mark.parametrize("cv", [3, 0.3])
def test_second_layer_of_a_regression(combiner, diabetes, cv):
    X, y = diabetes
    bases = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(max_depth=2, random_state=0))]
    stack = StackingRegressor(bases, combiner, cv=cv, random_state=0)
    stack.fit(X, y, sample_weight=np.linspace(1, 2, len(y)))
    expected = stack.final_estimator_.weights_ @ [m.predict(X) for m in stack.estimators_]
    assert_allclose(stack.predict(X), expected)
    scores = [m.score(X, y) for m in stack.estimators_]
    assert stack.score(X, y) > min(scores)


@combiners
def test_second_layer_of_scikit_learns_stackers(combiner, iris, diabetes):
    if combiner in CLASSIFIERS:
        X, y = iris
        bases = [("nb", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=2))]
        stack = SklearnStackingClassifier(bases, combiner).fit(X, np.array(list("abc"))[y])
    else:
        X, y = diabetes
        bases = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(max_depth=2))]
        stack = SklearnStackingRegressor(bases, combiner).fit(X, y)
    assert_allclose(stack.final_estimator_.weights_.sum(), 1)
    assert stack.predict(X).shape == y.shape


@combiners
def test_row_weights_are_routed(combiner, iris, diabetes):
    with sklearn.config_context(enable_metadata_routing=True):
        final = clone(combiner).set_fit_request(sample_weight=True)
        if combiner in CLASSIFIERS:
            X, y = iris
            stack = StackingClassifier([("nb", GaussianNB()), ("lr", LogisticRegression())], final)
        else:
            X, y = diabetes
            stack = StackingRegressor([("ridge", Ridge()), ("weak", Ridge(100.0))], final)
        for _, base in stack.estimators:
            base.set_fit_request(sample_weight=False)
        stack.set_params(store_cv_predictions=True)
        weights = np.linspace(0.1, 2, len(y))
        stack.fit(X, y, sample_weight=weights)
    alone = clone(combiner).fit(stack.meta_features_, y, sample_weight=weights)
    assert_allclose(stack.final_estimator_.weights_, alone.weights_)
