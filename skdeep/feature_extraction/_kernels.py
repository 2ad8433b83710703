"""The 84 kernels: nine taps, three of which weigh 2 and six -1; weights sum to 0."""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import combinations

import numpy as np

N_TAPS = 9
HEAVY_TAPS = tuple(combinations(range(N_TAPS), 3))  # of each kernel, those that weigh 2
N_KERNELS = len(HEAVY_TAPS)


def convolutions(
    series: np.ndarray,
    dilation: int,
    channels: np.ndarray,
    kernels: Iterable[int] = range(N_KERNELS),
) -> Iterator[np.ndarray]:
    """Yield the output of each kernel, zeros beyond both ends, as long as the series.

    Every step adds whole arrays in a fixed order, so a row's numbers do not depend on the others.

    Parameters
    ----------
    series : ndarray of shape (n_channels, n_times, n_rows)
        Rows last: all that is done goes along them.

    dilation : int
        Steps between taps.

    channels : ndarray of bool of shape (N_KERNELS, n_channels)
        Those that a kernel sees; it takes their sum.

    kernels : iterable of int
        Which of the 84.

    Yields
    ------
    ndarray of shape (n_times, n_rows)
        Overwritten by the next.
    """
    n_channels, n_times, n_rows = series.shape
    reach = (N_TAPS // 2) * dilation
    padded = np.zeros((n_channels, n_times + 2 * reach, n_rows), dtype=series.dtype)
    padded[:, reach : reach + n_times] = series
    starts = range(0, N_TAPS * dilation, dilation)
    # 2 on three taps and -1 on six is 3 times the three less the sum of all nine.
    total = reduce(np.add, [padded[:, start : start + n_times] for start in starts])
    padded *= 3
    output = np.empty((n_times, n_rows), dtype=series.dtype)
    for kernel in kernels:
        seen = np.flatnonzero(channels[kernel])
        tripled = reduce(np.add, [padded[channel] for channel in seen])
        a, b, c = (tripled[starts[tap] :][:n_times] for tap in HEAVY_TAPS[kernel])
        np.add(a, b, out=output)
        output += c
        output -= reduce(np.add, [total[channel] for channel in seen])
        yield output


def count_above(values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Count the values above each threshold.

    Parameters
    ----------
    values : ndarray of shape (n_times, n_rows)
    thresholds : ndarray of shape (n_thresholds,)

    Returns
    -------
    counts : ndarray of shape (n_thresholds, n_rows)
    """
    n_times, n_rows = values.shape
    above = (values > thresholds[:, None, None]).view(np.uint8)  # (threshold, time, row)
    # Sums of bytes are several times as fast as others and hold 255; short rows are added several
    # time steps at once.
    width = min(max(-(-n_times // 255), 64 // n_rows), n_times)
    depth = n_times // width
    head = above[:, : depth * width].reshape(len(thresholds), depth, width * n_rows)
    partial = np.add.reduce(head, axis=1, dtype=np.uint8)
    counts = partial.reshape(len(thresholds), width, n_rows).sum(axis=1, dtype=np.int32)
    if depth * width < n_times:
        counts += above[:, depth * width :].sum(axis=1, dtype=np.int32)
    return counts
