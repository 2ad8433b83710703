"""Greedy selection against a slow and exact second version, and what it promises."""

import time
from fractions import Fraction
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, roc_auc_score

from skdeep.ensemble import EnsembleSelectionClassifier, EnsembleSelectionRegressor

small = settings(max_examples=60, deadline=None)


def slow_selection(loss, n_bases, max_iter, n_initial=1, patience=None):
    """Return the bases taken, by trying every ensemble and comparing exact numbers."""
    alone = sorted(range(n_bases), key=lambda base: (loss([base]), base))
    taken = alone[: min(n_initial, max_iter)]
    best, since = list(taken), 0
    while len(taken) < max_iter and since != patience:

        def rank(base):
            return loss([*taken, base]), base not in taken, base  # noqa: B023

        taken = [*taken, min(range(n_bases), key=rank)]
        since += 1
        if loss(taken) < loss(best):
            best, since = list(taken), 0
    return best


def exact(table):
    return [[Fraction(int(value), 10) for value in row] for row in table]


def squared_error(rows, y):
    """Return the exact mean squared error of a list of columns, as a function of the list."""
    y = [Fraction(int(value), 10) for value in y]

    def loss(taken):
        means = [sum(row[base] for base in taken) / len(taken) for row in rows]
        return sum((mean - target) ** 2 for mean, target in zip(means, y, strict=True))

    return loss


def likelihood(rows, y):
    """Return the exact likelihood, with the sign turned: it orders ensembles as the log-loss."""

    def loss(taken):
        means = [sum(row[base] for base in taken) / len(taken) for row in rows]
        return -prod(p if label else 1 - p for p, label in zip(means, y, strict=True))

    return loss


@st.composite
def tables(draw, low, high):
    n_rows, n_bases = draw(st.integers(2, 6)), draw(st.integers(1, 5))
    cells = st.lists(st.integers(low, high), min_size=n_bases, max_size=n_bases)
    return np.array(draw(st.lists(cells, min_size=n_rows, max_size=n_rows)))


@small
@given(tables(-9, 9), st.integers(1, 8), st.integers(1, 3), st.sampled_from([None, 2]), st.data())
def test_regression_is_the_slow_selection(table, max_iter, n_initial, patience, data):
    n_rows, n_bases = table.shape
    y = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=n_rows, max_size=n_rows)))
    expected = slow_selection(
        squared_error(exact(table), y), n_bases, max_iter, n_initial, patience
    )
    selection = EnsembleSelectionRegressor(
        max_iter=max_iter, n_initial=n_initial, n_iter_no_change=patience
    ).fit(table / 10, y / 10)
    assert selection.selections_[0].tolist() == expected
    assert_allclose(
        selection.weights_, np.bincount(expected, minlength=n_bases) / len(expected), atol=1e-15
    )
    assert_allclose(
        selection.loss_, mean_squared_error(y / 10, selection.predict(table / 10)), atol=1e-14
    )


@small
@given(tables(1, 9), st.integers(1, 8), st.integers(1, 3), st.data())
def test_classification_is_the_slow_selection(table, max_iter, n_initial, data):
    n_rows, n_bases = table.shape
    y = np.array([0, 1, *data.draw(st.lists(st.integers(0, 1), min_size=n_rows, max_size=n_rows))])
    y = y[:n_rows]
    expected = slow_selection(likelihood(exact(table), y), n_bases, max_iter, n_initial)
    selection = EnsembleSelectionClassifier(
        max_iter=max_iter, n_initial=n_initial, n_iter_no_change=None, columns_per_base=1
    ).fit(table / 10, y)
    assert selection.selections_[0].tolist() == expected
    assert_allclose(selection.loss_, log_loss(y, selection.predict_proba(table / 10)))


@pytest.fixture
def three_classes():
    """Probabilities of 3 classes by 6 bases, and the classes as words."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 60)
    skill = np.array([0.2, 0.5, 1.0, 1.0, 2.0, 1.5])[:, None, None]
    logits = skill * np.eye(3)[y] + rng.normal(size=(6, 60, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    return p, np.array(["high", "low", "middle"])[y]


def test_classes_against_log_loss_of_scikit_learn(three_classes):
    # Caruana's selection as an estimator is asked for in scikit-learn#6329.
    p, y = three_classes

    def loss(taken):
        return log_loss(y, p[taken].mean(axis=0))

    selection = EnsembleSelectionClassifier(max_iter=20, n_iter_no_change=None)
    selection.fit(np.hstack(list(p)), y)
    assert selection.selections_[0].tolist() == slow_selection(loss, 6, 20)
    assert_array_equal(selection.columns_per_base_, [3] * 6)
    assert_array_equal(selection.classes_, ["high", "low", "middle"])
    assert_allclose(
        selection.predict_proba(np.hstack(list(p))),
        np.tensordot(selection.weights_, p, axes=1),
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    ("scoring", "score"),
    [
        ("accuracy", lambda y, p: accuracy_score(y, np.unique(y)[p.argmax(axis=1)])),
        ("roc_auc_ovr", lambda y, p: roc_auc_score(y, p, multi_class="ovr")),
        ("neg_log_loss", lambda y, p: -log_loss(y, p)),
        (lambda model, X, y: -log_loss(y, model.predict_proba(X)), lambda y, p: -log_loss(y, p)),
    ],
)
def test_any_scorer(three_classes, scoring, score):
    # Scores of exactly equal ensembles may differ by rounding, so ties are for the tests above.
    p, y = three_classes
    X = np.hstack(list(p))
    selection = EnsembleSelectionClassifier(scoring=scoring, max_iter=6, n_iter_no_change=None)
    selection.fit(X, y)

    def loss(taken):
        return round(-score(y, p[taken].mean(axis=0)), 13)

    assert selection.selections_[0].tolist() == slow_selection(loss, 6, 6)
    assert_allclose(-selection.loss_, score(y, selection.predict_proba(X)))


def test_the_loss_under_its_scorers_name_is_the_loss(three_classes):
    p, y = three_classes
    X = np.hstack(list(p))
    weights = np.arange(60) % 4
    mine = EnsembleSelectionClassifier(max_iter=10).fit(X, y, weights)
    same = clone(mine).set_params(scoring="neg_log_loss").fit(X, y, weights)
    assert_array_equal(mine.weights_, same.weights_)
    assert_allclose(mine.loss_, same.loss_)
    values = p[:, :, :2].mean(axis=2).T
    target = np.random.default_rng(1).uniform(size=(60,))
    mine = EnsembleSelectionRegressor(max_iter=10).fit(values, target, weights)
    same = clone(mine).set_params(scoring="neg_mean_squared_error").fit(values, target, weights)
    assert_array_equal(mine.weights_, same.weights_)


def test_a_scorer_that_cannot_tell(three_classes):
    p, y = three_classes
    selection = EnsembleSelectionClassifier(scoring=lambda model, X, y: np.nan)
    with pytest.raises(ValueError, match="scoring answers NaN"):
        selection.fit(np.hstack(list(p)), y)


@pytest.mark.parametrize("scoring", ["neg_max_error", lambda model, X, y: 0.0], ids=["max", "own"])
def test_a_scorer_must_not_overlook_weights(scoring):
    X, y = np.eye(4), np.arange(4.0)
    selection = EnsembleSelectionRegressor(scoring=scoring)
    with pytest.raises(ValueError, match=r"sample_weight was given, but scoring=.* takes none"):
        selection.fit(X, y, sample_weight=[1, 2, 1, 1])
    selection.fit(X, y, sample_weight=[2, 2, 2, 2])


def test_ties_prefer_what_is_in():
    y = np.array([0.0, 0.0, 3.0, 3.0])
    # The third base is a copy of the second, which is better alone than the first.
    X = np.column_stack([[2, 2, 5, 5], [-1, -1, 2, 2], [-1, -1, 2, 2]]).astype(float)
    selection = EnsembleSelectionRegressor().fit(X, y)
    assert_allclose(selection.weights_, [1 / 3, 2 / 3, 0])
    # An ensemble of copies is no better than one: the smaller one of equals is kept.
    assert EnsembleSelectionRegressor().fit(X[:, 1:], y).selections_[0].tolist() == [0]


def test_bags_are_selections_from_parts_of_the_bases(three_classes):
    p, y = three_classes
    selection = EnsembleSelectionClassifier(n_bags=7, bag_size=0.3, random_state=3)
    selection.fit(np.hstack(list(p)), y)
    assert len(selection.selections_) == 7
    parts = []
    for taken in selection.selections_:
        part = sorted(set(taken.tolist()))
        assert len(part) <= 2  # 0.3 of 6, rounded up
        alone = EnsembleSelectionClassifier().fit(np.hstack(list(p[part])), y)
        assert_array_equal(np.array(part)[alone.selections_[0]], taken)
        parts.append(np.bincount(taken, minlength=6) / len(taken))
    assert_allclose(selection.weights_, np.mean(parts, axis=0))
    assert len({tuple(part) for part in parts}) > 1
    X = np.hstack(list(p))
    again = clone(selection).fit(X, y)
    assert_array_equal(again.weights_, selection.weights_)
    assert_allclose(selection.loss_, log_loss(y, selection.predict_proba(X)))
    everything = clone(selection).set_params(bag_size=1.0).fit(X, y)
    assert_array_equal(everything.weights_, EnsembleSelectionClassifier().fit(X, y).weights_)


def test_the_search_leaves_the_global_generator_alone(three_classes):
    p, y = three_classes
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    EnsembleSelectionClassifier(n_bags=3, random_state=0).fit(np.hstack(list(p)), y)
    assert_array_equal(np.random.get_state()[1], before)


def test_stops_without_improvement(three_classes):
    p, y = three_classes
    X = np.hstack(list(p))
    patient = EnsembleSelectionClassifier(n_iter_no_change=None, max_iter=30).fit(X, y)
    assert patient.n_iter_ == 30
    hasty = EnsembleSelectionClassifier(n_iter_no_change=1, max_iter=30).fit(X, y)
    assert hasty.n_iter_ == len(hasty.selections_[0]) + 1
    assert hasty.loss_ >= patient.loss_
    # No step improves by this much.
    demanding = EnsembleSelectionClassifier(n_iter_no_change=4, tol=10.0).fit(X, y)
    assert demanding.n_iter_ == 1 + 4
    assert EnsembleSelectionClassifier(max_iter=1).fit(X, y).weights_.max() == 1


def test_many_bases_take_little_time():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 5000)
    X = np.clip(rng.normal(0.3 + 0.4 * y[:, None], 0.3, size=(5000, 50)), 0.01, 0.99)
    start = time.perf_counter()
    EnsembleSelectionClassifier().fit(X, y)
    assert time.perf_counter() - start < 3  # a tenth of a second where nothing else runs
