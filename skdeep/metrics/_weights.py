"""Weights of images."""

from typing import Any

import numpy as np

from skdeep._scikit_learn import check_sample_weight


def image_weights(sample_weight: Any, n_images: int) -> np.ndarray:
    """Weights as float64, 1 for None.

    Raises
    ------
    ValueError
        If they are not as many as images, or one is negative or not finite.
    """
    weight = check_sample_weight(sample_weight, np.empty((n_images, 0)), dtype=np.float64)
    if (weight < 0).any():
        raise ValueError(
            f"Negative values in sample_weight: the smallest is {weight.min():g}. Weights count "
            "how often an image is seen and cannot be below 0."
        )
    return weight
