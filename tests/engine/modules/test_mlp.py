import pytest
import torch
from torch import nn

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.modules.mlp import MLP, mlp_outputs
from skdeep._engine.packing.perceptron import PackedMLP, layer_views
from tests.engine.packing.test_perceptron import random_case

UNITS = (4, 6, 5, 3)


def network(activation):
    """A member's layers, rows for it, and the outputs the packed network gives."""
    flat, x, delta, _ = random_case(1, UNITS, 9, dropout=False)
    weights, biases = layer_views(flat, UNITS)
    packed = PackedMLP(flat, UNITS, activation).forward(x, torch.empty_like(delta))[0]
    return x[0], [w[0] for w in weights], [b[0, 0] for b in biases], packed


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_module_function_and_pack_agree(activation):
    x, weights, biases, packed = network(activation)
    module = MLP(UNITS, activation, dropout=0.5).double().load_weights(weights, biases).eval()
    torch.testing.assert_close(module(x).detach(), packed)
    torch.testing.assert_close(mlp_outputs(x, weights, biases, activation), packed)


def test_prediction_leaves_its_input_as_it_is():
    x, weights, biases, _ = network("relu")
    before = [t.clone() for t in (x, *weights, *biases)]
    mlp_outputs(x, weights, biases, "relu")
    for tensor, copy in zip((x, *weights, *biases), before, strict=True):
        torch.testing.assert_close(tensor, copy, rtol=0, atol=0)


def test_no_rows_give_no_outputs():
    _, weights, biases, _ = network("relu")
    assert mlp_outputs(torch.empty(0, 4).double(), weights, biases, "relu").shape == (0, 3)


def test_a_perceptron_without_hidden_layers_is_linear():
    module = MLP((4, 3), "relu", dropout=0.5)
    assert [type(layer) for layer in module.layers] == [nn.Linear]


def test_dropout_acts_while_training_only():
    module = MLP((4, 50, 3), "relu", dropout=0.5)
    x = torch.ones(2, 4)
    torch.manual_seed(0)
    assert not torch.equal(module.train()(x), module(x))
    torch.testing.assert_close(module.eval()(x), module(x), rtol=0, atol=0)


@pytest.mark.parametrize("n_rows", [1, 255, 256, 1000])
def test_many_rows_in_float32_have_the_outputs_of_float64(n_rows):
    # From some hundred rows on another product computes them.
    _, weights, biases, _ = network("tanh")
    x = torch.randn(n_rows, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    exact = mlp_outputs(x, weights, biases, "tanh")
    single = mlp_outputs(
        x.float(), [w.float() for w in weights], [b.float() for b in biases], "tanh"
    )
    torch.testing.assert_close(single.double(), exact, rtol=1e-4, atol=1e-5)
