import numpy as np
import pytest
import torch
from scipy.optimize import check_grad

from skdeep._engine.modules.activations import ACTIVATIONS, Activation
from skdeep._engine.modules.mlp import MLP, mlp_outputs
from skdeep._engine.packing.perceptron import layer_views
from skdeep._engine.training.lbfgs import Objective
from skdeep._engine.training.loop import never, train
from tests.engine.packing.test_perceptron import TORCH
from tests.engine.training.members import make_data, make_member

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


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_the_layer_is_the_function(name):
    z = torch.tensor([POINTS], dtype=torch.float64)
    torch.testing.assert_close(ACTIVATIONS[name].layer()(z), TORCH[name](z))


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_an_entry_says_what_its_function_consists_of(name):
    entry, z = ACTIVATIONS[name], torch.tensor(POINTS, dtype=torch.float64)
    left = z < 0
    value = TORCH[name](z)
    is_kinked = torch.allclose(value[~left], z[~left]) and torch.allclose(
        value[left] / z[left], (value[left] / z[left])[0]
    )
    assert is_kinked == (entry.slope is not None)
    if is_kinked:
        torch.testing.assert_close(value[left], entry.slope * z[left])
    if entry.exponential is not None:
        scale, alpha = entry.exponential
        expected = torch.where(left, scale * alpha * torch.expm1(z), scale * z)
        torch.testing.assert_close(value, expected)


@pytest.fixture
def softplus(monkeypatch):
    """An activation that is in the table and nowhere else."""
    entry = Activation(
        forward=lambda z, out: out.copy_(torch.nn.functional.softplus(z)),
        backward=lambda delta, z: delta.mul_(torch.sigmoid(z)),
        saves_input=True,
        layer=torch.nn.Softplus,
        gain=1.5,
    )
    monkeypatch.setitem(ACTIVATIONS, "softplus", entry)


@pytest.mark.usefixtures("softplus")
@pytest.mark.parametrize("weight_init", ["glorot_uniform", "he_normal"])
def test_a_new_activation_needs_an_entry_alone(weight_init):
    rng = np.random.default_rng(0)
    X, y = make_data("regression", "squared_error", 30, 4, 2, rng)
    settings = {"activation": "softplus", "hidden": (5, 3), "weight_init": weight_init}
    m = make_member(X, y, solver="lbfgs", alpha=0.1, **settings)
    objective = Objective(m, never)
    at = rng.normal(size=objective.net.flat.shape[1])
    assert check_grad(lambda w: objective(w)[0], lambda w: objective(w)[1], at) < 1e-5

    (trained,) = train([make_member(X, y, max_iter=20, **settings)])
    assert trained.loss_curve[-1] < trained.loss_curve[0]
    units = (4, 5, 3, 2)
    weights, biases = layer_views(torch.from_numpy(trained.weights)[None], units)
    weights, biases = [w[0] for w in weights], [b[0, 0] for b in biases]
    expected = torch.from_numpy(X)
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        expected = expected @ weight + bias
        expected = expected.exp().add(1.0).log() if i < 2 else expected
    module = MLP(units, "softplus").double().load_weights(weights, biases)
    torch.testing.assert_close(module(torch.from_numpy(X)).detach(), expected)
    outputs = mlp_outputs(torch.from_numpy(X), weights, biases, "softplus")
    torch.testing.assert_close(outputs, expected)
