"""What is held out depends on the content and the weight of rows, and keeps proportions."""

import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings

from skdeep._encoding.validation_split import validation_split

quietly = settings(deadline=None, derandomize=True, database=None, max_examples=150)


def split(X, y, weight=None, fraction=0.2, stratify=True, seed=0):
    train, held_out = validation_split(
        X,
        y,
        weight,
        validation_fraction=fraction,
        classes=y if stratify else None,
        seed=seed,
    )
    # Whatever else holds: a partition, in order, with something on either side.
    assert sorted([*train, *held_out]) == list(range(X.shape[0]))
    assert (np.diff(train) > 0).all()
    assert (np.diff(held_out) > 0).all()
    assert len(train)
    assert len(held_out)
    return train, held_out


@st.composite
def problems(draw):
    counts = draw(st.lists(st.integers(2, 25), min_size=1, max_size=5))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    X = rng.normal(size=(len(y), 3))
    fraction = draw(st.sampled_from([0.1, 0.2, 0.5, 0.75]))
    return X, y, fraction, draw(st.integers(0, 2**32 - 1))


@given(problems())
@quietly
def test_every_class_is_held_out_in_proportion_to_within_one_row(problem):
    X, y, fraction, seed = problem
    n = len(y)
    n_chosen = max(2, int(np.ceil(fraction * n)))
    if n_chosen >= n:
        return
    train, held_out = split(X, y, fraction=fraction, seed=seed)
    for label, count in enumerate(np.bincount(y)):
        share = n_chosen * count / n
        assert abs((y[held_out] == label).sum() - share) < 1 + 1e-9
        assert (y[train] == label).any()


@given(problems())
@quietly
def test_a_split_without_strata_has_the_size_asked_for(problem):
    X, y, fraction, seed = problem
    n_chosen = max(2, int(np.ceil(fraction * len(y))))
    if n_chosen >= len(y):
        return
    _, held_out = split(X, y.astype(float), fraction=fraction, stratify=False, seed=seed)
    assert len(held_out) == n_chosen


@given(problems(), st.booleans())
@quietly
def test_a_row_written_twice_is_a_row_of_weight_two(problem, stratify):
    X, y, fraction, seed = problem
    if max(2, int(np.ceil(fraction * len(y)))) >= len(y):
        return
    rng = np.random.default_rng(seed)
    copies = rng.integers(1, 4, size=len(y))
    settings = {"fraction": fraction, "stratify": stratify, "seed": seed}
    _, weighted = split(X, y, copies.astype(float), **settings)
    repeated = rng.permutation(np.repeat(np.arange(len(y)), copies))
    _, held_out = split(X[repeated], y[repeated], **settings)
    # Copies stay together, and are chosen just where the one row is.
    assert set(repeated[held_out]) == set(weighted)
    assert len(held_out) == copies[weighted].sum()


@given(problems())
@quietly
def test_the_order_of_rows_does_not_matter(problem):
    X, y, fraction, seed = problem
    if max(2, int(np.ceil(fraction * len(y)))) >= len(y):
        return
    _, held_out = split(X, y, fraction=fraction, seed=seed)
    order = np.random.default_rng(seed).permutation(len(y))
    _, of_shuffled = split(X[order], y[order], fraction=fraction, seed=seed)
    assert set(order[of_shuffled]) == set(held_out)


def test_formats_of_the_same_rows_are_split_alike():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, size=(60, 4)).astype(np.float32)
    y = rng.integers(0, 2, size=60)
    expected = split(X, y)
    for copy in (X.astype(np.float64), scipy.sparse.csr_array(X), np.asfortranarray(X)):
        for one, other in zip(split(copy, y), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_seeds_choose_and_every_row_has_its_turn():
    X = np.arange(40.0)[:, None]
    y = np.arange(40) % 2
    splits = [tuple(split(X, y, seed=seed)[1]) for seed in range(200)]
    assert splits[0] == tuple(split(X, y, seed=0)[1])
    assert len(set(splits)) == 200
    counts = np.bincount(np.concatenate(splits), minlength=40)
    # 200 draws at 1 in 5: 40 a row, give or take 5.7.
    assert counts.min() > 17
    assert counts.max() < 63


def test_classes_of_one_distinct_row_stay_in_the_training_part():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(43, 2))
    y = np.array([0] * 20 + [1] * 20 + [2, 3, 4])
    X, y = np.vstack([X, X[-1:]]), np.append(y, 4)  # class 4: one row, written twice
    for seed in range(30):
        train, _ = split(X, y, seed=seed)
        assert set(y[train]) == {0, 1, 2, 3, 4}
        assert {40, 41, 42, 43} <= set(train)


def test_small_classes_are_never_held_out_whole():
    rng = np.random.default_rng(0)
    y = np.array([0] * 30 + [1] * 2)
    X = rng.normal(size=(32, 2))
    for seed in range(50):
        train, _ = split(X, y, fraction=0.75, seed=seed)
        assert set(y[train]) == {0, 1}


def test_a_class_a_row_still_leaves_rows_to_validate():
    # No class can be both learned and validated; an empty validation set would have no score.
    _, held_out = split(np.arange(6.0)[:, None], np.arange(6), fraction=0.3)
    assert len(held_out) == 2


def test_a_heavy_row_does_not_swallow_the_validation_set():
    X = np.arange(20.0)[:, None]
    weight = np.ones(20)
    weight[3] = 1e6
    for seed in range(20):
        _, held_out = split(X, np.zeros(20), weight, fraction=0.3, stratify=False, seed=seed)
        assert len(held_out) >= 2


def test_many_copies_of_few_rows_are_split_one_by_one():
    # Two distinct rows: kept together, one of them would have to go unlearned.
    X = np.tile([[0.0], [1.0]], (50, 1))
    y = np.tile([0, 1], 50)
    train, held_out = split(X, y)
    assert len(held_out) == 20
    assert np.bincount(y[held_out]).tolist() == [10, 10]
    assert set(y[train]) == {0, 1}


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_rows_are_an_error_that_names_the_way_out(n):
    X = np.arange(float(n))[:, None]
    with pytest.raises(ValueError, match=f"n_samples={n} .*X_val and y_val"):
        validation_split(X, np.zeros(n), None, validation_fraction=0.1, classes=None, seed=0)


def test_a_fraction_that_leaves_nothing_to_learn_from_is_an_error():
    X = np.arange(10.0)[:, None]
    with pytest.raises(ValueError, match=r"validation_fraction=0\.99"):
        validation_split(X, np.zeros(10), None, validation_fraction=0.99, classes=None, seed=0)


def test_several_targets_are_part_of_the_row():
    X = np.zeros((30, 2))
    Y = np.random.default_rng(0).normal(size=(30, 3))
    _, held_out = split(X, Y, stratify=False)
    assert len(held_out) == 6
