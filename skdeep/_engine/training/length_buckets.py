"""An order of rows in which those of a batch are of similar length, so that little is padding."""

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.training.member import Member
from skdeep._engine.training.randomness import epoch_generator

# Batches that exchange rows: with more there is less padding, and batches are less random. Lengths
# that spread as a log-normal of 0.8 leave a third of a batch to padding at 8, three quarters at 1.
_MOST_BATCHES = 8


class LengthBuckets:
    """Moves rows of similar length into one batch, in every epoch others.

    Rows are sorted within windows of a few batches, and the batches shuffled. A short batch stays
    the last one, with the rows that came there by chance.

    Parameters
    ----------
    member : Member
        Its rows have lengths.
    """

    def __init__(self, member: Member):
        assert member.X.lengths is not None
        lengths = member.X.lengths if member.rows is None else member.X.lengths[member.rows]
        self._lengths = lengths.cpu().numpy()
        self._seed = member.seed
        self._batch_size = member.batch_size
        n_batches = member.n_rows // member.batch_size
        # Of a single window, every epoch would make the same batches.
        self._window = member.batch_size * min(_MOST_BATCHES, n_batches // 2)

    def arranged(self, order: Tensor, epoch: int) -> Tensor:
        """The shuffled row numbers `order` (n,) of an epoch, arranged by length."""
        if self._window <= self._batch_size:
            return order
        numbers = order.numpy()
        in_full_batches = len(numbers) // self._batch_size * self._batch_size
        full = numbers[:in_full_batches]
        windows = np.arange(in_full_batches) // self._window
        full = full[np.lexsort((self._lengths[full], windows))]
        batches = full.reshape(-1, self._batch_size)
        shuffled = epoch_generator(self._seed, epoch, "batches").permutation(batches)
        return torch.from_numpy(np.concatenate([shuffled.ravel(), numbers[in_full_batches:]]))
