"""Which second layer None stands for, and what a second layer is told of its columns."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skdeep.ensemble import (
    ConvexStackingClassifier,
    EnsembleSelectionClassifier,
    EnsembleSelectionRegressor,
    StackingClassifier,
    StackingRegressor,
)
from skdeep.model_selection import LastBlockSplit

CLASSIFIERS = [("nb", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))]
REGRESSORS = [("ridge", Ridge()), ("near", KNeighborsRegressor(3))]
ONE_SPLIT = (np.arange(0, 150, 2), np.arange(1, 150, 2))
FEW = "EnsembleSelectionClassifier"
MANY = "LogisticRegression"


def kind_of(estimator):
    return type(estimator).__name__


# --- the default --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cv", "expected"),
    [
        (None, MANY),
        (3, MANY),
        (KFold(3), MANY),
        (TimeSeriesSplit(3), MANY),
        (ShuffleSplit(4, test_size=0.1, random_state=0), MANY),
        ([ONE_SPLIT, ONE_SPLIT[::-1]], MANY),
        (0.3, FEW),
        (ShuffleSplit(1, random_state=0), FEW),
        (LastBlockSplit(), FEW),
        (PredefinedSplit(np.where(np.arange(150) % 4, -1, 0)), FEW),
        ([ONE_SPLIT], FEW),
        ((ONE_SPLIT,), FEW),
    ],
    ids=str,
)
def test_ensemble_selection_where_one_split_is_held_out(iris, diabetes, cv, expected):
    X, y = iris
    stack = StackingClassifier(CLASSIFIERS, cv=cv, random_state=0)
    assert hasattr(stack, "decision_function") == (expected == MANY)
    assert expected in stack._repr_html_()
    assert stack.get_params()["final_estimator"] is None
    assert kind_of(stack.fit(X, y).final_estimator_) == expected
    assert stack.final_estimator is None
    stack = StackingRegressor(REGRESSORS, cv=cv, random_state=0)
    assert stack.__sklearn_tags__().target_tags.multi_output
    stack.fit(diabetes[0][:150], diabetes[1][:150])
    expected = {FEW: "EnsembleSelectionRegressor", MANY: "RidgeCV"}[expected]
    assert kind_of(stack.final_estimator_) == expected


def test_ensemble_selection_on_a_validation_set(iris, diabetes):
    # Only `fit` knows of it; a second layer that is given is taken as it is.
    X, y = iris
    stack = StackingClassifier(CLASSIFIERS).fit(X[:90], y[:90], X_val=X[90:], y_val=y[90:])
    assert kind_of(stack.final_estimator_) == FEW
    assert not hasattr(stack, "decision_function")
    given = StackingClassifier(CLASSIFIERS, LogisticRegression())
    given.fit(X[:90], y[:90], X_val=X[90:], y_val=y[90:])
    assert kind_of(given.final_estimator_) == MANY
    X, y = diabetes
    stack = StackingRegressor(REGRESSORS).fit(X[:90], y[:90], X_val=X[90:], y_val=y[90:])
    assert kind_of(stack.final_estimator_) == "EnsembleSelectionRegressor"


def test_bases_that_are_fitted_predict_every_row(iris):
    X, y = iris
    fitted = [(name, clone(base).fit(X[:90], y[:90])) for name, base in CLASSIFIERS]
    stack = StackingClassifier(fitted, cv="prefit").fit(X[90:], y[90:])
    assert kind_of(stack.final_estimator_) == MANY


@pytest.mark.parametrize("splits", [[ONE_SPLIT], [ONE_SPLIT, ONE_SPLIT[::-1]]], ids=len)
def test_splits_that_only_the_fit_can_count(iris, splits):
    once = StackingClassifier(CLASSIFIERS, cv=(split for split in splits))
    assert hasattr(once, "decision_function")  # as far as can be told
    assert kind_of(once.fit(*iris).final_estimator_) == (FEW if len(splits) == 1 else MANY)


@pytest.mark.parametrize("cv", [LeaveOneGroupOut(), GroupShuffleSplit(1, random_state=0)])
def test_splits_by_groups(iris, cv):
    groups = np.arange(150) % 3
    stack = StackingClassifier(CLASSIFIERS, cv=cv).fit(*iris, groups=groups)
    assert kind_of(stack.final_estimator_) == (MANY if isinstance(cv, LeaveOneGroupOut) else FEW)


@pytest.mark.parametrize(
    ("cv", "expected"), [((0.5, 3), FEW), ((3, 0.5), FEW), ((3, 3), MANY), (0.5, FEW)], ids=str
)
def test_one_layer_that_holds_out_leaves_few_rows(iris, cv, expected):
    layers = [CLASSIFIERS, [("near", KNeighborsClassifier()), ("again", GaussianNB())]]
    stack = StackingClassifier(layers, cv=cv, random_state=0)
    assert hasattr(stack, "decision_function") == (expected == MANY)
    assert kind_of(stack.fit(*iris).final_estimator_) == expected


@pytest.mark.parametrize("passthrough", [True, [0], (False, True)], ids=str)
def test_columns_passed_through_are_read_by_scikit_learns(iris, passthrough):
    estimators = CLASSIFIERS
    if isinstance(passthrough, tuple):
        estimators = [CLASSIFIERS, [("again", GaussianNB())]]
    stack = StackingClassifier(estimators, cv=0.5, passthrough=passthrough, random_state=0)
    assert hasattr(stack, "decision_function")
    assert kind_of(stack.fit(*iris).final_estimator_) == MANY


def test_columns_passed_through_to_a_layer_below_the_last(iris):
    layers = [CLASSIFIERS, [("again", GaussianNB())]]
    stack = StackingClassifier(layers, cv=0.5, passthrough=(True, False), random_state=0)
    assert kind_of(stack.fit(*iris).final_estimator_) == FEW


def test_decisions_between_pairs_are_read_by_scikit_learns(iris):
    X, y = iris
    X, y = np.r_[X, X + np.array([9, 0, 0, 0])], np.r_[y, np.full(150, 3)]
    stack = StackingClassifier([("svc", SVC(decision_function_shape="ovo"))], cv=0.5)
    with pytest.warns(UserWarning, match="between pairs of classes"):
        stack.fit(X, y)
    assert stack.transform(X).shape[1] == 6
    assert kind_of(stack.final_estimator_) == MANY


@pytest.mark.parametrize("cv", ["nonsense", object()], ids=["a string", "an object"])
def test_a_cv_that_fit_refuses_has_tags_and_html(iris, cv):
    stack = StackingRegressor(REGRESSORS, cv=cv)
    assert stack.__sklearn_tags__().regressor_tags is not None
    assert "RidgeCV" in stack._repr_html_()
    with pytest.raises((TypeError, ValueError), match="cv"):
        stack.fit(*iris)


def test_labels_need_no_second_layer_of_your_own():
    # The logistic regression that k folds default to takes no multilabel target.
    X = np.random.RandomState(0).normal(size=(150, 4))
    Y = (X[:, :3] > 0).astype(int)
    bases = [("tree", DecisionTreeClassifier(random_state=0)), ("near", KNeighborsClassifier())]
    stack = StackingClassifier(bases, cv=0.4, random_state=0).fit(X, Y)
    assert_array_equal(stack.final_estimator_.columns_per_base_, [3, 3])
    assert stack.score(X, Y) > 0.8


def test_default_in_a_cross_validation_with_metadata(iris):
    X, y = iris
    stack = StackingClassifier(CLASSIFIERS, cv=0.3, random_state=0)
    weights = {"sample_weight": np.linspace(1, 2, 150)}
    assert cross_val_score(stack, X, y, params=weights, scoring="neg_log_loss").mean() > -1


# --- whose columns ------------------------------------------------------------------------------


def told(stack):
    return stack.final_estimator_.columns_per_base


@pytest.mark.parametrize("final", [EnsembleSelectionClassifier(), ConvexStackingClassifier()])
def test_bases_of_different_widths(iris, final):
    X, y = iris
    bases = [*CLASSIFIERS, ("number", LinearRegression()), ("vote", KNeighborsClassifier())]
    stack = StackingClassifier(bases, final, cv=3, stack_method={"vote": "predict"}).fit(X, y)
    assert told(stack) == [3, 3, 1, 1]
    assert final.columns_per_base is None  # the caller's stays as it was
    assert len(stack.final_estimator_.weights_) == 4
    assert stack.score(X, y) > 0.9


def test_widths_of_two_classes_labels_and_targets(two_classes, diabetes):
    X, y = two_classes
    stack = StackingClassifier(CLASSIFIERS, EnsembleSelectionClassifier(), cv=3).fit(X, y)
    assert told(stack) == [1, 1]
    Y = np.column_stack([y, X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    bases = [("tree", DecisionTreeClassifier(max_depth=3)), ("near", KNeighborsClassifier())]
    stack = StackingClassifier(bases, EnsembleSelectionClassifier(), cv=3).fit(X, Y)
    assert told(stack) == [3, 3]
    X, y = diabetes
    stack = StackingRegressor(REGRESSORS, EnsembleSelectionRegressor(), cv=3).fit(X, y)
    assert told(stack) == [1, 1]
    stack.fit(X, np.column_stack([y, -y]))
    assert told(stack) == [2, 2]
    expected = stack.final_estimator_.weights_ @ np.array(
        [model.predict(X).ravel() for model in stack.estimators_]
    )
    assert_allclose(stack.predict(X).ravel(), expected)


def test_the_last_layer_is_what_is_told(iris):
    layers = [CLASSIFIERS, [("number", LinearRegression()), ("again", GaussianNB())]]
    stack = StackingClassifier(layers, EnsembleSelectionClassifier(), cv=3).fit(*iris)
    assert told(stack) == [1, 3]
    assert [layer.n_columns for layer in stack.layers_] == [[3, 3], [1, 3]]


def test_bases_that_are_left_out_have_no_columns(iris):
    class Failing(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            raise RuntimeError("no")

        def predict(self, X):
            return X

    bases = [("number", LinearRegression()), ("failing", Failing()), *CLASSIFIERS]
    stack = StackingClassifier(bases, cv=0.4, error_score="drop", random_state=0)
    with pytest.warns(UserWarning, match="'failing' is left out"):
        stack.fit(*iris)
    assert told(stack) == [1, 3, 3]


@pytest.mark.parametrize("second", [[], [[("line", LinearRegression()), ("again", GaussianNB())]]])
def test_the_comparison_of_check_gain_tells_too(iris, second):
    # Without knowing, four columns for three classes make a warning, which is an error here.
    seen = []

    class Watched(EnsembleSelectionClassifier):
        def fit(self, X, y, sample_weight=None):
            seen.append(self.columns_per_base)
            return super().fit(X, y, sample_weight)

    first = [("number", LinearRegression()), ("tree", DecisionTreeClassifier(max_depth=2))]
    layers = [first, *second] if second else first
    stack = StackingClassifier(layers, Watched(), cv=3, check_gain=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The ensemble is no better")
        stack.fit(*iris)
    assert seen == [[1, 3]] * (1 + len(stack.ensemble_scores_))


def test_widths_of_your_own_are_kept(two_classes):
    X, y = two_classes
    final = EnsembleSelectionClassifier(columns_per_base=2)
    stack = StackingClassifier([("a", GaussianNB()), ("b", GaussianNB())], final, cv=3)
    assert told(stack.fit(X, y)) == 2
    assert len(stack.final_estimator_.weights_) == 1


def test_a_pipeline_chooses_columns_itself(iris):
    first = FunctionTransformer(lambda X: X[:, :3])
    final = make_pipeline(first, EnsembleSelectionClassifier())
    stack = StackingClassifier(CLASSIFIERS, final, cv=3).fit(*iris)
    assert stack.final_estimator_[-1].columns_per_base is None
    assert_array_equal(stack.final_estimator_[-1].columns_per_base_, [3])


def test_any_second_layer_with_the_parameter(diabetes):
    class Mean(RegressorMixin, BaseEstimator):
        def __init__(self, columns_per_base=None):
            self.columns_per_base = columns_per_base

        def fit(self, X, y):
            self.n_features_in_ = X.shape[1]
            return self

        def predict(self, X):
            return X[:, : sum(self.columns_per_base)].mean(axis=1)

    X, y = diabetes
    stack = StackingRegressor(REGRESSORS, Mean(), passthrough=[0, 1], cv=3).fit(X, y)
    assert told(stack) == [1, 1]  # the columns of X come after those
    assert stack.final_estimator_.n_features_in_ == 4
    assert_allclose(stack.predict(X), stack.transform(X)[:, :2].mean(axis=1))


@pytest.mark.parametrize("cv", [3, 0.3])
def test_combiners_refuse_columns_passed_through_before_any_fit(diabetes, cv):
    class Unfitted(Ridge):
        def fit(self, X, y):
            raise AssertionError

    final = EnsembleSelectionRegressor()
    stack = StackingRegressor([("base", Unfitted())], final, passthrough=True, cv=cv)
    with pytest.raises(ValueError, match=r"passthrough=True hands it columns of X.*set passthr"):
        stack.fit(*diabetes)
