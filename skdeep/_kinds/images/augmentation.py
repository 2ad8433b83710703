"""Augmentation: changes of training images that keep their meaning, made anew in every epoch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.training.augmentation import Randomness, mix_rows
from skdeep._engine.training.rows import Rows
from skdeep._kinds.images.rows import ChangedRows


@dataclass(frozen=True)
class ImageAugmentation:
    """Augmentation of images (B, H, W, C), which are standardised.

    They are cropped and shifted, then flipped, then a part is cut out, then they are mixed up. 0
    turns a step off.

    Attributes
    ----------
    shift : float in [0, 1), default=0.0
        Part of the height and width by which they move at most, in whole pixels. Edges are
        repeated.
    crop : float in [0, 1), default=0.0
        The largest part of the height and width that is cut off; what is left is stretched to the
        whole.
    flip : bool, default=False
        Whether half of them are mirrored, left to right.
    cutout : float in [0, 1), default=0.0
        Part of the height and width of a patch that is set to 0.
    mixup : float, default=0.0
        Images and targets are mixed with those of another row, the shares being drawn from the
        distribution Beta(mixup, mixup).
    """

    shift: float = 0.0
    crop: float = 0.0
    flip: bool = False
    cutout: float = 0.0
    mixup: float = 0.0

    def __post_init__(self) -> None:
        for name, end in {"shift": 1, "crop": 1, "cutout": 1, "mixup": math.inf}.items():
            value = getattr(self, name)
            if not 0 <= value < end:
                raise ValueError(f"{name}={value!r} is not in [0, {end}); 0 turns it off.")

    def apply(
        self, x: Tensor, target: Tensor, weight: Tensor | None, n_rows: int, randomness: Randomness
    ) -> None:
        """Change N batches of B rows in place, as `Augments` says."""
        rows = x.view(-1, *x.shape[2:])[:n_rows]
        if self.shift or self.crop:
            _move(rows, self.shift, self.crop, randomness)
        if self.flip:
            _flip(rows, randomness("flip"))
        if self.cutout:
            _cut_out(rows, self.cutout, randomness("cutout"))
        if self.mixup:
            mix_rows(x, target, weight, n_rows, self.mixup, randomness)

    def views(self, rows: Rows) -> list[Rows]:
        """Images as they are, mirrored, and moved by one pixel up, down, left and right.

        Mirrored and moved ones only if training has made them too.
        """
        changes: list[Callable[[Tensor], Tensor]] = [
            partial(_shifted, dim=dim, by=by)
            for dim in (1, 2)
            if _largest_shift(self.shift, rows.shape[dim])
            for by in (-1, 1)
        ]
        views = [rows, *(ChangedRows(rows, change) for change in changes)]
        if self.flip:
            views += [ChangedRows(view, _mirrored) for view in views]
        return views


def _mirrored(rows: Tensor) -> Tensor:
    return rows.flip(2)


def _shifted(rows: Tensor, dim: int, by: int) -> Tensor:
    """Images (B, H, W, C) moved by whole pixels; their edges are repeated."""
    last = rows.shape[dim] - 1
    places = (torch.arange(last + 1, device=rows.device) - by).clamp_(0, last)
    return rows.index_select(dim, places)


def _largest_shift(part: float, size: int) -> int:
    """Whole pixels of a part of the height or width."""
    return math.floor(part * size + 0.5)


def _move(rows: Tensor, shift: float, crop: float, randomness: Randomness) -> None:
    """Stretch a part of each image to the whole, at another place."""
    kept = 1.0 - crop * torch.from_numpy(randomness("crop").random(len(rows)))[:, None]
    moved = rows
    for dim in (1, 2):
        size = rows.shape[dim]
        most = _largest_shift(shift, size)
        by = randomness(f"shift {dim}").integers(-most, most + 1, len(rows))
        slack = torch.from_numpy(randomness(f"crop {dim}").random(len(rows)))[:, None]
        steps = torch.arange(size, dtype=torch.float64)
        places = steps * kept + slack * (1.0 - kept) * (size - 1) - torch.from_numpy(by)[:, None]
        moved = _taken(moved, places.to(rows.device), dim)
    rows.copy_(moved)


def _taken(rows: Tensor, places: Tensor, dim: int) -> Tensor:
    """Images whose lines along `dim` are those at `places` (B, size), or between two lines."""
    last = rows.shape[dim] - 1
    places = places.clamp(0, last)
    before = places.floor()
    shape = (len(rows), -1, 1, 1) if dim == 1 else (len(rows), 1, -1, 1)

    def lines(at: Tensor) -> Tensor:
        return rows.gather(dim, at.long().view(shape).expand(rows.shape))

    found = lines(before)
    share = (places - before).view(shape).to(rows)
    if share.any():
        found.lerp_(lines((before + 1).clamp(max=last)), share.expand(rows.shape))
    return found


def _flip(rows: Tensor, generator: np.random.Generator) -> None:
    """Mirror half of the images, left to right."""
    chosen = torch.from_numpy(generator.random(len(rows)) < 0.5).to(rows.device)
    rows.copy_(torch.where(chosen.view(-1, 1, 1, 1), _mirrored(rows), rows))


def _cut_out(rows: Tensor, part: float, generator: np.random.Generator) -> None:
    """Set a patch of each image to 0; its centre may be anywhere in the image."""
    inside = rows.new_ones((), dtype=torch.bool)
    centres = torch.from_numpy(generator.random((len(rows), 2))).to(rows.device)
    for dim in (1, 2):
        size = rows.shape[dim]
        start = (centres[:, dim - 1, None] * size - part * size / 2).round()
        steps = torch.arange(size, device=rows.device)
        within = (steps >= start) & (steps < start + round(part * size))  # (B, size)
        inside = inside & within.view(len(rows), *((-1, 1, 1) if dim == 1 else (1, -1, 1)))
    rows.masked_fill_(inside, 0.0)
