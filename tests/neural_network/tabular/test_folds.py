"""Folds are those asked for, and weights are numbers of rows."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, TimeSeriesSplit

from skdeep.neural_network import TabularClassifier, TabularRegressor
from tests.neural_network.tabular.tables import ONE_CANDIDATE, QUICK, same_fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
NUMBERS = X[:, 0] + 0.1 * RNG.normal(size=60)
LABELS = np.array(["no", "yes", "maybe"])[np.digitize(NUMBERS, [-0.5, 0.5])]


def fit(kind, cv=2, **changes):
    y = LABELS if kind is TabularClassifier else NUMBERS
    return kind(**QUICK | {"cv": cv}).fit(X, y, **changes)


def oof(model):
    return (
        model.oof_predict_proba_ if hasattr(model, "classes_") else model.oof_prediction_[:, None]
    )


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
@pytest.mark.parametrize("cv", [2, 3, 7])
def test_every_row_is_judged_once(kind, cv):
    model = fit(kind, cv)
    assert len(model.splits_) == cv
    judged = np.concatenate([test for _, test in model.splits_])
    assert sorted(judged) == list(range(60))
    sizes = [len(test) for _, test in model.splits_]
    assert max(sizes) - min(sizes) <= 1
    for train, test in model.splits_:
        assert sorted([*train, *test]) == list(range(60))
    assert np.isfinite(oof(model)).all()


def test_classes_are_spread_over_the_folds():
    model = fit(TabularClassifier, 4)
    for label in np.unique(LABELS):
        counts = [(LABELS[test] == label).sum() for _, test in model.splits_]
        assert max(counts) - min(counts) <= 1


def test_numbers_are_spread_over_the_folds():
    model = fit(TabularRegressor, 4)
    ranks = np.argsort(np.argsort(NUMBERS))
    means = [ranks[test].mean() for _, test in model.splits_]
    assert np.ptp(means) < 3


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
@pytest.mark.parametrize("cv", [None, 2, GroupKFold(3)])
def test_groups_stay_together(kind, cv):
    groups = np.array([f"g{i % 11}" for i in range(60)])
    model = fit(kind, cv, groups=groups)
    assert len(model.splits_) == (3 if isinstance(cv, GroupKFold) else cv or 4)
    for train, test in model.splits_:
        assert not set(groups[train]) & set(groups[test])
    assert np.isfinite(oof(model)).all()


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_rows_that_look_alike_stay_together(kind):
    """Else a network would be judged by what it has seen."""
    twice = np.repeat(X[:30], 2, axis=0)
    y = np.arange(60) % 2
    model = kind(**QUICK | {"cv": 3}).fit(twice, y)
    for _, test in model.splits_:
        assert sorted(np.unique(test // 2).repeat(2)) == sorted(test // 2)


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_the_past_judges_nothing(kind):
    splitter = TimeSeriesSplit(3)
    model = fit(kind, splitter)
    for (train, test), (given_train, given_test) in zip(
        model.splits_, splitter.split(X), strict=True
    ):
        assert np.array_equal(train, given_train)
        assert np.array_equal(test, given_test)
    first = min(test.min() for _, test in model.splits_)
    assert first > 0
    assert np.isnan(oof(model)[:first]).all()
    assert np.isfinite(oof(model)[first:]).all()
    assert np.isfinite(model.transform(X)).all()


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_splits_may_be_given_in_any_way(kind):
    splitter = KFold(3, shuffle=True, random_state=5)
    pairs = list(splitter.split(X))
    masks = [(np.isin(np.arange(60), a), np.isin(np.arange(60), b)) for a, b in pairs]
    one, other, third = fit(kind, splitter), fit(kind, pairs), fit(kind, masks)
    assert same_fit(one, other)
    assert same_fit(one, third)
    assert np.array_equal(oof(one), oof(third))


def test_rows_judged_several_times_get_the_mean():
    splitter = ShuffleSplit(5, test_size=0.5, random_state=0)
    model = TabularRegressor(**ONE_CANDIDATE | {"cv": splitter}).fit(X, NUMBERS)
    singles = np.full((5, 60), np.nan)
    for k, (train, test) in enumerate(splitter.split(X)):
        assert np.array_equal(model.splits_[k][0], np.sort(train))
        singles[k, test] = model._of_fold(k).predict(X[test])
    times = (~np.isnan(singles)).sum(axis=0)
    assert set(times) >= {0, 1, 2}
    assert np.array_equal(np.isnan(model.oof_prediction_), times == 0)
    seen = times > 0
    np.testing.assert_allclose(
        model.oof_prediction_[seen], np.nanmean(singles[:, seen], axis=0), rtol=1e-5
    )


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
@pytest.mark.parametrize("cv", [None, 3, KFold(3)])
def test_weight_zero_is_the_same_as_leaving_out(kind, cv):
    y = LABELS if kind is TabularClassifier else NUMBERS
    weight = np.ones(60)
    weight[10:25] = 0.0
    kept = np.flatnonzero(weight)
    if isinstance(cv, KFold):  # the same folds of the rows that are left
        pairs = list(cv.split(kept))
        among = [(kept[a], kept[b]) for a, b in pairs]
        weighted = kind(**QUICK | {"cv": among}).fit(X, y, weight)
        alone = kind(**QUICK | {"cv": pairs}).fit(X[kept], y[kept])
    else:
        weighted = kind(**QUICK | {"cv": cv}).fit(X, y, weight)
        alone = kind(**QUICK | {"cv": cv}).fit(X[kept], y[kept])
    assert same_fit(weighted, alone)
    assert np.array_equal(oof(weighted)[kept], oof(alone))
    assert np.isnan(oof(weighted)[10:25]).all()
    for train, test in weighted.splits_:
        assert weight[train].all()
        assert weight[test].all()
    assert np.array_equal(weighted.predict(X), alone.predict(X))


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_weight_two_is_the_same_as_twice(kind):
    y = LABELS if kind is TabularClassifier else np.round(NUMBERS, 1)
    weight = 1.0 + (np.arange(60) % 3 == 0)
    rows = np.repeat(np.arange(60), weight.astype(int))
    order = np.random.default_rng(1).permutation(len(rows))
    weighted = kind(**QUICK | {"cv": None}).fit(X, y, weight)
    twice = kind(**QUICK | {"cv": None}).fit(X[rows[order]], y[rows[order]])
    np.testing.assert_allclose(oof(twice), oof(weighted)[rows[order]], rtol=1e-5, atol=1e-7)
    found, expected = twice.predict(X), weighted.predict(X)
    if kind is TabularClassifier:
        assert np.array_equal(found, expected)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_the_order_of_rows_does_not_matter(kind):
    y = LABELS if kind is TabularClassifier else NUMBERS
    order = np.random.default_rng(1).permutation(60)
    one = kind(**QUICK).fit(X, y)
    other = kind(**QUICK).fit(X[order], y[order])
    np.testing.assert_allclose(oof(other), oof(one)[order], rtol=1e-5, atol=1e-7)


def test_class_weights_are_weights():
    weights = {"no": 1.0, "yes": 3.0, "maybe": 0.5}
    one = TabularClassifier(**QUICK, class_weight=weights).fit(X, LABELS)
    other = TabularClassifier(**QUICK).fit(X, LABELS, [weights[label] for label in LABELS])
    assert same_fit(one, other)
    balanced = TabularClassifier(**QUICK, class_weight="balanced").fit(X, LABELS)
    names, counts = np.unique(LABELS, return_counts=True)
    by_hand = dict(zip(names.tolist(), (20 / counts).tolist(), strict=True))
    again = TabularClassifier(**QUICK, class_weight=by_hand).fit(X, LABELS)
    assert same_fit(balanced, again)
    assert not same_fit(balanced, one)


def test_weights_move_predictions():
    y = np.arange(60) % 2
    weight = np.where(y == 1, 9.0, 1.0)
    model = TabularClassifier(**QUICK).fit(np.round(X) * 0, y, weight)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 0.9, atol=0.02)
    regressor = TabularRegressor(**QUICK).fit(np.round(X) * 0, y.astype(float), weight)
    np.testing.assert_allclose(regressor.predict(X), 0.9, atol=0.02)


@pytest.mark.parametrize(
    ("changes", "fitted", "message"),
    [
        ({"cv": 61}, {}, "cv=61 folds need 2 <= cv <= n_samples, and there are 60"),
        ({"cv": 1}, {}, "The 'cv' parameter"),
        ({"cv": [(np.arange(60), np.arange(0))]}, {}, "gave 1 splits, of which some have no rows"),
        ({"cv": []}, {}, "gave 0 splits"),
        ({"cv": 2}, {"groups": np.zeros(60)}, "groups has 1 group; folds need at least two"),
        ({"cv": 2}, {"groups": np.zeros(7)}, "inconsistent numbers of samples"),
        ({"cv": 2}, {"sample_weight": np.zeros(60)}, "at least one non-zero number"),
        ({"cv": 2}, {"sample_weight": -np.ones(60)}, "sample_weight"),
        ({"cv": 2}, {"sample_weight": np.ones(7)}, "sample_weight"),
    ],
)
@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_folds_and_weights_that_cannot_be(kind, changes, fitted, message):
    y = LABELS if kind is TabularClassifier else NUMBERS
    with pytest.raises(ValueError, match=message):
        kind(**QUICK | changes).fit(X, y, **fitted)
