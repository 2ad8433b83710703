"""ImageSegmenter."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skdeep._encoding.weights import with_class_weight
from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.training.augmentation import Augments
from skdeep._engine.training.losses import Loss
from skdeep._estimator.availability import UnavailableMethodError
from skdeep._estimator.parameters import Parameter, estimator, shared_docstring
from skdeep._scikit_learn import Interval, StrOptions
from skdeep.metrics import mean_iou
from skdeep.neural_network._localization.base import BaseImageParts, image_unet
from skdeep.neural_network._localization.masks import MaskTarget, mask_loss, read_masks
from skdeep.neural_network._localization.mirrors import MirroredMasks
from skdeep.neural_network._localization.parameters import ATTRIBUTES, REFERENCES


def mask_network(n_outputs: int, **settings: Any) -> NetworkEnsemble:
    """Build a network that answers for every pixel."""
    return image_unet(first_bias=[0.0] * n_outputs, **settings)


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class ImageSegmenter(BaseImageParts):
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

    _of_networks = ("width", "depth")
    _networks = staticmethod(mask_network)

    @property
    def _mirrors(self) -> Augments:
        return MirroredMasks()

    @property
    def _n_trained_outputs(self) -> int:
        return self._target.n_outputs * self._target.height * self._target.width

    def _checked_target(self, y: Any) -> np.ndarray:
        return read_masks(y, *self.image_shape_[:2])

    def _encode_target(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        continuing: bool,
        classes: Any,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        labels = np.unique(y if kept is None else y[kept])
        if continuing:
            self._check_refit(labels)
        else:
            given = labels if classes is None else np.asarray(classes)
            self._target: MaskTarget = MaskTarget(given, *self.image_shape_[:2])
            self.classes_ = self._target.classes_
        if kept is not None:
            # Images of weight 0 may have labels that no other has; they are not looked at.
            y = np.where(np.isin(y, self.classes_), y, self.classes_[0])
        codes = self._target.codes(y)
        self._weight_of_classes = self._class_weights(codes, weight)
        return codes, weight

    def _encode_validation_target(
        self, y: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        return self._target.codes(y, "y_val"), weight

    def _class_weights(self, codes: np.ndarray, weight: np.ndarray | None) -> list[float] | None:
        """What pixels of each class count in the loss."""
        if self.class_weight is None:
            return None
        n_classes = self._target.n_outputs
        of_images = np.ones(len(codes)) if weight is None else weight
        counts = np.zeros(n_classes)
        for image, of_image in zip(codes, of_images, strict=True):
            counts += of_image * np.bincount(image.ravel(), minlength=n_classes)
        weighted = with_class_weight(counts, self.class_weight, self.classes_, self.classes_)
        assert weighted is not None
        return np.divide(weighted, counts, out=np.ones(n_classes), where=counts > 0).tolist()

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        target, of_classes = self._target, self._weight_of_classes
        sizes = target.n_outputs, target.height * target.width
        loss = mask_loss(*sizes, dice=self.dice, class_weight=of_classes)
        return loss, ("masks", *sizes, self.dice, None if of_classes is None else tuple(of_classes))

    def _check_partial_fit(self) -> None:
        super()._check_partial_fit()
        if self.class_weight == "balanced":
            raise UnavailableMethodError(
                "class_weight='balanced' needs all images at once and partial_fit sees a few; pass "
                "the weights as a dict."
            )

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
        return self._computed(X, lambda outputs: function(outputs.unflatten(1, shape)))

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
        return mean_iou(self._checked_target(y), masks, sample_weight=sample_weight)
