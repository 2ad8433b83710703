"""The loss of boxes against loops over boxes and cells, and its gradient against autograd."""

import math

import pytest
import torch

from skdeep.neural_network._localization.box_loss import CentreGrid, box_loss

GRID = CentreGrid(n_classes=2, height=5, width=6, stride=4)
# Class and x0, y0, x1, y1; of the second image the first place alone, of the third none.
BOXES = torch.tensor(
    [
        [[0, 1.0, 2.0, 9.0, 14.0], [1, 8.0, 8.0, 24.0, 20.0], [0, 20.0, 0.0, 24.0, 4.0]],
        [[1, 3.0, 3.0, 6.5, 4.0], [-1, 0, 0, 0, 0], [-1, 0, 0, 0, 0]],
        [[-1, 0, 0, 0, 0], [-1, 0, 0, 0, 0], [-1, 0, 0, 0, 0]],
    ]
).double()
TARGET = BOXES.flatten(1)


def outputs(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(BOXES), GRID.n_outputs, generator=generator, dtype=torch.float64)


def by_loops(z, boxes):
    """The loss of one image, number by number."""
    z = z.view(GRID.n_classes + 4, GRID.height, GRID.width).tolist()
    boxes = [box for box in boxes.tolist() if box[0] >= 0]
    total = 0.0
    centres = []
    for label, x0, y0, x1, y1 in boxes:
        x, y = (x0 + x1) / 8, (y0 + y1) / 8
        column, row = math.floor(x), math.floor(y)
        width, height = (x1 - x0) / 4, (y1 - y0) / 4
        centres.append((label, column, row, width, height))
        for channel, truth in enumerate([x - column, y - row, math.log(width), math.log(height)]):
            total += abs(z[GRID.n_classes + channel][row][column] - truth)
    for k in range(GRID.n_classes):
        for row in range(GRID.height):
            for column in range(GRID.width):
                heat = 0.0
                for label, at_x, at_y, width, height in centres:
                    if label == k:
                        across = (column - at_x) / max(0.09 * width, 0.3)
                        down = (row - at_y) / max(0.09 * height, 0.3)
                        heat = max(heat, math.exp(-(across**2 + down**2) / 2))
                p = 1 / (1 + math.exp(-z[k][row][column]))
                if heat == 1.0:
                    total -= (1 - p) ** 2 * math.log(p)
                else:
                    total -= (1 - heat) ** 4 * p**2 * math.log(1 - p)
    return total / max(len(boxes), 1)


def test_the_value_is_that_of_loops():
    z = outputs()
    value = box_loss(GRID, 3).value(z, TARGET)
    expected = [by_loops(one, boxes) for one, boxes in zip(z, BOXES, strict=True)]
    assert value[:, 0].tolist() == pytest.approx(expected)


def test_room_for_more_boxes_changes_nothing():
    z = outputs()
    more = torch.full((len(BOXES), 10), -1.0).double()
    value = box_loss(GRID, 5).value(z, torch.cat([TARGET, more], dim=1))
    torch.testing.assert_close(value, box_loss(GRID, 3).value(z, TARGET))


def test_the_gradient_is_that_of_the_value():
    z = outputs().requires_grad_()
    loss = box_loss(GRID, 3)
    (expected,) = torch.autograd.grad(loss.value(z, TARGET).sum(), z)
    out = torch.full_like(expected, torch.nan)
    loss.gradient(z.detach(), TARGET, out)
    torch.testing.assert_close(out, expected)


def test_large_outputs_stay_finite():
    z = torch.full((len(BOXES), GRID.n_outputs), 200.0) * torch.tensor([[1.0], [-1.0], [1.0]])
    loss, out = box_loss(GRID, 3), torch.empty(len(BOXES), GRID.n_outputs)
    loss.gradient(z, TARGET.float(), out)
    assert torch.isfinite(out).all()
    assert torch.isfinite(loss.value(z, TARGET.float())).all()


def test_members_laid_out_by_rows():
    both = torch.stack([outputs(0), outputs(1)]).mT.contiguous().mT  # as training keeps them
    loss, out, alone = box_loss(GRID, 3), torch.empty_like(both), torch.empty_like(outputs())
    loss.gradient(both, torch.stack([TARGET, TARGET]), out)
    for k in range(2):
        loss.gradient(outputs(k), TARGET, alone)
        torch.testing.assert_close(out[k], alone)
