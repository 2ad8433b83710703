"""Boxes come out of the outputs that say them."""

import numpy as np
import pytest
import torch

from skdeep.neural_network._localization.box_loss import CentreGrid, box_peaks


def said(grid, boxes):
    """Raw outputs of an image that say boxes (class, score, x0, y0, x1, y1), number by number."""
    z = torch.full((grid.n_classes + 4, grid.height, grid.width), -20.0, dtype=torch.float64)
    z[grid.n_classes :] = 0.0
    for k, score, x0, y0, x1, y1 in boxes:
        x, y = (x0 + x1) / 2 / grid.stride, (y0 + y1) / 2 / grid.stride
        row, column = int(y), int(x)
        z[k, row, column] = np.log(score / (1 - score))
        size = np.log([(x1 - x0) / grid.stride, (y1 - y0) / grid.stride])
        z[grid.n_classes :, row, column] = torch.tensor([x - column, y - row, *size])
    return z.flatten()[None]


def parts(peaks):
    """Boxes, classes and scores."""
    return peaks[..., :4], peaks[..., 4], peaks[..., 5]


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_they_are_those_that_were_said(stride):
    grid = CentreGrid(n_classes=3, height=32 // stride, width=40 // stride, stride=stride)
    boxes = [
        (1, 0.9, 3.0, 4.0, 20.0, 9.5),
        (0, 0.8, 20.0, 20.0, 30.0, 32.0),
        (2, 0.4, 36.0, 0.0, 40.0, 3.0),
        (0, 0.1, 2.0, 22.0, 9.0, 24.0),
    ]
    found, classes, scores = parts(box_peaks(said(grid, boxes), grid, most=6))
    assert classes[0, :4].tolist() == [box[0] for box in boxes]
    assert scores[0, :4].tolist() == pytest.approx([box[1] for box in boxes])
    np.testing.assert_allclose(found[0, :4], [box[2:] for box in boxes], atol=1e-12)
    assert (scores[0, 4:] < 1e-6).all()


def test_neighbours_of_a_class_are_one_peak():
    grid = CentreGrid(n_classes=2, height=8, width=8, stride=4)
    near = [(0, 0.9, 8, 8, 12, 12), (0, 0.8, 12, 12, 16, 16), (1, 0.7, 12, 8, 16, 12)]
    _, classes, scores = parts(box_peaks(said(grid, near), grid, most=4))
    is_found = scores[0] > 0.1
    assert classes[0][is_found].tolist() == [0, 1]
    assert scores[0][is_found].tolist() == pytest.approx([0.9, 0.7])


def test_most_is_the_most():
    grid = CentreGrid(n_classes=1, height=2, width=3, stride=4)
    z = torch.randn(5, grid.n_outputs, generator=torch.Generator().manual_seed(0))
    assert box_peaks(z, grid, 2).shape == (5, 2, 6)
    assert box_peaks(z, grid, 99).shape == (5, 6, 6)
