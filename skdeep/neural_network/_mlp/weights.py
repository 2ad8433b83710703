"""Parameters of the layers, as arrays and as one vector."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def flat_parameters(coefs: Sequence[np.ndarray], intercepts: Sequence[np.ndarray]) -> np.ndarray:
    """All weights, then all biases, as one vector."""
    return np.concatenate([np.ravel(array) for array in [*coefs, *intercepts]])


def layer_arrays(
    flat: np.ndarray, layer_units: Sequence[int]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights of shape (fan_in, fan_out) and biases of shape (fan_out,), each with its memory."""
    shapes = [*pairwise(layer_units), *((units,) for units in layer_units[1:])]
    stops = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    arrays = [
        part.reshape(shape).copy()
        for part, shape in zip(np.split(flat, stops), shapes, strict=True)
    ]
    n_layers = len(layer_units) - 1
    return arrays[:n_layers], arrays[n_layers:]
