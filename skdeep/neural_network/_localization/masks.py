"""Masks: a label for every pixel of an image, how it is read, and the loss of what is predicted."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_array
from torch import Tensor
from torch.nn import functional

from skdeep._encoding.targets import Target
from skdeep._engine.training.losses import Loss

# Added to both sides of the ratio of Dice, so that classes that are nowhere make no noise.
_SMOOTHING = 1.0


def read_masks(y: Any, height: int, width: int) -> np.ndarray:
    """Check masks of images of one size; (n, height, width).

    Raises
    ------
    ValueError
        If they are none, have another size than the images, or hold what is no label.
    """
    if y is None:
        raise ValueError("y is None: masks of shape (n_images, height, width) were expected.")
    try:
        masks = np.array(list(y)) if isinstance(y, list | tuple) else np.asarray(y)
        keeps_objects = masks.dtype == object and masks.ndim > 1  # words, not an array of masks
        if masks.dtype == object:
            masks = np.array(masks.tolist())
    except ValueError:
        raise ValueError("y holds masks that differ in size: all must be as large as X.") from None
    expected = f"masks of shape (n_images, {height}, {width}), as large as the images of X"
    if masks.shape[1:] != (height, width):
        raise ValueError(f"y has the shape {masks.shape}: {expected}, were expected.")
    if masks.dtype.kind not in "biufUS":
        raise ValueError(f"y has the dtype {masks.dtype}: masks hold numbers or words as labels.")
    if masks.dtype.kind == "f":
        check_array(masks, dtype=None, allow_nd=True, input_name="y")
        broken = masks[masks != np.floor(masks)]
        if broken.size:
            raise ValueError(
                f"y has {broken.flat[0]:g}: masks hold labels, such as whole numbers. Round what "
                "was resized, or choose the nearest pixel in resizing."
            )
    return masks.astype(object) if keeps_objects and masks.dtype.kind in "US" else masks


class MaskTarget(Target):
    """Labels of pixels and their codes.

    Parameters
    ----------
    labels : ndarray
        All that occur.
    height, width : int
        Of the masks.

    Attributes
    ----------
    classes_ : ndarray
        Sorted labels.
    n_outputs : int
        Their number.
    """

    def __init__(self, labels: np.ndarray, height: int, width: int):
        self.classes_ = np.unique(labels)
        self.n_outputs = len(self.classes_)
        self.height = height
        self.width = width

    def codes(self, masks: np.ndarray, name: str = "y") -> np.ndarray:
        """Class numbers of pixels, in few bytes; (n, height, width).

        Raises
        ------
        ValueError
            If a label is none of `classes_`.
        """
        codes = np.searchsorted(self.classes_, masks).clip(max=self.n_outputs - 1)
        unknown = np.unique(masks[self.classes_[codes] != masks])
        if len(unknown):
            raise ValueError(
                f"{name} has the labels {unknown.tolist()[:5]}, which are not among the classes "
                f"{self.classes_.tolist()}."
            )
        return codes.astype(np.uint8 if self.n_outputs <= 256 else np.int32)

    def tensor(self, codes: np.ndarray, dtype: torch.dtype) -> Tensor:
        """Codes, the pixels of an image side by side; training makes numbers of them."""
        return torch.from_numpy(codes.reshape(len(codes), -1))


def mask_loss(
    n_classes: int,
    n_pixels: int,
    *,
    dice: float = 0.0,
    class_weight: Sequence[float] | None = None,
) -> Loss:
    """Build a loss of masks.

    Outputs are (..., rows, classes * pixels), targets (..., rows, pixels) numbers of classes. The
    loss of an image is the mean over its pixels of the cross-entropy and, as a share `dice` of the
    whole, one minus the soft Dice coefficient (Milletari et al. 2016, arXiv:1606.04797), the mean
    over the classes.

    Parameters
    ----------
    n_classes, n_pixels : int
    dice : float in [0, 1], default=0.0
    class_weight : sequence of float, default=None
        Weights of the pixels of each class in the cross-entropy; None for 1.
    """
    terms: list[tuple[float, tuple[Callable[..., Tensor], Callable[..., Tensor]]]] = []
    if dice < 1.0:
        weights = [1.0] * n_classes if class_weight is None else list(class_weight)
        weight = torch.tensor(weights, dtype=torch.float64)
        of_classes = (partial(_entropy, weight=weight), partial(_entropy_slope, weight=weight))
        terms.append((1.0 - dice, of_classes))
    if dice > 0.0:
        terms.append((dice, (_dice, _dice_slope)))

    def value(z: Tensor, t: Tensor) -> Tensor:
        pixels, codes = z.unflatten(-1, (n_classes, n_pixels)), t.long().unsqueeze(-2)
        return torch.stack([share * of(pixels, codes) for share, (of, _) in terms]).sum(dim=0)

    def gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
        pixels, codes = z.unflatten(-1, (n_classes, n_pixels)), t.long().unsqueeze(-2)
        p = pixels.softmax(dim=-2)
        slopes = [share * slope(p, codes) for share, (_, slope) in terms]
        out.unflatten(-1, (n_classes, n_pixels)).copy_(torch.stack(slopes).sum(dim=0))

    return Loss("softmax", value, gradient, n_targets=n_pixels)


def _entropy(z: Tensor, codes: Tensor, weight: Tensor) -> Tensor:
    """(..., B, classes, pixels), (..., B, 1, pixels) -> (..., B, 1)."""
    log_p = functional.log_softmax(z, dim=-2).gather(-2, codes)
    return -(log_p * weight.to(z)[codes]).mean(dim=-1)


def _entropy_slope(p: Tensor, codes: Tensor, weight: Tensor) -> Tensor:
    return _less_indicator(p, codes).mul_(weight.to(p)[codes] / p.shape[-1])


def _less_indicator(p: Tensor, codes: Tensor) -> Tensor:
    return p.scatter_add(-2, codes, p.new_tensor(-1.0).expand(codes.shape))


def _dice(z: Tensor, codes: Tensor) -> Tensor:
    p = z.softmax(dim=-2)
    common, total = _dice_sums(p, codes)
    return 1.0 - (common / total).mean(dim=-2)


def _dice_slope(p: Tensor, codes: Tensor) -> Tensor:
    common, total = _dice_sums(p, codes)
    n_classes = p.shape[-2]
    # By p: -(2 t - common / total) / total / classes; then through the softmax.
    slope = (common / total / total / n_classes).expand_as(p)
    own = (-2.0 / total / n_classes).expand_as(p).gather(-2, codes)
    slope = slope.scatter_add(-2, codes, own)
    return p * (slope - (p * slope).sum(dim=-2, keepdim=True))


def _dice_sums(p: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Twice the pixels in common, and those of both, of each class; (..., B, classes, 1)."""
    right = torch.zeros_like(p).scatter(-2, codes, p.gather(-2, codes))
    counts = torch.zeros_like(p).scatter(-2, codes, 1.0).sum(dim=-1, keepdim=True)
    common = 2.0 * right.sum(dim=-1, keepdim=True) + _SMOOTHING
    return common, p.sum(dim=-1, keepdim=True) + counts + _SMOOTHING
