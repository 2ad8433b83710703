"""Boxes as the answer: objects to the cells of a grid, and their loss."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skdeep._encoding.fit_data import FitData
from skdeep._engine.training.losses import Loss
from skdeep._estimator.network.answer import Answer, Encoded
from skdeep._estimator.network.class_answer import check_same_classes
from skdeep.neural_network._localization.box_loss import BOX_VALUES, box_loss
from skdeep.neural_network._localization.boxes import BoxTarget, box_labels, read_boxes


@dataclass(frozen=True)
class BoxAnswer(Answer):
    """A box and a label for every object of an image.

    Attributes
    ----------
    image_shape : tuple of int
        Height and width come first; known once the images are read, which is before y is.
    stride : int
        Pixels of the side of a cell.
    """

    image_shape: tuple[int, ...]
    stride: int

    def read(self, y: Any, name: str) -> np.ndarray:
        """Pairs (boxes, labels), (n,) of object."""
        return read_boxes(y, *self.image_shape[:2])

    def encode(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        *,
        known: BoxTarget | None,
        classes: Any,
        warm_start: bool,
    ) -> Encoded:
        """Number the labels."""
        if kept is not None:
            # Images of weight 0 may have labels that no other has; they are not looked at.
            nothing = np.empty(len(y), dtype=object)
            nothing[:] = [(np.empty((0, 4)), np.empty(0))] * len(y)
            nothing[kept] = y[kept]
            y = nothing
        labels = box_labels(y)
        if known is None:
            given = labels if classes is None else np.asarray(classes)
            height, width = self.image_shape[:2]
            known = BoxTarget(given, (height, width), self.stride)
            if not known.n_outputs:
                raise ValueError(
                    "y has no boxes in any image of positive weight: there is nothing to learn. "
                    "One at least was expected."
                )
        elif warm_start:
            check_same_classes(known.classes_, labels)
        return Encoded(known, known.codes(y), weight)

    def encode_validation(
        self, y: np.ndarray, weight: np.ndarray | None, target: BoxTarget
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Codes of known labels, and weights as they are."""
        return target.codes(y, "y_val"), weight

    def _single_loss(self, target: BoxTarget, data: FitData) -> tuple[Loss, tuple[Any, ...]]:
        grid, n_boxes = target.grid, data.codes.shape[1] // BOX_VALUES
        return box_loss(grid, n_boxes), ("boxes", grid, n_boxes)

    def attributes(self, target: BoxTarget) -> dict[str, Any]:
        """The labels."""
        return {"classes_": target.classes_}
