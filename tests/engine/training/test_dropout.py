"""Dropout masks: their rate, their scale, and which members share them."""

import numpy as np
import pytest
import torch

from skdeep._engine.training.dropout import DropoutMasks
from skdeep._engine.training.loop import train
from tests.engine.training.members import assert_same, make_data, make_member, with_changes

UNITS = (3, 40, 30, 1)


def member(**changes):
    X, y = make_data("regression", "squared_error", 50, 3, 1, np.random.default_rng(0))
    return make_member(X, y, hidden=UNITS[1:-1], **changes)


def drawn(members, epoch=0, n_rows=50, per_content=False):
    masks = DropoutMasks(members)
    masks.start_epoch([epoch] * len(members))
    buffers = masks.new_masks(n_rows)
    masks.draw(buffers, [n_rows] * len(members), per_content=per_content)
    return [buffer.clone() for buffer in buffers]


@pytest.mark.parametrize("dropout", [0.1, 0.5, 0.9])
def test_units_are_dropped_as_often_as_asked_and_the_rest_makes_up_for_it(dropout):
    counts = []
    for epoch in range(30):
        for mask, units in zip(drawn([member(dropout=dropout)], epoch), UNITS[1:-1], strict=True):
            assert mask.shape == (1, 50, units)
            kept = mask[mask != 0]
            torch.testing.assert_close(
                kept, torch.full_like(kept, 1 / (1 - dropout)), rtol=1e-4, atol=0
            )
            counts.append([int((mask == 0).sum()), mask.numel()])
    dropped, drawn_units = np.sum(counts, axis=0)
    error = np.sqrt(dropout * (1 - dropout) / drawn_units)
    assert dropped / drawn_units == pytest.approx(dropout, abs=4 * error)


def test_units_rows_and_layers_are_dropped_independently():
    first, second = drawn([member(dropout=0.5)])
    dropped = torch.cat([first, second], dim=2)[0] == 0  # (50, 70)
    assert len({tuple(row) for row in dropped.tolist()}) == 50
    assert len({tuple(column) for column in dropped.T.tolist()}) == 70
    correlation = np.corrcoef(dropped.numpy().T.astype(float))
    off_diagonal = correlation[~np.eye(70, dtype=bool)]
    assert abs(off_diagonal.mean()) < 0.01
    assert np.abs(off_diagonal).max() < 0.7


def test_it_does_not_matter_in_which_parts_rows_come():
    members = [member(dropout=0.5), member(dropout=0.5, seed=1)]
    whole = drawn(members)
    masks = DropoutMasks(members)
    masks.start_epoch([0, 0])
    parts = []
    for rows in ([7, 7], [0, 20], [43, 23]):
        buffers = masks.new_masks(max(rows))
        masks.draw(buffers, rows, per_content=False)
        parts.append([[mask[k, :n] for mask in buffers] for k, n in enumerate(rows)])
    for k in range(2):
        for layer, mask in enumerate(whole):
            assert torch.equal(torch.cat([part[k][layer] for part in parts]), mask[k])


def test_masks_change_with_epoch_and_seed():
    base = drawn([member(dropout=0.5)])[0]
    assert torch.equal(base, drawn([member(dropout=0.5)])[0])
    assert not torch.equal(base, drawn([member(dropout=0.5)], epoch=1)[0])
    assert not torch.equal(base, drawn([member(dropout=0.5, seed=1)])[0])


def test_each_member_has_its_own_dropout():
    rates = [0.0, 0.5, 0.2]
    pack = [member(dropout=rate, seed=k) for k, rate in enumerate(rates)]
    packed = drawn(pack)
    for k, m in enumerate(pack):
        for mask, alone in zip(packed, drawn([m]), strict=True):
            torch.testing.assert_close(mask[k], alone[0], rtol=0, atol=0)
    assert (packed[0][0] == 1).all()


def test_rows_of_equal_content_share_a_mask():
    groups = torch.tensor([2, 0, 1, 2, 0, 2])
    first, second = drawn([member(dropout=0.5, row_groups=groups)], n_rows=6, per_content=True)
    for mask in (first[0], second[0]):
        for i in range(6):
            for j in range(6):
                assert torch.equal(mask[i], mask[j]) == (groups[i] == groups[j])


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_row_written_twice_is_a_row_of_weight_two_in_one_batch(solver):
    rng = np.random.default_rng(0)
    X, y = make_data("regression", "squared_error", 12, 3, 1, rng)
    twice = np.concatenate([np.arange(12), [1, 4, 4]])
    weight = np.bincount(twice).astype(float)
    settings = {"dropout": 0.4, "solver": solver, "max_iter": 10, "hidden": (9, 5), "alpha": 0.1}
    weighted = make_member(
        X, y, batch_size=12, sample_weight=weight, row_groups=np.arange(12), **settings
    )
    repeated = make_member(X[twice], y[twice], batch_size=15, row_groups=twice, **settings)
    (one,), (other,) = train([weighted]), train([repeated])
    np.testing.assert_allclose(one.weights, other.weights, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(one.loss_curve, other.loss_curve, rtol=1e-9)


@pytest.mark.parametrize("batch_size", [10, 50])
def test_no_dropout_beside_dropout_is_no_dropout(batch_size):
    plain = member(batch_size=batch_size)
    packed = train([plain, with_changes(plain, dropout=0.5, seed=1)])
    assert_same(packed[0], train([plain])[0], 1e-12)


def test_dropout_changes_training_and_not_prediction():
    # The curve is of the network with units left out; the weights predict without a mask.
    m = member(max_iter=20, batch_size=50)
    (plain,), (dropped,) = train([m]), train([with_changes(m, dropout=0.5)])
    assert not np.allclose(plain.weights, dropped.weights)
    assert plain.loss_curve[-1] < dropped.loss_curve[-1]


def test_the_mean_of_many_masks_is_the_network_without_one():
    # At rate 0 the loss of a linear network at target 0 differs from the unmasked one by noise
    # alone where the output is linear in the mask; so compare the mean output, by a linear loss.
    X = np.ones((200, 3))
    y = np.full((200, 1), -1e6)  # far below: the absolute error is the output plus 1e6
    m = make_member(
        X,
        y,
        loss="absolute_error",
        hidden=(50,),
        activation="tanh",
        batch_size=200,
        learning_rate_init=0.0,
        max_iter=50,
        n_iter_no_change=100,
    )
    (plain,), (dropped,) = train([m]), train([with_changes(m, dropout=0.3)])
    spread = np.std(dropped.loss_curve)
    assert spread > 0
    expected = plain.loss_curve[0]
    assert np.mean(dropped.loss_curve) == pytest.approx(expected, abs=4 * spread / np.sqrt(50))


@pytest.mark.parametrize("dropout", [1e-6, 1 - 1e-6])
def test_extreme_rates_give_finite_masks(dropout):
    for mask in drawn([member(dropout=dropout)]):
        assert torch.isfinite(mask).all()
