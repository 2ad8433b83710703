"""Layers of networks for tables: products whose scale does not depend on their width."""

import math
from typing import Any

import torch
from torch import Generator, Tensor, nn

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep.neural_network._tabular.networks.tensors import Tensors

# Factors on the learning rate, from RealMLP (Holzmueller et al. 2024, arXiv:2407.04491).
BIAS_RATE = 0.1
SLOPE_RATE = 0.1
SCALE_RATE = 6.0
# Rows whose random convex combinations become the kinks of the units (the same source).
_ROWS_OF_A_KINK = 5
_SMALLEST_DEVIATION = 1e-3


class ScaledProduct(torch.autograd.Function):
    """``bias + factor * h @ weight`` for many members.

    Autograd would multiply gradients by the factor one by one; products can do it on the way.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(h: Tensor, weight: Tensor, bias: Tensor, factor: float) -> Tensor:
        """Compute (K, B, in), (K, in, out), (K, 1, out) -> (K, B, out)."""
        return torch.baddbmm(bias, h, weight, alpha=factor)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keep what the gradients are made of."""
        h, weight, _, ctx.factor = inputs
        ctx.save_for_backward(h, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients by `h`, where anything asks for it, `weight` and `bias`."""
        (delta,) = gradients
        h, weight = ctx.saved_tensors
        by_weight = torch.baddbmm(weight, h.mT, delta, beta=0, alpha=ctx.factor)
        by_h = None
        if ctx.needs_input_grad[0]:
            by_h = torch.baddbmm(h, delta, weight.mT, beta=0, alpha=ctx.factor)
        return by_h, by_weight, delta.sum(dim=1, keepdim=True), None


def scaled_product(h: Tensor, weight: Tensor, bias: Tensor, factor: float) -> Tensor:
    """``bias + factor * h @ weight``; (K, B, in), (K, in, out), (K, 1, out) -> (K, B, out)."""
    product: Tensor = ScaledProduct.apply(h, weight, bias, factor)
    return product


class ScaledLinear(nn.Module):
    """A product in the neural-tangent parametrisation (Jacot et al. 2018, arXiv:1806.07572).

    The initial weights are scaled so that what comes out has variance 1 over the rows given, and
    the biases so that a unit has its kink amid these rows.

    Parameters
    ----------
    h : Tensor of shape (m, fan_in)
        What the layer will see, for some rows.
    fan_out : int
    generator : Generator
    """

    def __init__(self, h: Tensor, fan_out: int, generator: Generator):
        super().__init__()
        fan_in = h.shape[1]
        self.factor = 1.0 / math.sqrt(max(1, fan_in))
        weight = torch.randn(fan_in, fan_out, generator=generator)
        z = self.factor * h @ weight  # (m, fan_out)
        deviation = z.std(dim=0, correction=0).clamp_min(_SMALLEST_DEVIATION)
        self.weight = nn.Parameter(weight / deviation)
        shares = torch.rand(_ROWS_OF_A_KINK, fan_out, generator=generator).clamp(1e-9, 1 - 1e-6)
        shares = shares.log() / shares.log().sum(dim=0)  # uniform on the simplex
        rows = torch.randint(len(h), shares.shape, generator=generator)
        kink = (shares * (z / deviation).gather(0, rows)).sum(dim=0)
        self.bias = nn.Parameter(-kink / BIAS_RATE)

    def forward(self, tensors: Tensors, h: Tensor) -> Tensor:  # (K, B, in) -> (K, B, out)
        """Multiply and add."""
        return scaled_product(h, tensors["weight"], scaled_bias(tensors), self.factor)


class FirstLinear(ScaledLinear):
    """A product with a learned factor for every input, of which some need no gradient."""

    def __init__(self, h: Tensor, fan_out: int, generator: Generator):
        super().__init__(h, fan_out, generator)
        self.scale = nn.Parameter(torch.full((h.shape[1],), 1.0 / SCALE_RATE))

    def forward(self, tensors: Tensors, h: Tensor, more: Tensor | None = None) -> Tensor:
        """Multiply and add: (K, B, in) and (K, B, more) -> (K, B, out).

        The scale goes into the weights, where its gradient costs nothing: there is none to be
        computed for `h`.
        """
        weight = tensors["scale"].unsqueeze(2) * tensors["weight"]
        factor = self.factor * SCALE_RATE
        if more is None:
            return scaled_product(h, weight, scaled_bias(tensors), factor)
        n_fixed = h.shape[2]
        z = scaled_product(h, weight[:, :n_fixed], scaled_bias(tensors), factor)
        return z + factor * torch.bmm(more, weight[:, n_fixed:])


class LastLinear(nn.Module):
    """The product that gives raw outputs; it starts at a constant.

    Parameters
    ----------
    fan_in : int
    start : Tensor of shape (n_outputs,)
        Outputs before training.
    """

    def __init__(self, fan_in: int, start: Tensor):
        super().__init__()
        self.factor = 1.0 / math.sqrt(max(1, fan_in))
        self.weight = nn.Parameter(torch.zeros(fan_in, len(start)))
        self.bias = nn.Parameter(start / BIAS_RATE)

    def forward(self, tensors: Tensors, h: Tensor) -> Tensor:  # (K, B, in) -> (K, B, outputs)
        """Multiply and add."""
        # Products are slow where the last axis is short: the other way round.
        weight = self.factor * tensors["weight"].mT
        return torch.baddbmm(scaled_bias(tensors).mT, weight, h.mT).mT


def scaled_bias(tensors: Tensors) -> Tensor:
    """What is added to a product; (K, 1, units)."""
    return BIAS_RATE * tensors["bias"].unsqueeze(1)


class LearnedActivation(nn.Module):
    """An activation of which every unit learns how much of it to take, the rest being identity.

    Parameters
    ----------
    name : str
    units : int
    learns : bool
        Whether the share is learned; if not, it is 1.
    """

    def __init__(self, name: str, units: int, learns: bool):
        super().__init__()
        self.name = name
        self.share = nn.Parameter(torch.full((units,), 1.0 / SLOPE_RATE)) if learns else None

    def forward(self, tensors: Tensors, z: Tensor) -> Tensor:  # (K, B, units) -> same
        """Activate."""
        activated = _FUNCTIONS[self.name](z)
        if self.share is None:
            return activated
        return torch.lerp(z, activated, (SLOPE_RATE * tensors["share"]).unsqueeze(1))


# For autograd, which cannot go through functions that write into a buffer.
_FUNCTIONS = {name: entry.layer().forward for name, entry in ACTIVATIONS.items()}
