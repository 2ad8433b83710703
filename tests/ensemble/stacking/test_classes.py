"""Classes and labels keep their columns, whatever a split, a base or a held-out part has seen."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.dummy import DummyClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import KFold, RepeatedStratifiedKFold
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skdeep.ensemble import EnsembleSelectionClassifier, StackingClassifier, StackingRegressor

TREE = ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))


def lacking(iris, n_absent=1):
    """Return data and a split whose training part has no row of the last class(es)."""
    X, y = iris
    train = np.flatnonzero((y < 3 - n_absent) & (np.arange(150) % 2 == 0))
    return X, y, [(train, np.arange(1, 150, 2))]


def test_class_absent_in_training_gets_no_probability(iris):
    X, y, cv = lacking(iris)
    stack = StackingClassifier([TREE], cv=cv, store_cv_predictions=True)
    with pytest.warns(RuntimeWarning, match=r"'tree' saw no row of class 2 in 1 of 1 fits"):
        stack.fit(X, y)
    train, test = cv[0]
    expected = clone(TREE[1]).fit(X[train], y[train]).predict_proba(X[test])
    assert_array_equal(stack.meta_features_, np.c_[expected, np.zeros(len(test))])


@pytest.mark.parametrize("n_absent", [1, 2])
def test_class_absent_in_training_gets_the_least_decision_of_bounded_size(iris, n_absent):
    # scikit-learn writes -1.8e308, with which every coefficient of the second layer became 0, and
    # raises where two classes are left.
    X, y = iris
    X, y = np.r_[X, X + np.array([9, 0, 0, 0])], np.r_[y, np.full(150, 3)]
    train = np.flatnonzero((y < 4 - n_absent) & (np.arange(300) % 2 == 0))
    stack = StackingClassifier(
        [("ridge", RidgeClassifier())],
        cv=[(train, np.arange(1, 300, 2))],
        store_cv_predictions=True,
    )
    with pytest.warns(RuntimeWarning, match="saw no row of class"):
        stack.fit(X, y)
    known, absent = stack.meta_features_[:, : 4 - n_absent], stack.meta_features_[:, 4 - n_absent :]
    decisions = clone(RidgeClassifier()).fit(X[train], y[train]).decision_function(X[1::2])
    if n_absent == 2:
        decisions = np.c_[-decisions, decisions]
    assert_allclose(known, decisions)
    assert np.all(absent < known.min(axis=1, keepdims=True))
    assert np.all(np.abs(absent) <= 3 * np.abs(known).max())
    assert np.abs(stack.final_estimator_.coef_).max() > 0.1


def test_one_of_two_classes_in_training_says_nothing(two_classes):
    class Distance(ClassifierMixin, BaseEstimator):
        """Decides by the distance from the mean, whatever classes it has seen."""

        def fit(self, X, y):
            self.classes_, self.mean_ = np.unique(y), X.mean()
            return self

        def decision_function(self, X):
            return X.mean(axis=1) - self.mean_

    X, y = two_classes
    cv = [(np.flatnonzero(y == 1)[:20], np.arange(50)), (np.arange(50), np.arange(50, 100))]
    stack = StackingClassifier([("far", Distance())], cv=cv, store_cv_predictions=True)
    with (
        pytest.warns(RuntimeWarning, match="saw no row of class 0 in 1 of 2 fits"),
        pytest.warns(UserWarning, match="trains on rows"),
    ):
        stack.fit(X, y)
    assert_array_equal(stack.meta_features_[:50], 0)
    assert np.all(stack.meta_features_[50:] != 0)


def test_sorted_rows_under_plain_folds_are_survived(iris):
    # The notorious KFold(3) on sorted classes: each fold lacks the very class that it predicts.
    X, y = iris
    order = np.argsort(y, kind="stable")
    with pytest.warns(RuntimeWarning, match=r"class 0, 1, 2 in 3 of 3 fits"):
        stack = StackingClassifier([TREE], cv=KFold(3)).fit(X[order], y[order])
    assert stack.predict_proba(X).shape == (150, 3)


def test_decisions_that_cannot_be_aligned(iris):
    X, y = iris
    X, y = np.r_[X, X + np.array([9, 0, 0, 0]), X - 9], np.r_[y, np.full(150, 3), np.full(150, 4)]
    cv = [(np.flatnonzero(y < 4), np.arange(450))]
    stack = StackingClassifier([("svc", SVC(decision_function_shape="ovo"))], cv=cv)
    with (
        pytest.warns(UserWarning, match="trains on rows that it predicts"),
        pytest.raises(ValueError, match=r"6 columns for 4 of 5 classes") as error,
    ):
        stack.fit(X, y)
    assert "'svc'" in error.value.__notes__[0]


@pytest.mark.parametrize("final", [LogisticRegression(), DecisionTreeClassifier(random_state=0)])
def test_class_absent_in_the_held_out_part(iris, final):
    # scikit-learn's predict_proba would have fewer columns than classes_.
    X, y = iris
    names = np.array(["a", "b", "c"])
    cv = [(np.arange(0, 150, 2), np.flatnonzero((y != 1) & (np.arange(150) % 2 == 1)))]
    stack = StackingClassifier([TREE], final, cv=cv)
    with pytest.warns(UserWarning, match="No row of class b is held out"):
        stack.fit(X, names[y])
    proba = stack.predict_proba(X)
    assert proba.shape == (150, 3)
    assert_array_equal(proba[:, 1], 0)
    assert set(stack.predict(X)) == {"a", "c"}
    assert_array_equal(stack.predict(X), names[proba.argmax(axis=1)])
    if hasattr(final, "decision_function"):
        decisions = stack.decision_function(X)
        assert decisions.shape == (150, 3)
        assert_array_equal(names[decisions.argmax(axis=1)], stack.predict(X))


def test_held_out_part_of_one_class_is_refused_before_any_fit(iris):
    X, y = iris
    cv = [(np.arange(0, 150, 2), np.flatnonzero((y == 1) & (np.arange(150) % 2 == 1)))]
    stack = StackingClassifier([("fails", DummyClassifier(strategy="constant"))], cv=cv)
    with pytest.raises(ValueError, match=r"are all of class 1, none of \[0, 2\]"):
        stack.fit(X, y)


@pytest.mark.parametrize("refit", [True, False])
def test_predicted_classes_become_votes_where_they_are_averaged(iris, refit):
    X, y = iris
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    stack = StackingClassifier(
        [TREE, ("ridge", Ridge())],
        cv=cv,
        refit=refit,
        stack_method="predict",
        store_cv_predictions=True,
    ).fit(X, np.array(["a", "b", "c"])[y])
    votes = np.zeros((150, 3))
    for train, test in cv.split(X, y):
        votes[test, clone(TREE[1]).fit(X[train], y[train]).predict(X[test])] += 0.5
    assert_array_equal(stack.meta_features_[:, :3], votes)
    # A regressor's numbers stay numbers: one column, their mean.
    assert stack.meta_features_.shape == (150, 4)
    assert stack.transform(X).shape == (150, 4)
    assert_allclose(stack.transform(X)[:, :3].sum(axis=1), 1)
    assert list(stack.get_feature_names_out()[2:]) == [
        "stackingclassifier_tree2",
        "stackingclassifier_ridge",
    ]


# Fitted elsewhere -------------------------------------------------------------------------------


def test_prefit_with_other_classes_is_aligned(iris):
    # scikit-learn lets the columns a0, a1, b0, b1, b2 stand as they come.
    X, y = iris
    y = np.array(["x", "y", "z"])[y]
    some = y != "y"
    part = GaussianNB().fit(X[some], y[some])
    stack = StackingClassifier([("part", part), ("all", GaussianNB().fit(X, y))], cv="prefit")
    with pytest.warns(RuntimeWarning, match="'part' saw no row of class y"):
        stack.fit(X, y)
    columns = stack.transform(X)
    assert_array_equal(columns[:, [0, 2]], part.predict_proba(X))
    assert_array_equal(columns[:, 1], 0)
    assert columns.shape == (150, 6)


@pytest.mark.parametrize("stack_method", ["predict", "predict_proba"])
def test_prefit_on_strings(iris, stack_method):
    # scikit-learn passes the strings on: could not convert string to float.
    X, y = iris
    names = np.array(["x", "y", "z"])[y]
    fitted = [("nb", GaussianNB().fit(X, names)), ("tree", clone(TREE[1]).fit(X, names))]
    coded = [("nb", GaussianNB().fit(X, y)), ("tree", clone(TREE[1]).fit(X, y))]
    stack = StackingClassifier(fitted, cv="prefit", stack_method=stack_method).fit(X, names)
    same = StackingClassifier(coded, cv="prefit", stack_method=stack_method).fit(X, y)
    assert_array_equal(stack.transform(X), same.transform(X))
    assert_array_equal(stack.predict(X), np.array(["x", "y", "z"])[same.predict(X)])
    # Bases that were fitted on the codes of these names are understood as well.
    mixed = StackingClassifier(coded, cv="prefit", stack_method=stack_method).fit(X, names)
    assert_array_equal(mixed.predict(X), stack.predict(X))


def test_prefit_on_classes_that_y_lacks(iris, two_classes):
    X, y = iris
    fitted = [("nb", GaussianNB().fit(X, y))]
    X, y = two_classes  # classes 0 and 1, which were 1 and 2
    stack = StackingClassifier(fitted, cv="prefit")
    with pytest.warns(UserWarning, match=r"knows the classes \[2\], which y does not hold"):
        stack.fit(X, y)
    assert stack.transform(X).shape == (100, 1)
    with pytest.raises(ValueError, match=r"of which \[2\] are not in y") as error:
        stack.set_params(stack_method="predict").fit(X, y)
    assert "'nb'" in error.value.__notes__[0]
    with pytest.raises(ValueError, match="fit it and the stacker on the same labels"):
        StackingClassifier(fitted, cv="prefit").fit(X, np.array(["u", "v"])[y])


def test_prefit_is_neither_cloned_nor_fitted(diabetes):
    X, y = diabetes
    fitted = LinearRegression().fit(X[:100], y[:100])
    coef = fitted.coef_.copy()
    stack = StackingRegressor([("fitted", fitted)], cv="prefit", refit=True)
    stack.fit(X[100:], y[100:])
    assert stack.estimators_[0] is fitted
    assert_array_equal(fitted.coef_, coef)
    assert_array_equal(stack.meta_indices_, np.arange(100))


# Several labels ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def labels():
    return make_multilabel_classification(n_samples=80, n_classes=3, random_state=2)


BASES = {
    "one array": MLPClassifier((4,), solver="lbfgs", max_iter=20, random_state=0),
    "list of arrays": DecisionTreeClassifier(max_depth=3, random_state=0),
}


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
@pytest.mark.parametrize("n_labels", [2, 3])
@pytest.mark.parametrize("settings", [{"cv": 3}, {"cv": 3, "refit": False}, {"cv": 0.3}])
def test_each_label_has_a_column(labels, base, n_labels, settings):
    # With two labels, scikit-learn takes the two columns of an MLP for the two classes of one
    # problem and drops the first.
    X, Y = labels[0], labels[1][:, :n_labels]
    final = KNeighborsClassifier()
    stack = StackingClassifier(
        [("base", base)], final, random_state=0, store_cv_predictions=True, **settings
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the network stops early
        stack.fit(X, Y)
    assert stack.meta_features_.shape == (len(stack.meta_indices_), n_labels)
    assert stack.transform(X).shape == (80, n_labels)
    assert stack.predict(X).shape == stack.predict_proba(X).shape == Y.shape
    assert stack.estimators_[0].predict_proba(X) is not None
    assert_array_equal(stack.predict_proba(X) > 0.5, stack.predict(X) == 1)
    assert len(stack.classes_) == n_labels


def test_labels_other_than_zero_and_one(labels):
    X, Y = labels
    stack = StackingClassifier([TREE], KNeighborsClassifier(), cv=3)
    expected = stack.fit(X, Y).predict(X)
    assert_array_equal(stack.fit(X, 2 * Y - 1).predict(X), 2 * expected - 1)


def test_label_that_a_split_or_all_rows_lack(labels):
    X, Y = labels
    Y = np.c_[Y[:, :2], np.zeros(80, int), np.ones(80, int)]
    rare = Y[:, 1].astype(bool) & (np.arange(80) % 2 == 1)
    cv = [(np.flatnonzero(Y[:, 1] == 0), np.flatnonzero(rare | (np.arange(80) % 2 == 0)))]
    stack = StackingClassifier([TREE], KNeighborsClassifier(), cv=cv, store_cv_predictions=True)
    with pytest.warns(UserWarning, match="trains on rows that it predicts"):
        stack.fit(X, Y)
    # Constant labels add no columns; the one unseen in training has probability 0.
    assert_array_equal(stack.meta_features_[:, 1:], np.zeros((len(stack.meta_indices_), 3)))
    for final in (KNeighborsClassifier(), EnsembleSelectionClassifier()):  # a list, and one array
        with pytest.warns(UserWarning, match="trains on rows that it predicts"):
            stack.set_params(final_estimator=final).fit(X, Y)
        assert_array_equal(stack.predict_proba(X)[:, 2:], np.tile([0, 1], (80, 1)))
        assert_array_equal(stack.predict(X)[:, 2:], np.tile([0, 1], (80, 1)))


def test_label_probabilities_of_any_final_estimator(labels):
    X, Y = labels
    for final in (BASES["one array"], MultiOutputClassifier(LogisticRegression())):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stack = StackingClassifier([TREE], final, cv=3).fit(X, Y)
        assert stack.predict_proba(X).shape == Y.shape
        assert_array_equal(stack.predict_proba(X) > 0.5, stack.predict(X) == 1)


@pytest.mark.parametrize("labels", [["no", "maybe", "yes"], [1, 2, 3], [2, 1, 0]])
@pytest.mark.parametrize("stack_method", ["auto", "predict"])
@pytest.mark.parametrize("cv", [3, 0.3])
def test_frozen_bases_keep_the_labels_they_were_fitted_on(labels, stack_method, cv):
    X, codes = load_iris(return_X_y=True)
    y = np.array(labels)[codes]
    frozen = FrozenEstimator(LogisticRegression(max_iter=1000).fit(X, y))
    bases = [("frozen", frozen), ("free", GaussianNB())]
    final = KNeighborsClassifier()
    stacker = StackingClassifier(bases, final, cv=cv, stack_method=stack_method, random_state=0)
    assert stacker.fit(X, y).score(X, y) > 0.9
    columns = stacker.transform(X)
    if stack_method == "auto":
        order = np.searchsorted(stacker.classes_, frozen.classes_)
        np.testing.assert_allclose(columns[:, :3][:, order], frozen.predict_proba(X))
    else:
        assert (stacker.classes_[columns[:, 0].astype(int)] == frozen.predict(X)).all()
