"""Perceptrons of one shape with a leading member axis, and their hand-written backward pass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.modules.mlp import mlp_outputs


@dataclass
class _Workspace:
    """Buffers of the hidden layers for batches of one size, made once and reused."""

    hidden: list[Tensor]  # what the activations gave, (K, B, units)
    inputs: list[Tensor]  # what went into them; the same tensors where the derivative allows
    dropped: list[Tensor]  # what the next layer reads; the same tensors without dropout
    deltas: list[Tensor]  # gradients by what went into the activations, (K, B, units)


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
        self._transposed = [w.mT for w in self.weights]
        # Outputs are few, and products of matrices are slow where the last axis is short: what
        # belongs to them is computed the other way round.
        self._last_bias = self.biases[-1].mT  # (K, outputs, 1)
        self._last_grad = torch.empty_like(
            self._transposed[-1], memory_format=torch.contiguous_format
        )
        self.values_per_row = 4 * sum(self.layer_units[1:])
        self.multiplications_per_row = max(math.prod(pair) for pair in pairwise(layer_units))
        self._workspaces: dict[tuple[int, bool], _Workspace] = {}
        self._current: _Workspace

    def start_epoch(self, seeds: Sequence[int]) -> None:
        """Nothing to do: dropout masks come with the batches."""

    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the raw outputs for a batch `x` (K, B, features) into `out` (K, B, outputs).

        `out` is best a view `.mT` of memory (K, outputs, B). `masks` are the dropout masks of the
        hidden layers, scaled so that the mean is kept.
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
        torch.baddbmm(self._last_bias, self._transposed[-1], h.mT, out=out.mT)
        return out

    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` the gradients of the batch last seen by `forward`.

        `delta` (K, B, outputs), laid out as `out` in `forward`, is the gradient of the loss by the
        raw outputs.
        """
        work = self._current
        derivative = self._function.backward
        saved = work.inputs if self._function.saves_input else work.hidden
        torch.bmm(delta.mT, work.dropped[-1] if work.dropped else x, out=self._last_grad)
        self._weight_grads[-1].copy_(self._last_grad.mT)
        torch.sum(delta, dim=1, keepdim=True, out=self._bias_grads[-1])
        for i in range(len(self.weights) - 1, 0, -1):
            delta = self._through(i, delta, work.deltas[i - 1])
            if masks is not None:
                delta.mul_(masks[i - 1])
            derivative(delta, saved[i - 1])
            h = work.dropped[i - 2] if i > 1 else x
            torch.bmm(h.mT, delta, out=self._weight_grads[i - 1])
            torch.sum(delta, dim=1, keepdim=True, out=self._bias_grads[i - 1])

    def outputs(self, k: int, x: Tensor) -> Tensor:
        """Raw outputs (n, outputs) of member k for rows `x` (n, features)."""
        weights, biases = self.layers(k)
        return mlp_outputs(x, weights, biases, self.activation)

    def layers(self, k: int) -> tuple[list[Tensor], list[Tensor]]:
        """Weights of shape (fan_in, fan_out) and biases of shape (fan_out,) of member k."""
        return [w[k] for w in self.weights], [b[k, 0] for b in self.biases]

    def buffers(self, k: int) -> dict[str, Tensor]:
        """Nothing: a perceptron has parameters alone."""
        return {}

    def keep(self, places: Tensor) -> "PackedMLP":
        """Build the network of the members at `places`."""
        return PackedMLP(self.flat[places], self.layer_units, self.activation)

    def _through(self, i: int, delta: Tensor, out: Tensor) -> Tensor:
        """Gradient by the input of layer `i`, from the gradient by its output."""
        if delta.shape[2] == 1:  # an outer product
            return torch.mul(delta, self._transposed[i], out=out)
        return torch.bmm(delta, self._transposed[i], out=out)

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
