"""Networks for tables against their formulas, written down for one network and one architecture."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from skdeep._engine.packing.structure import structure_key
from skdeep.neural_network._tabular.networks.network import TableNetwork
from skdeep.neural_network._tabular.networks.tensors import own_tensors
from tests.neural_network.tabular.networks.table_networks import (
    PLANS,
    make_network,
    make_pack,
    make_plan,
    make_rows,
    make_statistics,
)

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def scaled(network, x):
    """Scaled and clipped columns, missing ones in the middle."""
    state, n = network.state_dict(), network.plan.n_scaled
    z = (x[:, :n] - state["scaled.center"]) * state["scaled.scale"]
    z = torch.where(torch.isnan(z), 0.0, z)
    return z / torch.sqrt(1 + (z / 3) ** 2)


def embedded(network, x):
    """Vectors of the categories, side by side."""
    vectors, first, found = network.state_dict().get("categories.vectors"), 0, []
    for j, n_codes in enumerate(network.plan.cardinalities):
        codes = x[:, network.plan.n_scaled + j].long()
        found.append(vectors[first : first + n_codes][codes])
        first += n_codes
    return found


def read(network, x):
    """What the first product sees: numbers, cosines, pieces, categories."""
    plan, state = network.plan, network.state_dict()
    z = scaled(network, x)
    parts = [z]
    if plan.n_frequencies:
        angles = z[:, : plan.n_numbers, None] * state["cosines.frequencies"]
        parts.append(torch.cos(angles + state["cosines.phases"]).flatten(1))
    if plan.bins:
        first = 0
        for j, n_bins in enumerate(plan.bins):
            for b in range(first, first + n_bins):
                slope, offset = state["pieces.slopes"][j, b], state["pieces.offset"][b]
                part = (x[:, j] * slope + offset).clamp(0, 1)
                parts.append(torch.where(torch.isnan(part), 0.0, part)[:, None])
            first += n_bins
    return torch.cat(parts + embedded(network, x), dim=1)


def product(network, name, h):
    state = network.state_dict()
    weight = state[f"{name}.weight"]
    if f"{name}.scale" in state:
        weight = 6 * state[f"{name}.scale"][:, None] * weight
    return h @ weight / max(1, len(weight)) ** 0.5 + 0.1 * state[f"{name}.bias"]


def activated(network, name, z):
    share = 0.1 * network.state_dict().get(f"{name}.share", torch.tensor(10.0))
    function = {"selu": functional.selu, "mish": functional.mish}[network.plan.activation]
    return z + share * (function(z) - z)


def perceptron(network, h, stem="trunk"):
    for i in range(network.plan.depth):
        z = product(network, f"{stem}.linears.{i}", h)
        h = activated(network, f"{stem}.activations.{i}", z)
    return h


def mlp(network, x):
    return product(network, "trunk.last", perceptron(network, read(network, x)))


def normalised(h):
    centred = h - h.mean(dim=-1, keepdim=True)
    return centred / (centred.pow(2).mean(dim=-1, keepdim=True) + 1e-5).sqrt()


def resnet(network, x):
    h = product(network, "trunk.first", read(network, x))
    for i in range(network.plan.depth):
        z = product(network, f"trunk.inner.{i}", normalised(h))
        branch = activated(network, f"trunk.activations.{i}", z)
        h = h + product(network, f"trunk.outer.{i}", branch)
    return product(network, "trunk.last", normalised(h))


def tabm(network, x):
    state, plan, outputs = network.state_dict(), network.plan, []
    for head in range(plan.n_heads):
        h = perceptron(network, read(network, x) * state["trunk.adapter"][head], "trunk.body")
        bias = state["trunk.bias"].view(plan.n_heads, -1)[head]
        outputs.append(h @ state["trunk.last"][head] / plan.width**0.5 + bias)
    return torch.cat(outputs, dim=1)


def cross(network, x):
    first = h = read(network, x)
    for i in range(network.plan.n_crosses):
        down, up = (network.state_dict()[f"cross.{way}.{i}"] for way in ("down", "up"))
        h = h + first * (h @ down @ up) / (down.shape[0] * down.shape[1]) ** 0.5
    return product(network, "cross.last", h)


def transformer(network, x):
    plan, state = network.plan, network.state_dict()
    z, position = read(network, x)[:, : plan.n_scaled], state["tokens.position"]
    tokens = [position[:1].expand(len(x), -1)]
    for j in range(plan.n_scaled):
        tokens.append(z[:, j, None] * state["tokens.direction"][j] + position[1 + j])
    tokens = torch.stack(tokens + embedded(network, x), dim=1)
    n_heads, size = plan.n_heads, plan.width // plan.n_heads
    for i in range(plan.depth):
        block = f"trunk.blocks.{i}"
        mixed = product(network, f"{block}.query_key_value", normalised(tokens))
        query, key, value = (
            part.unflatten(2, (n_heads, size)).transpose(1, 2) for part in mixed.chunk(3, dim=2)
        )
        seen = functional.scaled_dot_product_attention(query, key, value)
        tokens = tokens + product(network, f"{block}.mix", seen.transpose(1, 2).flatten(2))
        inner = product(network, f"{block}.inner", normalised(tokens))
        branch = activated(network, f"{block}.activation", inner)
        tokens = tokens + product(network, f"{block}.outer", branch)
    return product(network, "trunk.last", normalised(tokens[:, 0]))


FORMULAS = {"mlp": mlp, "resnet": resnet, "tabm": tabm, "transformer": transformer}


@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_network_computes_its_formula(name):
    plan = make_plan(name)
    network, x = make_network(plan), make_rows(plan, 12)
    expected = FORMULAS[plan.architecture](network, x)
    if plan.n_crosses:
        expected = expected + cross(network, x).repeat(1, expected.shape[1] // plan.n_outputs)
    torch.testing.assert_close(network(x).detach(), expected, **CLOSE)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_outputs_start_at_the_start(name):
    plan = make_plan(name)
    network = make_network(plan, trained=False)
    outputs = network(make_rows(plan, 9)).detach()
    start = make_statistics(plan).start.double()
    expected = start.repeat(outputs.shape[1] // plan.n_outputs).expand_as(outputs)
    torch.testing.assert_close(outputs, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_missing_number_is_one_in_the_middle_but_for_its_bins(name):
    plan = make_plan(name, bins=())
    network, x = make_network(plan), make_rows(plan, 30, missing=0.5)
    filled = x.clone()
    center = network.scaled.center[: plan.n_numbers].expand(len(x), -1)
    filled[:, : plan.n_numbers] = torch.where(
        torch.isnan(x[:, : plan.n_numbers]), center, x[:, : plan.n_numbers]
    )
    assert not plan.n_numbers or torch.isnan(x).any()
    torch.testing.assert_close(network(x), network(filled), **CLOSE)


@pytest.mark.parametrize("name", [name for name in sorted(PLANS) if PLANS[name]["cardinalities"]])
def test_an_unseen_category_is_no_category(name):
    plan = make_plan(name)
    network = make_network(plan, trained=False)
    x = make_rows(plan, 20)
    unseen = [
        plan.n_scaled + j for j, codes in enumerate(make_statistics(plan).seen) if not codes.all()
    ]
    assert unseen
    for j, codes in enumerate(make_statistics(plan).seen):
        for code in np.flatnonzero(codes == 0):
            x[:, plan.n_scaled + j] = float(code)
            vectors = network.encode(own_tensors(network), x.unsqueeze(0)).embedded
            size = vectors.shape[2] // len(plan.cardinalities)
            assert not vectors[0, :, j * size : (j + 1) * size].any()


@pytest.mark.parametrize("name", ["mlp-all", "resnet", "transformer"])
def test_outputs_are_a_product_of_the_representation(name):
    plan = make_plan(name)
    networks = [make_network(plan, seed=k) for k in range(2)]
    pack, x = make_pack(networks), make_rows(plan, 6)
    representations = pack.representations(x)
    assert representations.shape == (2, 6, plan.width)
    for k, network in enumerate(networks):
        outputs = product(network, "trunk.last", representations[k])
        torch.testing.assert_close(outputs, network(x).detach(), **CLOSE)


def test_the_representation_of_heads_is_their_mean():
    plan = make_plan("tabm")
    network, x = make_network(plan), make_rows(plan, 6)
    heads = [
        perceptron(network, read(network, x) * signs, "trunk.body")
        for signs in network.state_dict()["trunk.adapter"]
    ]
    mean = torch.stack(heads).mean(dim=0)
    torch.testing.assert_close(make_pack([network]).representations(x)[0], mean, **CLOSE)


@pytest.mark.parametrize("name", ["transformer", "transformer-codes"])
def test_attention_is_shared_out_over_the_columns(name):
    plan = make_plan(name)
    networks = [make_network(plan, seed=k) for k in range(2)]
    x = make_rows(plan, 5)
    attention = make_pack(networks).attention(x)
    n_tokens = plan.n_columns + 1
    assert len(attention) == plan.depth
    for weights in attention:
        assert weights.shape == (2, 5, plan.n_heads, n_tokens, n_tokens)
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(weights.shape[:-1]).double())
        assert (weights > 0).all()


@pytest.mark.parametrize("name", sorted(PLANS))
def test_rows_do_not_see_each_other(name):
    plan = make_plan(name)
    network, x = make_network(plan), make_rows(plan, 4)
    together = network(x)
    for i in range(4):
        torch.testing.assert_close(network(x[i : i + 1])[0], together[i], **CLOSE)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_networks_of_equal_plans_can_share_a_pack(name):
    plan = make_plan(name)
    key = structure_key(make_network(plan, seed=0).float())
    assert structure_key(make_network(make_plan(name), seed=1).float()) == key
    assert structure_key(TableNetwork.blank(plan)) == key
    for changes in ({"width": 12}, {"n_outputs": 3}, {"activation": "relu"}, {"n_numbers": 3}):
        if changes == {"n_numbers": 3} and plan.bins:
            continue
        assert structure_key(make_network(make_plan(name, **changes)).float()) != key


def test_weights_follow_from_the_generator():
    plan = make_plan("mlp-all")
    one, same, other = (make_pack([make_network(plan, seed=k)]).flat for k in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    state = torch.random.get_rng_state()
    make_network(plan)
    assert torch.equal(torch.random.get_rng_state(), state)
