"""The hand-written backward pass against autograd and against differences."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from torch.nn import functional

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.packing.perceptron import PackedMLP, layer_views, n_weights

HIDDEN = [(), (5,), (5, 4), (3, 6, 2)]

TORCH = {
    "identity": lambda z: z,
    "logistic": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "selu": functional.selu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "mish": functional.mish,
}


def n_parameters(layer_units):
    return n_weights(layer_units) + sum(layer_units[1:])


def random_case(n_members, layer_units, n_rows, dropout, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    flat = normal(n_members, n_parameters(layer_units))
    x = normal(n_members, n_rows, layer_units[0])
    delta = normal(n_members, n_rows, layer_units[-1])
    masks = None
    if dropout:
        masks = [
            (torch.rand(n_members, n_rows, units, generator=generator) < 0.7).double() / 0.7
            for units in layer_units[1:-1]
        ]
    return flat, x, delta, masks


def reference_outputs(flat, x, layer_units, activation, masks):
    """The forward pass of each member in plain torch operations."""
    outputs = []
    for k in range(len(flat)):
        sizes = [a * b for a, b in pairwise(layer_units)]
        parts = flat[k].split([*sizes, *layer_units[1:]])
        h = x[k]
        n_layers = len(sizes)
        for i in range(n_layers):
            h = h @ parts[i].reshape(layer_units[i], layer_units[i + 1]) + parts[n_layers + i]
            if i < n_layers - 1:
                h = TORCH[activation](h)
                if masks is not None:
                    h = h * masks[i][k]
        outputs.append(h)
    return torch.stack(outputs)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("hidden", HIDDEN)
def test_outputs_and_gradients_are_those_of_autograd(activation, hidden):
    layer_units = (3, *hidden, 2)
    for n_members, dropout in product((1, 2, 3), (False, True)):
        flat, x, delta, masks = random_case(n_members, layer_units, 7, dropout)
        leaf = flat.clone().requires_grad_()
        expected = reference_outputs(leaf, x, layer_units, activation, masks)
        (expected * delta).sum().backward()
        with torch.inference_mode():
            net = PackedMLP(flat, layer_units, activation)
            out = net.forward(x, torch.empty_like(delta), masks)
            net.backward(x, delta.clone(), masks)
        torch.testing.assert_close(out, expected.detach(), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(net.grad, leaf.grad, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_gradients_are_differences_of_the_outputs(activation):
    layer_units = (2, 4, 3, 2)
    flat, x, delta, masks = random_case(2, layer_units, 5, dropout=True, seed=3)
    net = PackedMLP(flat.clone(), layer_units, activation)
    net.forward(x, torch.empty_like(delta), masks)
    net.backward(x, delta.clone(), masks)

    def objective(k, p, step):
        moved = flat.clone()
        moved[k, p] += step
        other = PackedMLP(moved, layer_units, activation)
        return float((other.forward(x, torch.empty_like(delta), masks) * delta).sum())

    step = 1e-6
    differences = np.array(
        [
            [(objective(k, p, step) - objective(k, p, -step)) / (2 * step) for p in range(30)]
            for k in range(2)
        ]
    )
    assert net.grad.shape[1] > 30  # weights of all layers are among the first 30 parameters
    np.testing.assert_allclose(net.grad[:, :30].numpy(), differences, rtol=1e-6, atol=1e-6)


def test_a_second_batch_of_another_size_leaves_no_trace_of_the_first():
    layer_units = (3, 5, 2)
    flat, x, delta, _ = random_case(2, layer_units, 8, dropout=False)
    net = PackedMLP(flat.clone(), layer_units, "tanh")
    gradients = []
    for rows in (slice(0, 8), slice(0, 3), slice(0, 8)):
        part, part_delta = x[:, rows].contiguous(), delta[:, rows].contiguous()
        net.forward(part, torch.empty_like(part_delta))
        net.backward(part, part_delta.clone())
        gradients.append(net.grad.clone())
    torch.testing.assert_close(gradients[0], gradients[2], rtol=0, atol=0)
    assert not torch.allclose(gradients[0], gradients[1])


def test_layers_are_views_of_the_flat_parameters():
    layer_units = (3, 4, 2)
    flat = torch.arange(2.0 * n_parameters(layer_units)).reshape(2, -1)
    weights, biases = layer_views(flat, layer_units)
    assert [tuple(w.shape) for w in weights] == [(2, 3, 4), (2, 4, 2)]
    assert [tuple(b.shape) for b in biases] == [(2, 1, 4), (2, 1, 2)]
    parts = [part.reshape(2, -1) for part in (*weights, *biases)]
    torch.testing.assert_close(torch.cat(parts, dim=1), flat)
    weights[1][1].fill_(-1.0)
    biases[0][0].fill_(-2.0)
    assert (flat == -1.0).sum() == 8
    assert (flat == -2.0).sum() == 4
    assert n_weights(layer_units) == 20
