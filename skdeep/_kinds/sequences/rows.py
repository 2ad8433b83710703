"""Sequences of several lengths, kept without padding, from which padded batches are gathered."""

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.training.rows import in_main_memory


class SequenceRows:
    """Sequences on the device, one after the other in one vector.

    A row is (channels + 1, longest): values, 0 in padding, and a channel that is 1 at time steps
    that exist and 0 in padding, which is at the end.

    Parameters
    ----------
    values : Tensor of shape (n_values,)
        Numbers of the sequences, each (channels, time) in C order.
    lengths : Tensor of int64 of shape (n,)
        Time steps of each, at least 1.
    n_channels : int

    Attributes
    ----------
    lengths : Tensor of shape (n,) or None
        None where all are equally long.
    """

    def __init__(self, values: Tensor, lengths: Tensor, n_channels: int):
        self.values = values
        self.dtype = values.dtype
        self._n_channels = n_channels
        longest = int(lengths.max()) if len(lengths) else 0
        self.shape: tuple[int, ...] = (len(lengths), n_channels + 1, longest)
        is_even = len(lengths) == 0 or int(lengths.min()) == longest
        self.lengths: Tensor | None = None if is_even else lengths
        sizes = lengths * n_channels
        self._starts = sizes.cumsum(0) - sizes

    def gather(self, index: Tensor, out: Tensor) -> None:
        """Write the rows named by `index` into `out` (len(index), channels + 1, width)."""
        if self.lengths is None:
            out[:, :-1].copy_(self._dense().index_select(0, index))
            out[:, -1].fill_(1.0)
            return
        width = self._longest(index)
        out[:, :, width:].fill_(0.0)
        time = torch.arange(width, device=out.device)
        lengths = self.lengths[index, None]  # (B, 1)
        is_padding = (time >= lengths).unsqueeze(1)  # (B, 1, width)
        channels = torch.arange(self._n_channels, device=out.device)[:, None]
        places = self._starts[index, None, None] + channels * lengths[:, :, None] + time
        # What padding reads instead is written over.
        places.clamp_(max=len(self.values) - 1)
        values = self.values.index_select(0, places.flatten()).view(places.shape)
        out[:, :-1, :width].copy_(values.masked_fill_(is_padding, 0.0))
        out[:, -1, :width].copy_(~is_padding[:, 0])

    def chunk(self, index: Tensor) -> Tensor:
        """Return the rows named by `index`, as wide as the longest of them."""
        out = self.values.new_empty(len(index), self._n_channels + 1, self._longest(index))
        self.gather(index, out)
        return out

    def slice(self, start: int, stop: int) -> Tensor:
        """Return adjacent rows, as wide as the longest of them."""
        stop = min(stop, self.shape[0])
        return self.chunk(torch.arange(start, stop, device=self.values.device))

    def arrays(self) -> list[np.ndarray] | None:
        """The shape, the lengths where they differ, and the values."""
        lengths = [] if self.lengths is None else [self.lengths]
        held = in_main_memory(*lengths, self.values)
        return None if held is None else [np.array(self.shape), *held]

    def _longest(self, index: Tensor) -> int:
        if self.lengths is None or not len(index):
            return self.shape[2]
        return int(self.lengths[index].max())

    def _dense(self) -> Tensor:
        return self.values.view(self.shape[0], self._n_channels, self.shape[2])
