"""What estimators share that train an ensemble of networks over rows of any length."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skdeep.encoding import TORCH_DTYPES, as_rows, resolve_device, row_keys
from skdeep.modules import NetworkEnsemble, module_traits
from skdeep.neural_network._built_module import BuiltModule
from skdeep.neural_network._built_network import TRIAL_ROWS, BuiltNetwork
from skdeep.neural_network._ensemble_parameters import EnsembleParameters
from skdeep.neural_network._fit_data import FitData
from skdeep.neural_network._module_maker import ModuleMaker
from skdeep.neural_network._row_formats import SingleArray
from skdeep.training import Loss, module_outputs, safe_after_fork, with_networks

# Steps and epochs of a fit, at least.
_STEPS, _EPOCHS = 400, 10


class BuiltEnsemble(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, EnsembleParameters, BuiltNetwork
):
    """Base of the estimators of sequences and of texts."""

    _of_networks: tuple[str, ...]  # parameters that the networks are made of
    _largest_batch = 64  # where `batch_size` is 'auto'
    _make_networks: Callable[..., NetworkEnsemble]  # a static method

    @abstractmethod
    def _network_arguments(self, data: FitData) -> dict[str, Any]:
        """What else they are made of; `longest` is how long rows are."""

    def _prepare(self, template: Any) -> None:
        """Set weights that training starts from, where they are known."""

    def _checked_target(self, y: Any) -> np.ndarray:
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        y = check_array(y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y")
        return y.astype(np.float64) if self._is_regressor and y.dtype.kind == "O" else y

    def _build(self, data: FitData, continuing: bool) -> None:
        """Make the networks for encoded data, or check that those of the last fit are meant."""
        device = resolve_device(self.device)
        arguments = {name: getattr(self, name) for name in self._of_networks}
        arguments |= self._network_arguments(data)
        if continuing:  # networks keep the length that they were made for
            arguments["longest"] = self._built.maker.arguments["longest"]
        arguments["n_outputs"] = self._target.n_outputs
        dtype = data.dtype.name
        shape = SingleArray(data.X.shape[1:], dtype)
        maker = ModuleMaker(self._make_networks, arguments, dtype, shape, self._seed)
        if continuing and maker.arguments == self._built.maker.arguments:
            return
        if continuing:
            self._check_same_networks(arguments)
        template: Any = maker.make(device)
        self._prepare(template)
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
        size = min(max(n_rows / 25, 16), self._largest_batch)
        return math.ceil(n_rows / max(1, round(n_rows / size)))  # of one size, nearly

    def _n_epochs(self, n_rows: int, batch_size: int) -> int:
        if not isinstance(self.max_iter, str):
            return self.max_iter
        return max(_EPOCHS, round(_STEPS / math.ceil(n_rows / batch_size)))

    @property
    def _n_trained_outputs(self) -> int:
        return self._target.n_outputs * self.n_estimators

    def transform(self, X: Any) -> np.ndarray:
        """Learned representation: what the last layer of each network sees.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What `fit` takes.

        Returns
        -------
        ndarray of shape (n_samples, n_estimators * n_features_of_a_network)
        """
        check_is_fitted(self)
        array = self._validated(X, dtype=self._fitted_dtype, reset=False)
        device = self._prediction_device()
        module: Any = self._built.loaded(self._weights, self._buffers, device)
        with safe_after_fork(), torch.inference_mode():
            rows = as_rows(array, device)
            values = self._built.values_per_row
            return module_outputs(rows, module.embedding, values, one_size=True).cpu().numpy()

    @property
    def _n_features_out(self) -> int:
        networks: Any = self._built.template(torch.device("cpu")).networks
        return sum(network.head.in_features for network in networks)


def with_equal_rows_merged(data: FitData) -> FitData:
    """Leave out rows of weight 0; put equal ones together, in an order of their content.

    Normalisation over a batch counts rows: a row written down twice is then the same as one of
    weight 2, to the last bit.
    """
    kept = np.arange(len(data.X)) if data.kept is None else data.kept
    keys = row_keys(data.X[kept], data.codes[kept].reshape(len(kept), -1))
    _, first, alike = np.unique(keys, return_index=True, return_inverse=True)

    def summed(weight: np.ndarray | None) -> np.ndarray | None:
        if weight is None and len(first) == len(kept):
            return None
        counted = None if weight is None else weight[kept]
        return np.bincount(alike, weights=counted).astype(data.dtype)

    rows = kept[first]
    return replace(
        data,
        X=data.X[rows],
        y=data.y[rows],
        codes=data.codes[rows],
        sample_weight=summed(data.sample_weight),
        weight=summed(data.weight),
        kept=None,
    )
