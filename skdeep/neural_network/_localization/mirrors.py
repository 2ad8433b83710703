"""Mirror images of training images, and of the masks or boxes that belong to them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from skdeep._engine.training.augmentation import Randomness
from skdeep.neural_network._localization.box_loss import BOX_VALUES


@dataclass(frozen=True)
class MirroredMasks:
    """Mirror half of the images (B, H, W, C), left to right; targets are masks."""

    def apply(
        self, x: Tensor, target: Tensor, weight: Tensor | None, n_rows: int, randomness: Randomness
    ) -> None:
        """Change N batches of B rows in place, as `Augments` says."""
        is_mirrored = _mirror(x, n_rows, randomness)
        masks = target.unflatten(2, x.shape[2:4])  # (N, B, H, W)
        mirrored = torch.where(is_mirrored[..., None, None], masks.flip(3), masks)
        target.copy_(mirrored.flatten(2))


@dataclass(frozen=True)
class MirroredBoxes:
    """Mirror half of the images (B, H, W, C), left to right; targets are those of `box_loss`."""

    def apply(
        self, x: Tensor, target: Tensor, weight: Tensor | None, n_rows: int, randomness: Randomness
    ) -> None:
        """Change N batches of B rows in place, as `Augments` says."""
        is_mirrored = _mirror(x, n_rows, randomness)
        label, x0, y0, x1, y1 = target.unflatten(2, (-1, BOX_VALUES)).unbind(dim=-1)  # (N, B, M)
        moved = torch.stack([label, x.shape[3] - x1, y0, x.shape[3] - x0, y1], dim=-1).flatten(2)
        # Where there is no box, what its corners are means nothing.
        target.copy_(torch.where(is_mirrored[..., None], moved, target))


def _mirror(x: Tensor, n_rows: int, randomness: Randomness) -> Tensor:
    """Mirror some images in place; (N, B), which."""
    is_mirrored = torch.zeros(x.shape[:2], dtype=torch.bool)
    is_mirrored.view(-1)[:n_rows] = torch.from_numpy(randomness("flip").random(n_rows) < 0.5)
    is_mirrored = is_mirrored.to(x.device)
    x.copy_(torch.where(is_mirrored[..., None, None, None], x.flip(3), x))
    return is_mirrored
