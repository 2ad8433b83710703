"""What SequenceClassifier and SequenceRegressor do beside other networks: input of any length."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_consistent_length

from skdeep.encoding import SequenceArray, read_series
from skdeep.neural_network._built_ensemble import BuiltEnsemble, with_equal_rows_merged
from skdeep.neural_network._fit_data import FitData
from skdeep.neural_network._sequence_networks import sequence_networks
from skdeep.neural_network._sequence_parameters import SequenceParameters
from skdeep.training import Augmentation

# Parameters that the networks are made of.
_OF_NETWORKS = (
    "n_estimators",
    "architecture",
    "width",
    "depth",
    "bidirectional",
    "n_heads",
    "pooling",
    "dropout",
)
# Parameters by which training draws at random.
_DRAWN = ("dropout", "jitter", "crop", "masking", "mixup")
# How much classifiers mix sequences.
_MIXUP = 0.2


class BaseSequence(SequenceParameters, BuiltEnsemble):
    """Base of SequenceClassifier and SequenceRegressor."""

    _of_networks = _OF_NETWORKS
    _make_networks = staticmethod(sequence_networks)
    _scaling: tuple[np.ndarray, np.ndarray]  # mean and standard deviation of the channels

    def _check_combinations(self) -> None:
        super()._check_combinations()
        width = 64 if self.width == "auto" else self.width
        if self.architecture == "transformer" and width % (2 * self.n_heads):
            raise ValueError(
                f"width={self.width!r} cannot be shared among n_heads={self.n_heads}, each of an "
                f"even size: choose a multiple of {2 * self.n_heads}."
            )
        drawn = {n: v for n in _DRAWN if (v := getattr(self, n)) not in (0, "auto")}
        given = ", ".join(f"{name}={value!r}" for name, value in drawn.items())
        if drawn and self.solver == "lbfgs":
            raise ValueError(
                f"{given} changes the loss at random and does not go with solver='lbfgs', which "
                "needs the same at every evaluation: set it to 0, or choose another solver."
            )
        takes_mixtures = self._is_regressor or self.loss == "log_loss"
        if "mixup" in drawn and not takes_mixtures:
            raise ValueError(
                f"mixup={self.mixup!r} makes soft labels, which loss={self.loss!r} does not take: "
                "set mixup=0, or loss='log_loss'."
            )

    def _validated(self, X: Any, y: Any = "no_validation", *, dtype: Any, reset: bool) -> Any:
        if isinstance(X, SequenceArray):  # validated and scaled: a scorer predicts held-out rows
            return X
        validated = self._validated_for_fit(X, y, dtype=dtype, reset=reset)
        if isinstance(validated, tuple):
            return validated[0].standardized(*self._scaling), validated[1]
        return validated.standardized(*self._scaling)

    def _validated_for_fit(self, X: Any, y: Any, *, dtype: Any, reset: bool) -> Any:
        has_target = not (isinstance(y, str) and y == "no_validation")
        if has_target:
            y = self._checked_target(y)
        array = SequenceArray.of(read_series(self, X, reset=reset, dtype=dtype, same_length=False))
        if not has_target:
            return array
        check_consistent_length(array, y)
        return array, y

    def _encode(
        self, X: Any, y: Any, sample_weight: Any, continuing: bool, classes: Any
    ) -> FitData:
        data = with_equal_rows_merged(super()._encode(X, y, sample_weight, continuing, classes))
        if not continuing:
            self._scaling = data.X.channel_statistics(data.weight)
        data.X = data.X.standardized(*self._scaling)
        self._build(data, continuing)
        return data

    def _network_arguments(self, data: FitData) -> dict[str, Any]:
        return {"n_channels": data.X.n_channels, "longest": data.X.shape[2]}

    def _describe_network(self, data: FitData, continuing: bool) -> dict[str, Any]:
        augmentation, clip = self._augmentation, self.gradient_clip
        if isinstance(clip, str):
            clip = None if self.architecture == "cnn" else 1.0
        return super()._describe_network(data, continuing) | {
            "augmentation": augmentation if augmentation != Augmentation() else None,
            "gradient_clip": clip,
        }

    @property
    def _augmentation(self) -> Augmentation:
        mixup = self.mixup
        if isinstance(mixup, str):
            gains = self.architecture == "cnn" and self.solver != "lbfgs"
            mixup = _MIXUP if gains and self.loss == "log_loss" else 0.0
        return Augmentation(self.jitter, self.crop, self.masking, mixup)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags
