"""The ensemble against its best base, on rows that neither has learnt from."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneOut,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdeep.ensemble import StackingClassifier, StackingRegressor

BASES = [("ridge", Ridge()), ("near", KNeighborsRegressor(9))]
POOR = pytest.mark.filterwarnings("ignore:The ensemble is no better")


@POOR
def test_gain_by_hand(diabetes):
    X, y = diabetes
    cv = KFold(4, shuffle=True, random_state=0)
    stack = StackingRegressor(BASES, LinearRegression(), cv=cv, check_gain=True).fit(X, y)
    columns = np.column_stack([cross_val_predict(base, X, y, cv=cv) for _, base in BASES])
    ensemble, best = [], []
    for fitted, rest in cv.split(X):
        final = LinearRegression().fit(columns[fitted], y[fitted])
        ensemble.append(r2_score(y[rest], final.predict(columns[rest])))
        chosen = np.argmax([r2_score(y[fitted], column) for column in columns[fitted].T])
        best.append(r2_score(y[rest], columns[rest, chosen]))
    assert_allclose(stack.ensemble_scores_, ensemble)
    assert_allclose(stack.gain_, np.mean(ensemble) - np.mean(best))
    assert stack.best_base_ == BASES[np.argmax([r2_score(y, c) for c in columns.T])][0]


@POOR
def test_gain_of_two_layers_fits_the_second_without_the_rows_it_is_judged_on(iris):
    X, y = iris
    first = [("tree", DecisionTreeClassifier(max_depth=2, random_state=0)), ("nb", GaussianNB())]
    second = [("near", KNeighborsClassifier()), ("logit", LogisticRegression())]
    stack = StackingClassifier([first, second], cv=3, check_gain=True).fit(X, y)
    folds = StratifiedKFold(3)
    columns = np.hstack(
        [cross_val_predict(b, X, y, cv=folds, method="predict_proba") for _, b in first]
    )
    expected = []
    for fitted, rest in folds.split(X, y):
        upper = StackingClassifier(second, cv=3).fit(columns[fitted], y[fitted])
        expected.append(accuracy_score(y[rest], upper.predict(columns[rest])))
    assert_allclose(stack.ensemble_scores_, expected)


def noise(n=120, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(n, 5))
    return X, X @ np.arange(5.0) + rng.normal(size=n)


def test_a_stack_that_is_no_better_warns_and_says_so():
    # evalml#2093: a stack worse than the baseline goes unnoticed; autogluon#2779: so does a leak.
    X, y = noise()
    bases = [("right", LinearRegression()), ("leaf", DecisionTreeRegressor(random_state=0))]
    final = DecisionTreeRegressor(random_state=0)  # memorises the rows
    stack = StackingRegressor(bases, final, check_gain=True)
    with pytest.warns(UserWarning, match=r"no better than its best base estimator 'right'.*use"):
        stack.fit(X, y)
    assert stack.gain_ < 0
    assert stack.best_base_ == "right"


def test_a_stack_that_is_better_does_not():
    rng = np.random.RandomState(0)
    X = rng.uniform(-2, 2, size=(200, 2))
    y = 3 * X[:, 0] + 4 * np.sin(4 * X[:, 1])
    bases = [("line", LinearRegression()), ("near", KNeighborsRegressor(5))]
    stack = StackingRegressor(bases, LinearRegression(), passthrough=True, check_gain=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stack.fit(X, y)
    assert stack.gain_ > 0
    assert not hasattr(clone(stack).set_params(check_gain=False).fit(X, y), "gain_")


@POOR
@pytest.mark.parametrize("cv", [TimeSeriesSplit(4), [(np.arange(60), np.arange(60, 120))]])
def test_time_goes_forward_in_the_comparison_too(cv):
    # What the final estimator learns from lies before what it is judged on.
    X, y = noise()
    seen = []

    class Watching(LinearRegression):
        def fit(self, X, y):
            seen.append(y)
            return super().fit(X, y)

    place = {value: row for row, value in enumerate(y)}
    stack = StackingRegressor([("line", LinearRegression())], Watching(), cv=cv, check_gain=True)
    stack.fit(X, y)
    fitted = [sorted(place[value] for value in of_fit) for of_fit in seen[1:]]
    assert len(fitted) == len(stack.ensemble_scores_) == 5
    rows = stack.meta_indices_
    for before in fitted:
        assert before == rows[: len(before)].tolist()
        assert len(before) < len(rows)


@POOR
@pytest.mark.parametrize("cv", [GroupKFold(4), GroupShuffleSplit(1, test_size=0.5, random_state=0)])
def test_groups_stay_whole_in_the_comparison(cv):
    X, y = noise()
    groups = np.arange(120) // 6
    group_of = dict(zip(y, groups, strict=True))
    seen = []

    class Watching(LinearRegression):
        def fit(self, X, y):
            seen.append(y)
            return super().fit(X, y)

    stack = StackingRegressor([("line", LinearRegression())], Watching(), cv=cv, check_gain=True)
    stack.fit(X, y, groups=groups)
    whole = np.bincount(groups[stack.meta_indices_], minlength=20)
    for of_fit in seen[1:]:
        counts = np.bincount([group_of[value] for value in of_fit], minlength=20)
        assert set(counts) <= {0, 6}
        assert counts.sum() < whole.sum()


@POOR
@pytest.mark.parametrize("cv", [0.3, "prefit"])
@pytest.mark.parametrize("scoring", [None, "neg_log_loss"])
def test_other_ways_to_hold_out(iris, cv, scoring):
    X, y = iris
    y = np.array(["a", "b", "c"])[y]
    bases = [("nb", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=2, random_state=0))]
    if cv == "prefit":
        bases = [(name, base.fit(X[::2], y[::2])) for name, base in bases]
        X, y = X[1::2], y[1::2]
    stack = StackingClassifier(bases, cv=cv, check_gain=True, scoring=scoring, random_state=0)
    stack.fit(X, y, sample_weight=np.arange(len(y)) % 3 + 1 if cv != "prefit" else None)
    assert np.isfinite(stack.ensemble_scores_).all()
    assert len(stack.ensemble_scores_) == 5
    assert np.isfinite(stack.gain_)


@POOR
def test_validation_set_is_compared_in_no_order():
    # It stands after the training rows, which does not make it a sequence in time.
    X, y = noise()
    order = np.argsort(y[60:])
    seen = []

    class Watching(LinearRegression):
        def fit(self, X, y):
            seen.append(y)
            return super().fit(X, y)

    stack = StackingRegressor([("line", Ridge())], Watching(), check_gain=True, random_state=0)
    stack.fit(X[:60], y[:60], X_val=X[60:][order], y_val=y[60:][order])
    assert [len(of_fit) for of_fit in seen] == [60] + [48] * 5
    assert all(np.median(of_fit) < y[60:].max() / 2 for of_fit in seen[1:])
    assert (stack.ensemble_scores_ > 0.5).all()


@POOR
def test_many_folds_are_compared_in_five_parts(diabetes):
    X, y = diabetes
    stack = StackingRegressor(BASES, cv=LeaveOneOut(), check_gain=True).fit(X[:40], y[:40])
    assert stack.ensemble_scores_.shape == (5,)
    assert np.isfinite(stack.gain_)


def test_part_that_is_too_small_for_the_layers_above():
    # Six rows of each class in six folds; five of them cannot be split into six.
    X, y = noise(12)
    y = np.arange(12) % 2
    layers = [[("nb", GaussianNB())], [("tree", DecisionTreeClassifier(max_depth=1))]]
    stack = StackingClassifier(layers, cv=6, check_gain=True)
    with pytest.warns(UserWarning, match=r"could not compare .*n_splits=6 cannot be greater"):
        stack.fit(X, y)
    assert np.isnan(stack.gain_)
    assert stack.predict(X).shape == (12,)


def test_too_little_to_compare(iris):
    X, y = iris
    stack = StackingClassifier([("r", Ridge())], cv=3, check_gain=True)
    with pytest.warns(UserWarning, match="could not compare the ensemble"):
        stack.fit(X, y)  # numbers of a regressor have no accuracy
    assert np.isnan(stack.gain_)
