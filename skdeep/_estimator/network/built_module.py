"""A module at the parameters that training gave, kept as arrays."""

from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skdeep._engine.packing.flat import FlatLayout, load_flat
from skdeep._engine.packing.randomness import PrivateRandomness
from skdeep._engine.training.prediction import module_outputs
from skdeep._engine.training.rows import Rows
from skdeep._estimator.network.module_maker import ModuleMaker


class BuiltModule:
    """The module of a fit. Pickles hold how it is made and arrays, no tensors.

    Parameters
    ----------
    maker : ModuleMaker
    template : Module
        As `maker` makes it; training starts there, and it is never changed.
    values_per_row : int
        Numbers that it keeps a row, roughly.
    takes_one_row : bool
        Whether it can train on a single row.
    one_size : bool, default=False
        Whether outputs are computed in chunks of one size, see `module_outputs`.
    in_double : bool, default=False
        Whether outputs are computed in double precision on the CPU, and rounded then: a row then
        has the same outputs wherever it stands, whatever the order of sums.
    """

    def __init__(
        self,
        maker: ModuleMaker,
        template: nn.Module,
        values_per_row: int,
        takes_one_row: bool,
        one_size: bool = False,
        in_double: bool = False,
    ):
        self.maker = maker
        self.values_per_row = values_per_row
        self.takes_one_row = takes_one_row
        self.one_size = one_size
        self.in_double = in_double
        self.frozen = {  # no part of what training gives
            name: parameter.detach().cpu().numpy().copy()
            for name, parameter in template.named_parameters()
            if not parameter.requires_grad
        }
        self._template: nn.Module | None = template
        self._loaded: tuple[np.ndarray, nn.Module] | None = None
        self._double: tuple[np.ndarray, nn.Module] | None = None

    def template(self, device: torch.device) -> nn.Module:
        """The module before training."""
        if self._template is None:
            self._template = self.maker.make(device)
            self.freeze(self._template)
        return self._template.to(device)

    @torch.no_grad()
    def freeze(self, module: nn.Module) -> None:
        """Copy the parameters that are not trained into a module of the same architecture."""
        parameters = dict(module.named_parameters())
        for name, value in self.frozen.items():
            parameters[name].copy_(_tensor(value))

    def loaded(
        self, weights: np.ndarray, buffers: dict[str, np.ndarray], device: torch.device
    ) -> nn.Module:
        """The module with these parameters and buffers, in eval mode; it must not be changed."""
        if self._loaded is None or self._loaded[0] is not weights:
            with torch.inference_mode(False):
                tensors = {name: _tensor(value) for name, value in buffers.items()}
                module = load_flat(deepcopy(self.template(device)), _tensor(weights), tensors)
            self._loaded = weights, module.requires_grad_(False).eval()
        return self._loaded[1].to(device)

    def outputs(
        self,
        rows: Rows,
        weights: np.ndarray,
        buffers: dict[str, np.ndarray],
        device: torch.device,
    ) -> Tensor:
        """Raw outputs (n, outputs) for rows, not rounded yet where they are in double precision."""
        module = self.loaded(weights, buffers, device)
        in_double = self.in_double and device.type == "cpu"
        if in_double:
            module = self._doubled(weights, module)

        def run(x: Tensor) -> Tensor:
            x = x.clone() if self.maker.changes_rows else x
            outputs: Tensor = module(_doubled_floats(x) if in_double else x)
            return outputs

        def compute() -> Tensor:
            return module_outputs(rows, run, self.values_per_row, one_size=self.one_size)

        if not self.maker.draws:
            return compute()
        randomness = PrivateRandomness(device)
        randomness.seed(self.maker.seed)
        with randomness.lent():
            return compute()

    def _doubled(self, weights: np.ndarray, module: nn.Module) -> nn.Module:
        if self._double is None or self._double[0] is not weights:
            with torch.inference_mode(False):
                self._double = weights, deepcopy(module).double()
        return self._double[1]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_template": None, "_loaded": None, "_double": None}


def gains_from_double(module: nn.Module, x: Tensor, maker: ModuleMaker) -> bool:
    """Whether a module of single precision can compute rows `x` in double precision too."""
    if maker.draws or maker.dtype == "float64" or x.device.type != "cpu":
        return False
    try:
        with torch.inference_mode(False), torch.no_grad():
            outputs: Tensor = deepcopy(module).double().eval()(_doubled_floats(x.clone()))
    except Exception:  # it makes tensors of single precision itself, say
        return False
    return outputs.dtype == torch.float64


def parameter_shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the parameters that are trained, in the order of their vector."""
    layout = FlatLayout(module)
    return {n: tuple(shape) for n, shape in zip(layout.names, layout.shapes, strict=True)}


def _doubled_floats(x: Tensor) -> Tensor:
    return x.double() if x.is_floating_point() else x


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(array))
