"""Schemes of initial weights: one table. They are drawn from a private generator.

They are drawn in float64 and cast afterwards, so that a float32 network, a float64 network and a
network on another device start from the same point. The default draws the numbers that
scikit-learn's MLP draws from the same seed: both start from the same weights.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from skdeep._engine.modules.activations import ACTIVATIONS, Activation

Layer = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class WeightInit:
    """A scheme of initial weights.

    Attributes
    ----------
    draw : callable
        ``draw(fan_in, fan_out, activation, rng)`` returns weights of shape (fan_in, fan_out) and
        biases of shape (fan_out,) of a layer; `activation` is an entry of `ACTIVATIONS`.
    words : str
        A clause for documentation; empty where the name says it all.
    """

    draw: Callable[[int, int, Activation, np.random.RandomState], Layer]
    words: str = ""


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
    """Draw the weights (fan_in, fan_out) and biases (fan_out,) of one layer."""
    return WEIGHT_INITS[weight_init].draw(fan_in, fan_out, ACTIVATIONS[activation], rng)


# Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward neural
# networks", AISTATS; the biases are random, and the bounds scikit-learn's.


def _glorot_uniform(
    fan_in: int, fan_out: int, activation: Activation, rng: np.random.RandomState
) -> Layer:
    bound = _glorot_bound(fan_in, fan_out, activation)
    weight = rng.uniform(-bound, bound, (fan_in, fan_out))
    return weight, rng.uniform(-bound, bound, fan_out)


def _glorot_normal(
    fan_in: int, fan_out: int, activation: Activation, rng: np.random.RandomState
) -> Layer:
    bound = _glorot_bound(fan_in, fan_out, activation)
    weight = rng.normal(0.0, bound / math.sqrt(3.0), (fan_in, fan_out))
    return weight, rng.uniform(-bound, bound, fan_out)


def _glorot_bound(fan_in: int, fan_out: int, activation: Activation) -> float:
    return math.sqrt(activation.glorot_factor / (fan_in + fan_out))


# He et al. (2015), "Delving deep into rectifiers", arXiv:1502.01852.


def _he_uniform(
    fan_in: int, fan_out: int, activation: Activation, rng: np.random.RandomState
) -> Layer:
    bound = activation.gain * math.sqrt(3.0 / fan_in)
    return rng.uniform(-bound, bound, (fan_in, fan_out)), np.zeros(fan_out)


def _he_normal(
    fan_in: int, fan_out: int, activation: Activation, rng: np.random.RandomState
) -> Layer:
    deviation = activation.gain / math.sqrt(fan_in)
    return rng.normal(0.0, deviation, (fan_in, fan_out)), np.zeros(fan_out)


# Saxe et al. (2014), "Exact solutions to the nonlinear dynamics of learning in deep linear neural
# networks", arXiv:1312.6120.


def _orthogonal(
    fan_in: int, fan_out: int, activation: Activation, rng: np.random.RandomState
) -> Layer:
    weight = _orthonormal(rng.normal(size=(fan_in, fan_out)))
    return activation.gain * weight, np.zeros(fan_out)


def _orthonormal(matrix: np.ndarray) -> np.ndarray:
    """Orthonormal rows or columns, whichever are fewer, uniformly distributed."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))  # else the signs would follow the algorithm
    return q if matrix.shape[0] >= matrix.shape[1] else q.T


WEIGHT_INITS: dict[str, WeightInit] = {
    "glorot_uniform": WeightInit(_glorot_uniform),
    "glorot_normal": WeightInit(_glorot_normal),
    "he_uniform": WeightInit(_he_uniform),
    "he_normal": WeightInit(_he_normal),
    "orthogonal": WeightInit(
        _orthogonal, words="'orthogonal' draws orthonormal rows or columns, whichever are fewer"
    ),
}
