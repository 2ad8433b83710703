"""What ImageSegmenter and ObjectDetector share: images in, a U-Net, and many answers an image."""

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.rows import as_rows
from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.training.augmentation import Augments
from skdeep._engine.training.prediction import module_outputs
from skdeep._engine.training.threads import safe_after_fork
from skdeep._estimator.availability import available_unless
from skdeep._estimator.network.built_from_array import BuiltFromArray
from skdeep._estimator.network.known_classes import check_classes
from skdeep._kinds.images.array import ImageArray, read_image_array
from skdeep._kinds.images.unet import UNet
from skdeep.neural_network._localization.parameters import ImagePartsParameters

# Pixels of the side of the coarsest image, and how often sides are halved at most.
_COARSEST, _DEEPEST = 4, 4


class BaseImageParts(ImagePartsParameters, BuiltFromArray):
    """Base of ImageSegmenter and ObjectDetector."""

    _judges_itself = True
    _n_steps = 600
    _fewest_epochs = 5
    _batch_sizes = (4, 16)

    @property
    def _is_regressor(self) -> bool:
        return False

    @property
    @abstractmethod
    def _mirrors(self) -> Augments:
        """What mirrors images and their targets."""

    @property
    def _augmentation(self) -> Augments | None:
        return self._mirrors if self.flip else None

    def _read(self, X: Any, *, dtype: Any, reset: bool) -> ImageArray:
        return read_image_array(self, X, reset=reset, dtype=dtype)

    def _made_for(self, data: FitData) -> dict[str, Any]:
        return {"image_shape": data.X.shape[1:]}

    def _computed(self, X: Any, function: Callable[[Tensor], Tensor]) -> np.ndarray:
        """A function of raw outputs (n, outputs), of some images at once: they are many numbers."""
        check_is_fitted(self)
        array = self._validated(X, dtype=self._fitted_dtype, reset=False)
        device = self._prediction_device()
        module = self._built.loaded(self._weights, self._buffers, device)
        with safe_after_fork(), torch.inference_mode():
            rows, values = as_rows(array, device), self._built.values_per_row
            computed = module_outputs(rows, lambda x: function(module(x)), values, one_size=True)
            return computed.cpu().numpy()

    @available_unless(lambda estimator: estimator._check_partial_fit())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None):
        """Train for one epoch on the images given, going on from the last call.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)
            Training images.
        y : array-like or list of length n_images
            What `fit` takes.
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever occur; needed in the first call, to be left out or equal in
            later ones.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If `classes` is missing in the first call, or differs in a later one.
        """
        check_classes(self, classes)
        return self._train(X, y, sample_weight, incremental=True, classes=classes)

    def _check_refit(self, labels: np.ndarray) -> None:
        """Raise where a warm start would go on with other classes."""
        if self.warm_start and not np.array_equal(labels, self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {labels}"
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def image_unet(
    width: int,
    depth: int | str,
    image_shape: tuple[int, ...],
    first_bias: list[float],
    stride: int = 1,
) -> NetworkEnsemble:
    """Build the network of an estimator, for images (H, W, C), with an output for each bias."""
    if isinstance(depth, str):
        halvings = int(math.log2(max(min(image_shape[:2]) / _COARSEST, 2)))
        depth = max(min(halvings, _DEEPEST), stride.bit_length() - 1)
    sizes = image_shape[2], len(first_bias), width, depth
    return NetworkEnsemble([UNet(*sizes, stride=stride, first_bias=first_bias)])
