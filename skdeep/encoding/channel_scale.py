"""Mean and scale of the channels of sequences and of images."""

from collections.abc import Callable

import numpy as np


def mean_and_scale(
    weighted_sums: Callable[[np.ndarray | None], np.ndarray],
    total: float,
    low: np.ndarray,
    high: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel; the scale of one that does not vary is 1.

    Parameters
    ----------
    weighted_sums : callable
        Sums of a channel's values given None, or of their squared deviations given means.
    total : float
        Sum of the weights of all values of a channel.
    low, high : ndarray of shape (channels,)
        Extremes of each.
    """
    # The bounds make the mean of equal numbers that number.
    mean = np.clip(weighted_sums(None) / total, low, high)
    scale = np.sqrt(weighted_sums(mean) / total)
    return mean, np.where((low < high) & (scale > 0), scale, 1.0)
