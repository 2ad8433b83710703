"""Sequences of several lengths as one array, which holds no padding."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse
import torch

from skdeep._encoding.channel_array import CHUNK_VALUES, RowArray
from skdeep._encoding.memory import shared_tensor
from skdeep._encoding.reader import ChannelReader
from skdeep._kinds.sequences.reading import Series, read_series
from skdeep._kinds.sequences.rows import SequenceRows


class SequenceArray(RowArray):
    """Sequences that can be indexed by row, in the memory that their values take.

    It has the shape of the tensor that networks read: channels, then the one that tells steps that
    exist from padding.

    Parameters
    ----------
    values : ndarray of shape (n_values,)
        Numbers of the sequences one after the other, each (channels, time) in C order.
    lengths : ndarray of int of shape (n,)
        Time steps of each.
    n_channels : int

    Attributes
    ----------
    shape : tuple of int
        (n, channels + 1, longest).
    offsets : ndarray of int of shape (n + 1,)
        Where in `values` each sequence begins, and where the last one ends.
    """

    ndim = 3

    def __init__(self, values: np.ndarray, lengths: np.ndarray, n_channels: int):
        self.values = values
        self.lengths = lengths
        self.n_channels = n_channels
        self.dtype = values.dtype
        self.shape = (len(lengths), n_channels + 1, int(lengths.max(initial=0)))
        self.offsets = np.concatenate([[0], np.cumsum(lengths * n_channels)])

    @classmethod
    def of(cls, series: Series) -> "SequenceArray":
        """Take an array (n, channels, time), if it can be without a copy, or (channels, time)s."""
        if isinstance(series, np.ndarray):
            n, n_channels, length = series.shape
            return cls(series.reshape(-1), np.full(n, length), n_channels)
        lengths = np.array([item.shape[1] for item in series])
        return cls(np.concatenate([item.ravel() for item in series]), lengths, len(series[0]))

    def __getitem__(self, rows: Any) -> "SequenceArray":
        """Sequences named by numbers, a mask or a slice."""
        if isinstance(rows, slice) and rows.step in (None, 1):
            start, stop, _ = rows.indices(len(self))
            values = self.values[self.offsets[start] : self.offsets[max(start, stop)]]
            return SequenceArray(values, self.lengths[rows], self.n_channels)
        rows = np.arange(len(self))[rows]
        lengths = self.lengths[rows]
        if self.is_even:
            return SequenceArray(self.dense()[rows].reshape(-1), lengths, self.n_channels)
        sizes = lengths * self.n_channels
        begins = self.offsets[rows] - np.cumsum(sizes) + sizes  # less where each begins then
        at = np.arange(sizes.sum()) + np.repeat(begins, sizes)
        return SequenceArray(self.values[at], lengths, self.n_channels)

    @property
    def is_even(self) -> bool:
        """Whether all are equally long."""
        return len(self) == 0 or self.lengths.min() == self.shape[2]

    def dense(self) -> np.ndarray:
        """Values of equally long sequences as a view (n, channels, time)."""
        return self.values.reshape(len(self), self.n_channels, self.shape[2])

    def sequences(self) -> list[np.ndarray]:
        """Views (channels, time) of all."""
        parts = np.split(self.values, self.offsets[1:-1]) if len(self) else []
        return [part.reshape(self.n_channels, -1) for part in parts]

    def stored_rows(self) -> scipy.sparse.csr_array:
        """A matrix that stores the values of each sequence side by side, zeros too."""
        places = np.arange(len(self.values)) - np.repeat(self.offsets[:-1], np.diff(self.offsets))
        shape = (len(self), self.n_channels * self.shape[2])
        return scipy.sparse.csr_array((self.values, places, self.offsets), shape=shape)

    def as_rows(self, device: torch.device) -> SequenceRows:
        """Rows as training gathers them."""
        lengths = torch.from_numpy(self.lengths).to(device)
        return SequenceRows(shared_tensor(self.values).to(device), lengths, self.n_channels)

    def key_columns(self) -> tuple[scipy.sparse.csr_array, np.ndarray]:
        """Values, and lengths, which tell a sequence from one with more zeros at its end."""
        return self.stored_rows(), self.lengths[:, None]

    def standardized(self, mean: np.ndarray, scale: np.ndarray) -> "SequenceArray":
        """The sequences less the mean of each channel, divided by its scale; both (channels,)."""
        values = np.empty_like(self.values)
        for rows in self._chunks():
            part, out = self[rows], values[self.offsets[rows.start] : self.offsets[rows.stop]]
            np.subtract(part.values, part._of_values(mean), out=out, casting="same_kind")
            np.divide(out, part._of_values(scale), out=out, casting="same_kind")
        return SequenceArray(values, self.lengths, self.n_channels)

    def _n_values(self, weight: np.ndarray) -> float:
        return weight @ self.lengths

    def _extremes(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest value of each channel, in float64."""
        starts = self._channel_starts()
        low = np.minimum.reduceat(self.values, starts).reshape(len(self), -1)
        high = np.maximum.reduceat(self.values, starts).reshape(len(self), -1)
        return low.min(axis=0).astype(np.float64), high.max(axis=0).astype(np.float64)

    def _weighted_sums(self, weight: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
        """Weighted sums of each channel, of values or of squared deviations from a mean."""
        sums = np.zeros(self.n_channels)
        for rows in self._chunks():
            part = self[rows]
            values = part.values.astype(np.float64)
            if mean is not None:
                values = np.square(values - part._of_values(mean))
            of_rows = np.add.reduceat(values, part._channel_starts()).reshape(len(part), -1)
            sums += weight[rows] @ of_rows
        return sums

    def _chunks(self) -> Iterator[slice]:
        """Adjacent rows, some at once."""
        start = 0
        while start < len(self):
            enough = np.searchsorted(self.offsets, self.offsets[start] + CHUNK_VALUES)
            stop = min(max(int(enough), start + 1), len(self))
            yield slice(start, stop)
            start = stop

    def _channel_starts(self) -> np.ndarray:
        """Where in `values` each channel of each sequence begins."""
        steps = self.lengths[:, None] * np.arange(self.n_channels)
        return (self.offsets[:-1, None] + steps).ravel()

    def _of_values(self, of_channels: np.ndarray) -> np.ndarray:
        """What belongs to each channel, for each value."""
        return np.repeat(np.tile(of_channels, len(self)), np.repeat(self.lengths, self.n_channels))


class SequenceReader(ChannelReader):
    """Reads arrays of two or three dimensions, or lists of arrays that differ in length."""

    def read(self, estimator: Any, X: Any, *, dtype: Any, reset: bool) -> SequenceArray:
        """X as one array without padding, see `read_series`."""
        series = read_series(estimator, X, reset=reset, dtype=dtype, same_length=False)
        return SequenceArray.of(series)
