"""What ImageSegmenter and ObjectDetector share: images in, a U-Net, and many answers an image."""

import math
from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_consistent_length

from skdeep.base import available_unless
from skdeep.encoding import TORCH_DTYPES, ImageArray, as_rows, read_image_array, resolve_device
from skdeep.modules import NetworkEnsemble, UNet, module_traits
from skdeep.neural_network._built_module import BuiltModule
from skdeep.neural_network._built_network import TRIAL_ROWS, BuiltNetwork
from skdeep.neural_network._fit_data import FitData
from skdeep.neural_network._image_parts_parameters import ImagePartsParameters
from skdeep.neural_network._known_classes import check_classes
from skdeep.neural_network._module_maker import ModuleMaker
from skdeep.neural_network._row_formats import SingleArray
from skdeep.training import Augments

# Steps and epochs of a fit, at least.
_STEPS, _EPOCHS = 600, 5
# Pixels of the side of the coarsest image, and how often sides are halved at most.
_COARSEST, _DEEPEST = 4, 4


class BaseImageParts(ImagePartsParameters, BuiltNetwork):
    """Base of ImageSegmenter and ObjectDetector."""

    _judges_itself = True
    _scaling: tuple[np.ndarray, np.ndarray]  # mean and standard deviation of the channels

    @property
    def _is_regressor(self) -> bool:
        return False

    @property
    @abstractmethod
    def _stride(self) -> int:
        """Pixels of the side of a place that the network answers for."""

    @property
    @abstractmethod
    def _mirrors(self) -> Augments:
        """What mirrors images and their targets."""

    @property
    @abstractmethod
    def _first_bias(self) -> list[float]:
        """What the network answers for a place before training."""

    @abstractmethod
    def _checked_target(self, y: Any) -> np.ndarray:
        """Y for the images of `image_shape_`, in a form that can be indexed."""

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

    def _validated(self, X: Any, y: Any = "no_validation", *, dtype: Any, reset: bool) -> Any:
        if isinstance(X, ImageArray):  # validated and scaled: a scorer predicts held-out rows
            return X
        validated = self._validated_for_fit(X, y, dtype=dtype, reset=reset)
        if isinstance(validated, tuple):
            return validated[0].standardized(*self._scaling), validated[1]
        return validated.standardized(*self._scaling)

    def _validated_for_fit(self, X: Any, y: Any, *, dtype: Any, reset: bool) -> Any:
        array = read_image_array(self, X, dtype=dtype, reset=reset)
        if isinstance(y, str) and y == "no_validation":
            return array
        y = self._checked_target(y)
        check_consistent_length(array, y)
        return array, y

    def _encode(
        self, X: Any, y: Any, sample_weight: Any, continuing: bool, classes: Any
    ) -> FitData:
        data = super()._encode(X, y, sample_weight, continuing, classes).with_equal_rows_merged()
        if not continuing:
            self._scaling = data.X.channel_statistics(data.weight)
        data.X = data.X.standardized(*self._scaling)
        self._build(data, continuing)
        return data

    def _build(self, data: FitData, continuing: bool) -> None:
        device = resolve_device(self.device)
        arguments: dict[str, Any] = {
            "width": self.width,
            "depth": self._depth,
            "stride": self._stride,
        }
        arguments |= {"n_channels": data.X.shape[3], "first_bias": self._first_bias}
        if continuing:
            self._check_same_network(arguments)
            return
        dtype = data.dtype.name
        shape = SingleArray(data.X.shape[1:], dtype)
        maker = ModuleMaker(image_network, arguments, dtype, shape, self._seed)
        template: Any = maker.make(device)
        x = as_rows(data.X[:TRIAL_ROWS], device).slice(0, TRIAL_ROWS)
        traits = module_traits(
            template.networks[0], x, self._n_trained_outputs, TORCH_DTYPES[dtype], device
        )
        values = traits.values_per_row
        self._built = BuiltModule(maker, template, values, takes_one_row=True, one_size=True)

    def _check_same_network(self, now: dict[str, Any]) -> None:
        known = self._built.maker.arguments
        for name, value in now.items():
            if known[name] != value:
                raise ValueError(
                    f"The fitted network has {name}={known[name]!r}, but now it is {value!r}. Set "
                    "warm_start=False (or clone the estimator) to start anew."
                )

    @property
    def _depth(self) -> int:
        if not isinstance(self.depth, str):
            return self.depth
        halvings = int(math.log2(max(min(self.image_shape_[:2]) / _COARSEST, 2)))
        return max(min(halvings, _DEEPEST), self._stride.bit_length() - 1)

    def _automatic_batch_size(self, n_rows: int) -> int:
        size = min(max(n_rows / 25, 4), 16)
        return math.ceil(n_rows / max(1, round(n_rows / size)))  # of one size, nearly

    def _n_epochs(self, n_rows: int, batch_size: int) -> int:
        if not isinstance(self.max_iter, str):
            return self.max_iter
        return max(_EPOCHS, round(_STEPS / math.ceil(n_rows / batch_size)))

    def _describe_network(self, data: FitData, continuing: bool) -> dict[str, Any]:
        augmentation = self._mirrors if self.flip else None
        return super()._describe_network(data, continuing) | {"augmentation": augmentation}

    def _raw_outputs(self, rows: Any, device: torch.device) -> torch.Tensor:
        return self._built.outputs(rows, self._weights, self._buffers, device)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags


def image_network(first_bias: list[float], **settings: Any) -> NetworkEnsemble:
    """Build the network of an estimator."""
    return NetworkEnsemble([UNet(n_outputs=len(first_bias), first_bias=first_bias, **settings)])
