"""What MLPClassifier and MLPRegressor do beside other networks: layers as arrays."""

from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.memory import shared_tensor
from skdeep._engine.modules.mlp import MLP
from skdeep._engine.training.member import TrainingState
from skdeep._engine.training.prediction import network_outputs
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.solvers import STOCHASTIC_SOLVERS
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.member import resumed_state
from skdeep.neural_network._mlp.parameters import MLPParameters
from skdeep.neural_network._mlp.weights import flat_parameters, layer_arrays


class BaseMLP(MLPParameters, BaseNetwork):
    """Base of MLPClassifier and MLPRegressor."""

    _layer_units: tuple[int, ...]

    def _check_combinations(self) -> None:
        super()._check_combinations()
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)).tolist()
        if not all(
            isinstance(size, int | np.integer) and not isinstance(size, bool) and size > 0
            for size in sizes
        ):
            raise ValueError(
                f"hidden_layer_sizes must be > 0, got {sizes}. Give one positive integer a layer."
            )
        if self.dropout and self.solver == "lbfgs":
            raise ValueError(
                f"dropout={self.dropout} does not go with solver='lbfgs', which needs the same "
                f"loss at every evaluation; use one of {list(STOCHASTIC_SOLVERS)} or dropout=0."
            )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefs_")

    @property
    def _fitted_dtype(self) -> np.dtype:
        return self.coefs_[0].dtype

    @property
    def _parameter_arrays(self) -> list[np.ndarray]:
        return [*self.coefs_, *self.intercepts_]

    def _describe_network(self, data: FitData, continuing: bool) -> dict[str, Any]:
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=np.int64)).tolist()
        layer_units = (data.X.shape[1], *sizes, self._target.n_outputs)
        start = self._starting_state(layer_units) if continuing else None
        self.n_layers_ = len(layer_units)
        self._layer_units = layer_units
        self._activation = self.activation  # set_params changes the next fit, not this one
        return {
            "layer_units": layer_units,
            "activation": self.activation,
            "weight_init": self.weight_init,
            "dropout": self.dropout,
            "start": start,
        }

    def _starting_state(self, layer_units: tuple[int, ...]) -> TrainingState:
        coefs, intercepts = list(self.coefs_), list(self.intercepts_)
        units = (*(np.shape(coef)[0] for coef in coefs), np.shape(coefs[-1])[1])
        if units != layer_units:
            raise ValueError(
                f"The fitted network has layers of {units} units, but hidden_layer_sizes="
                f"{self.hidden_layer_sizes} and the data ask for {layer_units}. "
                "Set warm_start=False (or clone the estimator) to start anew."
            )
        coefs[-1], intercepts[-1] = self._target.extract(coefs[-1], intercepts[-1])
        return resumed_state(self, flat_parameters(coefs, intercepts))

    def _weight_attributes(
        self, flat: np.ndarray, buffers: dict[str, np.ndarray] | None = None
    ) -> dict[str, Any]:
        coefs, intercepts = layer_arrays(flat, self._layer_units)
        coefs[-1], intercepts[-1] = self._target.absorb(coefs[-1], intercepts[-1])
        return {"coefs_": coefs, "intercepts_": intercepts}

    def _raw_outputs(self, rows: Rows, device: torch.device) -> torch.Tensor:
        layers = [[shared_tensor(w) for w in arrays] for arrays in (self.coefs_, self.intercepts_)]
        if device.type != "cpu":
            layers = [[tensor.to(device) for tensor in tensors] for tensors in layers]
        weights, biases = layers
        return network_outputs(rows, weights, biases, self._activation)

    @property
    def module_(self) -> MLP:
        """The fitted network as a torch module in eval mode; it returns raw outputs."""
        check_is_fitted(self, "coefs_")
        weights = [torch.from_numpy(np.array(w)) for w in self.coefs_]
        biases = [torch.from_numpy(np.array(b)) for b in self.intercepts_]
        units = (*(w.shape[0] for w in weights), weights[-1].shape[1])
        with torch.device("meta"):  # else torch draws weights from its global generator
            module = MLP(units, self._activation, self.dropout).to(weights[0].dtype)
        module.to_empty(device="cpu")
        return module.load_weights(weights, biases).eval()
