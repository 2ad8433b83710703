"""What cannot work is refused, before anything is fitted where that can be known."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdeep.ensemble import StackingClassifier, StackingRegressor, blend


class Untouched(ClassifierMixin, BaseEstimator):
    """Fails the test if it is fitted."""

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("fitted before the input was checked")

    def predict_proba(self, X):
        raise NotImplementedError


class UntouchedRegressor(RegressorMixin, Untouched):
    def predict(self, X):
        raise NotImplementedError


BASES = [("nb", Untouched())]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cv": "prefitt"}, r"'cv' parameter .* Got 'prefitt' instead. Did you mean 'prefit'\?"),
        ({"cv": "holdout"}, r"a str among {'prefit'} .* Got 'holdout' instead\.$"),
        ({"cv": 1.5}, r"'cv' parameter .* range \[2, inf\).* range \(0.0, 1.0\). Got 1.5 instead"),
        ({"cv": 1.0}, r"'cv' parameter .* Got 1.0 instead"),
        ({"cv": 0.0}, r"'cv' parameter .* Got 0.0 instead"),
        ({"cv": 0}, r"'cv' parameter .* Got 0 instead"),
        ({"cv": 1}, r"Got 1 instead"),
        ({"cv": -0.2}, r"Got -0.2 instead"),
        ({"cv": float("nan")}, r"Got nan instead"),
        ({"stack_method": "predict_prob"}, r"'predict_prob' .* Did you mean 'predict_proba'\?"),
        ({"stack_method": "decision"}, r"Did you mean 'decision_function'\?"),
        ({"refit": "yes"}, r"'refit' parameter .* Got 'yes' instead"),
        ({"passthrough": "all"}, r"'passthrough' parameter .* Got 'all' instead"),
        ({"random_state": "zero"}, r"'random_state' parameter .* Got 'zero' instead"),
        ({"n_jobs": "two"}, r"'n_jobs' parameter .* Got 'two' instead"),
        ({"final_estimator": "logistic"}, r"'final_estimator' parameter .* Got 'logistic' instead"),
        ({"final_estimator": Ridge()}, r"'final_estimator' parameter should be a classifier"),
        ({"store_cv_predictions": 3.0}, r"'store_cv_predictions' parameter .* Got 3.0 instead"),
        ({"estimators": []}, r"Invalid 'estimators' attribute, got \[\]: give a list of pairs"),
        ({"estimators": [GaussianNB()]}, r"Invalid 'estimators' attribute, got \[GaussianNB"),
        ({"estimators": [("a", GaussianNB(), 1)]}, r"Invalid 'estimators' attribute"),
        ({"estimators": [(1, GaussianNB())]}, r"Invalid 'estimators' attribute"),
        ({"estimators": [("a", "dropp")]}, r"'a' is 'dropp': give an estimator, or 'drop'"),
        ({"estimators": [("a", "drop")]}, r"every estimator is 'drop': keep at least one"),
        ({"estimators": [("a", GaussianNB)]}, r"'a' is the class GaussianNB: give an instance"),
        ({"estimators": [("a", 3)]}, r"'a' is 3, which has no method 'fit'"),
        ({"estimators": BASES * 2}, r"Names provided are not unique"),
        ({"estimators": [("cv", GaussianNB())]}, r"conflict with constructor arguments"),
        ({"stack_method": "decision_function"}, r"nb does not implement the method decision_funct"),
        ({"cv": KFold(200)}, r"Cannot have number of splits n_splits=200"),
        ({"cv": []}, r"gave no split"),
        ({"cv": [(np.arange(9),)]}, r"Split 0 of cv is not a pair of index arrays"),
        ({"cv": [(np.arange(9), np.arange(140, 151))]}, r"indices from 140 to 150"),
        ({"cv": [(np.arange(9), [-1])]}, r"indices from -1 to -1"),
        ({"cv": [(np.arange(9), [0.5])]}, r"an array of shape \(1,\) and type float64"),
        ({"cv": [(np.ones(3, bool), np.ones(150, bool))]}, r"a mask of shape \(3,\)"),
        ({"cv": [(np.arange(9), [])]}, r"Split 0 of cv has an empty test part"),
        ({"cv": [([], np.arange(9))]}, r"Split 0 of cv has an empty train part"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_parameters(iris, parameters, message):
    stack = StackingClassifier(**{"estimators": BASES} | parameters)
    with pytest.raises(ValueError, match=message):
        stack.fit(*iris)
    assert not hasattr(stack, "estimators_")


def test_checks_of_parameters_can_be_skipped(iris):
    stack = StackingClassifier([("nb", GaussianNB())], store_cv_predictions=1)
    with sklearn.config_context(skip_parameter_validation=True):
        assert stack.fit(*iris).transform(iris[0]).shape == (150, 3)


def rows(n):
    return np.random.RandomState(0).normal(size=(n, 3))


@pytest.mark.parametrize("cv", [3, 0.3])
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (rows(20), np.arange(19) % 2, r"inconsistent numbers of samples: \[20, 19\]"),
        (rows(20), None, r"requires y to be passed"),
        (rows(20), ["a"] * 20, r"at least 2 classes, but y holds one class only: 'a'"),
        (rows(20), np.linspace(0, 1, 20), r"Unknown label type: continuous"),
        (rows(20), np.full(20, np.nan), r"NaN"),
        (rows(20), np.arange(60).reshape(20, 3), r"1d array"),
        (rows(1), [1], r"one class"),
        (rows(0), [], r"0|class"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_classification_data(X, y, message, cv):
    with pytest.raises(ValueError, match=message):
        StackingClassifier(BASES, cv=cv).fit(X, y)


@pytest.mark.parametrize("cv", [3, 0.3])
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (rows(20), np.arange(19), r"inconsistent numbers of samples: \[20, 19\]"),
        (rows(20), None, r"requires y to be passed"),
        (rows(20), np.full(20, np.nan), r"Input y contains NaN"),
        (rows(20), np.full(20, np.inf), r"Input y contains infinity"),
        (rows(20), np.ones((20, 2, 2)), r"dim 3|1d array"),
        (rows(1), [1.0], r"n_samples=1|samples: 1"),
        (rows(0), [], r"n_samples=0|samples: 0|0 sample"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_regression_data(X, y, message, cv):
    with pytest.raises(ValueError, match=message):
        StackingRegressor([("r", UntouchedRegressor())], cv=cv).fit(X, y)


@pytest.mark.parametrize("cv", [3, 0.3])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_a_base_refuses_in_the_rows(diabetes, cv, bad):
    X, y = diabetes
    X = np.where(np.eye(*X.shape, dtype=bool), bad, X)
    with pytest.raises(ValueError, match=r"(NaN|infinity)") as error:
        StackingRegressor([("ridge", Ridge())], cv=cv).fit(X, y)
    assert "base estimator 'ridge' (Ridge) failed to" in error.value.__notes__[0]


def test_classifiers_are_no_bases_of_a_regression(diabetes):
    with pytest.raises(ValueError, match=r"DecisionTreeClassifier should be a regressor \('t' in"):
        StackingRegressor([("t", DecisionTreeClassifier())]).fit(*diabetes)
    with pytest.raises(ValueError, match="'final_estimator' parameter should be a regressor"):
        StackingRegressor([("t", Ridge())], LogisticRegression()).fit(*diabetes)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(149), r"Invalid sample_weight: .*149"),
        (np.ones((150, 2)), r"Invalid sample_weight"),
        (-np.ones(150), r"Invalid sample_weight: Negative"),
        (np.zeros(150), r"Invalid sample_weight: .*zero"),
        (np.full(150, np.nan), r"Invalid sample_weight: .*NaN"),
        (np.tile(np.repeat([0.0, 1.0], 25), 3), r"zero on every row that the final estimator"),
        (np.r_[np.ones(50), np.zeros(50), np.ones(50)], r"zero on every training row of split 1"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_weights(iris, weights, message):
    splits = [(np.arange(50), np.arange(50, 75)), (np.arange(50, 100), np.arange(25))]
    with pytest.raises(ValueError, match=message):
        StackingClassifier(BASES, cv=splits).fit(*iris, sample_weight=weights)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y_val": None}, "X_val was given without y_val"),
        ({"X_val": None}, "y_val was given without X_val"),
        ({"X_val": None, "y_val": None, "sample_weight_val": [1]}, "without X_val and y_val"),
        ({"y_val": [0, 1]}, r"inconsistent numbers of samples: \[50, 2\]"),
        ({"X_val": np.ones((50, 3))}, "X_val has 3 features and X has 4"),
        ({"X_val": pd.DataFrame(np.ones((50, 4)))}, "X is a ndarray and X_val a DataFrame"),
        ({"y_val": ["a", "b"] * 25}, r"y_val .* does not go with y"),
        ({"y_val": [0] * 50}, "are all of class 0"),
        ({"sample_weight_val": -np.ones(50)}, "Invalid sample_weight_val: Negative"),
        ({"sample_weight_val": np.ones(49)}, "Invalid sample_weight_val"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_validation_set(iris, arguments, message):
    X, y = iris
    given = {"X_val": X[100:], "y_val": y[100:]} | arguments
    with pytest.raises(ValueError, match=message):
        StackingClassifier(BASES).fit(X[:100], y[:100], **given)


@pytest.mark.parametrize("cv", [3, 0.2, "prefit"])
def test_validation_set_and_cv(iris, cv):
    X, y = iris
    with pytest.raises(ValueError, match=r"cv=.* and X_val were both given.*leave cv at None"):
        StackingClassifier(BASES, cv=cv).fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])


def test_validation_set_with_other_columns(iris):
    X, y = iris
    frame = pd.DataFrame(X, columns=list("abcd"))
    with pytest.raises(ValueError, match="give both the same columns in the same order"):
        StackingClassifier(BASES).fit(
            frame[:100], y[:100], X_val=frame[100:][list("bacd")], y_val=y[100:]
        )


def test_validation_set_and_precomputed_kernels(diabetes):
    X, y = diabetes
    kernel = X @ X.T
    with pytest.raises(ValueError, match="precomputed kernel"):
        StackingRegressor([("svr", SVR(kernel="precomputed"))]).fit(
            kernel[:100], y[:100], X_val=kernel[100:], y_val=y[100:]
        )


def test_generator_of_splits_is_spent_after_one_fit(diabetes):
    stack = StackingRegressor([("ridge", Ridge())], cv=KFold(3).split(diabetes[0]))
    stack.fit(*diabetes)
    with pytest.raises(ValueError, match="A generator is empty after its first use"):
        stack.fit(*diabetes)


def test_class_with_one_row_each_cannot_be_held_out(iris):
    with pytest.raises(ValueError, match="each class has one row only"):
        StackingClassifier(BASES, cv=0.3).fit(iris[0][:5], list("abcde"))


class Fails(RegressorMixin, BaseEstimator):
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


@pytest.mark.parametrize(
    ("at", "least", "note"),
    [
        ("fit", 0, "base estimator 'bad' (Fails) failed to fit on split 0."),
        ("predict", 0, "base estimator 'bad' (Fails) failed to predict with predict on split 0."),
        ("fit", 200, "base estimator 'bad' (Fails) failed to fit on all rows."),
    ],
)
def test_failing_base_is_named(diabetes, at, least, note):
    bases = [("ridge", Ridge()), ("bad", Fails(at, least))]
    stack = StackingRegressor(bases, cv=0.3)
    with pytest.raises(RuntimeError, match="out of luck") as error:
        stack.fit(*diabetes)
    # Through pickle, as it comes back from a worker.
    assert note in pickle.loads(pickle.dumps(error.value)).__notes__[0]
    assert not hasattr(stack, "estimators_")


def test_failing_final_estimator_is_named_with_who_misled_it(diabetes):
    with pytest.raises(ValueError, match="NaN") as error:
        StackingRegressor([("bad", Fails("nan"))], LinearRegression(), cv=0.3).fit(*diabetes)
    assert error.value.__notes__ == [
        "The final estimator, given NaN or infinity by the base estimators ['bad'], "
        "(LinearRegression) failed to fit on 60 rows."
    ]


def test_rows_that_train_what_predicts_them(diabetes):
    X, y = diabetes
    stack = StackingRegressor(
        [("tree", DecisionTreeRegressor())], cv=[(np.arange(150), np.arange(100, 200))]
    )
    with pytest.warns(UserWarning, match="Split 0 of cv trains on rows that it predicts"):
        stack.fit(X, y)


def test_metadata_without_routing(iris):
    with pytest.raises(ValueError, match="only supported if enable_metadata_routing=True"):
        StackingClassifier(BASES).fit(*iris, note="n")


@pytest.mark.parametrize("estimators", [[LogisticRegression()], np.eye(3), [], "logistic"])
def test_blend_says_what_a_list_of_estimators_is(estimators):
    with pytest.raises(ValueError, match="give a list of pairs of a name and an estimator"):
        blend(estimators)


def test_blend_names_the_parameters_it_takes():
    with pytest.raises(TypeError, match=r"unknown parameters \['seed'\].*random_state"):
        blend([("lr", LogisticRegression())], seed=1)


def test_a_prefit_base_that_is_not_fitted_is_named():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(NotFittedError) as caught:
        StackingClassifier([("lr", LogisticRegression())], cv="prefit").fit(X, y)
    assert "base estimator 'lr'" in "".join(caught.value.__notes__)
