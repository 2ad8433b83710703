"""Any way to split the rows, and what the second layer is then fitted on."""

import copy
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupShuffleSplit,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdeep.ensemble import StackingClassifier, StackingRegressor
from skdeep.ensemble._stacking.splits import held_out

REGRESSORS = [("ridge", Ridge()), ("near", KNeighborsRegressor(3))]
CLASSIFIERS = [("tree", DecisionTreeClassifier(max_depth=3, random_state=0)), ("nb", GaussianNB())]


def by_hand(bases, splits, X, y, method):
    """Average what each base predicts of a row out of sample, in the slowest way."""
    seen = {}
    for train, test in splits:
        answers = [getattr(clone(b).fit(X[train], y[train]), method)(X[test]) for _, b in bases]
        table = np.column_stack(answers)
        for row, columns in zip(test, table, strict=True):
            seen.setdefault(row, []).append(columns)
    rows = np.array(sorted(seen))
    return rows, np.array([np.mean(seen[row], axis=0) for row in rows])


# All of these but KFold make scikit-learn's stackers raise "cross_val_predict only works for
# partitions" (scikit-learn#32614, #17285, #8043; mlxtend#1101, #497; pycaret#1676).
FOLD = np.r_[np.full(150, -1), np.repeat([0, 1], 25)]
GROUPS = np.arange(200) // 10
SPLITTERS = {
    "shuffled folds": KFold(4, shuffle=True, random_state=1),
    "ShuffleSplit(1)": ShuffleSplit(1, test_size=0.3, random_state=1),
    "ShuffleSplit(5)": ShuffleSplit(5, test_size=0.4, random_state=1),
    "PredefinedSplit": PredefinedSplit(FOLD),
    "one pair": [(np.arange(100), np.arange(100, 160))],
    "pair of masks": [(np.arange(200) < 90, np.arange(200) > 120)],
    "unsorted pair": [(np.arange(100), np.arange(160, 100, -1))],
    "TimeSeriesSplit": TimeSeriesSplit(3),
    "RepeatedKFold": RepeatedKFold(n_splits=3, n_repeats=2, random_state=1),
    "groups": list(
        GroupShuffleSplit(3, test_size=0.2, random_state=1).split(GROUPS, groups=GROUPS)
    ),
}


@pytest.mark.parametrize("cv", SPLITTERS.values(), ids=SPLITTERS)
def test_regression_on_any_split(diabetes, cv):
    X, y = diabetes
    splits = [
        tuple(np.flatnonzero(p) if p.dtype == bool else p for p in pair)
        for pair in (cv.split(X, y) if hasattr(cv, "split") else cv)
    ]
    rows, expected = by_hand(REGRESSORS, splits, X, y, "predict")
    stack = StackingRegressor(REGRESSORS, LinearRegression(), cv=cv, store_cv_predictions=True)
    stack.fit(X, y)
    assert_array_equal(stack.meta_indices_, rows)
    assert_allclose(stack.meta_features_, expected, rtol=1e-12)
    final = LinearRegression().fit(expected, y[rows])
    assert_allclose(stack.final_estimator_.coef_, final.coef_, rtol=1e-9)
    refitted = np.column_stack([clone(b).fit(X, y).predict(X) for _, b in REGRESSORS])
    assert_allclose(stack.predict(X), final.predict(refitted), rtol=1e-9)


@pytest.mark.parametrize(
    "cv",
    [
        StratifiedShuffleSplit(1, test_size=0.3, random_state=1),
        RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=1),
        ShuffleSplit(4, random_state=1),
    ],
    ids=str,
)
def test_classification_on_any_split(iris, cv):
    X, y = iris
    rows, expected = by_hand(CLASSIFIERS, cv.split(X, y), X, y, "predict_proba")
    # Given, since None is not the same for one split as for several.
    final = LogisticRegression()
    stack = StackingClassifier(CLASSIFIERS, final, cv=cv, store_cv_predictions=True).fit(X, y)
    assert_array_equal(stack.meta_indices_, rows)
    assert_allclose(stack.meta_features_, expected, rtol=1e-12)
    final.fit(expected, y[rows])
    refitted = np.column_stack([clone(b).fit(X, y).predict_proba(X) for _, b in CLASSIFIERS])
    assert_allclose(stack.predict_proba(X), final.predict_proba(refitted), rtol=1e-9)


def test_leave_one_out(diabetes):
    X, y = diabetes[0][:25], diabetes[1][:25]
    stack = StackingRegressor(REGRESSORS, cv=LeaveOneOut(), store_cv_predictions=True).fit(X, y)
    _, expected = by_hand(REGRESSORS, LeaveOneOut().split(X), X, y, "predict")
    assert_allclose(stack.meta_features_, expected, rtol=1e-12)


def test_groups_without_metadata_routing(diabetes):
    X, y = diabetes
    cv = GroupShuffleSplit(1, test_size=0.25, random_state=0)
    stack = StackingRegressor(REGRESSORS, cv=cv).fit(X, y, groups=GROUPS)
    (_, test), *_ = cv.split(X, y, GROUPS)
    assert_array_equal(stack.meta_indices_, np.sort(test))
    with pytest.raises(ValueError, match=r"pass groups= to fit"):
        stack.fit(X, y)


def test_meta_features_keep_to_their_rows_when_the_splitter_shuffles(diabetes):
    # mlxtend#366: stored meta-features came in the order of the folds, not of the rows.
    X, y = diabetes
    X = np.column_stack([np.arange(len(y)), X])

    class Echo(RegressorMixin, BaseEstimator):
        def fit(self, X, y):
            self.fitted_ = True
            return self

        def predict(self, X):
            return X[:, 0]

    for cv in (KFold(5, shuffle=True, random_state=3), ShuffleSplit(3, random_state=3), 0.3):
        stack = StackingRegressor([("echo", Echo())], cv=cv, store_cv_predictions=True).fit(X, y)
        assert_array_equal(stack.meta_features_[:, 0], stack.meta_indices_)


def test_rows_without_a_prediction_are_left_out_not_filled(diabetes):
    # vecstack#21 proposes zeros for the rows that a time-ordered split cannot predict.
    X, y = diabetes
    stack = StackingRegressor(REGRESSORS, cv=TimeSeriesSplit(3), store_cv_predictions=True)
    stack.fit(X, y)
    assert_array_equal(stack.meta_indices_, np.arange(50, 200))
    assert len(stack.meta_features_) == 150
    assert np.abs(stack.meta_features_).min() > 1


def test_nothing_is_predicted_in_sample(diabetes):
    # A tree grown to the end reproduces the y of rows it was fitted on.
    X, y = diabetes
    for cv in (None, 0.3, ShuffleSplit(3, random_state=0), TimeSeriesSplit(3)):
        stack = StackingRegressor(
            [("tree", DecisionTreeRegressor(random_state=0))], cv=cv, store_cv_predictions=True
        )
        in_sample = stack.fit_transform(X, y)[:, 0]
        assert_allclose(in_sample, y)  # of the refitted tree, as in scikit-learn
        rows = stack.meta_indices_
        assert np.mean(np.abs(stack.meta_features_[:, 0] - y[rows]) > 1) > 0.9


def test_splitter_stays_as_it_was(two_classes):
    # scikit-learn sets a random state on the caller's own splitter.
    splitter = StratifiedKFold(3, shuffle=True)
    shared = KFold(3, shuffle=True, random_state=np.random.RandomState(7))
    state = copy.deepcopy(shared.random_state.get_state())
    for cv in (splitter, shared):
        StackingClassifier(CLASSIFIERS, cv=cv).fit(*two_classes)
    assert splitter.random_state is None
    assert all(map(np.array_equal, shared.random_state.get_state(), state))


def test_splits_are_drawn_once_for_all_bases(diabetes):
    calls = []

    class Counting(KFold):
        def split(self, X, y=None, groups=None):
            calls.append(1)
            return super().split(X, y, groups)

    twins = [("a", Ridge()), ("b", Ridge())]
    stack = StackingRegressor(twins, cv=Counting(4, shuffle=True), store_cv_predictions=True)
    stack.fit(*diabetes)
    assert len(calls) == 1
    assert_array_equal(stack.meta_features_[:, 0], stack.meta_features_[:, 1])


@pytest.mark.parametrize("cv", [0.3, KFold(3, shuffle=True), ShuffleSplit(2)], ids=str)
def test_random_state_decides_the_split(two_classes, cv):
    X, y = two_classes
    fits = [
        StackingClassifier(CLASSIFIERS, cv=cv, random_state=seed, store_cv_predictions=True).fit(
            X, y
        )
        for seed in (0, 0, np.random.RandomState(0), 1)
    ]
    for same in fits[1:3]:
        assert_array_equal(fits[0].meta_indices_, same.meta_indices_)
        assert_array_equal(fits[0].meta_features_, same.meta_features_)
        assert_array_equal(fits[0].predict_proba(X), same.predict_proba(X))
    assert not np.array_equal(fits[0].meta_features_, fits[3].meta_features_)


def test_random_state_of_a_splitter_comes_before_ours(diabetes):
    X, y = diabetes
    cv = ShuffleSplit(1, random_state=5)
    fits = [StackingRegressor(REGRESSORS, cv=cv, random_state=s).fit(X, y) for s in (0, 1)]
    assert_array_equal(fits[0].meta_indices_, fits[1].meta_indices_)


@pytest.mark.parametrize("random_state", [None, 0])
def test_global_generator_is_untouched(two_classes, random_state):
    before = np.random.get_state()
    for cv in (0.3, KFold(3, shuffle=True), ShuffleSplit(2)):
        StackingClassifier([("nb", GaussianNB())], cv=cv, random_state=random_state).fit(
            *two_classes
        )
    assert all(map(np.array_equal, before, np.random.get_state()))


def test_held_out_split_is_scikit_learns_for_the_same_seed(iris, diabetes):
    X, y = iris
    stack = StackingClassifier(CLASSIFIERS, cv=0.2, random_state=4).fit(X, y)
    (_, test), *_ = StratifiedShuffleSplit(1, test_size=0.2, random_state=4).split(X, y)
    assert_array_equal(stack.meta_indices_, np.sort(test))
    X, y = diabetes
    stack = StackingRegressor(REGRESSORS, cv=0.2, random_state=4).fit(X, y)
    (_, test), *_ = ShuffleSplit(1, test_size=0.2, random_state=4).split(X)
    assert_array_equal(stack.meta_indices_, np.sort(test))


@pytest.mark.parametrize("seed", range(10))
def test_held_out_split_has_a_row_of_every_class_that_has_two(iris, seed):
    # StratifiedShuffleSplit left a class of 2 in 100 rows out of a 20 % part in 50 of 50 seeds.
    X, y = iris
    y = np.where(np.arange(150) < 148, y % 2, 2)
    stack = StackingClassifier(CLASSIFIERS, cv=0.2, random_state=seed).fit(X, y)
    assert set(y[stack.meta_indices_]) == {0, 1, 2}
    assert set(np.delete(y, stack.meta_indices_)) == {0, 1, 2}
    assert list(stack.final_estimator_.classes_) == [0, 1, 2]


@given(
    y=st.lists(st.integers(0, 4), min_size=4, max_size=40).map(np.array),
    size=st.floats(0.1, 0.6),
    seed=st.integers(0, 99),
)
def test_held_out_split_of_any_classes(y, size, seed):
    y = np.unique(y, return_inverse=True)[1]
    counts = np.bincount(y)
    assume(np.any(counts > 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes of a single row
        train, test = held_out(y, size, len(y), stratify=True, random_state=seed)
    assert sorted([*train, *test]) == list(range(len(y)))
    assert set(y[train]) == set(y)
    assert set(y[test]) == set(np.flatnonzero(counts > 1))


def test_held_out_split_of_few_rows(iris):
    X, y = iris[0][:6], np.array([0, 0, 1, 1, 2, 2])
    stack = StackingClassifier(
        [("near", KNeighborsClassifier(1))], cv=0.1, refit=False, random_state=0
    ).fit(X, y)
    assert sorted(y[stack.meta_indices_]) == [0, 1, 2]


def test_class_of_one_row_trains_the_bases_with_a_warning(iris):
    # StratifiedShuffleSplit raises "The least populated class in y has only 1 member".
    X, y = iris
    y = np.where(np.arange(150) == 17, 9, y)
    stack = StackingClassifier(CLASSIFIERS, LogisticRegression(), cv=0.2, random_state=0)
    with (
        pytest.warns(UserWarning, match="1 of 4 classes have a single row"),
        pytest.warns(UserWarning, match="No row of class 9 is held out"),
    ):
        stack.fit(X, y)
    assert 17 not in stack.meta_indices_
    assert list(stack.estimators_[0].classes_) == [0, 1, 2, 3]
    proba = stack.predict_proba(X)
    assert proba.shape == (150, 4)
    assert_array_equal(proba[:, 3], 0)
    assert_allclose(proba.sum(axis=1), 1)
    # The default for a held-out part weighs the bases, which do know the class.
    with pytest.warns(UserWarning, match="1 of 4 classes have a single row"):
        stack.set_params(final_estimator=None).fit(X, y)
    assert stack.predict_proba(X)[17, 3] > 0


def test_grid_search_over_cv(two_classes):
    search = GridSearchCV(
        StackingClassifier([("nb", GaussianNB())], random_state=0),
        {"cv": [3, 0.2], "refit": [True, False]},
        cv=2,
    ).fit(*two_classes)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(search.cv_results_["params"]) == 4
