"""From the outputs of a detector to boxes: peaks of the heat map."""

import torch
from torch import Tensor
from torch.nn import functional

from skdeep.neural_network._localization.box_loss import CentreGrid


def box_peaks(z: Tensor, grid: CentreGrid, most: int) -> Tensor:
    """Boxes at the highest peaks of the heat maps, the highest first.

    A peak is a cell whose neighbours have no more of its class.

    Parameters
    ----------
    z : Tensor of shape (n, grid.n_outputs)
        Raw outputs.
    grid : CentreGrid
    most : int
        Peaks of an image.

    Returns
    -------
    Tensor of shape (n, most, 6)
        x0, y0, x1, y1 in pixels; number of the class; probability, 0 where there are fewer peaks.
    """
    heat, geometry = grid.parts(z)
    p = heat.sigmoid().unflatten(-1, (grid.height, grid.width))  # (n, classes, h, w)
    highest = functional.max_pool2d(p, 3, stride=1, padding=1)
    peaks = torch.where(p == highest, p, 0.0).flatten(1)
    scores, at = peaks.topk(min(most, peaks.shape[1]), dim=1)
    classes = at.div(grid.height * grid.width, rounding_mode="floor")
    cell = at % (grid.height * grid.width)
    places = cell.unsqueeze(1).expand(-1, geometry.shape[1], -1)
    x, y, log_width, log_height = geometry.gather(2, places).unbind(dim=1)
    row = cell.div(grid.width, rounding_mode="floor")
    centre = torch.stack([cell % grid.width + x, row + y], dim=2)
    half = torch.stack([log_width, log_height], dim=2).exp() / 2
    boxes = torch.cat([centre - half, centre + half], dim=2) * grid.stride
    return torch.cat([boxes, classes.unsqueeze(2), scores.unsqueeze(2)], dim=2)
