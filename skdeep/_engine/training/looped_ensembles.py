"""Ensembles in training: each network on a thread of its own, where there are several."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import torch
from torch import Tensor

from skdeep._engine.packing.looped import LoopedModules
from skdeep._engine.training.threads import for_single_threads


class LoopedEnsembles(LoopedModules):
    """Modules that are ensembles; see `LoopedModules` for the parameters.

    Networks of an ensemble share nothing but the batch. Small products gain little from a second
    thread, and wait for each other; whole networks do not.
    """

    modules: list[Any]
    _pool: ThreadPoolExecutor | None = None

    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the raw outputs for a batch `x` (K, B, ...) into `out` (K, B, outputs)."""
        if self.randomness is not None or not self._has_threads:
            return super().forward(x, out, masks)

        def run(k: int, network: torch.nn.Module) -> Tensor:
            with torch.inference_mode(False), torch.enable_grad():
                outputs: Tensor = network(x[k])
                return outputs

        each = self._on_threads(
            run, [(k, n) for k, m in enumerate(self.modules) for n in m.networks]
        )
        self._outputs = each
        size = out.shape[2] // self.n_networks
        for place, outputs in enumerate(each):
            k, n = divmod(place, self.n_networks)
            out[k, :, n * size : (n + 1) * size].copy_(outputs.detach())
        return out

    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` what follows from the gradient `delta` by the raw outputs."""
        if self.randomness is not None or not self._has_threads:
            super().backward(x, delta, masks)
            return
        self.grad.zero_()
        parts = delta.unflatten(2, (self.n_networks, -1)).permute(0, 2, 1, 3).flatten(0, 1)
        self._on_threads(_backward, list(zip(self._outputs, parts, strict=True)))
        self._outputs = []

    def keep(self, places: Tensor) -> Self:
        """Build the network of the members at `places`."""
        kept = super().keep(places)
        kept._pool = self._pool
        return kept

    @property
    def n_networks(self) -> int:
        """Networks of each ensemble."""
        return len(self.modules[0].networks)

    @property
    def _has_threads(self) -> bool:
        several = len(self.modules) * self.n_networks > 1
        return several and not self.flat.is_cuda and torch.get_num_threads() > 1

    def _on_threads(
        self, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]
    ) -> list[Any]:
        if self._pool is None:
            self._pool = for_single_threads(torch.get_num_threads())
        # Asking for the results lets an error through.
        return list(self._pool.map(lambda given: function(*given), arguments))


def _backward(outputs: Tensor, delta: Tensor) -> None:
    torch.autograd.backward(outputs, delta)  # adds to the views of `grad`
