"""ObjectDetector."""

from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.training.augmentation import Augments
from skdeep._engine.training.losses import Loss
from skdeep._estimator.network.training_parameters import COUNT, FRACTION
from skdeep._estimator.parameters import Parameter, estimator, shared_docstring
from skdeep._scikit_learn import Options
from skdeep.metrics import mean_average_precision
from skdeep.neural_network._localization.base import BaseImageParts, image_unet
from skdeep.neural_network._localization.box_loss import BOX_VALUES, CentreGrid, box_loss, box_peaks
from skdeep.neural_network._localization.boxes import BoxTarget, box_labels, read_boxes
from skdeep.neural_network._localization.mirrors import MirroredBoxes
from skdeep.neural_network._localization.parameters import ATTRIBUTES, REFERENCES

# Logit of the heat before training: of few cells, one is a centre.
_FIRST_HEAT = -2.2
# Offset in the cell and logarithm of the sizes before training: its middle, a few cells.
_FIRST_GEOMETRY = (0.5, 0.5, 1.0, 1.0)
# Peaks that are as good as none.
_LEAST_SCORE = 0.01


def centre_network(n_outputs: int, **settings: Any) -> NetworkEnsemble:
    """Build a network that answers for every cell."""
    return image_unet(first_bias=[*[_FIRST_HEAT] * n_outputs, *_FIRST_GEOMETRY], **settings)


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class ObjectDetector(BaseImageParts):
    """Detector of objects: a box and a label for each.

    A small U-Net [8]_ answers, for each cell of a grid over the image, whether the centre of an
    object of each class is there, where in the cell, and how large the object is [9]_. Sides of any
    length do.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    ImageSegmenter : A label for every pixel.
    skdeep.metrics.mean_average_precision : The score.

    Notes
    -----
    `y` has one item an image: a pair of boxes (k, 4) and labels (k,). A box is x0, y0, x1, y1 in
    pixels: x goes to the right and y down, from the corner of the image, so that the pixel in the
    top left corner is the box 0, 0, 1, 1. k may be 0, for which any empty arrays or lists do.

    Objects of a class whose centres are in one cell or in neighbouring ones may be found as one.

    References
    ----------
    {references}
    .. [9] X. Zhou, D. Wang and P. Kraehenbuehl (2019), "Objects as points", arXiv:1904.07850.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep import ObjectDetector
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(scale=0.3, size=(60, 24, 24)), []
    >>> for image, (x, top) in zip(X, rng.integers(0, 16, size=(60, 2))):
    ...     image[top : top + 6, x : x + 8] += 1.0  # a bright plate somewhere
    ...     y.append(([[x, top, x + 8, top + 6]], ["plate"]))
    >>> model = ObjectDetector(max_iter=20, random_state=0).fit(X[:50], y[:50])
    >>> bool(model.score(X[50:], y[50:]) > 0.8)  # mean average precision
    True
    >>> boxes, labels = model.predict(X[50:])[0]
    >>> boxes.shape, labels
    ((1, 4), array(['plate'], dtype='<U5'))
    """

    _: KW_ONLY
    stride: Annotated[
        int,
        Parameter(
            """{1, 2, 4, 8, 16}

            Pixels of the side of a cell. Objects should be a few cells apart.""",
            Options(Integral, {1, 2, 4, 8, 16}),
        ),
    ] = 4
    threshold: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Least score of what `predict` returns; nothing below 0.01 is an object. It has no
            influence on training or `score`, and can be set after `fit`.""",
            FRACTION,
        ),
    ] = 0.3
    max_detections: Annotated[
        int, Parameter("int\n\nMost objects that are found in an image.", COUNT)
    ] = 100

    _of_networks = ("width", "depth", "stride")
    _networks = staticmethod(centre_network)

    @property
    def _mirrors(self) -> Augments:
        return MirroredBoxes()

    @property
    def _grid(self) -> CentreGrid:
        """Cells that the network answers for."""
        height, width = (-(-side // self.stride) for side in self.image_shape_[:2])
        return CentreGrid(self._target.n_outputs, height, width, self.stride)

    @property
    def _n_trained_outputs(self) -> int:
        return self._grid.n_outputs

    def _checked_target(self, y: Any) -> np.ndarray:
        return read_boxes(y, *self.image_shape_[:2])

    def _check_combinations(self) -> None:
        super()._check_combinations()
        if not isinstance(self.depth, str) and 2**self.depth < self.stride:
            raise ValueError(
                f"stride={self.stride} is coarser than the coarsest image of depth={self.depth}, "
                f"whose pixels are {2**self.depth} wide: choose depth='auto', or a smaller stride."
            )

    def _encode_target(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        continuing: bool,
        classes: Any,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        if kept is not None:
            # Images of weight 0 may have labels that no other has; they are not looked at.
            nothing = np.empty(len(y), dtype=object)
            nothing[:] = [(np.empty((0, 4)), np.empty(0))] * len(y)
            nothing[kept] = y[kept]
            y = nothing
        labels = box_labels(y)
        if continuing:
            self._check_refit(labels)
        else:
            self._target: BoxTarget = BoxTarget(labels if classes is None else np.asarray(classes))
            if not self._target.n_outputs:
                raise ValueError(
                    "y has no boxes in any image of positive weight: there is nothing to learn. "
                    "One at least was expected."
                )
            self.classes_ = self._target.classes_
        codes = self._target.codes(y)
        self._n_boxes = codes.shape[1] // BOX_VALUES
        return codes, weight

    def _encode_validation_target(
        self, y: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        return self._target.codes(y, "y_val"), weight

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        return box_loss(self._grid, self._n_boxes), ("boxes", self._grid, self._n_boxes)

    def predict(self, X: Any) -> np.ndarray:
        """Find objects, those whose score reaches `threshold`.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)

        Returns
        -------
        ndarray of object of shape (n_images,)
            For each image a pair (boxes, labels) as in `y`, the surest first.
        """
        return self._found(X, max(self.threshold, _LEAST_SCORE), n_parts=2)

    def predict_scores(self, X: Any) -> np.ndarray:
        """Find all that may be an object, with its score, whatever `threshold` is.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)

        Returns
        -------
        ndarray of object of shape (n_images,)
            For each image (boxes, labels, scores), the surest first; scores are from 0.01 to 1.
        """
        return self._found(X, _LEAST_SCORE, n_parts=3)

    def _found(self, X: Any, least: float, n_parts: int) -> np.ndarray:
        check_is_fitted(self)
        grid, most = self._grid, self.max_detections
        peaks = self._computed(X, lambda outputs: box_peaks(outputs, grid, most))
        height, width = self.image_shape_[:2]
        peaks[..., :4] = peaks[..., :4].clip(0, [width, height] * 2)
        found = np.empty(len(peaks), dtype=object)
        for i, of_image in enumerate(peaks):
            kept = of_image[of_image[:, 5] >= least]
            labels = self.classes_[kept[:, 4].astype(int)]
            found[i] = (kept[:, :4], labels, kept[:, 5])[:n_parts]
        return found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Mean average precision at an intersection over union of 0.5.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)
        y : list of (boxes, labels)
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images.

        Returns
        -------
        float
        """
        found = self.predict_scores(X)
        return mean_average_precision(self._checked_target(y), found, sample_weight=sample_weight)
