"""What estimators share whose networks are an ensemble of modules, made for one kind of input."""

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from skdeep.encoding import TORCH_DTYPES, as_rows, resolve_device
from skdeep.modules import NetworkEnsemble, module_traits
from skdeep.neural_network._built_module import BuiltModule
from skdeep.neural_network._built_network import TRIAL_ROWS, BuiltNetwork
from skdeep.neural_network._fit_data import FitData
from skdeep.neural_network._module_maker import ModuleMaker
from skdeep.neural_network._row_formats import SingleArray
from skdeep.training import Augments, Loss, Rows, module_outputs, safe_after_fork, with_networks

# How much classifiers mix rows.
_MIXUP = 0.2
# Epochs of a fit, at least.
_EPOCHS = 10


class BuiltEnsemble(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BuiltNetwork):
    """Base of the estimators of sequences and of images.

    A subclass reads X into an array that has `channel_statistics` and `standardized`, and has the
    parameters `n_estimators`, `architecture`, `mixup` and `gradient_clip`.
    """

    n_estimators: int
    architecture: str
    mixup: float | str
    max_iter: int | str  # type: ignore[assignment]  # a perceptron has a number
    gradient_clip: float | str | None  # type: ignore[assignment]  # as there

    # Parameters that the networks are made of, and those by which training draws at random.
    _of_networks: ClassVar[tuple[str, ...]]
    _drawn: ClassVar[tuple[str, ...]]
    # Builds the networks of an estimator; a function, so that pickles name it.
    _networks: ClassVar[Callable[..., NetworkEnsemble]]
    # Steps of a fit, about.
    _n_steps: ClassVar[int]

    _scaling: tuple[np.ndarray, np.ndarray]  # mean and standard deviation of the channels

    @abstractmethod
    def _read(self, X: Any, *, dtype: Any, reset: bool) -> Any:
        """X as an array whose values are as the user gave them."""

    @abstractmethod
    def _made_for(self, data: FitData) -> dict[str, Any]:
        """What networks are told of the data of a first fit, besides parameters."""

    @property
    @abstractmethod
    def _augmentation(self) -> Augments | None:
        """Changes of training rows."""

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

    def _validated(self, X: Any, y: Any = "no_validation", *, dtype: Any, reset: bool) -> Any:
        validated = self._validated_for_fit(X, y, dtype=dtype, reset=reset)
        if isinstance(validated, tuple):
            return validated[0].standardized(*self._scaling), validated[1]
        return validated.standardized(*self._scaling)

    def _validated_for_fit(self, X: Any, y: Any, *, dtype: Any, reset: bool) -> Any:
        has_target = not (isinstance(y, str) and y == "no_validation")
        if has_target:
            y = self._checked_target(y)
        array = self._read(X, dtype=dtype, reset=reset)
        if not has_target:
            return array
        check_consistent_length(array, y)
        return array, y

    def _checked_target(self, y: Any) -> np.ndarray:
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        y = check_array(y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y")
        return y.astype(np.float64) if self._is_regressor and y.dtype.kind == "O" else y

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
        arguments = {name: getattr(self, name) for name in self._of_networks}
        known = self._built.maker.arguments if continuing else {}
        arguments |= {k: known.get(k, value) for k, value in self._made_for(data).items()}
        arguments["n_outputs"] = self._target.n_outputs
        dtype = data.dtype.name
        shape = SingleArray(data.X.shape[1:], dtype)
        maker = ModuleMaker(type(self)._networks, arguments, dtype, shape, self._seed)
        if continuing and maker.arguments == known:
            return
        template: Any = maker.make(device)
        if continuing:
            self._check_same_networks(arguments)
        x = as_rows(data.X[:TRIAL_ROWS], device).slice(0, TRIAL_ROWS)
        traits = module_traits(
            template.networks[0], x, self._target.n_outputs, TORCH_DTYPES[dtype], device
        )
        values = self.n_estimators * traits.values_per_row
        self._built = BuiltModule(maker, template, values, takes_one_row=True, one_size=True)

    def _check_same_networks(self, arguments: dict[str, Any]) -> None:
        before = self._built.maker.arguments
        changed = {n: (before[n], value) for n, value in arguments.items() if value != before[n]}
        changed.pop("dropout", None)  # it has no weights
        if changed:
            name, (old, new) = next(iter(changed.items()))
            raise ValueError(
                f"The fitted networks have {name}={old!r}, but now it is {new!r}. Set "
                "warm_start=False (or clone the estimator) to start anew."
            )

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        loss, key = super()._make_loss()  # type: ignore[safe-super]  # of the other base
        return with_networks(loss, self.n_estimators), (*key, self.n_estimators)

    def _automatic_batch_size(self, n_rows: int) -> int:
        size = min(max(n_rows / 25, 16), 64)
        return math.ceil(n_rows / max(1, round(n_rows / size)))  # of one size, nearly

    def _n_epochs(self, n_rows: int, batch_size: int) -> int:
        if not isinstance(self.max_iter, str):
            return self.max_iter
        return max(_EPOCHS, round(self._n_steps / math.ceil(n_rows / batch_size)))

    @property
    def _n_trained_outputs(self) -> int:
        return self._target.n_outputs * self.n_estimators

    def _describe_network(self, data: FitData, continuing: bool) -> dict[str, Any]:
        clip = self.gradient_clip
        if isinstance(clip, str):
            clip = None if self.architecture == "cnn" else 1.0
        return super()._describe_network(data, continuing) | {
            "augmentation": self._augmentation,
            "gradient_clip": clip,
        }

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
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags
