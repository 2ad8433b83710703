"""Dropout masks (Srivastava et al. 2014) from private generators."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.training.member import Member
from skdeep._engine.training.randomness import epoch_seed
from skdeep._engine.training.schedules import regularization_factor

_LEVELS = 1 << 16  # 16 random bits a unit


class DropoutMasks:
    """Masks of the hidden layers of every member.

    Masks of a member depend only on its seed and the epoch, not on its neighbours. If one batch
    holds all rows, rows of equal content share a mask, so that a row that occurs twice is the same
    as one of weight 2.

    Parameters
    ----------
    members : sequence of Member
    """

    def __init__(self, members: Sequence[Member]):
        self.members = members
        self.units = members[0].layer_units[1:-1]
        self._rates: list[float] = []
        self._generators: list[list[np.random.Generator]] = []  # a member, a layer

    def new_masks(self, n_rows: int) -> list[Tensor]:
        """Buffers of ones for the masks of some rows, one (K, n_rows, units) a hidden layer."""
        first = self.members[0]
        return [
            torch.ones(len(self.members), n_rows, units, dtype=first.dtype, device=first.device)
            for units in self.units
        ]

    def start_epoch(self, epochs: Sequence[int]) -> None:
        """Seed the generators for an epoch, numbered for each member."""
        self._rates = [
            member.dropout * regularization_factor(member, epoch / member.max_iter)
            for member, epoch in zip(self.members, epochs, strict=True)
        ]
        self._generators = [
            [
                np.random.Generator(np.random.SFC64([epoch_seed(member.seed, epoch), layer]))
                for layer in range(len(self.units))
            ]
            if member.dropout
            else []
            for member, epoch in zip(self.members, epochs, strict=True)
        ]

    def draw(self, masks: Sequence[Tensor], n_rows: Sequence[int], *, per_content: bool) -> None:
        """Fill the masks with 0 and the inverse of the probability to keep a unit.

        A member draws for its own `n_rows` only, and every layer from a generator of its own, so
        that neither longer neighbours nor the division of rows into parts changes anything.
        """
        for k, member in enumerate(self.members):
            groups = member.row_groups if per_content else None
            n_draws = n_rows[k] if groups is None else int(groups.max()) + 1
            threshold = max(1, round((1.0 - self._rates[k]) * _LEVELS))
            for mask, generator in zip(masks, self._generators[k], strict=False):
                target = mask[k, : n_rows[k]]
                kept = self._kept(generator, threshold, (n_draws, target.shape[1]))
                if groups is not None:
                    kept = kept[groups.cpu().numpy()]
                # numpy makes numbers of truth values in a quarter of torch's time.
                values = target.cpu().numpy()
                np.multiply(kept, _LEVELS / threshold, out=values, dtype=values.dtype)
                if not target.is_cpu:
                    target.copy_(torch.from_numpy(values))

    @staticmethod
    def _kept(generator: np.random.Generator, threshold: int, shape: tuple[int, int]) -> np.ndarray:
        """Draw which units of which rows are kept."""
        n_rows, units = shape
        words = -(-units // 4)  # whole ones a row, or it would matter in which parts rows come
        raw = np.asarray(generator.bit_generator.random_raw(n_rows * words))
        return raw.view(np.uint16).reshape(n_rows, 4 * words)[:, :units] < threshold
