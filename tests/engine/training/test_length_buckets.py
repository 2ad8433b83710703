"""Batches by length: less padding, the same rows, and no other order than chance gives."""

import numpy as np
import pytest
import torch

from skdeep._engine.training.batches import Batches
from skdeep._engine.training.loop import train
from skdeep._engine.training.randomness import RandomStream
from skdeep._engine.training.rows import DenseRows
from tests.engine.training.members import assert_same, with_changes
from tests.engine.training.sequence_members import make_sequences, padded, rows_of, sequence_member

rng = np.random.default_rng(0)
LENGTHS = np.ceil(np.exp(rng.normal(2.5, 0.8, 203))).astype(int)
ITEMS = make_sequences(LENGTHS, rng)


def member(n=203, batch_size=8, **changes):
    """A member whose targets are the numbers of its rows."""
    return sequence_member(
        rows_of(ITEMS[:n]), np.arange(float(n)), batch_size=batch_size, **changes
    )


def epochs_of(members, n_epochs=2):
    """Row numbers of the batches of each member, without those of weight 0: [k][epoch][batch]."""
    batches = Batches(members, [RandomStream(m) for m in members])
    seen = [[[] for _ in range(n_epochs)] for _ in members]
    for epoch in range(n_epochs):
        for block in batches.epoch([epoch] * len(members)):
            for batch in block.batches:
                for k in range(len(members)):
                    rows = batch.target[k, :, 0].int()
                    expected = LENGTHS[rows]
                    np.testing.assert_array_equal(batch.x[k, :, -1].sum(dim=1), expected)
                    if not isinstance(batch.scale, float):
                        rows = rows[batch.scale[k, :, 0] > 0]
                    seen[k][epoch].append(rows.tolist())
    return seen


@pytest.mark.parametrize("n", [203, 200, 24, 17, 15])
def test_every_row_is_seen_once_and_only_the_last_batch_is_short(n):
    for epoch in epochs_of([member(n)], n_epochs=3)[0]:
        assert sorted(row for batch in epoch for row in batch) == list(range(n))
        assert [len(batch) for batch in epoch] == [8] * (n // 8) + [n % 8] * (n % 8 > 0)


def padding(epoch):
    """Steps that do not exist, as a share of those in the batches."""
    computed = sum(len(batch) * LENGTHS[batch].max() for batch in epoch)
    return 1 - LENGTHS.sum() / computed


def test_batches_hold_less_padding():
    shuffled = rng.permutation(203)
    by_chance = padding(np.split(shuffled, range(8, 203, 8)))
    for epoch in epochs_of([member()], n_epochs=5)[0]:
        assert padding(epoch) < 0.4 < 0.55 < by_chance


def test_batches_come_in_no_order_of_length():
    means = [
        np.mean(LENGTHS[batch]) for epoch in epochs_of([member()], 20)[0] for batch in epoch[:-1]
    ]
    place = np.tile(np.arange(25), 20)
    assert abs(np.corrcoef(place, means)[0, 1]) < 4 / np.sqrt(len(means))


def test_rows_meet_others_in_every_epoch():
    first, second = epochs_of([member()])[0]
    assert not {frozenset(batch) for batch in first} & {frozenset(batch) for batch in second}
    # The short batch is not of the longest ones, nor of any other length: it is of other rows.
    last = [LENGTHS[epoch[-1]].mean() for epoch in epochs_of([member()], 60)[0]]
    assert abs(np.mean(last) - LENGTHS.mean()) < 4 * LENGTHS.std() / np.sqrt(3 * 60)


def test_order_follows_from_the_seed():
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    assert epochs_of([member()]) == epochs_of([member()])
    assert epochs_of([member(seed=1)]) != epochs_of([member()])
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])
    assert torch.equal(torch.get_rng_state(), before[1])


def test_rows_that_are_not_shuffled_stay_where_they_are():
    for epoch in epochs_of([member(shuffle=False)])[0]:
        assert [row for batch in epoch for row in batch] == list(range(203))


def test_some_rows_are_arranged_by_their_own_lengths():
    rows = rng.permutation(203)[:100]
    for epoch in epochs_of([member(rows=rows)])[0]:
        assert sorted(row for batch in epoch for row in batch) == sorted(rows)
        computed = sum(len(batch) * LENGTHS[batch].max() for batch in epoch)
        assert 1 - LENGTHS[rows].sum() / computed < 0.45


@pytest.mark.parametrize("batch_size", [5, 30])
@pytest.mark.parametrize("n_epochs", [1, 4])
def test_rows_of_one_length_train_as_a_tensor_does(batch_size, n_epochs):
    items = make_sequences([6] * 30, rng)
    y = np.array([float(item.mean()) for item in items])
    settings = {"batch_size": batch_size, "max_iter": n_epochs, "learning_rate_init": 0.1}
    (one,) = train([sequence_member(rows_of(items), y, **settings)])
    (other,) = train([sequence_member(DenseRows(padded(items, 6)), y, **settings)])
    assert_same(one, other, 0.0)
    np.testing.assert_array_equal(one.state.order, other.state.order)


def test_longer_neighbours_change_no_batch():
    m = member(45, batch_size=5)
    members = [
        m,
        with_changes(m, seed=1, rows=torch.arange(44)),
        with_changes(m, seed=2, rows=torch.arange(41).flip(0)),
        with_changes(m, seed=3, shuffle=False),
    ]
    packed = epochs_of(members, 3)
    for k, m in enumerate(members):
        assert packed[k] == epochs_of([m], 3)[0]


SETTINGS = {"max_iter": 4, "learning_rate_init": 0.1, "n_iter_no_change": 99}


def test_a_pack_trains_as_its_members_alone():
    m = member(60, batch_size=7, **SETTINGS)
    m = with_changes(m, y=torch.sin(m.y))
    pack = [m, with_changes(m, seed=1), with_changes(m, alpha=0.1), with_changes(m, shuffle=False)]
    for trained, alone in zip(train(pack), pack, strict=True):
        assert_same(trained, train([alone])[0], 1e-9)


def test_a_run_goes_on_where_the_last_one_ended():
    m = member(60, batch_size=7, **SETTINGS)
    (whole,) = train([m])
    (first,) = train([with_changes(m, max_iter=1)])
    (second,) = train([with_changes(m, max_iter=3, start=first.state)])
    np.testing.assert_allclose(
        [*first.loss_curve, *second.loss_curve], whole.loss_curve, rtol=1e-12
    )
    np.testing.assert_allclose(second.weights, whole.weights, rtol=1e-12)
