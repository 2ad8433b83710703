"""Masks as the answer: labels of pixels to codes, and their loss."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.weights import with_class_weight
from skdeep._engine.training.losses import Loss
from skdeep._estimator.network.answer import Answer, Encoded
from skdeep._estimator.network.class_answer import check_same_classes
from skdeep.neural_network._localization.masks import MaskTarget, mask_loss, read_masks


@dataclass(frozen=True)
class MaskAnswer(Answer):
    """A label for every pixel of an image.

    Attributes
    ----------
    image_shape : tuple of int
        Height and width come first; known once the images are read, which is before y is.
    dice : float
    class_weight : dict, "balanced" or None
    """

    image_shape: tuple[int, ...]
    dice: float
    class_weight: Any

    def why_no_parts(self) -> str | None:
        """Balanced weights need all images."""
        if self.class_weight != "balanced":
            return None
        return (
            "class_weight='balanced' needs all images at once and partial_fit sees a few; pass "
            "the weights as a dict."
        )

    def read(self, y: Any, name: str) -> np.ndarray:
        """Masks (n, height, width)."""
        return read_masks(y, *self.image_shape[:2])

    def encode(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        *,
        known: MaskTarget | None,
        classes: Any,
        warm_start: bool,
    ) -> Encoded:
        """Number the labels."""
        labels = np.unique(y if kept is None else y[kept])
        if known is None:
            given = labels if classes is None else np.asarray(classes)
            known = MaskTarget(given, *self.image_shape[:2])
        elif warm_start:
            check_same_classes(known.classes_, labels)
        if kept is not None:
            # Images of weight 0 may have labels that no other has; they are not looked at.
            y = np.where(np.isin(y, known.classes_), y, known.classes_[0])
        return Encoded(known, known.codes(y), weight)

    def encode_validation(
        self, y: np.ndarray, weight: np.ndarray | None, target: MaskTarget
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Codes of known labels, and weights as they are."""
        return target.codes(y, "y_val"), weight

    def _single_loss(self, target: MaskTarget, data: FitData) -> tuple[Loss, tuple[Any, ...]]:
        of_classes = self._class_weights(target, data)
        sizes = target.n_outputs, target.height * target.width
        loss = mask_loss(*sizes, dice=self.dice, class_weight=of_classes)
        return loss, ("masks", *sizes, self.dice, None if of_classes is None else tuple(of_classes))

    def _class_weights(self, target: MaskTarget, data: FitData) -> list[float] | None:
        """What pixels of each class count in the loss."""
        if self.class_weight is None:
            return None
        n_classes, classes = target.n_outputs, target.classes_
        of_images = np.ones(len(data.codes)) if data.weight is None else data.weight
        counts = np.zeros(n_classes)
        for image, of_image in zip(data.codes, of_images, strict=True):
            counts += of_image * np.bincount(image.ravel(), minlength=n_classes)
        weighted = with_class_weight(counts, self.class_weight, classes, classes)
        assert weighted is not None
        return np.divide(weighted, counts, out=np.ones(n_classes), where=counts > 0).tolist()

    def attributes(self, target: MaskTarget) -> dict[str, Any]:
        """The labels."""
        return {"classes_": target.classes_}
