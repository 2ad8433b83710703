"""The loss of masks against torch's own, a formula, and its gradient against autograd."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from skdeep.neural_network._localization.masks import mask_loss

N_CLASSES, N_PIXELS, N_ROWS = 3, 10, 4
SETTINGS = [{}, {"class_weight": [0.5, 2.0, 0.0]}, {"dice": 1.0}, {"dice": 0.3}]


def rows(seed=0):
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(N_ROWS, N_CLASSES * N_PIXELS, generator=generator, dtype=torch.float64)
    return z, torch.randint(2, (N_ROWS, N_PIXELS), generator=generator).double()


@pytest.mark.parametrize("weight", [None, [0.5, 2.0, 1.0]])
def test_the_cross_entropy_is_that_of_torch(weight):
    z, t = rows()
    value = mask_loss(N_CLASSES, N_PIXELS, class_weight=weight).value(z, t)
    weights = None if weight is None else torch.tensor(weight).double()
    pixels = z.view(N_ROWS, N_CLASSES, N_PIXELS)
    expected = cross_entropy(pixels, t.long(), weights, reduction="none").mean(dim=1)
    torch.testing.assert_close(value, expected[:, None])


def test_dice_of_a_row_by_hand():
    # One pixel in two of class 0, which is what is said with certainty of both.
    z = torch.tensor([[50.0, 50.0, -50.0, -50.0]]).double()
    value = mask_loss(2, 2, dice=1.0).value(z, torch.tensor([[0.0, 1.0]]).double())
    # Class 0: (2 * 1 + 1) / (2 + 1 + 1); class 1: (0 + 1) / (0 + 1 + 1).
    assert float(value) == pytest.approx(1 - (3 / 4 + 1 / 2) / 2)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_gradient_is_that_of_the_value(setting):
    z, t = rows()
    loss = mask_loss(N_CLASSES, N_PIXELS, **setting)
    z.requires_grad_()
    (expected,) = torch.autograd.grad(loss.value(z, t).sum(), z)
    out = torch.full_like(expected, torch.nan)
    loss.gradient(z.detach(), t, out)
    torch.testing.assert_close(out, expected)


@pytest.mark.parametrize("setting", SETTINGS)
def test_batches_of_several_members_laid_out_by_rows(setting):
    (z, t), (z2, t2) = rows(0), rows(1)
    loss = mask_loss(N_CLASSES, N_PIXELS, **setting)
    both = torch.stack([z, z2]).mT.contiguous().mT  # as training keeps them
    out = torch.empty_like(both)
    loss.gradient(both, torch.stack([t, t2]), out)
    alone = torch.empty_like(z)
    for k, (one, target) in enumerate([(z, t), (z2, t2)]):
        loss.gradient(one, target, alone)
        torch.testing.assert_close(out[k], alone)
        value = loss.value(both, torch.stack([t, t2]))[k]
        torch.testing.assert_close(value, loss.value(one, target))
