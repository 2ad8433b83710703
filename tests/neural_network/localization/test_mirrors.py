"""Mirror images and what belongs to them stay together."""

import numpy as np
import torch

from skdeep.neural_network._localization.box_loss import BOX_VALUES
from skdeep.neural_network._localization.mirrors import MirroredBoxes, MirroredMasks

N, B, H, W = 2, 8, 5, 7


def drawn(seed=0):
    generator = np.random.default_rng(seed)
    return lambda purpose: generator


def images():
    return torch.rand(N, B, H, W, 3, generator=torch.Generator().manual_seed(0))


def turned(before, after):
    """Which images became their mirror images; the others are as they were."""
    is_turned = [torch.equal(a, b.flip(1)) for a, b in zip(after, before, strict=True)]
    for a, b, mirrored in zip(after, before, is_turned, strict=True):
        assert mirrored or torch.equal(a, b)
    return is_turned


def test_masks_turn_with_their_images():
    x = images()
    target = (x[..., 0] > 0.5).float().flatten(2)
    before = x.clone()
    MirroredMasks().apply(x, target, None, N * B - 3, drawn())
    assert torch.equal(target.unflatten(2, (H, W)), (x[..., 0] > 0.5).float())
    is_turned = turned(before.flatten(0, 1), x.flatten(0, 1))
    assert 2 < sum(is_turned) < 11
    assert not any(is_turned[-3:])  # they only fill the batch


def test_boxes_turn_with_their_images():
    x, target = torch.zeros(N, B, H, W, 1), torch.full((N, B, 2 * BOX_VALUES), -1.0)
    rng = np.random.default_rng(1)
    for image, box in zip(x.flatten(0, 1), target.flatten(0, 1), strict=True):
        x0, y0 = int(rng.integers(0, 3)), int(rng.integers(0, 3))
        x1, y1 = x0 + int(rng.integers(1, 4)), y0 + int(rng.integers(1, 3))
        image[y0:y1, x0:x1] = 1.0
        box[:BOX_VALUES] = torch.tensor([2.0, x0, y0, x1, y1])
    before = x.clone()
    MirroredBoxes().apply(x, target, None, N * B, drawn())
    assert any(turned(before.flatten(0, 1), x.flatten(0, 1)))
    for image, (label, *corners) in zip(
        x.flatten(0, 1), target.flatten(0, 1)[:, :BOX_VALUES].tolist(), strict=True
    ):
        rows, columns = image[..., 0].nonzero(as_tuple=True)
        found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert (label, corners) == (2.0, [float(n) for n in found])
    assert (target[:, :, BOX_VALUES] == -1).all()  # no box is still none
