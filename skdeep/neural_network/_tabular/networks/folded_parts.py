"""Parts of networks, rewritten to predict: few passes over memory, constants left to products.

A hidden value is ``factor * h + shift``, where `h` is what is computed. Both go into the weights
and biases of the product that reads it, as ``log2(e)`` goes into those of the product before:
powers of two take a third of the time of `exp`, and a fifth of that of `selu`. Of a cross network,
all that is linear in its inputs is one product.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep.neural_network._tabular.networks.layers import BIAS_RATE
from skdeep.neural_network._tabular.networks.tensors import Tensors
from skdeep.neural_network._tabular.networks.trunks import CrossNetwork

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


class FoldedCross:
    """One cross network.

    What the layers add to `first` is multiples of it: their sum is `grown`. That of the last layer
    is weighted and summed over by a product of `first`, where outputs are few.

    Parameters
    ----------
    cross : CrossNetwork
        Says what is computed; its own tensors are not used.
    tensors : dict
        Parameters, of shape (1, ...).

    Attributes
    ----------
    weight : Tensor of shape (width, n_products)
        What `first` is to be multiplied by.
    bias : Tensor of shape (n_outputs,)
        To be added to what comes out.
    """

    def __init__(self, cross: CrossNetwork, tensors: Tensors):
        numbers = [str(i) for i in range(len(cross.down))]
        self._down, self._up = ([tensors[n][i][0] for i in numbers] for n in ("down", "up"))
        self._scale = cross.scale
        last = cross.last.factor * tensors["last"]["weight"][0]  # (width, outputs)
        self.bias = BIAS_RATE * tensors["last"]["bias"][0]
        self._last = last.T.contiguous()
        ranks = [down.shape[1] for down in self._down]
        self._sums_last = ranks[-1] * len(self._last) <= len(last)
        columns = [*self._down, last]
        if self._sums_last:
            summed = self._scale * self._up[-1] * self._last.unsqueeze(1)  # (outputs, rank, width)
            columns.append(summed.flatten(0, 1).T)
        self.weight = torch.cat(columns, dim=1)
        self._sizes = [part.shape[1] for part in columns]

    def outputs(self, first: Tensor, products: Tensor) -> Tensor:
        """Raw outputs (n, outputs), for `first` (n, width) and what it gives with `weight`."""
        n_layers = len(self._down)
        parts = products.split(self._sizes, dim=1)
        inner, outputs = parts[:n_layers], parts[n_layers]
        grown: Tensor | None = None
        for i, part in enumerate(inner):
            if grown is not None:
                part.addmm_(grown, self._down[i], alpha=self._scale)
            if i + 1 < n_layers or not self._sums_last:
                more = torch.mm(part, self._up[i])
                grown = more.mul_(first) if grown is None else grown.addcmul_(more, first)
        if grown is not None:  # products are slow where the last axis is short
            outputs = outputs + self._scale * torch.mm(self._last, grown.T).T
        if self._sums_last:
            summed = parts[-1].unflatten(1, (len(self._last), -1))  # (n, outputs, rank)
            outputs = outputs + (summed * inner[-1].unsqueeze(1)).sum(dim=2)
        return outputs
