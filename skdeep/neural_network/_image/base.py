"""What ImageClassifier and ImageRegressor do beside other networks: pixels in, moved a little."""

from typing import Any

import numpy as np
import torch

from skdeep._encoding.fit_data import FitData
from skdeep._engine.training.rows import Rows
from skdeep._estimator.network.built_ensemble import BuiltEnsemble
from skdeep._kinds.images.array import ImageArray, read_image_array
from skdeep._kinds.images.augmentation import ImageAugmentation
from skdeep.neural_network._image.architectures import image_networks
from skdeep.neural_network._image.parameters import ImageParameters

# Part of the height and width by which images are moved.
_SHIFT = 0.1


class BaseImage(ImageParameters, BuiltEnsemble):
    """Base of ImageClassifier and ImageRegressor."""

    _of_networks = (
        "n_estimators",
        "architecture",
        "width",
        "depth",
        "patch_size",
        "n_heads",
        "dropout",
    )
    _drawn = ("dropout", "shift", "crop", "flip", "cutout", "mixup")
    _networks = staticmethod(image_networks)
    _n_steps = 800

    def _check_combinations(self) -> None:
        super()._check_combinations()
        width = 64 if self.width == "auto" else self.width
        if self.architecture == "vit" and width % self.n_heads:
            raise ValueError(
                f"width={self.width!r} cannot be shared among n_heads={self.n_heads}: choose a "
                f"multiple of {self.n_heads}."
            )

    def _read(self, X: Any, *, dtype: Any, reset: bool) -> ImageArray:
        return read_image_array(self, X, reset=reset, dtype=dtype)

    def _made_for(self, data: FitData) -> dict[str, Any]:
        return {"image_shape": data.X.shape[1:]}

    @property
    def _augmentation(self) -> ImageAugmentation | None:
        augmentation = self._changes
        return augmentation if augmentation != ImageAugmentation() else None

    @property
    def _changes(self) -> ImageAugmentation:
        shift = self.shift
        if isinstance(shift, str):
            is_row = self.image_shape_[0] == 1  # of a table, most likely
            # Attention would need many more steps to learn that places do not matter.
            stays = is_row or self.architecture == "vit" or self.solver == "lbfgs"
            shift = 0.0 if stays else _SHIFT
        return ImageAugmentation(shift, self.crop, self.flip, self.cutout, self._mixup)

    def _raw_outputs(self, rows: Rows, device: torch.device) -> torch.Tensor:
        views = self._changes.views(rows) if self.test_time_augmentation else [rows]
        return torch.stack([super(BaseImage, self)._raw_outputs(v, device) for v in views]).mean(0)

    def transform(self, X: Any) -> np.ndarray:
        """Learned representation: what the last layer of each network sees.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width), (n_samples, height, width, \
n_channels) or (n_samples, height * width * n_channels)

        Returns
        -------
        ndarray of shape (n_samples, n_estimators * n_features_of_a_network)
        """
        return self._transformed(X)
