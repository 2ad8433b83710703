"""Initial weights, drawn from a private generator.

They are drawn in float64 and cast afterwards, so that a float32 network, a float64 network and a
network on another device start from the same point. The default draws the numbers that
scikit-learn's MLP draws from the same seed: both start from the same weights.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from skdeep._engine.modules.activations import ACTIVATIONS

WEIGHT_INITS = (
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "orthogonal",
)


def initial_weights(
    weight_init: str, layer_units: Sequence[int], activation: str, rng: np.random.RandomState
) -> np.ndarray:
    """Draw all weights, then all biases, as one flat float64 vector (the layout of `PackedMLP`).

    Parameters
    ----------
    weight_init : str
        One of `WEIGHT_INITS`.
    layer_units : sequence of int
        Numbers of inputs, of units in each hidden layer, and of outputs.
    activation : str
        Activation of the hidden layers.
    rng : RandomState
        A generator of one's own.
    """
    layers = [
        initial_layer(weight_init, fan_in, fan_out, activation, rng)
        for fan_in, fan_out in pairwise(layer_units)
    ]
    return np.concatenate([w.ravel() for w, _ in layers] + [b for _, b in layers])


def initial_layer(
    weight_init: str, fan_in: int, fan_out: int, activation: str, rng: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the weights (fan_in, fan_out) and biases (fan_out,) of one layer.

    The Glorot schemes follow [1]_, with scikit-learn's narrower bound for the logistic function
    and its random biases; the He schemes follow [2]_; `orthogonal` follows [3]_. The last two
    start with zero biases.

    References
    ----------
    .. [1] X. Glorot and Y. Bengio (2010), "Understanding the difficulty of training deep
       feedforward neural networks", AISTATS.
    .. [2] K. He et al. (2015), "Delving deep into rectifiers", arXiv:1502.01852.
    .. [3] A. Saxe et al. (2014), "Exact solutions to the nonlinear dynamics of learning in deep
       linear neural networks", arXiv:1312.6120.
    """
    shape = (fan_in, fan_out)
    if weight_init.startswith("glorot"):
        factor = 2.0 if activation == "logistic" else 6.0
        bound = math.sqrt(factor / (fan_in + fan_out))
        if weight_init == "glorot_uniform":
            weight = rng.uniform(-bound, bound, shape)
        else:
            weight = rng.normal(0.0, bound / math.sqrt(3.0), shape)
        return weight, rng.uniform(-bound, bound, fan_out)
    gain = ACTIVATIONS[activation].gain
    if weight_init == "orthogonal":
        weight = gain * _orthogonal(rng.normal(size=shape))
    elif weight_init == "he_uniform":
        bound = gain * math.sqrt(3.0 / fan_in)
        weight = rng.uniform(-bound, bound, shape)
    else:
        weight = rng.normal(0.0, gain / math.sqrt(fan_in), shape)
    return weight, np.zeros(fan_out)


def _orthogonal(matrix: np.ndarray) -> np.ndarray:
    """Orthonormal rows or columns, whichever are fewer, uniformly distributed."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))  # else the signs would follow the algorithm
    return q if matrix.shape[0] >= matrix.shape[1] else q.T
