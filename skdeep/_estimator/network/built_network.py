"""What estimators share whose network is a torch module that they have made."""

import math
from typing import Any, ClassVar

import numpy as np
import torch

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._encoding.rows import as_rows, resolve_device
from skdeep._engine.packing.trial import module_traits
from skdeep._engine.training.augmentation import Augments
from skdeep._engine.training.rows import Rows
from skdeep._estimator.network.architecture import Design
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.built_module import BuiltModule
from skdeep._estimator.network.member import Description, resumed_state
from skdeep._estimator.network.module_maker import ModuleMaker
from skdeep._estimator.network.row_formats import SingleArray

# Rows that a module is tried on.
TRIAL_ROWS = 4


class BuiltNetwork(BaseNetwork):
    """Base of the estimators that keep a module as its maker, a flat vector and buffers.

    By default the module is one that a family designs for the array that X becomes.
    """

    _built: BuiltModule
    _weights: np.ndarray
    _buffers: dict[str, np.ndarray]
    _design: ClassVar[Design]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_weights")

    @property
    def _fitted_dtype(self) -> np.dtype:
        return np.dtype(self._built.maker.dtype)

    @property
    def _parameter_arrays(self) -> list[np.ndarray]:
        return [self._weights]

    @property
    def _n_networks(self) -> int | None:
        """Networks that learn side by side; None for one that learns alone."""
        return None

    @property
    def _network_parameters(self) -> dict[str, Any]:
        """What networks are told of the parameters; a warm start must not change it."""
        return {name: getattr(self, name) for name in self._design.parameters}

    def _network_settings(self, data: FitData) -> dict[str, Any]:
        """What networks are told of the data of a first fit, besides parameters."""
        return {}

    def _n_trained_outputs(self, data: FitData) -> int:
        """Raw outputs of the module in training."""
        return self._target.n_outputs * (data.n_networks or 1)

    @property
    def _augmentation(self) -> Augments | None:
        """Changes of training rows."""
        return None

    @property
    def _clip(self) -> float | None:
        """The largest norm of a gradient."""
        clip: float | None = self.gradient_clip
        return clip

    def _views(self, rows: Rows) -> list[Rows]:
        """What predictions are the mean of."""
        return [rows]

    def _prepare(self, template: Any) -> None:
        """Set weights that training starts from, where they are known."""

    def _built_for(self, data: FitData, continuing: bool) -> FitData:
        data.n_networks = self._n_networks
        return self._build(data, continuing)

    def _build(self, data: FitData, continuing: bool) -> FitData:
        """Set `_built`, unless it is as it should be; return the data as the module takes them."""
        device = resolve_device(self.device)
        arguments = self._network_parameters
        known = self._built.maker.arguments if continuing else {}
        settings = self._network_settings(data)
        arguments |= {name: known.get(name, value) for name, value in settings.items()}
        arguments["n_outputs"] = self._target.n_outputs
        dtype = data.dtype.name
        shape = SingleArray(data.X.shape[1:], dtype)
        maker = ModuleMaker(self._design.make, arguments, dtype, shape, self._seed)
        if continuing and maker.arguments == known:
            return data
        template: Any = maker.make(device)
        if continuing:
            _check_same_networks(known, arguments)
        self._prepare(template)
        x = as_rows(data.X[:TRIAL_ROWS], device).slice(0, TRIAL_ROWS)
        n_networks = len(template.networks)
        n_outputs = self._n_trained_outputs(data) // n_networks
        traits = module_traits(template.networks[0], x, n_outputs, TORCH_DTYPES[dtype], device)
        values = n_networks * traits.values_per_row
        self._built = BuiltModule(maker, template, values, takes_one_row=True, one_size=True)
        return data

    def _describe_network(self, data: FitData, continuing: bool) -> Description:
        start = resumed_state(self, self._weights, self._buffers) if continuing else None
        return Description(
            {
                "layer_units": (math.prod(data.X.shape[1:]), self._n_trained_outputs(data)),
                "module": self._built.template(resolve_device(self.device)),
                "start": start,
                "augmentation": self._augmentation,
                "gradient_clip": self._clip,
                # What a module has of these is its own.
                "activation": "identity",
                "weight_init": "glorot_uniform",
                "dropout": 0.0,
            },
            takes_one_row=self._built.takes_one_row,
        )

    def _weight_attributes(
        self, flat: np.ndarray, buffers: dict[str, np.ndarray] | None = None
    ) -> dict[str, Any]:
        return {"_weights": flat, "_buffers": buffers or {}}

    def _raw_outputs(self, rows: Rows, device: torch.device) -> torch.Tensor:
        each = [
            self._built.outputs(view, self._weights, self._buffers, device)
            for view in self._views(rows)
        ]
        in_units = [self._target.in_units(outputs[:, : self._target.n_outputs]) for outputs in each]
        return in_units[0] if len(in_units) == 1 else torch.stack(in_units).mean(0)


def _check_same_networks(before: dict[str, Any], now: dict[str, Any]) -> None:
    changed = {n: (before[n], value) for n, value in now.items() if value != before[n]}
    changed.pop("dropout", None)  # it has no weights
    if changed:
        name, (old, new) = next(iter(changed.items()))
        raise ValueError(
            f"The fitted networks have {name}={old!r}, but now it is {new!r}. Set "
            "warm_start=False (or clone the estimator) to start anew."
        )
