"""Networks for tables train in packs as they train alone, and forget nothing they are told."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from skdeep._engine.packing.flat import FlatLayout, load_flat
from skdeep._engine.training.building import make_network as network_of_members
from skdeep._engine.training.grouping import sub_packs
from skdeep._engine.training.loop import train, train_here
from skdeep._engine.training.randomness import RandomStream
from skdeep.neural_network._tabular.networks.network import TableNetwork
from skdeep.neural_network._tabular.networks.packed import PackedTable
from tests.engine.training.members import assert_same, with_changes
from tests.neural_network.tabular.networks.table_members import table_member
from tests.neural_network.tabular.networks.table_networks import (
    PLANS,
    make_network,
    make_plan,
    make_statistics,
)

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4}


def different_members(name, **changes):
    """Members of one pack with rows, rates and regularisation of their own."""
    has_masks = not name.startswith("transformer")
    return [
        table_member(
            name,
            seed=k,
            n=[34, 30, 36, 29][k],
            max_iter=[6, 3, 6, 4][k],
            learning_rate_init=0.003 * (k + 1),
            weight_decay=[0.0, 0.1, 0.02, 0.1][k],
            dropout=[0.0, 0.3, 0.5, 0.1][k] * has_masks,
            anneals_regularization=k != 1,
            label_smoothing=0.1 * (k == 2),
            **changes,
        )
        for k in range(4)
    ]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *((name, torch.float64) for name in sorted(PLANS)),
        *((name, torch.float32) for name in ("mlp-all", "resnet", "tabm", "transformer")),
    ],
    ids=str,
)
def test_a_pack_changes_no_network(name, dtype):
    members = different_members(name, dtype=dtype)
    assert sub_packs(members) == [[0, 1, 2, 3]]
    streams = [RandomStream(member) for member in members]
    assert isinstance(network_of_members(members, streams), PackedTable)
    for packed, member in zip(train(members), members, strict=True):
        assert packed.n_iter == member.max_iter
        assert_same(packed, train([member])[0], TOLERANCE[dtype])


@pytest.mark.parametrize("name", ["mlp-all", "tabm", "transformer"])
def test_a_pack_changes_no_network_whose_rows_are_one_batch(name):
    members = different_members(name, batch_size=40, loss="squared_error")
    assert sub_packs(members) == [[0, 1, 2, 3]]
    for packed, member in zip(train(members), members, strict=True):
        assert_same(packed, train([member])[0], 1e-9)


@pytest.mark.parametrize("name", ["mlp-all", "resnet", "tabm"])
def test_dropout_is_that_of_the_member(name):
    one = table_member(name, dropout=0.4)
    same, whole = table_member(name, dropout=0.4), table_member(name)
    first, second, third = train([one, same, whole])
    np.testing.assert_allclose(first.weights, second.weights, rtol=1e-9, atol=1e-9)
    assert np.abs(first.weights - third.weights).max() > 1e-4


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize("name", ["mlp-all", "mlp-cross", "resnet", "tabm", "transformer"])
def test_training_is_that_of_a_plain_loop(name, loss):
    member = table_member(
        name, loss=loss, solver="sgd", momentum=0.0, learning_rate_init=0.05, max_iter=3
    )
    network = make_network(make_plan(name, n_outputs=3 if loss == "log_loss" else 2), trained=False)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)
    stream = RandomStream(member)
    for _ in range(3):
        for batch in stream.next_order().split(member.batch_size):
            outputs = network(member.X.values[batch]).unflatten(1, (member.loss.n_heads, -1))
            heads = [
                nn.functional.cross_entropy(head, member.y[batch])
                if loss == "log_loss"
                else 0.5 * ((head - member.y[batch]) ** 2).sum() / len(batch)
                for head in outputs.unbind(1)
            ]
            optimizer.zero_grad()
            torch.stack(heads).mean().backward()
            optimizer.step()
    weights = train([member])[0].weights
    trained = load_flat(make_network(network.plan, trained=False), torch.from_numpy(weights))
    for name_, parameter in network.named_parameters():
        found = trained.get_parameter(name_)
        torch.testing.assert_close(found, parameter, rtol=1e-8, atol=1e-9, msg=name_)


@pytest.mark.parametrize("name", ["mlp", "mlp-cross", "resnet", "tabm", "transformer"])
def test_a_category_not_among_the_rows_stays_the_zero_vector(name):
    members, seen = [], []
    for k in range(2):
        member = table_member(name, seed=k, n=60, weight_decay=0.1, max_iter=5)
        plan, rows = member.module.plan, member.X.values
        first, second = rows[:, plan.n_scaled], rows[:, plan.n_scaled + 1]
        others = torch.nonzero((first != 0) & (first != k + 1) & (second != 0))[:, 0]
        assert 5 < len(others) < 40
        codes = [torch.tensor([0.0, 1.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 1.0])]
        codes[0][k + 1] = 0.0
        statistics = replace(make_statistics(plan), seen=codes)
        generator = torch.Generator().manual_seed(k)
        network = TableNetwork(plan, statistics, rows[others].float(), 0.1, generator).double()
        seen.append(torch.cat(codes) > 0)
        members.append(with_changes(member, rows=others[:8], module=network, batch_size=3))
    assert len(sub_packs(members)) == 1
    for k, trained in enumerate(train(members)):
        before = members[k].module.categories.vectors.detach().clone()
        network = load_flat(members[k].module, torch.from_numpy(trained.weights))
        vectors = network.categories.vectors.detach()
        assert not vectors[~seen[k]].any()
        assert (vectors[seen[k]] != before[seen[k]]).all()


def test_weight_decay_follows_rate_and_annealing():
    """What no row reaches decays by the product of the steps, written down anew."""
    plan = make_plan("mlp", n_outputs=3)
    network = make_network(plan, trained=False)
    with torch.no_grad():
        network.categories.vectors[0] = torch.tensor([1.0, -2.0, 3.0])  # code 0 of column 0
    member = table_member(
        plan=plan, module=network, weight_decay=0.5, learning_rate="coslog",
        learning_rate_init=0.3, max_iter=15, anneals_regularization=True,
    )  # fmt: skip
    reached = member.X.values[:, plan.n_scaled] == 0
    member = with_changes(member, rows=torch.nonzero(~reached)[:, 0])
    trained = train([member])[0]
    n_steps, expected = 15 * member.n_batches, np.array([1.0, -2.0, 3.0])
    for step in range(n_steps):
        rate = 0.15 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * (step + 0.5) / n_steps)))
        progress = (step + 1) / n_steps
        factor = 1.0 if progress < 0.5 else 0.5 * (1 + math.cos(math.pi * (2 * progress - 1)))
        expected = expected * (1 - 0.5 * rate * factor)
    found = load_flat(network, torch.from_numpy(trained.weights)).categories.vectors[0]
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-10)


@pytest.mark.parametrize("name", ["mlp-all", "tabm"])
def test_several_threads_train_what_one_trains(name):
    members = [
        with_changes(member, batch_size=size)
        for size in (5, 9, 40)
        for member in different_members(name)
    ]
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert len(sub_packs(members, 2)) > 1
        side_by_side = train_here(members, [None] * len(members))
        torch.set_num_threads(1)
        in_turn = train_here(members, [None] * len(members))
    finally:
        torch.set_num_threads(before)
    for one, other in zip(side_by_side, in_turn, strict=True):
        assert_same(one, other, 1e-9)


def test_an_error_on_one_thread_ends_the_others():
    members = [table_member(seed=k, batch_size=size) for k, size in enumerate((5, 40))]
    long = with_changes(members[0], max_iter=100_000, n_iter_no_change=100_000, tol=0.0)

    def fail(report):
        raise KeyError("told so")

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyError, match="told so"):
            train_here([long, members[1]], [None, fail])
    finally:
        torch.set_num_threads(before)


def test_what_a_network_trains_is_what_is_flat():
    plan = make_plan("mlp-all")
    network = make_network(plan)
    layout = FlatLayout(network)
    assert set(layout.names) == {name for name, _ in network.named_parameters()}
    # Biases, shares and scales are last: they do not decay.
    assert layout.n_weights == sum(p.numel() for p in network.parameters() if p.ndim >= 2)
