"""Denoisers swap cells by the column, and their outputs are what is left of the clean cells."""

import numpy as np
import pytest
import torch

from skdeep._engine.packing.flat import FlatLayout, flat_vector
from skdeep.neural_network._tabular.networks.denoiser import SWAP_RATE, TableDenoiser
from tests.neural_network.tabular.networks.table_networks import (
    PLANS,
    make_network,
    make_plan,
    make_rows,
)

N_ROWS = 7
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


def make_denoiser(plan, seed=0, pool=None):
    pool = make_rows(plan, 16, seed=seed + 50) if pool is None else pool
    generator = torch.Generator().manual_seed(seed)
    features = torch.arange(plan.n_columns)
    denoiser = TableDenoiser(make_network(plan, seed), pool, features, generator).double()
    with torch.no_grad():
        for p in denoiser.parameters():
            p.add_(0.3 * torch.randn(p.shape, generator=generator, dtype=torch.float64))
    return denoiser


def packed(denoisers):
    return TableDenoiser.packed(denoisers, torch.stack([flat_vector(d) for d in denoisers]))


def gaps(pack, x, seeds):
    n_outputs = pack._table.network(x[0]).shape[1]
    pack.start_epoch(seeds)
    return pack.forward(x, torch.full((*x.shape[:2], n_outputs), torch.nan).double())


def swapped(pack, x, seeds):
    pack.start_epoch(seeds)
    return pack.swapped(x)


def by_hand(denoiser, restored, x):
    """Gaps of the outputs of one network, cell by cell."""
    network, plan = denoiser.network, denoiser.network.plan
    firsts = np.cumsum([0, *plan.cardinalities])
    result = torch.zeros_like(restored)
    for i, row in enumerate(x.tolist()):
        cells = []
        for j in range(plan.n_scaled):
            z = (row[j] - float(network.scaled.center[j])) * float(network.scaled.scale[j])
            cells.append([z / (1 + (z / 3) ** 2) ** 0.5])
        for j, code in enumerate(row[plan.n_scaled :]):
            vector = denoiser.signs[firsts[j] + int(code)].tolist()
            cells.append(vector if code else [np.nan] * len(vector))
        values = [value for cell in cells for value in cell] * _heads(plan)
        wanted = torch.tensor(values, dtype=torch.float64)
        known = ~wanted.isnan()
        result[i, known] = restored[i, known] - wanted[known]
    return result


def _heads(plan):
    return plan.n_heads if plan.architecture == "tabm" else 1


@pytest.mark.parametrize("name", sorted(PLANS))
def test_outputs_are_gaps_to_the_clean_cells_and_missing_ones_have_none(name):
    plan = make_plan(name)
    denoisers = [make_denoiser(plan, seed=k) for k in range(2)]
    pack = packed(denoisers)
    x = torch.stack([make_rows(plan, N_ROWS, seed=k) for k in range(2)])
    found, noisy = gaps(pack, x, [5, 6]).clone(), swapped(pack, x, [5, 6])
    for k, denoiser in enumerate(denoisers):
        restored = denoiser.network(noisy[k]).detach()
        torch.testing.assert_close(found[k], by_hand(denoiser, restored, x[k]), **CLOSE)
        as_they_are = denoiser.network(x[k]).detach()
        expected = by_hand(denoiser, as_they_are, x[k])
        torch.testing.assert_close(pack.outputs(k, x[k]), expected, **CLOSE)


@pytest.mark.parametrize("name", ["mlp-all", "mlp-cross", "resnet", "tabm", "transformer"])
def test_gradients_are_those_of_the_squared_gaps(name):
    plan = make_plan(name)
    denoisers = [make_denoiser(plan, seed=k) for k in range(2)]
    pack, layout = packed(denoisers), FlatLayout(denoisers[0])
    x = torch.stack([make_rows(plan, N_ROWS, seed=k) for k in range(2)])
    found = gaps(pack, x, [5, 6])
    pack.backward(x, found.clone())
    noisy = swapped(pack, x, [5, 6])
    for k, denoiser in enumerate(denoisers):
        left = by_hand(denoiser, denoiser.network(noisy[k]), x[k])
        (0.5 * left.square()).sum().backward()
        parameters = dict(denoiser.named_parameters())
        for part, parameter in zip(layout.views(pack.grad), layout.names, strict=True):
            torch.testing.assert_close(part[k], parameters[parameter].grad, **CLOSE)


def test_swapped_cells_keep_the_distribution_of_their_columns():
    plan, n_rows = make_plan("mlp", n_numbers=3, cardinalities=(5,)), 20_000
    pool = make_rows(plan, 64, seed=3, missing=0.3)
    pack = packed([make_denoiser(plan, pool=pool)])
    x = torch.full((1, n_rows, plan.n_columns), 1e6, dtype=torch.float64)
    noisy = swapped(pack, x, [0])[0]
    is_swapped = noisy != 1e6
    spread = 4.0 * (SWAP_RATE * (1 - SWAP_RATE) / n_rows) ** 0.5
    assert ((is_swapped.double().mean(dim=0) - SWAP_RATE).abs() < spread).all()
    for j in range(plan.n_columns):
        values = noisy[is_swapped[:, j], j].nan_to_num(-1e6)
        clean = pool[:, j].nan_to_num(-1e6)
        assert torch.isin(values, clean).all()
        for value in clean.unique():
            share = (clean == value).double().mean()
            found = (values == value).double().mean()
            assert abs(found - share) < 4.5 * (share / len(values)) ** 0.5


def test_columns_of_a_feature_come_from_one_row_and_others_do_not():
    plan = make_plan("mlp", n_numbers=1, n_plain=2, cardinalities=())
    pool = torch.arange(48.0, dtype=torch.float64).view(16, 3)  # every value tells its row
    denoiser = TableDenoiser(
        make_network(plan), pool, torch.tensor([0, 4, 4]), torch.Generator()
    ).double()
    x = torch.full((1, 500, 3), -1.0, dtype=torch.float64)
    noisy = swapped(packed([denoiser]), x, [0])[0]
    rows = torch.where(noisy < 0, -1, noisy // 3)
    assert torch.equal(rows[:, 1], rows[:, 2])
    both = (rows[:, 0] >= 0) & (rows[:, 1] >= 0)
    assert abs(both.double().mean() - SWAP_RATE**2) < 0.1
    assert (rows[both, 0] == rows[both, 1]).double().mean() < 0.2  # by chance, 1 of 16


def test_noise_hangs_on_the_seed_of_the_member_and_on_no_neighbour():
    plan = make_plan("mlp-all")
    denoisers = [make_denoiser(plan, seed=k) for k in range(3)]
    pack = packed(denoisers)
    x = torch.stack([make_rows(plan, N_ROWS, seed=k) for k in range(3)])
    together = swapped(pack, x, [1, 2, 3])
    assert torch.equal(together.nan_to_num(), swapped(pack, x, [1, 2, 3]).nan_to_num())
    assert not torch.equal(together.nan_to_num(), swapped(pack, x, [4, 2, 3]).nan_to_num())
    kept = pack.keep(torch.tensor([2]))
    alone = swapped(kept, x[2:, :4], [3])  # and on no row that fills a batch up
    assert torch.equal(alone[0].nan_to_num(), together[2, :4].nan_to_num())
    torch.testing.assert_close(gaps(kept, x[2:], [3])[0], gaps(pack, x, [1, 2, 3])[2], **CLOSE)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_trunk_is_taken_over_and_outputs_are_not(name):
    plan = make_plan(name)
    one, other = make_network(plan, seed=1), make_network(make_plan(name, n_outputs=5), seed=2)
    before, x = one(make_rows(plan, N_ROWS)).detach(), make_rows(plan, N_ROWS)
    first = {key: value.clone() for key, value in one.state_dict().items()}
    one.take_trunk(other)
    moved = {key for key, value in one.state_dict().items() if not torch.equal(value, first[key])}
    kept = {key for key in first if key not in moved and first[key].is_floating_point()}
    for key in moved:
        assert torch.equal(one.state_dict()[key], other.state_dict()[key])
    assert all(".last" in key or key == "trunk.bias" for key in kept if first[key].numel())
    if plan.depth and plan.n_columns:
        assert not torch.allclose(one(x), before)
