"""DataFrames in and out, sparse matrices, and columns that are not numbers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import ShuffleSplit
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skdeep.ensemble import StackingClassifier, StackingRegressor

CLASSIFIERS = [("nb", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))]
CV = [3, 0.3]


@pytest.mark.parametrize("cv", CV)
@pytest.mark.parametrize("passthrough", [False, True])
@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_set_output(iris, library, passthrough, cv):
    X, y = iris
    frame = library.DataFrame(X, **{"columns" if library is pd else "schema": list("abcd")})
    stack = StackingClassifier(CLASSIFIERS, cv=cv, passthrough=passthrough, random_state=0)
    plain = stack.fit(frame, y).transform(frame)
    proba = stack.predict_proba(frame)
    stack.set_output(transform=library.__name__)
    columns = stack.transform(frame)
    assert isinstance(columns, library.DataFrame)
    names = [f"stackingclassifier_{name}{k}" for name, _ in CLASSIFIERS for k in range(3)]
    assert list(columns.columns) == names + list("abcd") * passthrough
    assert_array_equal(columns.to_numpy(), plain)
    assert_array_equal(list(stack.feature_names_in_), list("abcd"))
    # The final estimator has been fitted without names, and is asked without.
    assert_array_equal(stack.predict_proba(frame), proba)


@pytest.mark.parametrize("cv", CV)
@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_strings_pass_through_a_dataframe(library, cv):
    # scikit-learn: could not convert string to float.
    rng = np.random.RandomState(0)
    colour, size = rng.choice(["red", "blue"], 120), rng.normal(size=120)
    y = size + 5 * (colour == "red") + 0.1 * rng.normal(size=120)
    frame = library.DataFrame({"size": size, "colour": colour})
    encode = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
    numbers = make_column_transformer(("passthrough", ["size"]))
    stack = StackingRegressor(
        [("size", make_pipeline(numbers, Ridge()))],
        make_pipeline(encode, LinearRegression()),
        cv=cv,
        passthrough=True,
        random_state=0,
    ).fit(frame, y)
    assert stack.score(frame, y) > 0.99  # the base alone does not see the colour
    columns = stack.transform(frame)
    assert isinstance(columns, library.DataFrame)
    assert list(columns.columns) == ["stackingregressor_size", "size", "colour"]
    assert list(columns.columns) == list(stack.get_feature_names_out())


def test_index_of_a_dataframe_does_not_count(iris):
    X, y = iris
    frame = pd.DataFrame(X, columns=list("abcd"), index=np.arange(150)[::-1] % 7)
    target = pd.Series(np.array(["a", "b", "c"])[y], index=frame.index)
    for cv in CV:
        stack = StackingClassifier(CLASSIFIERS, cv=cv, random_state=0).fit(frame, target)
        same = StackingClassifier(CLASSIFIERS, cv=cv, random_state=0).fit(X, target.to_numpy())
        assert_array_equal(stack.predict(frame), same.predict(X))


class Series(RegressorMixin, BaseEstimator):
    """Answers in pandas, as scikit-learn#24392 has it."""

    def fit(self, X, y):
        self.model_ = Ridge().fit(X, y)
        return self

    def predict(self, X):
        return pd.Series(self.model_.predict(X), index=np.arange(len(X)) + 100)


@pytest.mark.parametrize("refit", [True, False])
def test_base_that_answers_in_a_series(diabetes, refit):
    X, y = diabetes
    for cv in (3, ShuffleSplit(3, random_state=0)):
        stack = StackingRegressor([("b", Series())], cv=cv, refit=refit).fit(X, y)
        same = StackingRegressor([("b", Ridge())], cv=cv, refit=refit).fit(X, y)
        assert_allclose(stack.predict(X), same.predict(X))


@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_matrix, sp.coo_array])
@pytest.mark.parametrize("cv", CV)
def test_sparse(diabetes, make, cv):
    X, y = diabetes
    dense = StackingRegressor(
        [("r", Ridge(solver="lsqr"))], cv=cv, random_state=0, passthrough=True
    )
    expected = dense.fit(X, y).transform(X)
    columns = dense.fit(make(X), y).transform(make(X))
    assert sp.issparse(columns)
    assert columns.format == make(X).format
    assert_allclose(columns.toarray(), expected, rtol=1e-4)


def test_lists(iris):
    X, y = iris
    for cv in CV:
        stack = StackingClassifier(CLASSIFIERS, cv=cv, random_state=0, passthrough=True)
        expected = stack.fit(X, y).predict_proba(X)
        assert_array_equal(stack.fit(X.tolist(), y.tolist()).predict_proba(X.tolist()), expected)


@pytest.mark.parametrize("make", [list, np.array, pd.Series])
def test_texts(make):
    words = [["cat", "dog", "cow"][i % 3] + f" number {i}" for i in range(60)]
    y = np.arange(60) % 3
    bases = [("nb", make_pipeline(CountVectorizer(), MultinomialNB()))]
    for cv in CV:
        stack = StackingClassifier(bases, cv=cv, random_state=0).fit(make(words), y)
        assert stack.score(make(words), y) == 1
    for refit in (True, False):
        stack = StackingClassifier(bases, refit=refit)
        stack.fit(make(words[:30]), y[:30], X_val=make(words[30:]), y_val=y[30:])
        assert stack.score(make(words), y) == 1


def test_rows_that_are_matrices(diabetes):
    X, y = diabetes[0].reshape(200, 5, 2), diabetes[1]
    flat = FunctionTransformer(lambda X: X.reshape(len(X), -1))
    for cv in CV:
        stack = StackingRegressor([("r", make_pipeline(flat, Ridge()))], cv=cv, random_state=0)
        same = StackingRegressor([("r", Ridge())], cv=cv, random_state=0).fit(*diabetes)
        assert_allclose(stack.fit(X, y).predict(X), same.predict(diabetes[0]))


def test_precomputed_kernels(two_classes):
    X, y = two_classes
    kernel = X @ X.T
    for cv in CV:
        stack = StackingClassifier([("svc", SVC(kernel="precomputed"))], cv=cv, random_state=0)
        same = StackingClassifier([("svc", SVC(kernel="linear"))], cv=cv, random_state=0)
        assert_allclose(
            stack.fit(kernel, y).predict_proba(kernel), same.fit(X, y).predict_proba(X), atol=1e-5
        )


def test_stack_of_stacks(iris):
    X, y = iris
    inner = StackingClassifier(CLASSIFIERS, cv=0.5, random_state=0)
    outer = StackingClassifier([("inner", inner), ("nb", GaussianNB())], cv=3)
    second = StackingClassifier(CLASSIFIERS, LogisticRegression(), cv=3)
    for stack in (outer, StackingClassifier(CLASSIFIERS, second, cv=3)):
        assert stack.fit(X, y).score(X, y) > 0.9
