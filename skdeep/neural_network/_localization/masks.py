"""Masks: a label for every pixel of an image."""

from typing import Any

import numpy as np
import torch
from sklearn.utils import check_array
from torch import Tensor

from skdeep._encoding.targets import Target


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
