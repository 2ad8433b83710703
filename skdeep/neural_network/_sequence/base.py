"""What SequenceClassifier and SequenceRegressor do beside other networks: input of any length."""

from typing import Any

import numpy as np

from skdeep._encoding.fit_data import FitData
from skdeep._estimator.network.built_ensemble import BuiltEnsemble
from skdeep._kinds.sequences.array import SequenceArray
from skdeep._kinds.sequences.augmentation import Augmentation
from skdeep._kinds.sequences.reading import read_series
from skdeep.neural_network._sequence.architectures import sequence_networks
from skdeep.neural_network._sequence.parameters import SequenceParameters


class BaseSequence(SequenceParameters, BuiltEnsemble):
    """Base of SequenceClassifier and SequenceRegressor."""

    _of_networks = (
        "n_estimators",
        "architecture",
        "width",
        "depth",
        "bidirectional",
        "n_heads",
        "pooling",
        "dropout",
    )
    _drawn = ("dropout", "jitter", "crop", "masking", "mixup")
    _networks = staticmethod(sequence_networks)
    _n_steps = 400

    def _check_combinations(self) -> None:
        super()._check_combinations()
        width = 64 if self.width == "auto" else self.width
        if self.architecture == "transformer" and width % (2 * self.n_heads):
            raise ValueError(
                f"width={self.width!r} cannot be shared among n_heads={self.n_heads}, each of an "
                f"even size: choose a multiple of {2 * self.n_heads}."
            )

    def _read(self, X: Any, *, dtype: Any, reset: bool) -> SequenceArray:
        return SequenceArray.of(read_series(self, X, reset=reset, dtype=dtype, same_length=False))

    def _made_for(self, data: FitData) -> dict[str, Any]:
        return {"n_channels": data.X.n_channels, "longest": data.X.shape[2]}

    @property
    def _augmentation(self) -> Augmentation | None:
        augmentation = Augmentation(self.jitter, self.crop, self.masking, self._mixup)
        return augmentation if augmentation != Augmentation() else None

    def transform(self, X: Any) -> np.ndarray:
        """Learned representation: what the last layer of each network sees.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_timepoints) or (n_samples, \
n_timepoints), or list of ndarray of shape (n_channels, n_timepoints_i)

        Returns
        -------
        ndarray of shape (n_samples, n_estimators * n_features_of_a_network)
        """
        return self._transformed(X)
