"""What estimators share whose network is a torch module that they have made."""

import math
from typing import Any

import numpy as np
import torch

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.rows import resolve_device
from skdeep._engine.training.rows import Rows
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.built_module import BuiltModule
from skdeep._estimator.network.member import resumed_state

# Rows that a module is tried on.
TRIAL_ROWS = 4


class BuiltNetwork(BaseNetwork):
    """Base of the estimators that keep a module as a recipe, a flat vector and buffers."""

    _built: BuiltModule
    _weights: np.ndarray
    _buffers: dict[str, np.ndarray]

    @property
    def _takes_one_row(self) -> bool:
        return self._built.takes_one_row

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_weights")

    @property
    def _fitted_dtype(self) -> np.dtype:
        return np.dtype(self._built.maker.dtype)

    @property
    def _parameter_arrays(self) -> list[np.ndarray]:
        return [self._weights]

    @property
    def _n_trained_outputs(self) -> int:
        """Raw outputs of the module in training."""
        return self._target.n_outputs

    def _describe_network(self, data: FitData, continuing: bool) -> dict[str, Any]:
        start = resumed_state(self, self._weights, self._buffers) if continuing else None
        return {
            "layer_units": (math.prod(data.X.shape[1:]), self._n_trained_outputs),
            "module": self._built.template(resolve_device(self.device)),
            "start": start,
            # What a module has of these is its own.
            "activation": "identity",
            "weight_init": "glorot_uniform",
            "dropout": 0.0,
        }

    def _weight_attributes(
        self, flat: np.ndarray, buffers: dict[str, np.ndarray] | None = None
    ) -> dict[str, Any]:
        return {"_weights": flat, "_buffers": buffers or {}}

    def _outputs(self, X: Any, *, activated: bool = False) -> np.ndarray:
        outputs = super()._outputs(X, activated=activated)
        # Those of regressors are in double precision anyway: y may be far from 0.
        return outputs if self._is_regressor else outputs.astype(self._fitted_dtype, copy=False)

    def _raw_outputs(self, rows: Rows, device: torch.device) -> torch.Tensor:
        outputs = self._built.outputs(rows, self._weights, self._buffers, device)
        return self._target.in_units(outputs[:, : self._target.n_outputs])
