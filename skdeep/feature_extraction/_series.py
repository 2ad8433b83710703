"""Chunks of series that loops work on."""

from collections.abc import Iterator

import numpy as np

from skdeep._kinds.sequences.reading import Series

# Numbers of one channel in a chunk, and of all: the first keeps loops in the cache.
_CHUNK = 1 << 15
_CHUNK_OF_ALL_CHANNELS = 1 << 22


def blocks(series: Series) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows of a chunk and their series, all of one length, as (channel, time, row)."""
    lengths = np.array([item.shape[-1] for item in series])
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        n_channels = len(series[0])
        size = min(_CHUNK // length, _CHUNK_OF_ALL_CHANNELS // (length * n_channels))
        for start in range(0, len(rows), max(size, 1)):
            part = rows[start : start + max(size, 1)]
            yield part, np.stack([series[row] for row in part], axis=2)
