"""Boxes round objects, and their labels, of images."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skdeep._encoding.targets import Target
from skdeep.neural_network._localization.box_loss import BOX_VALUES, CentreGrid

# Boxes (k, 4) of an image, as x0, y0, x1, y1 in pixels, and their labels (k,).
Boxes = tuple[np.ndarray, np.ndarray]


def read_boxes(y: Any, height: int, width: int) -> np.ndarray:
    """Check the boxes and labels of images of one size.

    Returns
    -------
    ndarray of object of shape (n,)
        (boxes, labels) of each image, boxes being float64 of shape (k, 4).

    Raises
    ------
    ValueError
        If they are none, or a box is empty, inverted or not inside the image.
    """
    if y is None or isinstance(y, str) or not hasattr(y, "__len__"):
        raise ValueError(f"y is {y!r}: a list of (boxes, labels), one an image, was expected.")
    read = np.empty(len(y), dtype=object)
    for i, item in enumerate(y):
        read[i] = _read_image(item, f"y[{i}]", height, width)
    return read


def _read_image(item: Any, name: str, height: int, width: int) -> Boxes:
    if isinstance(item, str | dict) or not hasattr(item, "__len__") or len(item) != 2:
        raise ValueError(
            f"{name} is no pair (boxes, labels) of arrays of shapes (k, 4) and (k,), but {item!r}."
        )
    try:
        boxes, labels = np.asarray(item[0], dtype=np.float64), np.array(list(item[1]))
    except (TypeError, ValueError):
        raise ValueError(
            f"{name} has boxes that are no array of numbers of shape (k, 4): {item[0]!r}."
        ) from None
    shape = boxes.shape if boxes.size else (0, 4)  # of no boxes, any empty array will do
    if labels.ndim != 1 or shape != (len(labels), 4):
        raise ValueError(
            f"{name} has boxes of shape {boxes.shape} and labels of shape {labels.shape}: (k, 4) "
            "and (k,) were expected."
        )
    boxes = boxes.reshape(-1, 4)
    if len(labels) and (labels.dtype.kind not in "biufUS" or _has_fractions(labels)):
        raise ValueError(f"{name} has the labels {labels.tolist()[:5]}: whole numbers or words do.")
    if not np.isfinite(boxes).all():
        raise ValueError(f"{name} has a box with NaN or infinity.")
    _check_place(boxes, name, height, width)
    return boxes, labels


def _has_fractions(labels: np.ndarray) -> bool:
    return labels.dtype.kind == "f" and not (labels == np.floor(labels)).all()  # so has NaN


def _check_place(boxes: np.ndarray, name: str, height: int, width: int) -> None:
    for box in boxes:
        x0, y0, x1, y1 = box.tolist()
        if x0 >= x1 or y0 >= y1:
            raise ValueError(
                f"{name} has the box {box.tolist()}, which is empty or inverted: x0 < x1 and "
                "y0 < y1 were expected, as x0, y0, x1, y1. For x, y, width, height add the first "
                "two to the last two."
            )
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            raise ValueError(
                f"{name} has the box {box.tolist()} (x0, y0, x1, y1), which is not inside its "
                f"image of width {width} and height {height}. Clip it, or multiply fractions of "
                "the image by its sides."
            )


def box_labels(boxes: np.ndarray) -> np.ndarray:
    """All labels of images, sorted."""
    some = [labels for _, labels in boxes if len(labels)]
    if len({labels.dtype.kind in "US" for labels in some}) > 1:
        raise ValueError("y has both words and numbers as labels: choose one of them.")
    return np.unique(np.concatenate(some)) if some else np.empty(0, dtype=int)


class BoxTarget(Target):
    """Boxes of images and the codes of their labels.

    Parameters
    ----------
    labels : ndarray
        All that occur.
    image_sides : tuple (int, int)
        Height and width of the images.
    stride : int
        Pixels of the side of a cell.

    Attributes
    ----------
    classes_ : ndarray
        Sorted labels.
    n_outputs : int
        Their number.
    """

    def __init__(self, labels: np.ndarray, image_sides: tuple[int, int], stride: int):
        self.classes_ = np.unique(labels)
        self.n_outputs = len(self.classes_)
        self.image_sides = image_sides
        self.stride = stride

    @property
    def grid(self) -> CentreGrid:
        """Cells that a network answers for."""
        height, width = (-(-side // self.stride) for side in self.image_sides)
        return CentreGrid(self.n_outputs, height, width, self.stride)

    def codes(self, boxes: np.ndarray, name: str = "y") -> np.ndarray:
        """Class and corners of all boxes of an image, filled up with -1; (n, k * 5).

        Raises
        ------
        ValueError
            If a label is none of `classes_`.
        """
        unknown = np.setdiff1d(box_labels(boxes), self.classes_)
        if len(unknown):
            raise ValueError(
                f"{name} has the labels {unknown.tolist()[:5]}, which are not among the classes "
                f"{self.classes_.tolist()}."
            )
        most = max(1, max((len(labels) for _, labels in boxes), default=0))
        codes = np.full((len(boxes), most, BOX_VALUES), -1.0)
        for row, (corners, labels) in zip(codes, boxes, strict=True):
            row[: len(labels), 0] = np.searchsorted(self.classes_, labels)
            row[: len(labels), 1:] = corners
        return codes.reshape(len(boxes), -1)

    def tensor(self, codes: np.ndarray, dtype: torch.dtype) -> Tensor:
        """Codes as numbers."""
        return torch.from_numpy(codes).to(dtype)
