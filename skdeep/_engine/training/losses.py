"""Losses by scikit-learn's names, with hand-written gradients by the raw outputs.

`value(z, t)` gives the loss of every row (and output, where outputs are independent);
`gradient(z, t, out)` writes its derivative by `z`. Shapes are (..., rows, outputs). Targets `t` are
0/1 indicators for classifiers (one-hot for several classes; other values are soft labels of
`log_loss`) and numbers for regressors.

Memory is best laid out the other way round, rows side by side (a `.mT` of a tensor in memory):
classes are few, and what goes along the rows fills the processor's vectors.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

CLASSIFIER_LOSSES = ("log_loss", "hinge", "squared_hinge", "focal")
REGRESSOR_LOSSES = (
    "squared_error",
    "absolute_error",
    "huber",
    "poisson",
    "gamma",
    "quantile",
)


@dataclass(frozen=True)
class Loss:
    """A loss and its gradient.

    Attributes
    ----------
    out_activation : {"softmax", "logistic", "identity", "exp"}
        How raw outputs become predictions.
    value, gradient : callable
    one_hot : bool
        Whether integer targets are expanded to indicators.
    averages_outputs : bool
        Whether the reported loss is the mean over outputs (scikit-learn's squared error) and not
        the sum. Gradients are those of the sum in either case, as scikit-learn's are.
    n_heads : int
        How many networks in one the raw outputs come from, side by side; each learns by itself.
    of_mean : Loss or None
        The loss of the mean of their raw outputs, where that is what they answer.
    n_extra : int
        Outputs after the prediction, for which there are no targets.
    n_targets : int or None
        Numbers of a row of targets; None where they are as many as predictions.
    takes_weights : bool
        Whether `value` and `gradient` take the weights of rows (or None) as their last argument,
        and give what is weighted already.
    """

    out_activation: str
    value: Callable[..., Tensor]
    gradient: Callable[..., object]
    one_hot: bool = False
    averages_outputs: bool = False
    n_heads: int = 1
    of_mean: "Loss | None" = None
    n_extra: int = 0
    n_targets: int | None = None
    takes_weights: bool = False

    def weighted_value(self, z: Tensor, t: Tensor, weight: Tensor | None) -> Tensor:
        """Losses times weights (..., rows, 1), which are 1 for None."""
        if self.takes_weights:
            return self.value(z, t, weight)
        value = self.value(z, t)
        return value if weight is None else value * weight

    def weighted_gradient(self, z: Tensor, t: Tensor, out: Tensor, weight: Tensor | None) -> None:
        """Write the derivative of `weighted_value`, summed over rows."""
        if self.takes_weights:
            self.gradient(z, t, out, weight)
            return
        self.gradient(z, t, out)
        if weight is not None:
            out.mul_(weight)


def make_loss(
    name: str,
    kind: str,
    *,
    focal_gamma: float = 2.0,
    huber_delta: float = 1.0,
    quantile: float = 0.5,
) -> Loss:
    """Build a loss.

    Parameters
    ----------
    name : str
        One of `CLASSIFIER_LOSSES` or `REGRESSOR_LOSSES`.
    kind : {"binary", "multiclass", "regression"}
        Kind of the target. Several labels are several binary outputs.
    focal_gamma : float, default=2.0
        Exponent of the focal loss.
    huber_delta : float, default=1.0
        Residual beyond which the Huber loss is linear.
    quantile : float, default=0.5
        Level of the quantile loss.

    Returns
    -------
    Loss
    """
    if kind == "regression":
        return _regression_loss(name, huber_delta, quantile)
    several = kind == "multiclass"
    value: Callable[..., Tensor]
    gradient: Callable[..., object]
    if name == "log_loss":
        value = _softmax_value if several else _log_value
        gradient = _softmax_gradient if several else _log_gradient
    elif name == "focal":
        value = _focal_softmax_value if several else _focal_value
        gradient = _focal_softmax_gradient if several else _focal_gradient
        value, gradient = partial(value, gamma=focal_gamma), partial(gradient, gamma=focal_gamma)
    else:
        power = 2 if name == "squared_hinge" else 1
        value = _crammer_singer_value if several else _hinge_value
        gradient = _crammer_singer_gradient if several else _hinge_gradient
        value, gradient = partial(value, power=power), partial(gradient, power=power)
    link = "softmax" if several else "logistic"
    return Loss("identity" if "hinge" in name else link, value, gradient, one_hot=several)


def _regression_loss(name: str, delta: float, quantile: float) -> Loss:
    if name == "poisson":
        return Loss("exp", _poisson_value, _poisson_gradient)
    if name == "gamma":
        return Loss("exp", _gamma_value, _gamma_gradient)
    pairs: dict[str, tuple[Callable[..., Tensor], Callable[..., object]]] = {
        "squared_error": (_squared_value, _squared_gradient),
        "absolute_error": (_absolute_value, _absolute_gradient),
        "huber": (partial(_huber_value, delta=delta), partial(_huber_gradient, delta=delta)),
        "quantile": (
            partial(_quantile_value, quantile=quantile),
            partial(_quantile_gradient, quantile=quantile),
        ),
    }
    return Loss("identity", *pairs[name], averages_outputs=True)


def with_heads(loss: Loss, n_heads: int) -> Loss:
    """The mean of a loss over heads, whose raw outputs stand side by side: (..., heads * outputs).

    Parameters
    ----------
    loss : Loss
        Of one head.
    n_heads : int
    """

    def heads_first(z: Tensor) -> Tensor:  # (..., rows, heads * outputs) -> (heads, ..., outputs)
        return z.unflatten(-1, (n_heads, -1)).movedim(-2, 0)

    def value(z: Tensor, t: Tensor) -> Tensor:
        heads = heads_first(z)
        return loss.value(heads, t.expand_as(heads)).mean(dim=0)

    def gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
        heads = heads_first(z).contiguous()
        each = torch.empty_like(heads)
        loss.gradient(heads, t.expand_as(heads), each)
        heads_first(out).copy_(each.div_(n_heads))

    return replace(loss, value=value, gradient=gradient, n_heads=n_heads)


def with_networks(loss: Loss, n_networks: int) -> Loss:
    """The loss of networks of an ensemble side by side: gradients are those of each by itself.

    Parameters
    ----------
    loss : Loss
        Of one network.
    n_networks : int
    """
    side_by_side = with_heads(loss, n_networks)

    def gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
        side_by_side.gradient(z, t, out)
        out.mul_(n_networks)

    return replace(side_by_side, gradient=gradient, of_mean=loss)


# Cross-entropy -----------------------------------------------------------------------------------


def _log_value(z: Tensor, t: Tensor) -> Tensor:
    return functional.softplus(z) - t * z


def _log_gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
    torch.sigmoid(z, out=out).sub_(t)


def _softmax_value(z: Tensor, t: Tensor) -> Tensor:
    log_p = functional.log_softmax(z.mT, dim=-2).mT
    return -(t * log_p).sum(dim=-1, keepdim=True)


_softmax = torch.ops.aten._softmax.out


def _softmax_gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
    if out.mT.is_contiguous():  # else the kernel would write past the gaps
        _softmax(z.mT, -2, False, out=out.mT)
    else:
        out.copy_(torch.softmax(z.mT, dim=-2).mT)
    out.sub_(t)


# Focal loss, Lin et al. (2017), arXiv:1708.02002 -------------------------------------------------


def _focal_value(z: Tensor, t: Tensor, gamma: float) -> Tensor:
    log_p = functional.logsigmoid((2 * t - 1) * z)
    return -((-torch.expm1(log_p)) ** gamma) * log_p


def _focal_gradient(z: Tensor, t: Tensor, out: Tensor, gamma: float) -> None:
    sign = 2 * t - 1
    log_p = functional.logsigmoid(sign * z)
    q = -torch.expm1(log_p)  # 1 - p without cancellation
    out.copy_(sign * q**gamma * (gamma * (1 - q) * log_p - q))


def _focal_softmax_value(z: Tensor, t: Tensor, gamma: float) -> Tensor:
    log_p = -_softmax_value(z, t)
    return -((-torch.expm1(log_p)) ** gamma) * log_p


def _focal_softmax_gradient(z: Tensor, t: Tensor, out: Tensor, gamma: float) -> None:
    log_p = -_softmax_value(z, t)
    q = -torch.expm1(log_p)
    # At p = 1 the power of q may be infinite while log p is 0; their product tends to 0 or 1.
    tail = q.clamp_min(torch.finfo(z.dtype).tiny) ** (gamma - 1) * log_p
    factor = gamma * (1 - q) * tail - q**gamma
    out.copy_(factor * (t - torch.softmax(z.mT, dim=-2).mT))


# Hinge, with the margin of Crammer and Singer (2001) for several classes -------------------------


def _hinge_value(z: Tensor, t: Tensor, power: int) -> Tensor:
    return (1 - (2 * t - 1) * z).clamp_min(0) ** power


def _hinge_gradient(z: Tensor, t: Tensor, out: Tensor, power: int) -> None:
    sign = 2 * t - 1
    out.copy_(-sign * _hinge_slope(1 - sign * z, power))


def _hinge_slope(gap: Tensor, power: int) -> Tensor:
    return 2 * gap.clamp_min(0) if power == 2 else (gap > 0).to(gap.dtype)


def _best_rival(z: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    return z.masked_fill(t > 0, -torch.inf).max(dim=-1, keepdim=True)


def _crammer_singer_value(z: Tensor, t: Tensor, power: int) -> Tensor:
    margin = (t * z).sum(dim=-1, keepdim=True) - _best_rival(z, t)[0]
    return (1 - margin).clamp_min(0) ** power


def _crammer_singer_gradient(z: Tensor, t: Tensor, out: Tensor, power: int) -> None:
    rival, index = _best_rival(z, t)
    gap = 1 - (t * z).sum(dim=-1, keepdim=True) + rival
    out.copy_(-t).scatter_add_(-1, index, torch.ones_like(rival))
    out.mul_(_hinge_slope(gap, power))


# Regression --------------------------------------------------------------------------------------


def _squared_value(z: Tensor, t: Tensor) -> Tensor:
    return 0.5 * (z - t) ** 2


def _squared_gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
    torch.sub(z, t, out=out)


def _absolute_value(z: Tensor, t: Tensor) -> Tensor:
    return (z - t).abs()


def _absolute_gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
    torch.sub(z, t, out=out).sign_()


def _huber_value(z: Tensor, t: Tensor, delta: float) -> Tensor:
    return functional.huber_loss(z, t, reduction="none", delta=delta)


def _huber_gradient(z: Tensor, t: Tensor, out: Tensor, delta: float) -> None:
    torch.sub(z, t, out=out).clamp_(-delta, delta)


def _quantile_value(z: Tensor, t: Tensor, quantile: float) -> Tensor:
    residual = t - z
    return torch.maximum(quantile * residual, (quantile - 1) * residual)


def _quantile_gradient(z: Tensor, t: Tensor, out: Tensor, quantile: float) -> None:
    out.copy_((z > t).to(z.dtype) - quantile).masked_fill_(z == t, 0.0)


def _poisson_value(z: Tensor, t: Tensor) -> Tensor:
    return torch.exp(z) - t * z + torch.xlogy(t, t) - t


def _poisson_gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
    torch.exp(z, out=out).sub_(t)


def _gamma_value(z: Tensor, t: Tensor) -> Tensor:
    return z - torch.log(t) + t * torch.exp(-z) - 1


def _gamma_gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
    torch.exp(-z, out=out).mul_(t).neg_().add_(1.0)
