"""What networks for tables read, and how their products start, each against its definition."""

from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from skdeep.neural_network._tabular.networks.layers import (
    FirstLinear,
    LastLinear,
    LearnedActivation,
    ScaledLinear,
)
from skdeep.neural_network._tabular.networks.parts import (
    CategoryEmbeddings,
    PiecewiseLinearEncoding,
    RandomCosines,
    ScaledColumns,
)
from skdeep.neural_network._tabular.networks.tensors import nested, own_tensors, run_alone


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def written(part, x):
    """What a part writes for rows of one network."""
    out = x.new_full((1, len(x), part.width), torch.nan)
    part.write(own_tensors(part), x.unsqueeze(0), out)
    return out[0]


def pieces(edges):
    """The encoding of columns whose bins have these edges."""
    bins = tuple(len(e) - 1 for e in edges)
    left = torch.tensor([x for e in edges for x in e[:-1]]).double()
    inverse = torch.tensor([1 / d for e in edges for d in np.diff(e)]).double()
    return PiecewiseLinearEncoding(bins, left, inverse)


numbers = st.integers(-50, 50).map(lambda i: i / 4)


@given(st.lists(st.sets(numbers, min_size=2, max_size=6).map(sorted), min_size=1, max_size=3),
       st.lists(st.one_of(numbers, st.just(np.nan)), min_size=1, max_size=8))  # fmt: skip
@settings(deadline=None, derandomize=True, database=None, max_examples=60)
def test_pieces_say_how_far_a_number_is_through_each_bin(edges, values):
    x = np.array(values)[:, None].repeat(len(edges), axis=1)
    encoded = written(pieces(edges), torch.from_numpy(x)).numpy()
    expected = [
        np.nan_to_num(np.interp(x[:, j], [low, high], [0.0, 1.0]))
        for j, e in enumerate(edges)
        for low, high in pairwise(e)
    ]
    np.testing.assert_allclose(encoded, np.column_stack(expected), atol=1e-12)
    # All bins of a number together are its place among the edges.
    first = 0
    for j, e in enumerate(edges):
        place = np.interp(x[:, j], e, np.arange(len(e)))
        total = encoded[:, first : first + len(e) - 1].sum(axis=1)
        np.testing.assert_allclose(total, np.nan_to_num(place), atol=1e-12)
        first += len(e) - 1


def test_bins_that_are_not_needed_say_nothing():
    part = PiecewiseLinearEncoding((2,), torch.zeros(2), torch.tensor([0.5, 0.0]))
    x = torch.tensor([[-1e30], [1.0], [1e30], [torch.nan]])
    encoded = written(part, x)
    assert encoded.tolist() == [[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [0.0, 0.0]]


def test_numbers_are_clipped_smoothly():
    part = ScaledColumns(torch.tensor([2.0, 0.0]).double(), torch.tensor([0.5, 0.0]).double())
    x = torch.tensor([[2.0, 7.0], [4.0, -7.0], [1e15, 1e15], [-1e15, 0.0], [torch.nan, torch.nan]])
    original = x.clone()
    z = written(part, x.double())
    one = 1 / np.sqrt(1 + 1 / 9)
    expected = torch.tensor([[0, 0], [one, 0], [3, 0], [-3, 0], [0, 0]]).double()
    torch.testing.assert_close(z, expected)
    torch.testing.assert_close(x, original, equal_nan=True)


def test_cosines_are_spread_over_frequencies_and_phases():
    part = RandomCosines(3, 4000, 0.25, generator())
    z = torch.randn(5, 3, generator=generator(1))
    cosines = written(part, z).view(5, 3, 4000)
    # The mean over the phases is 0, that of products the kernel of the frequencies.
    assert cosines.mean(dim=2).abs().max() < 0.05
    gap = z[:, None] - z[None]
    kernel = torch.exp(-0.5 * (2 * np.pi * 0.25 * gap) ** 2)
    found = 2 * torch.einsum("ajf,bjf->abj", cosines, cosines) / 4000
    torch.testing.assert_close(found, kernel, rtol=0, atol=0.1)


def test_a_code_is_looked_up_among_those_of_its_column():
    seen = [torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])]
    members = [CategoryEmbeddings(seen, 2, generator(seed)) for seed in range(3)]
    tensors = nested(
        [
            ("vectors", torch.stack([m.vectors.detach() for m in members])),
            ("starts", torch.stack([m.starts for m in members])),
        ]
    )
    x = torch.cartesian_prod(torch.arange(3.0), torch.arange(4.0))
    found = members[0](tensors, x.expand(3, *x.shape))
    for k, member in enumerate(members):
        table = member.vectors.detach()
        for row, (a, b) in zip(found[k], x.long().tolist(), strict=True):
            assert torch.equal(row, torch.cat([table[a], table[3 + b]]))
        assert not table[[0, 3, 5]].any()
        assert table[[1, 2, 4, 6]].all()


SPREADS = {"normal": (0.0, 1.0), "narrow": (0.0, 0.1), "wide": (0.0, 30.0), "far": (5.0, 1.0)}


@pytest.mark.parametrize("fan_in", [1, 3, 300])
@pytest.mark.parametrize("spread", sorted(SPREADS))
@pytest.mark.parametrize("kind", [ScaledLinear, FirstLinear])
def test_a_product_starts_with_variance_one_and_kinks_amid_the_rows(kind, spread, fan_in):
    mean, deviation = SPREADS[spread]
    h = mean + deviation * torch.randn(200, fan_in, generator=generator(1))
    z = run_alone(kind(h, 50, generator()), h).detach()
    torch.testing.assert_close(z.std(dim=0, correction=0), torch.ones(50), rtol=1e-3, atol=0)
    assert (z.amin(dim=0) < 0).all()
    assert (z.amax(dim=0) > 0).all()


def test_constant_rows_make_no_infinite_weights():
    layer = ScaledLinear(torch.ones(10, 4), 3, generator())
    assert torch.isfinite(run_alone(layer, torch.ones(10, 4))).all()


@pytest.mark.parametrize("n_more", [0, 2])
def test_the_first_product_scales_its_inputs(n_more):
    h = torch.randn(20, 5 + n_more, generator=generator(1)).double()
    layer = FirstLinear(h.float(), 6, generator()).double()
    plain = layer.weight.detach() / (5 + n_more) ** 0.5
    with torch.no_grad():
        layer.scale[3] = 0.0
    tensors, x = own_tensors(layer), h.unsqueeze(0)
    more = x[..., 5:] if n_more else None
    z = layer(tensors, x[..., :5], more)[0]
    kept = h.clone()
    kept[:, 3] = 0.0  # the others have scale 1
    torch.testing.assert_close(z, kept @ plain + 0.1 * layer.bias, rtol=1e-6, atol=1e-6)


def test_the_last_product_starts_at_a_constant():
    start = torch.tensor([1.0, -2.0, 0.5])
    layer = LastLinear(4, start)
    h = torch.randn(7, 4, generator=generator())
    torch.testing.assert_close(run_alone(layer, h), start.expand(7, 3))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_units_learn_how_much_of_an_activation_to_take(share):
    part = LearnedActivation("relu", 3, True)
    z = torch.tensor([[-2.0, 0.0, 3.0]])
    torch.testing.assert_close(run_alone(part, z), z.relu())  # where training starts
    with torch.no_grad():
        part.share.fill_(share / 0.1)
    torch.testing.assert_close(run_alone(part, z), (1 - share) * z + share * z.relu())


def test_an_activation_may_be_fixed():
    part = LearnedActivation("tanh", 3, False)
    assert list(part.parameters()) == []
    z = torch.tensor([[-2.0, 0.0, 3.0]])
    torch.testing.assert_close(run_alone(part, z), z.tanh())
