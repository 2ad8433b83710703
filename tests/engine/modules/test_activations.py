import pytest
import torch

from skdeep._engine.modules.activations import ACTIVATIONS
from tests.engine.packing.test_perceptron import TORCH

# Zero and its neighbours, ordinary values, and ones that saturate.
POINTS = [-40.0, -3.0, -1.0, -1e-3, 0.0, 1e-3, 0.5, 2.0, 40.0]


def test_every_activation_of_torch_is_compared():
    assert sorted(TORCH) == sorted(ACTIVATIONS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_values_are_those_of_torch(name, dtype):
    z = torch.tensor([POINTS], dtype=dtype)
    expected = TORCH[name](z)
    out = torch.empty_like(z)
    ACTIVATIONS[name].forward(z, out)
    torch.testing.assert_close(out, expected)
    ACTIVATIONS[name].forward(z, z)  # in place, as prediction does
    torch.testing.assert_close(z, expected)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_derivatives_are_those_of_autograd(name):
    activation = ACTIVATIONS[name]
    z = torch.tensor([POINTS], dtype=torch.float64, requires_grad=True)
    value = TORCH[name](z)
    delta = torch.linspace(-1, 2, len(POINTS), dtype=torch.float64)[None]
    (expected,) = torch.autograd.grad(value, z, delta)
    saved = z.detach() if activation.saves_input else value.detach()
    activation.backward(delta, saved.clone())
    torch.testing.assert_close(delta, expected)


@pytest.mark.parametrize("name", ["identity", "relu", "leaky_relu", "selu"])
def test_the_gain_keeps_the_size_of_a_signal_where_theory_says_so(name):
    # He et al. (2015) for the rectifiers, Klambauer et al. (2017) for SELU.
    generator = torch.Generator().manual_seed(0)
    h = torch.randn(200, 256, generator=generator)
    for _ in range(10):
        weight = torch.randn(256, 256, generator=generator) * ACTIVATIONS[name].gain / 16
        z = h @ weight
        h = torch.empty_like(z)
        ACTIVATIONS[name].forward(z, h)
    assert 0.6 < float(h.square().mean()) < 1.6


@pytest.mark.parametrize(
    ("name", "in_torch"),
    [("identity", "linear"), ("logistic", "sigmoid"), ("tanh", "tanh"), ("relu", "relu")],
)
def test_gains_are_those_of_torch(name, in_torch):
    assert ACTIVATIONS[name].gain == pytest.approx(torch.nn.init.calculate_gain(in_torch))
