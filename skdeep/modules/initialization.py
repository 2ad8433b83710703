"""Initial weights, drawn from a private generator.

Numbers are drawn in float64 on the CPU and cast afterwards, so that a float32 network, a float64
network and a network on another device start from the same point.
"""

import math

import torch
from torch import Tensor

from skdeep.modules.activations import ACTIVATIONS

WEIGHT_INITS = (
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "orthogonal",
)


def initial_layer(
    weight_init: str, fan_in: int, fan_out: int, activation: str, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw the weights and biases of one layer.

    Parameters
    ----------
    weight_init : str
        One of `WEIGHT_INITS`. The Glorot schemes follow [1]_, with scikit-learn's narrower bound
        for the logistic function and its random biases; the He schemes follow [2]_; `orthogonal`
        follows [3]_. The last two start with zero biases.
    fan_in, fan_out : int
        Numbers of inputs and outputs.
    activation : str
        Name of the activation of the hidden layers.
    generator : torch.Generator
        Source of the random numbers, on the CPU.

    Returns
    -------
    weight : Tensor of shape (fan_in, fan_out), float64
    bias : Tensor of shape (fan_out,), float64

    References
    ----------
    .. [1] X. Glorot and Y. Bengio (2010), "Understanding the difficulty of training deep
       feedforward neural networks", AISTATS.
    .. [2] K. He et al. (2015), "Delving deep into rectifiers", arXiv:1502.01852.
    .. [3] A. Saxe et al. (2014), "Exact solutions to the nonlinear dynamics of learning in deep
       linear neural networks", arXiv:1312.6120.
    """
    weight = torch.empty(fan_in, fan_out, dtype=torch.float64)
    bias = torch.zeros(fan_out, dtype=torch.float64)
    if weight_init.startswith("glorot"):
        factor = 2.0 if activation == "logistic" else 6.0
        bound = math.sqrt(factor / (fan_in + fan_out))
        if weight_init == "glorot_uniform":
            weight.uniform_(-bound, bound, generator=generator)
        else:
            weight.normal_(0.0, bound / math.sqrt(3.0), generator=generator)
        bias.uniform_(-bound, bound, generator=generator)
    elif weight_init == "orthogonal":
        torch.nn.init.orthogonal_(weight, ACTIVATIONS[activation].gain, generator=generator)
    else:
        std = ACTIVATIONS[activation].gain / math.sqrt(fan_in)
        if weight_init == "he_uniform":
            bound = math.sqrt(3.0) * std
            weight.uniform_(-bound, bound, generator=generator)
        else:
            weight.normal_(0.0, std, generator=generator)
    return weight, bias


def initial_weights(
    weight_init: str, layer_units: tuple[int, ...], activation: str, seed: int
) -> Tensor:
    """Draw all weights, then all biases, as one flat float64 vector (the layout of `PackedMLP`)."""
    generator = torch.Generator().manual_seed(seed)
    layers = [
        initial_layer(weight_init, fan_in, fan_out, activation, generator)
        for fan_in, fan_out in zip(layer_units[:-1], layer_units[1:], strict=True)
    ]
    return torch.cat([w.flatten() for w, _ in layers] + [b for _, b in layers])
