"""Random numbers inside a module, drawn without a trace in torch's global generators."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

# Operators of torch such as dropout draw from the global generator only. While one module uses it,
# no other may, except modules inside it.
_global_generators = threading.RLock()


class PrivateRandomness:
    """A random state of one's own, put in place of the global one for a while.

    Parameters
    ----------
    device : torch.device
        Where, besides the CPU, numbers are drawn.
    """

    def __init__(self, device: torch.device):
        self._generators = [torch.default_generator]
        if device.type == "cuda":
            place = torch.cuda.current_device() if device.index is None else device.index
            self._generators.append(torch.cuda.default_generators[place])
        self.seed(0)

    def seed(self, seed: int) -> None:
        """Start the state anew."""
        self._states = [self._seeded(generator, seed) for generator in self._generators]
        self._first = self._states

    @property
    def has_drawn(self) -> bool:
        """Whether anything was drawn since the state was seeded."""
        return not all(map(torch.equal, self._first, self._states))

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let what is computed inside draw from this state; the global one stays as it was."""
        with _global_generators:
            before = self._exchange(self._states)
            try:
                yield
            finally:
                self._states = self._exchange(before)

    def _exchange(self, states: list[Tensor]) -> list[Tensor]:
        before = [generator.get_state() for generator in self._generators]
        for generator, state in zip(self._generators, states, strict=True):
            generator.set_state(state)
        return before

    @staticmethod
    def _seeded(generator: torch.Generator, seed: int) -> Tensor:
        return torch.Generator(generator.device).manual_seed(seed).get_state()
