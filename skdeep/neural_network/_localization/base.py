"""What ImageSegmenter and ObjectDetector share: images in, a U-Net, and many outputs an image."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import Annotated, Any, Self

import numpy as np
import torch
from sklearn.utils import Tags
from torch import Tensor

from skdeep._encoding.fit_data import FitData
from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.training.augmentation import Augments
from skdeep._engine.training.prediction import module_outputs
from skdeep._engine.training.threads import safe_after_fork
from skdeep._estimator.availability import available_unless
from skdeep._estimator.network import built_parameters as of_networks
from skdeep._estimator.network.built_network import BuiltNetwork
from skdeep._estimator.network.classifier import check_classes
from skdeep._estimator.network.member import Extent
from skdeep._estimator.network.training_parameters import (
    COUNT,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter
from skdeep._kinds.images.array import ImageReader
from skdeep._kinds.images.unet import UNet
from skdeep._scikit_learn import StrOptions

# Pixels of the side of the coarsest image, and how often sides are halved at most.
_COARSEST, _DEEPEST = 4, 4


class BaseLocalizer(BuiltNetwork):
    """Base of ImageSegmenter and ObjectDetector."""

    _: KW_ONLY
    image_shape: Annotated[
        tuple[int, ...] | list[int] | None,
        Parameter(
            """tuple of int or None

            (height, width) or (height, width, channels) of the images, needed where `X` holds flat
            rows of pixels: row by row, the channels of a pixel side by side. None where `X` has
            these axes.""",
            tuple,
            list,
            None,
        ),
    ] = None
    width: Annotated[
        int,
        Parameter(
            """int

            Number of features of a pixel in the first layers; it doubles wherever the sides of the
            image are halved.""",
            COUNT,
        ),
    ] = 8
    depth: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            How often the sides of the image are halved: 'auto' does so at most 4 times, as long as
            4 pixels or more are left.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    flip: Annotated[
        bool,
        Parameter(
            """bool

            Augmentation: whether images and their targets are mirrored, left to right, half of the
            time in training. Not for digits and letters, which mirroring turns into others.""",
            "boolean",
        ),
    ] = False
    solver: Annotated[str, of_networks.STOCHASTIC_SOLVER] = "adamw"
    batch_size: Annotated[
        int | str, of_networks.batch_size("Number of images in a batch", 4, 16)
    ] = "auto"
    learning_rate: Annotated[str, of_networks.LEARNING_RATE] = "one_cycle"
    learning_rate_init: Annotated[float, of_networks.LEARNING_RATE_INIT] = 0.005
    max_iter: Annotated[int | str, of_networks.max_iter(600, 5)] = "auto"  # type: ignore[assignment]  # 'auto' too
    n_iter_no_change: Annotated[float, of_networks.N_ITER_NO_CHANGE] = np.inf
    dtype: Annotated[str, of_networks.DTYPE] = "float32"

    _extent = Extent(n_steps=600, fewest_epochs=5, fewest_rows=4, most_rows=16)

    @property
    def _reader(self) -> ImageReader:
        return ImageReader(self.image_shape)

    @property
    @abstractmethod
    def _mirrors(self) -> Augments:
        """What mirrors images and their targets."""

    @property
    def _augmentation(self) -> Augments | None:
        return self._mirrors if self.flip else None

    def _network_settings(self, data: FitData) -> dict[str, Any]:
        return {"image_shape": data.X.shape[1:]}

    def _outputs_of_images(self, X: Any, function: Callable[[Tensor], Tensor]) -> np.ndarray:
        """A function of raw outputs (n, outputs), of some images at once: they are many numbers."""
        rows, device = self._rows_seen(X)
        module = self._built.loaded(self._weights, self._buffers, device)
        values = self._built.values_per_row
        with safe_after_fork(), torch.inference_mode():
            computed = module_outputs(rows, lambda x: function(module(x)), values, one_size=True)
            return computed.cpu().numpy()

    @available_unless(lambda estimator: estimator._check_partial_fit())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train for one epoch on the images given, going on from the last call.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)
            Training images.
        y : array-like or list of length n_images
            Masks, or boxes and labels, as in `fit`.
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever occur; required in the first call; in later calls they may be
            left out, or must be the same.

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

    def __sklearn_tags__(self) -> Tags:
        tags = self._with_tags_of_reader(super().__sklearn_tags__())
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


ATTRIBUTES = f"""
classes_ : ndarray of shape (n_classes,)
    Labels, sorted.
image_shape_ : tuple of int
    Height, width and channels of the images seen during `fit`.
{TRAINING_ATTRIBUTES.strip()}
"""

REFERENCES = f"""
{TRAINING_REFERENCES.strip()}
.. [8] O. Ronneberger, P. Fischer and T. Brox (2015), "U-Net: convolutional networks for biomedical
   image segmentation", arXiv:1505.04597.
"""
