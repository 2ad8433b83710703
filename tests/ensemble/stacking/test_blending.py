"""One held-out part: by a share, by the caller's own validation set, and under its own name."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import ShuffleSplit, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skdeep.ensemble import StackingClassifier, StackingRegressor, blend

REGRESSORS = [("ridge", Ridge()), ("near", KNeighborsRegressor(3))]


class Counted(RegressorMixin, BaseEstimator):
    rows_of_fits: list = []  # of all instances, since the stackers clone

    def fit(self, X, y):
        self.rows_of_fits.append(len(y))
        self.model_ = Ridge().fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X)


@pytest.mark.parametrize(
    ("cv", "refit", "rows"),
    [
        (5, True, [160] * 5 + [200]),
        (5, False, [160] * 5),
        (0.2, True, [160, 200]),
        (0.2, False, [160]),
        (ShuffleSplit(3, test_size=0.5), True, [100] * 3 + [200]),
    ],
)
def test_number_of_fits(diabetes, cv, refit, rows):
    # Late failure: scikit-learn fits on all rows first. Here that comes last.
    Counted.rows_of_fits.clear()
    StackingRegressor([("counted", Counted())], cv=cv, refit=refit).fit(*diabetes)
    assert Counted.rows_of_fits == rows


@pytest.mark.parametrize("refit", [True, False])
def test_share_is_a_blend_written_by_hand(diabetes, refit):
    # mlxtend#498 asks for it: bases on split one, the second layer on split two.
    X, y = diabetes
    stack = StackingRegressor(REGRESSORS, LinearRegression(), cv=0.3, refit=refit, random_state=0)
    stack.fit(X, y)
    X_train, X_held, y_train, y_held = train_test_split(X, y, test_size=0.3, random_state=0)
    ridge, near = Ridge().fit(X_train, y_train), KNeighborsRegressor(3).fit(X_train, y_train)
    final = LinearRegression().fit(np.c_[ridge.predict(X_held), near.predict(X_held)], y_held)
    if refit:
        ridge, near = Ridge().fit(X, y), KNeighborsRegressor(3).fit(X, y)
    assert_allclose(
        stack.predict(X), final.predict(np.c_[ridge.predict(X), near.predict(X)]), rtol=1e-10
    )


def test_without_refit_the_model_that_predicted_is_kept(diabetes):
    # TunedThresholdClassifierCV(cv=0.2, refit=False) draws its split twice and keeps another.
    X, y = diabetes
    stack = StackingRegressor(REGRESSORS, cv=0.3, refit=False, store_cv_predictions=True)
    stack.fit(X, y)
    kept = np.column_stack([m.predict(X[stack.meta_indices_]) for m in stack.estimators_])
    assert_array_equal(stack.meta_features_, kept)


def test_without_refit_several_fits_are_averaged(diabetes):
    X, y = diabetes
    stack = StackingRegressor(REGRESSORS, cv=4, refit=False).fit(X, y)
    for base, column in zip(stack.estimators_, stack.transform(X).T, strict=True):
        folds = [model.predict(X) for model in base]
        assert len(folds) == 4
        assert_allclose(column, np.mean(folds, axis=0))
        assert_allclose(base.predict(X), column)
    assert stack.named_estimators_["near"][3].n_neighbors == 3
    assert stack.n_features_in_ == X.shape[1]
    assert "4 x Ridge()" in repr(stack.estimators_[0])


def test_averaged_classifiers_answer_for_themselves(iris):
    X, y = iris
    bases = [("tree", DecisionTreeClassifier(max_depth=2)), ("lr", LogisticRegression())]
    stack = StackingClassifier(bases, cv=3, refit=False).fit(X, np.array(["a", "b", "c"])[y])
    for base in stack.estimators_:
        assert_allclose(base.predict_proba(X), np.mean([m.predict_proba(X) for m in base], axis=0))
        votes = np.array([m.predict(X) for m in base])
        majority = [np.bincount(column, minlength=3).argmax() for column in votes.T]
        assert_array_equal(base.predict(X), majority)
        assert_array_equal(base.classes_, [0, 1, 2])
    decisions = np.mean([m.decision_function(X) for m in stack.estimators_[1]], axis=0)
    assert_allclose(stack.estimators_[1].decision_function(X), decisions)
    assert not hasattr(stack.estimators_[0], "decision_function")


@pytest.mark.parametrize("refit", [True, False])
def test_validation_set_of_the_caller(diabetes, refit):
    X, y = diabetes
    stack = StackingRegressor(REGRESSORS, LinearRegression(), refit=refit)
    stack.fit(X[:120], y[:120], X_val=X[120:], y_val=y[120:])
    same = StackingRegressor(
        REGRESSORS, LinearRegression(), refit=refit, cv=[(np.arange(120), np.arange(120, 200))]
    ).fit(X, y)
    assert_allclose(stack.predict(X), same.predict(X), rtol=1e-12)
    assert_array_equal(stack.meta_indices_, np.arange(120, 200))


@pytest.mark.parametrize("make", [sp.csr_array, sp.coo_array, list, pd.DataFrame, pl.DataFrame])
def test_validation_set_in_any_container(diabetes, make):
    X, y = diabetes
    bases = [("ridge", Ridge(solver="sparse_cg"))]
    expected = StackingRegressor(bases).fit(X[:120], y[:120], X_val=X[120:], y_val=y[120:])
    stack = StackingRegressor(bases)
    stack.fit(make(X[:120]), list(y[:120]), X_val=make(X[120:]), y_val=list(y[120:]))
    assert_allclose(stack.predict(make(X)), expected.predict(X), rtol=1e-6)


@pytest.mark.parametrize("given", ["both", "training", "validation"])
def test_weights_of_the_validation_set(diabetes, given):
    X, y = diabetes
    weights = np.random.RandomState(0).uniform(1, 3, 200)
    used = weights.copy()
    arguments = {"sample_weight": weights[:120], "sample_weight_val": weights[120:]}
    if given == "training":
        del arguments["sample_weight_val"]
        used[120:] = 1
    if given == "validation":
        del arguments["sample_weight"]
        used[:120] = 1
    bases = [("ridge", Ridge())]
    stack = StackingRegressor(bases, LinearRegression())
    stack.fit(X[:120], y[:120], X_val=X[120:], y_val=y[120:], **arguments)
    ridge = Ridge().fit(X[:120], y[:120], sample_weight=used[:120])
    final = LinearRegression().fit(
        ridge.predict(X[120:])[:, None], y[120:], sample_weight=used[120:]
    )
    ridge = Ridge().fit(X, y, sample_weight=used)
    assert_allclose(stack.predict(X), final.predict(ridge.predict(X)[:, None]), rtol=1e-9)


def test_validation_set_through_a_pipeline(two_classes):
    X, y = two_classes
    X = X * 100
    with sklearn.config_context(enable_metadata_routing=True):
        stack = StackingClassifier([("nb", GaussianNB()), ("lr", LogisticRegression())])
        pipeline = make_pipeline(
            StandardScaler(),
            stack.set_fit_request(X_val=True, y_val=True),
            transform_input=["X_val"],
        ).fit(X[:60], y[:60], X_val=X[60:], y_val=y[60:])
    scaler = StandardScaler().fit(X[:60])
    expected = StackingClassifier(stack.estimators).fit(
        scaler.transform(X[:60]), y[:60], X_val=scaler.transform(X[60:]), y_val=y[60:]
    )
    assert_allclose(pipeline.predict_proba(X), expected.predict_proba(scaler.transform(X)))


def test_blend_chooses_the_stacker():
    classifiers = [("nb", GaussianNB()), ("tree", DecisionTreeClassifier())]
    stack = blend(classifiers, holdout=0.3, refit=False, random_state=1, n_jobs=2)
    assert isinstance(stack, StackingClassifier)
    assert (stack.cv, stack.refit, stack.random_state, stack.n_jobs) == (0.3, False, 1, 2)
    assert isinstance(blend(REGRESSORS, Ridge()), StackingRegressor)
    assert blend(REGRESSORS).cv == 0.2
    # The final estimator decides where the bases are of both kinds.
    assert isinstance(blend(classifiers + REGRESSORS, LogisticRegression()), StackingClassifier)


def test_blend_is_the_stacker_with_a_share(two_classes):
    X, y = two_classes
    bases = [("nb", GaussianNB()), ("tree", DecisionTreeClassifier(random_state=0))]
    mine = blend(bases, random_state=0).fit(X, y)
    stack = StackingClassifier(bases, cv=0.2, random_state=0).fit(X, y)
    assert_array_equal(mine.predict_proba(X), stack.predict_proba(X))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"holdout": 1.5}, r"holdout=1.5 is not a share"),
        ({"holdout": 5}, r"holdout=5 is not a share"),
        ({"holdout": "20%"}, r"holdout='20%' is not a share"),
        ({"cv": 5}, r"cv=5 was given to blend"),
        ({"estimators": [*REGRESSORS, ("nb", GaussianNB())]}, "Neither all classifiers nor all"),
        ({"estimators": [("a", "drop")]}, "Neither all classifiers nor all"),
    ],
)
def test_blend_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        blend(**{"estimators": REGRESSORS} | arguments)
