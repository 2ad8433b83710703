"""Activation functions with hand-written, in-place derivatives: one table.

Derivatives need the output of the activation (`tanh`, `relu`, ...) or its input (`gelu`, `silu`,
`mish`). In the first case the output overwrites the input, which saves a buffer and a pass over
memory.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

import torch
from torch import Tensor, nn

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
        Whether `saved` is the input; if not, it is the output, and `out` may be `z` itself.
    layer : callable
        Makes a module that computes it, for autograd.
    words : str
        A clause for documentation; empty where the name says it all.
    gain : float
        Factor on the standard deviation of initial weights that keeps the variance of the signal.
    glorot_factor : float
        The square of the bound of Glorot's uniform weights, times the sum of fan-in and fan-out.
    slope : float or None
        Slope left of 0 of a function that is the identity right of it and linear left of it; None
        for others.
    exponential : tuple of float or None
        `scale` and `alpha` of a function that is ``scale * z`` right of 0 and
        ``scale * alpha * (exp(z) - 1)`` left of it; None for others.
    """

    forward: Callable[[Tensor, Tensor], object]
    backward: Callable[[Tensor, Tensor], object]
    saves_input: bool = False
    _: KW_ONLY
    layer: Callable[[], nn.Module]
    words: str = ""
    gain: float = 1.0
    glorot_factor: float = 6.0
    slope: float | None = None
    exponential: tuple[float, float] | None = None


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
        layer=nn.Identity,
        words="'identity' makes the network linear",
        slope=1.0,
    ),
    "logistic": Activation(
        forward=lambda z, out: torch.sigmoid(z, out=out),
        backward=lambda delta, h: _sigmoid_backward(delta, h, grad_input=delta),
        layer=nn.Sigmoid,
        glorot_factor=2.0,  # scikit-learn's
    ),
    "tanh": Activation(
        forward=lambda z, out: torch.tanh(z, out=out),
        backward=lambda delta, h: _tanh_backward(delta, h, grad_input=delta),
        gain=5.0 / 3.0,
        layer=nn.Tanh,
    ),
    "relu": Activation(
        forward=lambda z, out: torch.clamp_min(z, 0.0, out=out),
        backward=lambda delta, h: _threshold_backward(delta, h, 0.0, grad_input=delta),
        gain=_SQRT_2,
        layer=nn.ReLU,
        slope=0.0,
    ),
    "leaky_relu": Activation(
        forward=lambda z, out: _aten.leaky_relu.out(z, LEAKY_SLOPE, out=out),
        backward=lambda delta, h: _leaky_relu_backward(
            delta, h, LEAKY_SLOPE, True, grad_input=delta
        ),
        gain=_SQRT_2,
        layer=nn.LeakyReLU,
        words=f"'leaky_relu' has slope {LEAKY_SLOPE:g} left of 0",
        slope=LEAKY_SLOPE,
    ),
    "elu": Activation(
        forward=lambda z, out: _aten.elu.out(z, ELU_ALPHA, 1.0, 1.0, out=out),
        backward=lambda delta, h: _elu_backward(
            delta, ELU_ALPHA, 1.0, 1.0, True, h, grad_input=delta
        ),
        gain=_SQRT_2,
        layer=nn.ELU,
        exponential=(1.0, ELU_ALPHA),
    ),
    "selu": Activation(
        forward=lambda z, out: _aten.elu.out(z, SELU_ALPHA, SELU_SCALE, 1.0, out=out),
        backward=lambda delta, h: _elu_backward(
            delta, SELU_ALPHA, SELU_SCALE, 1.0, True, h, grad_input=delta
        ),
        layer=nn.SELU,
        words="'selu' is 'elu' scaled so that signals keep mean 0 and variance 1",
        exponential=(SELU_SCALE, SELU_ALPHA),
    ),
    "gelu": Activation(
        forward=lambda z, out: _aten.gelu.out(z, out=out),
        backward=lambda delta, z: _gelu_backward(delta, z, grad_input=delta),
        saves_input=True,
        gain=_SQRT_2,
        layer=nn.GELU,
        words="'gelu' is z times the normal distribution function of z",
    ),
    "silu": Activation(
        forward=lambda z, out: _aten.silu.out(z, out=out),
        backward=lambda delta, z: _silu_backward(delta, z, grad_input=delta),
        saves_input=True,
        gain=_SQRT_2,
        layer=nn.SiLU,
        words="'silu' is z times the logistic function of z",
    ),
    "mish": Activation(
        forward=lambda z, out: _aten.mish.out(z, out=out),
        backward=_mish_backward,
        saves_input=True,
        gain=_SQRT_2,
        layer=nn.Mish,
        words="'mish' is z times the hyperbolic tangent of log(1 + exp(z))",
    ),
}
