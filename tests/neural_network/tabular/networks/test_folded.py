"""Networks rewritten to predict many rows say what the networks as they are say."""

import pytest
import torch

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep.neural_network._tabular.networks.folded import TableInference
from skdeep.neural_network._tabular.networks.network import TableNetwork
from skdeep.neural_network._tabular.networks.parts import PiecewiseLinearEncoding
from skdeep.neural_network._tabular.networks.piece_lookup import PieceLookup, looked_up, piece_table
from tests.neural_network.tabular.networks.table_networks import (
    PLANS,
    make_network,
    make_pack,
    make_plan,
    make_rows,
)

MANY_ROWS = 10_000  # that it says there will be, so that networks are rewritten
# Where bins are is rounded to single precision, so that they overlap or leave gaps.
CLOSE = {"rtol": 1e-6, "atol": 1e-6}


def made(name, n_networks=3, seed=0, **changes):
    plan = make_plan(name, **changes)
    return make_pack([make_network(plan, seed=seed + k) for k in range(n_networks)])


def single_precision(pack):
    held = {
        name: value.float() if value.is_floating_point() else value
        for name, value in pack._held.items()
    }
    return type(pack)(pack.network, pack.flat.float(), held)


def assert_same(packs, x, **close):
    inference = TableInference(packs, MANY_ROWS)
    for pack, outputs in zip(packs, inference.outputs(x), strict=True):
        torch.testing.assert_close(outputs, pack.all_outputs(x), **(close or CLOSE))
    return inference


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        *((name, {}) for name in sorted(PLANS)),
        *(("mlp-all", {"activation": activation}) for activation in sorted(ACTIVATIONS)),
        *(
            ("mlp-bins", {"activation": activation, "learns_activation": False})
            for activation in sorted(ACTIVATIONS)
        ),
        ("mlp-all", {"depth": 1}),
        *(("mlp-cross", {"n_crosses": 3, "n_outputs": n_outputs}) for n_outputs in (1, 40)),
        ("mlp-cross", {"depth": 0}),
        ("mlp-cross", {"bins": (), "n_crosses": 1}),
        ("mlp-all", {"n_outputs": 11}),  # more than units of a hidden layer
        ("mlp-bins", {"depth": 0, "n_outputs": 1}),
        ("mlp-bins", {"bins": (1, 1)}),
        ("mlp-bins", {"bins": (0, 2)}),
        ("mlp-bins", {"bins": (2, 0)}),
    ],
)
def test_outputs_are_those_of_the_pack(name, changes):
    pack = made(name, **changes)
    inference = assert_same([pack], make_rows(pack.network.plan, 40))
    assert bool(inference._folded) == (pack.network.plan.architecture == "mlp")


@pytest.mark.parametrize("name", ["mlp-all", "mlp-cross", "mlp-no-hidden"])
@pytest.mark.parametrize("activation", ["selu", "silu", "relu"])
def test_single_precision_loses_no_digits(name, activation):
    pack = made(name, activation=activation)
    x = make_rows(pack.network.plan, 200).float()
    exact = pack.all_outputs(x.double())
    (outputs,) = TableInference([single_precision(pack)], MANY_ROWS).outputs(x)
    torch.testing.assert_close(outputs.double(), exact, rtol=1e-5, atol=1e-5)


def test_networks_that_read_the_same_are_told_apart():
    names = ["mlp-numbers", "mlp-bins", "mlp-no-hidden", "mlp-cosines", "mlp-cross", "resnet"]
    same_columns = {"cardinalities": (4, 3)}
    packs = [made(name, **same_columns) for name in names]  # statistics go by the seed
    packs.append(made("mlp-bins", seed=2, width=5, **same_columns))
    packs.append(made("mlp-bins", seed=1, bins=(2, 4), **same_columns))
    x = make_rows(packs[0].network.plan, 40)
    inference = assert_same(packs, x)
    by_bins = {len(group._alike) for group in inference._groups if group._lookup is not None}
    assert by_bins == {3, 5}  # sets of edges: seeds 1 to 3, and 0 to 4


def test_same_networks_with_other_weights_share_what_they_read():
    pack = made("mlp-all")
    later = type(pack)(pack.network, 0.5 * pack.flat, pack._held)
    inference = assert_same([pack, later], make_rows(pack.network.plan, 20))
    (group,) = inference._groups
    assert [[len(members) for members in alike] for alike in group._alike] == [[2], [2], [2]]


@pytest.mark.parametrize("n_rows", [1, 7])
def test_a_row_is_predicted_alike_in_any_company(n_rows):
    pack = made("mlp-all")
    x, inference = make_rows(pack.network.plan, 30), TableInference([pack], MANY_ROWS)
    (whole,) = inference.outputs(x)
    for start in (0, 11):
        (part,) = inference.outputs(x[start : start + n_rows])
        torch.testing.assert_close(part, whole[:, start : start + n_rows], **CLOSE)


def test_few_rows_are_not_worth_it():
    pack = made("mlp-all")
    inference = TableInference([pack], 3)
    assert not inference._folded
    x = make_rows(pack.network.plan, 3)
    assert torch.equal(inference.outputs(x)[0], pack.all_outputs(x))


@pytest.mark.parametrize("slope", [0.0, 1e-4])
def test_a_unit_that_is_flat_right_of_zero_is_computed_as_it_is(slope):
    pack = made("mlp-all", activation="selu")
    share = (slope - 1.0) / (1.0507009873554805 - 1.0)
    pack._tensors["trunk"]["activations"]["1"]["share"].data[1, 2] = 10.0 * share
    inference = assert_same([pack], make_rows(pack.network.plan, 20))
    assert not inference._folded


def test_outputs_come_in_units_that_members_share():
    plan = make_plan("mlp-bins", has_units=True)
    pack = TableNetwork.packed([TableNetwork.blank(plan)] * 2, torch.randn(2, pack_size(plan)))
    generator = torch.Generator().manual_seed(0)
    units = torch.rand(2, 4, plan.n_outputs, generator=generator)
    units[:, 2], units[:, 3] = -0.3, 0.4
    pack._held["units.units"].copy_(units)
    assert_same([pack], make_rows(plan, 20).float(), rtol=1e-5, atol=1e-5)


def pack_size(plan):
    return sum(p.numel() for p in TableNetwork.blank(plan).parameters())


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_a_lookup_is_the_product_with_all_bins(offset):
    generator = torch.Generator().manual_seed(0)
    bins, n_used = (4, 1, 3), (4, 1, 2)  # the last number needs fewer bins than it has
    x = offset + torch.randn(50, 3, generator=generator, dtype=torch.float64)
    left, inverse_width = torch.zeros(2, 2, sum(bins), dtype=torch.float64)
    for k in range(2):
        start = 0
        for n_bins, used in zip(bins, n_used, strict=True):
            edges = offset + torch.randn(used + 1, generator=generator).double().sort().values
            left[k, start : start + used] = edges[:-1]
            inverse_width[k, start : start + used] = 1.0 / edges.diff()
            x[k, len(bins) - 1] = edges[0]  # on an edge
            start += n_bins
    x[3, 0], x[4, 1], x[5] = torch.nan, offset + 1e6, offset - 1e6
    weight = torch.randn(sum(bins), 5, generator=generator).double()
    bias = torch.randn(5, generator=generator).double()
    parts = [PiecewiseLinearEncoding(bins, left[k], inverse_width[k]) for k in range(2)]
    slopes, offsets = (torch.stack([getattr(p, n) for p in parts]) for n in ("slopes", "offset"))
    lookup, table = PieceLookup(bins, slopes, offsets), piece_table(bins, weight, bias)
    for k in range(2):
        through = (x[:, torch.repeat_interleave(torch.tensor(bins))] - left[k]).mul(
            inverse_width[k]
        )
        expected = through.nan_to_num(nan=0.0).clamp(0.0, 1.0) @ weight + bias
        found = looked_up(table, lookup.places(k, lookup.sought(x.T.contiguous())))
        torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-8)


def test_infinite_numbers_are_beyond_all_bins():
    x = torch.tensor([[torch.inf, -torch.inf]])
    lookup = PieceLookup((2,), torch.tensor([[[1.0, 1.0]]]), torch.tensor([[0.0, -1.0]]))
    table = piece_table((2,), torch.tensor([[2.0], [3.0]]), torch.tensor([1.0]))
    assert looked_up(table, lookup.places(0, lookup.sought(x))).tolist() == [[6.0], [1.0]]
