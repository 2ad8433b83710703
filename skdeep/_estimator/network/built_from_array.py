"""What estimators share whose networks are made for the array that X becomes."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_consistent_length

from skdeep._encoding.channel_array import RowArray
from skdeep._encoding.fit_data import FitData
from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._encoding.rows import as_rows, resolve_device
from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.packing.trial import module_traits
from skdeep._engine.training.augmentation import Augments
from skdeep._estimator.network.built_module import BuiltModule
from skdeep._estimator.network.built_network import TRIAL_ROWS, BuiltNetwork
from skdeep._estimator.network.equal_rows import with_equal_rows_merged
from skdeep._estimator.network.module_maker import ModuleMaker
from skdeep._estimator.network.row_formats import SingleArray


class BuiltFromArray(BuiltNetwork):
    """Base of the estimators of sequences, of images and of texts.

    A subclass reads X into an array that has `channel_statistics` and `standardized`, or says in
    `_seen` and `_with_seen_rows` what else networks see of it.
    """

    max_iter: int | str  # type: ignore[assignment]  # a perceptron has a number

    # Parameters that the networks are made of.
    _of_networks: ClassVar[tuple[str, ...]]
    # Builds the networks of an estimator; a function, so that pickles name it.
    _networks: ClassVar[Callable[..., NetworkEnsemble]]
    # Steps of a fit, about, and epochs, at least.
    _n_steps: ClassVar[int]
    _fewest_epochs: ClassVar[int] = 10
    # Rows of a batch, at least and at most.
    _batch_sizes: ClassVar[tuple[int, int]] = (16, 64)

    _scaling: tuple[np.ndarray, np.ndarray]  # mean and standard deviation of the channels

    @abstractmethod
    def _read(self, X: Any, *, dtype: Any, reset: bool) -> Any:
        """X as an array whose values are as the user gave them."""

    @abstractmethod
    def _checked_target(self, y: Any) -> np.ndarray:
        """Y for the X that was read last, in a form that can be indexed."""

    @abstractmethod
    def _made_for(self, data: FitData) -> dict[str, Any]:
        """What networks are told of the data of a first fit, besides parameters."""

    @property
    @abstractmethod
    def _augmentation(self) -> Augments | None:
        """Changes of training rows."""

    def _validated(self, X: Any, y: Any = "no_validation", *, dtype: Any, reset: bool) -> Any:
        if isinstance(X, RowArray):
            return X  # validated and scaled: a scorer predicts held-out rows
        validated = self._validated_for_fit(X, y, dtype=dtype, reset=reset)
        if isinstance(validated, tuple):
            return self._seen(validated[0]), validated[1]
        return self._seen(validated)

    def _validated_for_fit(self, X: Any, y: Any, *, dtype: Any, reset: bool) -> Any:
        array = self._read(X, dtype=dtype, reset=reset)
        if isinstance(y, str) and y == "no_validation":
            return array
        y = self._checked_target(y)
        check_consistent_length(array, y)
        return array, y

    def _seen(self, X: Any) -> Any:
        """What networks see of an array that was read."""
        return X.standardized(*self._scaling)

    def _encode(
        self, X: Any, y: Any, sample_weight: Any, continuing: bool, classes: Any
    ) -> FitData:
        data = super()._encode(X, y, sample_weight, continuing, classes)
        data = self._with_seen_rows(data, continuing)
        self._build(data, continuing)
        return data

    def _with_seen_rows(self, data: FitData, continuing: bool) -> FitData:
        """Put equal rows together, as networks see them; a first fit learns how that is."""
        data = with_equal_rows_merged(data)
        if not continuing:
            self._scaling = data.X.channel_statistics(data.weight)
        return replace(data, X=self._seen(data.X))

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
        self._prepare(template)
        x = as_rows(data.X[:TRIAL_ROWS], device).slice(0, TRIAL_ROWS)
        n_networks = len(template.networks)
        n_outputs = self._n_trained_outputs // n_networks
        traits = module_traits(template.networks[0], x, n_outputs, TORCH_DTYPES[dtype], device)
        values = n_networks * traits.values_per_row
        self._built = BuiltModule(maker, template, values, takes_one_row=True, one_size=True)

    def _prepare(self, template: Any) -> None:
        """Set weights that training starts from, where they are known."""

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

    def _automatic_batch_size(self, n_rows: int) -> int:
        fewest, most = self._batch_sizes
        size = min(max(n_rows / 25, fewest), most)
        return math.ceil(n_rows / max(1, round(n_rows / size)))  # of one size, nearly

    def _n_epochs(self, n_rows: int, batch_size: int) -> int:
        if not isinstance(self.max_iter, str):
            return self.max_iter
        return max(self._fewest_epochs, round(self._n_steps / math.ceil(n_rows / batch_size)))

    def _describe_network(self, data: FitData, continuing: bool) -> dict[str, Any]:
        described = super()._describe_network(data, continuing)
        return described | {"augmentation": self._augmentation}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        return tags
