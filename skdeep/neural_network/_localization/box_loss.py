"""The loss of boxes, and boxes from outputs: a heat map of centres, each with offset and size.

From "Objects as points" (Zhou, Wang and Kraehenbuehl 2019, arXiv:1904.07850), with the logarithm
of the sizes, and bells of the shape of the box as in Liu et al. (2019), arXiv:1909.00700.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from skdeep._engine.training.losses import Loss

# Numbers of a box in a target: class, x0, y0, x1, y1. The class is negative where there is none.
BOX_VALUES = 5
# Offset of the centre in x and y, logarithm of width and height.
N_GEOMETRY = 4
# Standard deviation of the bell round a centre, in sides of the box; and the least, in cells.
_SPREAD, _LEAST_SPREAD = 0.09, 0.3


@dataclass(frozen=True)
class CentreGrid:
    """Where the outputs of a detector stand.

    Raw outputs are (..., rows, (classes + 4) * height * width).

    Attributes
    ----------
    n_classes : int
    height, width : int
        Cells.
    stride : int
        Pixels of the side of a cell.
    """

    n_classes: int
    height: int
    width: int
    stride: int

    @property
    def n_outputs(self) -> int:
        """Raw outputs of an image."""
        return (self.n_classes + N_GEOMETRY) * self.height * self.width

    def parts(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Views of raw outputs: heat (..., classes, cells) and geometry (..., 4, cells)."""
        places = z.unflatten(-1, (self.n_classes + N_GEOMETRY, -1))
        return places[..., : self.n_classes, :], places[..., self.n_classes :, :]


@dataclass
class _Centres:
    """Targets of a grid for boxes (..., B, M).

    Attributes
    ----------
    exists : Tensor of shape (..., B, M)
        1 for a box, 0 for none.
    cell : Tensor of int64 of shape (..., B, M)
        Where the centre is.
    geometry : Tensor of shape (..., B, 4, M)
        Its offset in the cell, and the logarithm of the sizes in cells.
    heat : Tensor of shape (..., B, classes, cells)
        1 at centres, falling to 0 with the distance.
    """

    exists: Tensor
    cell: Tensor
    geometry: Tensor
    heat: Tensor

    @classmethod
    def of(cls, boxes: Tensor, grid: CentreGrid) -> "_Centres":
        """Boxes (..., B, M, 5)."""
        label = boxes[..., 0]
        exists = label >= 0
        corners = torch.where(exists[..., None], boxes[..., 1:], 0.0) / grid.stride
        low, high = corners[..., :2], corners[..., 2:]
        size = torch.where(exists[..., None], high - low, 1.0)
        centre = (low + high) / 2
        most = boxes.new_tensor([grid.width - 1, grid.height - 1])
        at = torch.minimum(centre.floor(), most)
        geometry = torch.cat([centre - at, size.log()], dim=-1).transpose(-1, -2)
        across = _bell(at[..., :1], size[..., :1], grid.width)  # (..., B, M, width)
        down = _bell(at[..., 1:], size[..., 1:], grid.height)
        bells = (down[..., :, None] * across[..., None, :]).flatten(-2)  # (..., B, M, cells)
        bells = bells * exists[..., None]
        heat = bells.new_zeros(*bells.shape[:-2], grid.n_classes, bells.shape[-1])
        row = label.clamp_min(0).long().unsqueeze(-1).expand(bells.shape)
        heat = heat.scatter_reduce(-2, row, bells, "amax")
        cell = (at[..., 1] * grid.width + at[..., 0]).long()
        return cls(exists.to(boxes.dtype), cell, geometry, heat)

    @property
    def divisor(self) -> Tensor:
        """Boxes of each image, at least 1; (..., B, 1)."""
        return self.exists.sum(dim=-1, keepdim=True).clamp_min(1.0)

    def places(self, n_rows: int) -> Tensor:
        """Cells as an index into (..., B, n_rows, cells)."""
        return self.cell.unsqueeze(-2).expand(*self.cell.shape[:-1], n_rows, -1)


def _bell(at: Tensor, size: Tensor, n_cells: int) -> Tensor:
    """Normal density of the distance from a cell, 1 there; (..., M, 1) -> (..., M, n_cells)."""
    cells = torch.arange(n_cells, device=at.device, dtype=at.dtype)
    spread = (_SPREAD * size).clamp_min(_LEAST_SPREAD)
    return torch.exp(-0.5 * ((cells - at) / spread) ** 2)


def box_loss(grid: CentreGrid, n_boxes: int) -> Loss:
    """Build the loss of a detector.

    Targets are (..., rows, n_boxes * 5): class, x0, y0, x1, y1 of each box in pixels, the class
    being negative where there is none. The loss of an image is the focal loss of its heat map plus
    the absolute errors of offset and size at the centres, divided by its number of boxes (by 1 if
    it has none).

    Parameters
    ----------
    grid : CentreGrid
    n_boxes : int
        Boxes that targets of training have room for.
    """

    def value(z: Tensor, t: Tensor) -> Tensor:
        centres = _Centres.of(t.unflatten(-1, (-1, BOX_VALUES)), grid)
        heat, geometry = grid.parts(z)
        error = geometry.gather(-1, centres.places(N_GEOMETRY)) - centres.geometry
        of_boxes = (error.abs().sum(dim=-2) * centres.exists).sum(dim=-1, keepdim=True)
        of_heat = _focal(heat, centres.heat).flatten(-2).sum(dim=-1, keepdim=True)
        return (of_heat + of_boxes) / centres.divisor

    def gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
        centres = _Centres.of(t.unflatten(-1, (-1, BOX_VALUES)), grid)
        heat, geometry = grid.parts(z)
        of_heat, of_geometry = grid.parts(out)
        divisor = centres.divisor.unsqueeze(-1)
        of_heat.copy_(_focal_slope(heat, centres.heat) / divisor)
        places = centres.places(N_GEOMETRY)
        sign = (geometry.gather(-1, places) - centres.geometry).sign()
        slope = sign * centres.exists.unsqueeze(-2) / divisor
        of_geometry.copy_(torch.zeros_like(geometry).scatter_add(-1, places, slope))

    return Loss("identity", value, gradient, n_targets=n_boxes * BOX_VALUES)


def _focal(z: Tensor, heat: Tensor) -> Tensor:
    """Focal loss that spares the neighbourhood of centres (Law and Deng 2018)."""
    p, log_p, log_q = z.sigmoid(), functional.logsigmoid(z), functional.logsigmoid(-z)
    return torch.where(heat == 1.0, -((1 - p) ** 2) * log_p, -((1 - heat) ** 4) * p**2 * log_q)


def _focal_slope(z: Tensor, heat: Tensor) -> Tensor:
    p, log_p, log_q = z.sigmoid(), functional.logsigmoid(z), functional.logsigmoid(-z)
    q = 1 - p
    at_centres = 2 * p * q**2 * log_p - q**3
    return torch.where(heat == 1.0, at_centres, (1 - heat) ** 4 * (p**3 - 2 * p**2 * q * log_q))


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
