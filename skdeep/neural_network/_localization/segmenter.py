"""ImageSegmenter."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skdeep._encoding.fit_data import FitData
from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.training.augmentation import Augments
from skdeep._estimator.network.architecture import Design
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval, StrOptions
from skdeep.metrics import mean_iou
from skdeep.neural_network._localization.base import (
    ATTRIBUTES,
    REFERENCES,
    BaseLocalizer,
    image_unet,
)
from skdeep.neural_network._localization.mask_answer import MaskAnswer
from skdeep.neural_network._localization.masks import MaskTarget
from skdeep.neural_network._localization.mirrors import MirroredMasks


DICE = """
.. [9] F. Milletari, N. Navab and S.-A. Ahmadi (2016), "V-Net: fully convolutional neural
   networks for volumetric medical image segmentation", arXiv:1606.04797.
"""


def mask_network(n_outputs: int, **settings: Any) -> NetworkEnsemble:
    """Build a network that answers for every pixel."""
    return image_unet(first_bias=[0.0] * n_outputs, **settings)


@estimator(attributes=ATTRIBUTES, references=REFERENCES + DICE)
class ImageSegmenter(BaseLocalizer):
    """Segmenter of images: a label for every pixel.

    A small U-Net [8]_, which reads an image at its full size and at coarser ones, and answers for
    each pixel from all of them. Sides of any length do.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    ObjectDetector : Boxes round the objects of an image.
    skdeep.metrics.mean_iou : The score.

    Notes
    -----
    `y` has a mask for each image, (n_images, height, width): whole numbers, words or booleans, of
    which those that occur are the classes. Masks are as large as the images; those of `predict`
    have the size of those of `fit`.

    References
    ----------
    {references}
    .. [9] F. Milletari, N. Navab and S.-A. Ahmadi (2016), "V-Net: fully convolutional neural
       networks for volumetric medical image segmentation", arXiv:1606.04797.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep import ImageSegmenter
    >>> rng = np.random.default_rng(0)
    >>> y = np.zeros((40, 12, 12), dtype=int)
    >>> for mask, (top, left) in zip(y, rng.integers(0, 8, size=(40, 2))):
    ...     mask[top : top + 5, left : left + 5] = 1  # a square somewhere
    >>> X = y + rng.normal(scale=0.5, size=y.shape)  # under noise
    >>> model = ImageSegmenter(max_iter=15, random_state=0).fit(X[:30], y[:30])
    >>> bool(model.score(X[30:], y[30:]) > 0.8)  # mean intersection over union
    True
    """

    _: KW_ONLY
    dice: Annotated[
        float,
        Parameter(
            """float in [0, 1]

            Share of the soft Dice loss [9]_ in the loss, which counts classes of an image the same
            however few pixels they have; the rest is the cross-entropy of pixels.""",
            Interval(Real, 0, 1, closed="both"),
        ),
    ] = 0.0
    class_weight: Annotated[
        dict[Any, float] | str | None,
        Parameter(
            """dict, 'balanced' or None

            Weights of the classes in the cross-entropy of pixels. 'balanced' makes them count the
            same over all training images.""",
            StrOptions({"balanced"}),
            dict,
            None,
        ),
    ] = None

    _target: MaskTarget
    _design = Design(mask_network, ("width", "depth"))

    @property
    def _answer(self) -> MaskAnswer:
        return MaskAnswer(getattr(self, "image_shape_", ()), self.dice, self.class_weight)

    @property
    def _mirrors(self) -> Augments:
        return MirroredMasks()

    def _n_trained_outputs(self, data: FitData) -> int:
        return self._target.n_outputs * self._target.height * self._target.width

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probabilities of the labels of pixels; the last axis is that of `classes_`.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)

        Returns
        -------
        ndarray of shape (n_images, height, width, n_classes)
        """
        return self._of_pixels(X, lambda z: z.softmax(dim=1).movedim(1, -1))

    def predict(self, X: Any) -> np.ndarray:
        """Predict masks.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)

        Returns
        -------
        ndarray of shape (n_images, height, width)
            A label for each pixel.
        """
        codes = self._of_pixels(X, lambda z: z.argmax(dim=1))
        return self.classes_[codes]

    def _of_pixels(self, X: Any, function: Callable[[Tensor], Tensor]) -> np.ndarray:
        """A function of raw outputs (n, classes, height, width)."""
        check_is_fitted(self)
        target = self._target
        shape = target.n_outputs, target.height, target.width
        return self._outputs_of_images(X, lambda outputs: function(outputs.unflatten(1, shape)))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Mean intersection over union of predicted masks and `y`.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)
        y : array-like of shape (n_images, height, width)
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images.

        Returns
        -------
        float
        """
        masks = self.predict(X)
        return mean_iou(self._read_target(y), masks, sample_weight=sample_weight)
