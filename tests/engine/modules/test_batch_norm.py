"""Batch normalisation of existing steps is that of torch, and padding does not count."""

import pytest
import torch
from torch import nn

from skdeep._engine.modules.batch_norm import MaskedBatchNorm1d

LENGTHS = (3, 7, 1, 5)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def ragged(time=7, channels=3, dtype=torch.float64):
    """Sequences with noise where padding is, and the mask."""
    h = torch.randn(len(LENGTHS), channels, 7, generator=generator(), dtype=dtype)
    padding = torch.full((len(LENGTHS), channels, time - 7), 9.0, dtype=dtype)
    real = torch.arange(time) < torch.tensor(LENGTHS).unsqueeze(1)
    return torch.cat([h, padding], dim=2), real.unsqueeze(1).to(dtype)


def layer(n_channels=3, dtype=torch.float64):
    made = MaskedBatchNorm1d(n_channels).to(dtype)
    with torch.no_grad():
        made.weight.copy_(torch.rand(n_channels, generator=generator(1)) + 0.5)
        made.bias.copy_(torch.randn(n_channels, generator=generator(2)))
    return made


def torchs(made):
    """Torch's layer of the same state."""
    other = nn.BatchNorm1d(len(made.weight)).to(made.weight.dtype)
    other.load_state_dict(made.state_dict(), strict=False)
    return other


def existing(h, real):
    """Existing steps in a row; (steps, C)."""
    return h.transpose(1, 2)[real[:, 0] > 0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("mask", [False, True])
def test_without_padding_it_is_torchs(mask, dtype):
    made = layer(dtype=dtype)
    other = torchs(made)
    for seed in range(3):
        h = torch.randn(5, 3, 6, generator=generator(seed), dtype=dtype)
        real = torch.ones(5, 1, 6, dtype=dtype) if mask else None
        torch.testing.assert_close(made(h, real), other(h))
    torch.testing.assert_close(made.eval()(h), other.eval()(h))
    torch.testing.assert_close(made.running_var, other.running_var)
    torch.testing.assert_close(made.running_mean, other.running_mean)


@pytest.mark.parametrize("training", [True, False])
def test_existing_steps_are_normalised_as_torch_would(training):
    h, real = ragged()
    made = layer()
    made(h, real)  # running statistics that are not those of the start
    other = torchs(made)
    found = made.train(training)(h, real)
    expected = other.train(training)(existing(h, real))
    torch.testing.assert_close(existing(found, real), expected)
    assert (found * (1 - real)).abs().max() == 0.0
    torch.testing.assert_close(made.running_var, other.running_var)
    torch.testing.assert_close(made.running_mean, other.running_mean)


@pytest.mark.parametrize("training", [True, False])
def test_more_padding_changes_no_bit(training):
    found = []
    for time in (7, 8, 30):
        h, real = ragged(time)
        h.requires_grad_()
        made = layer().train(training)
        out = made(h, real)
        out[:, :, :7].square().sum().backward()
        assert h.grad[:, :, 7:].abs().sum() == 0.0
        state = [made.weight.grad, made.bias.grad, made.running_mean, made.running_var]
        found.append([out[:, :, :7], h.grad[:, :, :7], *state])
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert torch.equal(one, two)


@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_the_numerical_ones(training):
    h, real = ragged()
    made = layer().train(training)

    def outputs(h, weight, bias):
        tensors = {"weight": weight, "bias": bias}
        return torch.func.functional_call(made, tensors, (h, real))

    inputs = [h, made.weight.detach().clone(), made.bias.detach().clone()]
    assert torch.autograd.gradcheck(outputs, [i.requires_grad_() for i in inputs])


@pytest.mark.parametrize("padded", [False, True])
def test_a_single_step_is_normalised_as_after_training(padded):
    made = layer()
    made(*ragged())
    mean, variance = made.running_mean.clone(), made.running_var.clone()
    h = torch.randn(1, 3, 4 if padded else 1, generator=generator(3), dtype=torch.float64)
    real = torch.tensor([[[1.0, 0.0, 0.0, 0.0]]], dtype=torch.float64) if padded else None
    found = made(h, real)
    torch.testing.assert_close(found, made.eval()(h, real))
    assert torch.isfinite(found).all()
    assert torch.equal(made.running_mean, mean)
    assert torch.equal(made.running_var, variance)


@pytest.mark.parametrize("training", [True, False])
def test_no_rows(training):
    made = layer().train(training)
    found = made(torch.zeros(0, 3, 4, dtype=torch.float64), torch.zeros(0, 1, 4))
    assert found.shape == (0, 3, 4)
