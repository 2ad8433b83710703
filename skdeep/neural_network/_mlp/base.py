"""What MLPClassifier and MLPRegressor share: parameters of the layers, and layers as arrays."""

from collections.abc import Sequence
from dataclasses import KW_ONLY
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.memory import shared_tensor
from skdeep._encoding.reader import ArrayReader
from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.modules.mlp import MLP
from skdeep._engine.training.initial_weights import WEIGHT_INITS
from skdeep._engine.training.member import TrainingState
from skdeep._engine.training.prediction import network_outputs
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.solvers import SOLVERS, STOCHASTIC_SOLVERS
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.member import Description, resumed_state
from skdeep._estimator.network.training_parameters import (
    COUNT,
    FRACTION,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter, one_of


class BaseMLP(BaseNetwork):
    """Base of MLPClassifier and MLPRegressor."""

    hidden_layer_sizes: Annotated[
        Any,
        Parameter(
            """array-like of shape (n_layers - 2,) or int

            Number of units in each hidden layer.""",
            "array-like",
            COUNT,
        ),
    ] = (100,)
    activation: Annotated[
        str, one_of(ACTIVATIONS, "Activation function of the hidden layers. {words}.")
    ] = "relu"
    _: KW_ONLY
    weight_init: Annotated[
        str,
        one_of(
            WEIGHT_INITS,
            "How initial weights are drawn [2]_ [3]_; {words}. The default is scikit-learn's.",
        ),
    ] = "glorot_uniform"
    dropout: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Probability of dropping a hidden unit in a training step. Not for 'lbfgs'.""",
            FRACTION,
        ),
    ] = 0.0

    _layer_units: tuple[int, ...]

    @property
    def _reader(self) -> ArrayReader:
        return ArrayReader()

    def _check_combinations(self) -> None:
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)).tolist()
        if not all(
            isinstance(size, int | np.integer) and not isinstance(size, bool) and size > 0
            for size in sizes
        ):
            raise ValueError(
                f"hidden_layer_sizes must be > 0, got {sizes}. Give one positive integer a layer."
            )
        if self.dropout and not SOLVERS[self.solver].is_stochastic:
            raise ValueError(
                f"dropout={self.dropout} does not go with solver={self.solver!r}, which needs the "
                "same loss at every evaluation; use one of "
                f"{list(STOCHASTIC_SOLVERS)} or dropout=0."
            )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefs_")

    @property
    def _fitted_dtype(self) -> np.dtype:
        return self.coefs_[0].dtype

    @property
    def _parameter_arrays(self) -> list[np.ndarray]:
        return [*self.coefs_, *self.intercepts_]

    def _built_for(self, data: FitData, continuing: bool) -> FitData:
        return data

    def _describe_network(self, data: FitData, continuing: bool) -> Description:
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=np.int64)).tolist()
        layer_units = (data.X.shape[1], *sizes, self._target.n_outputs)
        start = self._starting_state(layer_units) if continuing else None
        self.n_layers_ = len(layer_units)
        self._layer_units = layer_units
        self._activation = self.activation  # set_params changes the next fit, not this one
        return Description(
            {
                "layer_units": layer_units,
                "activation": self.activation,
                "weight_init": self.weight_init,
                "dropout": self.dropout,
                "start": start,
            }
        )

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


def flat_parameters(coefs: Sequence[np.ndarray], intercepts: Sequence[np.ndarray]) -> np.ndarray:
    """All weights, then all biases, as one vector."""
    return np.concatenate([np.ravel(array) for array in [*coefs, *intercepts]])


def layer_arrays(
    flat: np.ndarray, layer_units: Sequence[int]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights of shape (fan_in, fan_out) and biases of shape (fan_out,), each with its memory."""
    shapes = [*pairwise(layer_units), *((units,) for units in layer_units[1:])]
    stops = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    arrays = [
        part.reshape(shape).copy()
        for part, shape in zip(np.split(flat, stops), shapes, strict=True)
    ]
    n_layers = len(layer_units) - 1
    return arrays[:n_layers], arrays[n_layers:]


ATTRIBUTES = f"""
{TRAINING_ATTRIBUTES.strip()}
coefs_ : list of ndarray of shape (fan_in, fan_out)
    Weights of the layers.
intercepts_ : list of ndarray of shape (fan_out,)
    Biases of the layers.
n_layers_ : int
    Number of layers, input and output included.
module_ : torch.nn.Module
    The network as a torch module in eval mode, built on demand; it returns raw outputs.
"""

REFERENCES = f"""
.. [1] D. Rumelhart, G. Hinton and R. Williams (1986), "Learning representations by
   back-propagating errors", Nature 323.
.. [2] X. Glorot and Y. Bengio (2010), "Understanding the difficulty of training deep feedforward
   neural networks", AISTATS.
.. [3] K. He et al. (2015), "Delving deep into rectifiers", arXiv:1502.01852.
{TRAINING_REFERENCES.strip()}
"""
