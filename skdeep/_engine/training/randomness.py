"""Random streams of a member, all from its seed, without touching any global generator."""

import zlib

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.training.initial_weights import initial_weights
from skdeep._engine.training.member import Member, TrainingState
from skdeep._engine.training.rows import row_numbers

_MASK = (1 << 64) - 1


class RandomStream:
    """Draws the initial weights of a member, then the order of its rows in every epoch.

    It draws what scikit-learn's MLP draws from the same seed, so that both start from the same
    weights and see the same batches.

    Parameters
    ----------
    member : Member
    """

    def __init__(self, member: Member):
        self._member = member
        self._rng = np.random.RandomState(member.seed)
        self._order: np.ndarray | None = None
        start = member.start
        self.weights: np.ndarray | None = None  # a module brings its own
        if start is None and member.module is not None:
            return
        if start is None:
            self.weights = initial_weights(
                member.weight_init, member.layer_units, member.activation, self._rng
            )
            return
        self.weights = start.weights
        if start.rng_state is not None:
            self._rng.set_state(start.rng_state)
        if start.order is not None and len(start.order) == member.n_rows:
            self._order = start.order

    def next_order(self) -> Tensor:
        """Row numbers in the order of the next epoch."""
        if self._order is None:
            self._order = row_numbers(self._member.n_rows)
        if self._member.shuffle:
            index = row_numbers(self._member.n_rows)
            self._rng.shuffle(index)
            self._order = self._order[index]
        return torch.from_numpy(self._order)

    def save(self, state: TrainingState) -> None:
        """Write into a state what it takes to go on drawing."""
        state.rng_state = self._rng.get_state()
        state.order = self._order


def epoch_seed(seed: int, epoch: int) -> int:
    """Mix a seed and the number of an epoch into 63 bits (finaliser of SplitMix64, Steele 2014).

    What depends on the epoch alone can be drawn anew when training is resumed.
    """
    z = (seed + 0x9E3779B97F4A7C15 * (epoch + 1)) & _MASK
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = ((z ^ (z >> shift)) * factor) & _MASK
    return (z ^ (z >> 31)) >> 1


def epoch_generator(seed: int, epoch: int, purpose: str) -> np.random.Generator:
    """A generator for what is drawn for one purpose in one epoch."""
    name = zlib.crc32(purpose.encode())
    return np.random.Generator(np.random.SFC64([epoch_seed(seed, epoch), name]))


class EpochRandomness:
    """Generators of a member for one epoch, one a purpose: called with it.

    Each goes on where it stopped, so that it makes no difference in what parts rows come.

    Parameters
    ----------
    seed, epoch : int
    """

    def __init__(self, seed: int, epoch: int):
        self._place = (seed, epoch)
        self._generators: dict[str, np.random.Generator] = {}

    def __call__(self, purpose: str) -> np.random.Generator:
        """The generator for a purpose."""
        if purpose not in self._generators:
            self._generators[purpose] = epoch_generator(*self._place, purpose)
        return self._generators[purpose]
