"""Learned activations for predicting: few passes over memory, constants left to the next product.

A hidden value is ``factor * h + shift``, where `h` is what is computed. Both go into the weights
and biases of the product that reads it, as ``log2(e)`` goes into those of the product before:
powers of two take a third of the time of `exp`, and a fifth of that of `selu`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from skdeep._engine.modules.activations import ACTIVATIONS

_LOG2_E = 1.0 / math.log(2.0)
# Factors nearer to 0 would lose digits.
_SMALLEST_FACTOR = 0.1


class FoldedActivation:
    """The activations of one hidden layer.

    Parameters
    ----------
    name : str
    share : Tensor of shape (units,)
        How much of the activation a unit takes, the rest being identity.

    Attributes
    ----------
    gain : float
        What the values that go in are to be multiplied by.
    factor, shift : Tensor of shape (units,)
        From what `apply` returns to hidden values.
    is_exact : bool
        Whether no digits are lost; if not, the activation is to be computed as it is.
    """

    def __init__(self, name: str, share: Tensor):
        self.gain, self.is_exact = 1.0, True
        self.factor, self.shift = torch.ones_like(share), torch.zeros_like(share)
        self._share = share
        activation, rest = ACTIVATIONS[name], 1.0 - share
        self._apply: Callable[[Tensor, Tensor, Tensor], None]
        if activation.exponential is not None:
            scale, alpha = activation.exponential
            above = rest + share * scale  # slope right of 0
            bend = share * scale * alpha
            self.is_exact = bool((above.abs() > _SMALLEST_FACTOR).all())
            self.gain, self.factor, self.shift = _LOG2_E, above / _LOG2_E, -bend
            self._bend, self._below = bend / self.factor, -1.0 / (_LOG2_E * alpha)
            self._apply = self._exponential
        elif activation.slope is not None:
            self._slope = rest + share * activation.slope
            self._apply = self._kinked
        else:
            self._function = activation.forward
            self._apply = self._mixed

    def apply(self, z: Tensor, buffer: Tensor, other: Tensor) -> None:
        """Activate `z` (n, units) in place; buffers of its shape are overwritten."""
        self._apply(z, buffer, other)

    def _exponential(self, z: Tensor, negative: Tensor, curve: Tensor) -> None:
        torch.clamp_max(z, 0.0, out=negative)
        torch.exp2(negative, out=curve).add_(negative, alpha=self._below)
        z.addcmul_(curve, self._bend)

    def _kinked(self, z: Tensor, positive: Tensor, _: Tensor) -> None:
        torch.clamp_min(z, 0.0, out=positive)
        torch.lerp(positive, z, self._slope, out=z)

    def _mixed(self, z: Tensor, activated: Tensor, _: Tensor) -> None:
        self._function(z, activated)
        z.lerp_(activated, self._share)
