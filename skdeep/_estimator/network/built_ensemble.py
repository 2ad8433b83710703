"""What estimators share whose networks are an ensemble of modules that describe their input."""

from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.rows import as_rows
from skdeep._engine.training.losses import Loss, with_networks
from skdeep._engine.training.prediction import module_outputs
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.threads import safe_after_fork
from skdeep._estimator.network.built_from_array import BuiltFromArray

# How much classifiers mix rows.
_MIXUP = 0.2


class BuiltEnsemble(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BuiltFromArray):
    """Base of the classifiers and regressors of sequences, of images and of texts.

    A subclass has the parameters `n_estimators`, `architecture`, `mixup` and `gradient_clip`.
    """

    n_estimators: int
    architecture: str
    mixup: float | str
    gradient_clip: float | str | None  # type: ignore[assignment]  # a perceptron has a number

    # Parameters by which training draws at random.
    _drawn: ClassVar[tuple[str, ...]]
    # Architectures that 'auto' does not clip the gradients of.
    _unclipped: ClassVar[tuple[str, ...]] = ("cnn",)

    def _check_combinations(self) -> None:
        super()._check_combinations()
        drawn = {n: v for n in self._drawn if (v := getattr(self, n)) not in (0, "auto")}
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

    def _checked_target(self, y: Any) -> np.ndarray:
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        y = check_array(y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y")
        return y.astype(np.float64) if self._is_regressor and y.dtype.kind == "O" else y

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        loss, key = super()._make_loss()  # type: ignore[safe-super]  # of the other base
        return with_networks(loss, self.n_estimators), (*key, self.n_estimators)

    @property
    def _n_trained_outputs(self) -> int:
        return self._target.n_outputs * self.n_estimators

    def _describe_network(self, data: FitData, continuing: bool) -> dict[str, Any]:
        clip = self.gradient_clip
        if isinstance(clip, str):
            clip = None if self.architecture in self._unclipped else 1.0
        return super()._describe_network(data, continuing) | {"gradient_clip": clip}

    @property
    def _mixup(self) -> float:
        """What is mixed up, where the parameter says it or leaves it open."""
        if not isinstance(self.mixup, str):
            return self.mixup
        gains = self.architecture == "cnn" and self.solver != "lbfgs"
        return _MIXUP if gains and self.loss == "log_loss" else 0.0

    def _embedding(self, rows: Rows, device: torch.device) -> torch.Tensor:
        """What the last layer of each network sees; (n, features of all)."""
        module: Any = self._built.loaded(self._weights, self._buffers, device)
        values = self._built.values_per_row
        return module_outputs(rows, module.embedding, values, one_size=True)

    def _transformed(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        array = self._validated(X, dtype=self._fitted_dtype, reset=False)
        device = self._prediction_device()
        with safe_after_fork(), torch.inference_mode():
            return self._embedding(as_rows(array, device), device).cpu().numpy()

    @property
    def _n_features_out(self) -> int:
        networks: Any = self._built.template(torch.device("cpu")).networks
        return sum(network.head.in_features for network in networks)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
