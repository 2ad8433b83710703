"""A pack of networks for tables is its networks one by one, in outputs and in gradients."""

from functools import partial

import pytest
import torch
from torch.func import functional_call, vmap

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.packing.flat import FlatLayout, load_flat
from skdeep._engine.packing.trial import module_pack, module_traits
from skdeep.neural_network._tabular.networks.packed import PackedTable
from skdeep.neural_network._tabular.networks.packed_perceptron import PackedPerceptronTable
from tests.neural_network.tabular.networks.table_networks import (
    PLANS,
    make_network,
    make_pack,
    make_plan,
    make_rows,
)

N_ROWS = 7
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


def batches(plan, n_members):
    return torch.stack([make_rows(plan, N_ROWS, seed=k) for k in range(n_members)])


def packed_outputs(pack, x, masks=None):
    n_outputs = pack.network(x[0]).shape[1]
    return pack.forward(x, torch.full((*x.shape[:2], n_outputs), torch.nan).double(), masks)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_outputs_and_gradients_are_those_of_the_networks_alone(name):
    plan = make_plan(name)
    networks = [make_network(plan, seed=k) for k in range(3)]
    pack, x = make_pack(networks), batches(plan, 3)
    outputs = packed_outputs(pack, x)
    delta = torch.randn(outputs.shape, generator=torch.Generator().manual_seed(0)).double()
    pack.backward(x, delta)
    layout = FlatLayout(networks[0])
    for k, network in enumerate(networks):
        alone = network(x[k])
        torch.testing.assert_close(outputs[k], alone.detach(), **CLOSE)
        parameters = dict(network.named_parameters())
        (alone * delta[k]).sum().backward()
        for part, parameter in zip(layout.views(pack.grad), layout.names, strict=True):
            torch.testing.assert_close(part[k], parameters[parameter].grad, **CLOSE)


@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_pack_is_the_vectorised_map_of_one_network(name):
    plan = make_plan(name)
    networks = [make_network(plan, seed=k) for k in range(3)]
    stacked = {
        tensor: torch.stack([n.state_dict()[tensor] for n in networks])
        for tensor in networks[0].state_dict()
    }
    x = batches(plan, 3)
    alone = vmap(partial(functional_call, networks[0]))(stacked, x)
    torch.testing.assert_close(packed_outputs(make_pack(networks), x), alone.detach(), **CLOSE)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_gradients_are_those_of_differences(name):
    plan = make_plan(name)
    pack, x = make_pack([make_network(plan)]), batches(plan, 1)
    delta = torch.randn(packed_outputs(pack, x).shape).double()
    pack.backward(x, delta)

    def total(flat):
        changed = PackedTable(pack.network, flat, pack._held)
        return (packed_outputs(changed, x) * delta).sum()

    generator = torch.Generator().manual_seed(1)
    for _ in range(5):
        way = torch.randn(pack.flat.shape, generator=generator, dtype=torch.float64)
        step = 1e-6 * way
        slope = (total(pack.flat + step) - total(pack.flat - step)) / 2e-6
        torch.testing.assert_close((pack.grad * way).sum(), slope, rtol=1e-4, atol=1e-5)


BY_HAND = sorted(name for name in PLANS if make_plan(name).architecture == "mlp")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        *((name, {}) for name in BY_HAND),
        *(("mlp-all", {"activation": activation}) for activation in sorted(ACTIVATIONS)),
        ("mlp-all", {"learns_activation": False}),
    ],
)
@pytest.mark.parametrize("with_masks", [False, True])
def test_the_pass_by_hand_is_that_of_autograd_in_batches_of_any_size(name, changes, with_masks):
    plan = make_plan(name, **changes)
    networks = [make_network(plan, seed=k) for k in range(3)]
    by_hand = make_pack(networks)
    by_autograd = PackedTable.of(networks, by_hand.flat.clone())
    assert isinstance(by_hand, PackedPerceptronTable)
    generator = torch.Generator().manual_seed(0)
    for n_rows in (N_ROWS, 3, N_ROWS):
        x = batches(plan, 3)[:, :n_rows]
        shape = (3, n_rows, plan.width)
        masks = [1.25 * torch.randint(2, shape, generator=generator).double()] * plan.depth
        given = masks if with_masks else None
        outputs = packed_outputs(by_hand, x, given)
        torch.testing.assert_close(outputs, packed_outputs(by_autograd, x, given), **CLOSE)
        delta = torch.randn(outputs.shape, generator=generator).double()
        by_hand.backward(x, delta, given)
        by_autograd.backward(x, delta, given)
        torch.testing.assert_close(by_hand.grad, by_autograd.grad, **CLOSE)


@pytest.mark.parametrize("name", ["mlp-all", "mlp-cross", "resnet", "tabm"])
def test_masks_act_on_the_members_they_belong_to(name):
    plan = make_plan(name)
    networks = [make_network(plan, seed=k) for k in range(2)]
    x = batches(plan, 2)
    units = plan.width * plan.n_heads
    ones = [torch.ones(2, N_ROWS, units).double() for _ in range(plan.depth)]
    pack = make_pack(networks)
    whole = packed_outputs(pack, x).clone()
    torch.testing.assert_close(packed_outputs(pack, x, ones), whole, **CLOSE)
    for i in range(plan.depth):
        masks = [mask.clone() for mask in ones]
        masks[i][1, 3] = 0.0  # of one member, one row
        changed = (packed_outputs(pack, x, masks) - whole).abs().amax(dim=2) > 1e-9
        assert changed.nonzero().tolist() == [[1, 3]]


def test_a_unit_dropped_out_in_the_last_layer_is_missing_from_the_outputs():
    plan = make_plan("mlp-all")
    network = make_network(plan)
    pack, x = make_pack([network]), batches(plan, 1)
    hidden = pack.representations(x[0])[0]
    masks = [torch.ones(1, N_ROWS, plan.width).double() for _ in range(plan.depth)]
    masks[-1][..., 2] = 0.0
    last = network.trunk.last
    gap = hidden[:, 2:3] * last.weight[2].detach() / plan.width**0.5
    gaps = packed_outputs(pack, x) - packed_outputs(pack, x, masks)
    torch.testing.assert_close(gaps[0], gap, **CLOSE)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_all_ways_to_ask_for_outputs_agree(name):
    plan = make_plan(name)
    networks = [make_network(plan, seed=k) for k in range(3)]
    pack, x = make_pack(networks), make_rows(plan, 9)
    expected = torch.stack([network(x) for network in networks]).detach()
    torch.testing.assert_close(pack.all_outputs(x), expected, **CLOSE)
    for k in range(3):
        torch.testing.assert_close(pack.outputs(k, x), expected[k], **CLOSE)
        for key, buffer in pack.buffers(k).items():
            assert torch.equal(buffer, networks[k].get_buffer(key))
    kept = pack.keep(torch.tensor([2, 0]))
    torch.testing.assert_close(kept.all_outputs(x), expected[[2, 0]], **CLOSE)
    pack.flat.zero_()  # those kept have a memory of their own
    torch.testing.assert_close(kept.all_outputs(x), expected[[2, 0]], **CLOSE)


def test_what_trains_in_place_shows_in_the_outputs():
    plan = make_plan("mlp-all")
    network, x = make_network(plan), make_rows(plan, 4)
    pack = make_pack([network])
    pack.flat.mul_(0.5)
    changed = load_flat(network, pack.flat[0])
    torch.testing.assert_close(pack.all_outputs(x)[0], changed(x).detach(), **CLOSE)


@pytest.mark.parametrize("name", ["mlp", "transformer"])
def test_networks_say_themselves_how_they_pack(name):
    plan = make_plan(name)
    networks = [make_network(plan, seed=k) for k in range(2)]
    x = make_rows(plan, 3)
    n_outputs = plan.n_outputs * (plan.n_heads if plan.architecture == "tabm" else 1)
    traits = module_traits(networks[0], x, n_outputs, dtype=x.dtype, device=x.device)
    assert traits == networks[0].traits
    flat = make_pack(networks).flat
    assert isinstance(module_pack(networks, flat, traits, [{}, {}]), PackedTable)
