"""Activation functions with hand-written, in-place derivatives.

An activation is described by what its derivative needs: the value that came out (`tanh`, `relu`,
...) or the value that went in (`gelu`, `silu`, `mish`). The former overwrite their input, which
saves a buffer and a pass over memory.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_aten = torch.ops.aten

ELU_ALPHA = 1.0
# Klambauer et al. (2017), "Self-normalizing neural networks".
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
LEAKY_SLOPE = 0.01


@dataclass(frozen=True)
class Activation:
    """An activation function and the product of a gradient with its derivative.

    Attributes
    ----------
    forward : callable
        `forward(z, out)` writes the activation of `z` into `out`.
    backward : callable
        `backward(delta, saved)` multiplies `delta` by the derivative, in place.
    saves_input : bool
        Whether `saved` is what went in; if not, it is what came out, and `out` may be `z` itself.
    gain : float
        Factor on the standard deviation of initial weights that keeps the variance of the signal.
    """

    forward: Callable[[Tensor, Tensor], object]
    backward: Callable[[Tensor, Tensor], object]
    saves_input: bool = False
    gain: float = 1.0


def _mish_backward(delta: Tensor, z: Tensor) -> None:
    delta.copy_(_aten.mish_backward(delta, z))


_threshold_backward = _aten.threshold_backward.grad_input
_sigmoid_backward = _aten.sigmoid_backward.grad_input
_tanh_backward = _aten.tanh_backward.grad_input
_leaky_relu_backward = _aten.leaky_relu_backward.grad_input
_elu_backward = _aten.elu_backward.grad_input
_gelu_backward = _aten.gelu_backward.grad_input
_silu_backward = _aten.silu_backward.grad_input

_SQRT_2 = 2.0**0.5

ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(
        forward=lambda z, out: out if out is z else out.copy_(z),
        backward=lambda delta, saved: delta,
    ),
    "logistic": Activation(
        forward=lambda z, out: torch.sigmoid(z, out=out),
        backward=lambda delta, h: _sigmoid_backward(delta, h, grad_input=delta),
    ),
    "tanh": Activation(
        forward=lambda z, out: torch.tanh(z, out=out),
        backward=lambda delta, h: _tanh_backward(delta, h, grad_input=delta),
        gain=5.0 / 3.0,
    ),
    "relu": Activation(
        forward=lambda z, out: torch.clamp_min(z, 0.0, out=out),
        backward=lambda delta, h: _threshold_backward(delta, h, 0.0, grad_input=delta),
        gain=_SQRT_2,
    ),
    "leaky_relu": Activation(
        forward=lambda z, out: _aten.leaky_relu.out(z, LEAKY_SLOPE, out=out),
        backward=lambda delta, h: _leaky_relu_backward(
            delta, h, LEAKY_SLOPE, True, grad_input=delta
        ),
        gain=_SQRT_2,
    ),
    "elu": Activation(
        forward=lambda z, out: _aten.elu.out(z, ELU_ALPHA, 1.0, 1.0, out=out),
        backward=lambda delta, h: _elu_backward(
            delta, ELU_ALPHA, 1.0, 1.0, True, h, grad_input=delta
        ),
        gain=_SQRT_2,
    ),
    "selu": Activation(
        forward=lambda z, out: _aten.elu.out(z, SELU_ALPHA, SELU_SCALE, 1.0, out=out),
        backward=lambda delta, h: _elu_backward(
            delta, SELU_ALPHA, SELU_SCALE, 1.0, True, h, grad_input=delta
        ),
    ),
    "gelu": Activation(
        forward=lambda z, out: _aten.gelu.out(z, out=out),
        backward=lambda delta, z: _gelu_backward(delta, z, grad_input=delta),
        saves_input=True,
        gain=_SQRT_2,
    ),
    "silu": Activation(
        forward=lambda z, out: _aten.silu.out(z, out=out),
        backward=lambda delta, z: _silu_backward(delta, z, grad_input=delta),
        saves_input=True,
        gain=_SQRT_2,
    ),
    "mish": Activation(
        forward=lambda z, out: _aten.mish.out(z, out=out),
        backward=_mish_backward,
        saves_input=True,
        gain=_SQRT_2,
    ),
}
