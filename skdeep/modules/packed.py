"""Perceptrons of one shape with a leading member axis, and their hand-written backward pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from skdeep.modules.activations import ACTIVATIONS


@dataclass
class _Workspace:
    """Buffers of the hidden layers for batches of one size, made once and reused."""

    hidden: list[Tensor]  # what the activations gave, (K, B, units)
    inputs: list[Tensor]  # what went into them; the same tensors where the derivative allows
    dropped: list[Tensor]  # what the next layer reads; the same tensors without dropout
    deltas: list[Tensor]  # gradients by what went into the activations, (K, B, units)
    ones: Tensor  # (K, 1, B), sums a batch by a matrix product


class PackedMLP:
    """K perceptrons as one tensor program.

    All parameters stand in one matrix `flat` of shape (K, P), a row a member: first the weights
    of every layer, then the biases. Optimizers work on the matrix; layers are views of it.

    Parameters
    ----------
    flat : Tensor of shape (K, P)
        Initial parameters, a row a member. They are trained in place.
    layer_units : sequence of int
        Numbers of inputs, of units in each hidden layer, and of outputs.
    activation : str
        Activation of the hidden layers.
    """

    def __init__(self, flat: Tensor, layer_units: Sequence[int], activation: str):
        self.layer_units = tuple(layer_units)
        self.activation = activation
        self._function = ACTIVATIONS[activation]
        self.n_members = flat.shape[0]
        self.n_weights = n_weights(layer_units)
        self.flat = flat  # (K, P)
        self.grad = torch.zeros_like(flat)  # (K, P)
        self.weights, self.biases = layer_views(flat, layer_units)
        self._weight_grads, self._bias_grads = layer_views(self.grad, layer_units)
        self._transposed = [w.transpose(1, 2) for w in self.weights]
        self._workspaces: dict[tuple[int, bool], _Workspace] = {}
        self._current: _Workspace

    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the raw outputs for a batch `x` (K, B, features) into `out` (K, B, outputs).

        `masks` are the dropout masks of the hidden layers, scaled so that the mean is kept.
        """
        work = self._current = self._workspace(x.shape[1], masks is not None)
        function = self._function.forward
        h = x
        for i, (z, activated) in enumerate(zip(work.inputs, work.hidden, strict=True)):
            torch.baddbmm(self.biases[i], h, self.weights[i], out=z)
            function(z, activated)
            h = activated
            if masks is not None:
                h = torch.mul(activated, masks[i], out=work.dropped[i])
        return torch.baddbmm(self.biases[-1], h, self.weights[-1], out=out)

    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` the gradients of the batch last seen by `forward`.

        `delta` (K, B, outputs) is the gradient of the loss by the raw outputs.
        """
        work = self._current
        derivative = self._function.backward
        saved = work.inputs if self._function.saves_input else work.hidden
        for i in range(len(self.weights) - 1, 0, -1):
            self._layer_gradients(i, work.dropped[i - 1], delta, work.ones)
            delta = torch.bmm(delta, self._transposed[i], out=work.deltas[i - 1])
            if masks is not None:
                delta.mul_(masks[i - 1])
            derivative(delta, saved[i - 1])
        self._layer_gradients(0, x, delta, work.ones)

    def _layer_gradients(self, i: int, h: Tensor, delta: Tensor, ones: Tensor) -> None:
        torch.bmm(h.transpose(1, 2), delta, out=self._weight_grads[i])
        torch.bmm(ones, delta, out=self._bias_grads[i])

    def _workspace(self, n_rows: int, with_dropout: bool) -> _Workspace:
        key = (n_rows, with_dropout)
        if key not in self._workspaces:

            def buffers() -> list[Tensor]:
                return [
                    self.flat.new_empty(self.n_members, n_rows, units)
                    for units in self.layer_units[1:-1]
                ]

            hidden = buffers()
            self._workspaces[key] = _Workspace(
                hidden=hidden,
                inputs=buffers() if self._function.saves_input else hidden,
                dropped=buffers() if with_dropout else hidden,
                deltas=buffers(),
                ones=self.flat.new_ones(self.n_members, 1, n_rows),
            )
        return self._workspaces[key]


def n_weights(layer_units: Sequence[int]) -> int:
    """Count the weights of a perceptron, biases left out."""
    return sum(fan_in * fan_out for fan_in, fan_out in pairwise(layer_units))


def layer_views(flat: Tensor, layer_units: Sequence[int]) -> tuple[list[Tensor], list[Tensor]]:
    """Views of `flat` (K, P): weights of shape (K, fan_in, fan_out), biases of (K, 1, fan_out)."""
    members = flat.shape[0]
    weights, biases, start = [], [], 0
    for fan_in, fan_out in pairwise(layer_units):
        stop = start + fan_in * fan_out
        weights.append(flat[:, start:stop].view(members, fan_in, fan_out))
        start = stop
    for fan_out in layer_units[1:]:
        biases.append(flat[:, start : start + fan_out].view(members, 1, fan_out))
        start += fan_out
    return weights, biases
