"""Modules of one architecture, computed member by member behind the interface of a pack."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Self

import torch
from torch import Tensor, nn

from skdeep._engine.packing.flat import FlatLayout, persistent_buffers
from skdeep._engine.packing.randomness import PrivateRandomness


class LoopedModules:
    """K modules, one after the other: for those whose operators have no member axis.

    Parameters
    ----------
    modules : sequence of Module
        One a member, of one architecture. They are taken over: their parameters become views of
        `flat`.
    flat : Tensor of shape (K, P)
    draws : bool
        Whether a module draws random numbers.
    changes_rows : bool, default=False
        Whether a module works in place on its rows, which are then copied first.
    values_per_row, multiplications_per_row : int
    """

    def __init__(
        self,
        modules: Sequence[nn.Module],
        flat: Tensor,
        *,
        draws: bool,
        changes_rows: bool = False,
        values_per_row: int = 1,
        multiplications_per_row: int = 1,
    ):
        self.modules = [module.train() for module in modules]
        self.changes_rows = changes_rows
        self.values_per_row = values_per_row
        self.multiplications_per_row = multiplications_per_row
        self.flat = flat  # (K, P)
        self.grad = torch.zeros_like(flat)  # (K, P)
        layout = FlatLayout(modules[0])
        self.n_weights = layout.n_weights
        for name, values, gradients in zip(
            layout.names, layout.views(flat), layout.views(self.grad), strict=True
        ):
            for k, module in enumerate(self.modules):
                parameter = module.get_parameter(name)
                parameter.data, parameter.grad = values[k], gradients[k]
        self.randomness = [PrivateRandomness(flat.device) for _ in self.modules] if draws else None
        self._outputs: list[Tensor] = []

    def start_epoch(self, seeds: Sequence[int]) -> None:
        """Seed what the modules draw in the epoch."""
        for randomness, seed in zip(self.randomness or (), seeds, strict=False):
            randomness.seed(seed)

    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the raw outputs for a batch `x` (K, B, ...) into `out` (K, B, outputs)."""
        with torch.enable_grad():
            self._outputs = [self._run(k, x[k]) for k in range(len(self.modules))]
        for k, outputs in enumerate(self._outputs):
            out[k].copy_(outputs.detach())
        return out

    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` what follows from the gradient `delta` by the raw outputs."""
        self.grad.zero_()
        torch.autograd.backward(self._outputs, list(delta))  # adds to the views of `grad`
        self._outputs = []

    def outputs(self, k: int, x: Tensor) -> Tensor:
        """Raw outputs (n, outputs) of member k for rows `x` (n, ...), as in prediction."""
        self.modules[k].eval()
        try:
            return self._run(k, x)
        finally:
            self.modules[k].train()

    def buffers(self, k: int) -> dict[str, Tensor]:
        """What member k keeps besides its parameters, by name."""
        return persistent_buffers(self.modules[k])

    def keep(self, places: Tensor) -> Self:
        """Build the network of the members at `places`."""
        return type(self)(
            [self.modules[k] for k in places.tolist()],
            self.flat[places],
            draws=self.randomness is not None,
            changes_rows=self.changes_rows,
            values_per_row=self.values_per_row,
            multiplications_per_row=self.multiplications_per_row,
        )

    def _run(self, k: int, x: Tensor) -> Tensor:
        private: AbstractContextManager[None] = (
            nullcontext() if self.randomness is None else self.randomness[k].lent()
        )
        with private:
            return self.modules[k](x.clone() if self.changes_rows else x)
