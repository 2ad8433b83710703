"""Losses by scikit-learn's names, one table, with hand-written gradients by the raw outputs.

`value(z, t)` gives the loss of every row (and output, where outputs are independent);
`gradient(z, t, out)` writes its derivative by `z`. Shapes are (..., rows, outputs). Targets `t` are
0/1 indicators for classifiers (one-hot for several classes; other values are soft labels of
`log_loss`) and numbers for regressors.

Memory is best laid out the other way round, rows side by side (a `.mT` of a tensor in memory):
classes are few, and what goes along the rows fills the processor's vectors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


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

    @property
    def predicts_logarithm(self) -> bool:
        """Whether raw outputs are logarithms of what is predicted."""
        return self.out_activation == "exp"

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


def _focal_value(z: Tensor, t: Tensor, focal_gamma: float) -> Tensor:
    log_p = functional.logsigmoid((2 * t - 1) * z)
    return -((-torch.expm1(log_p)) ** focal_gamma) * log_p


def _focal_gradient(z: Tensor, t: Tensor, out: Tensor, focal_gamma: float) -> None:
    sign = 2 * t - 1
    log_p = functional.logsigmoid(sign * z)
    q = -torch.expm1(log_p)  # 1 - p without cancellation
    out.copy_(sign * q**focal_gamma * (focal_gamma * (1 - q) * log_p - q))


def _focal_softmax_value(z: Tensor, t: Tensor, focal_gamma: float) -> Tensor:
    log_p = -_softmax_value(z, t)
    return -((-torch.expm1(log_p)) ** focal_gamma) * log_p


def _focal_softmax_gradient(z: Tensor, t: Tensor, out: Tensor, focal_gamma: float) -> None:
    log_p = -_softmax_value(z, t)
    q = -torch.expm1(log_p)
    # At p = 1 the power of q may be infinite while log p is 0; their product tends to 0 or 1.
    tail = q.clamp_min(torch.finfo(z.dtype).tiny) ** (focal_gamma - 1) * log_p
    factor = focal_gamma * (1 - q) * tail - q**focal_gamma
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


def _huber_value(z: Tensor, t: Tensor, huber_delta: float) -> Tensor:
    return functional.huber_loss(z, t, reduction="none", delta=huber_delta)


def _huber_gradient(z: Tensor, t: Tensor, out: Tensor, huber_delta: float) -> None:
    torch.sub(z, t, out=out).clamp_(-huber_delta, huber_delta)


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


# What losses cannot learn from -------------------------------------------------------------------


def _refused_counts(y: np.ndarray, name: str, all_of_it: bool) -> str | None:
    needs = f"loss='poisson' needs {name} >= 0 with a positive sum; "
    if y.min() < 0:
        return (
            f"{needs}the smallest value is {y.min():g}. Use loss='squared_error' for other numbers."
        )
    if all_of_it and (y.sum(axis=0) <= 0).any():
        return f"{needs}{name}, or a column of it, is 0 throughout."
    return None


def _refused_sizes(y: np.ndarray, name: str, all_of_it: bool) -> str | None:
    if y.min() <= 0:
        return (
            f"loss='gamma' needs {name} > 0; the smallest value is {y.min():g}. "
            "Use loss='poisson' where zeros occur, or loss='squared_error'."
        )
    return None


# The table ---------------------------------------------------------------------------------------

Value = Callable[..., Tensor]
Gradient = Callable[..., object]


@dataclass(frozen=True)
class LossEntry:
    """A loss by its name, before it is known what it is for.

    Attributes
    ----------
    functions : dict of str to (callable, callable)
        Value and gradient by the kind of the target: "binary" (several labels are several binary
        outputs) and "multiclass" for classes, or "regression". They take the hyperparameters in
        `defaults` by name.
    words : str
        A clause for documentation; empty where the name says it all.
    defaults : dict of str to float
        Its hyperparameters.
    gives_probabilities : bool
        Whether a classifier's outputs are logits.
    takes_soft_labels : bool
        Whether targets may lie between 0 and 1, as smoothed and mixed labels do.
    predicts_logarithm : bool
        Whether raw outputs are logarithms of what is predicted.
    averages_outputs : bool
        Of the `Loss`.
    unit_power : int
        The loss is in units of y to this power.
    refuses : callable or None
        ``refuses(y, name, all_of_it)`` is the message for targets that it cannot take, or None;
        see `refusal`. None for a loss that takes all.
    """

    functions: Mapping[str, tuple[Value, Gradient]]
    words: str = ""
    defaults: Mapping[str, float] = field(default_factory=dict)
    gives_probabilities: bool = True
    takes_soft_labels: bool = False
    predicts_logarithm: bool = False
    averages_outputs: bool = False
    unit_power: int = 0
    refuses: Callable[[np.ndarray, str, bool], str | None] | None = None

    @property
    def is_for_classes(self) -> bool:
        """Whether classifiers learn by it, and not regressors."""
        return "binary" in self.functions

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its hyperparameters."""
        return tuple(self.defaults)

    def make(self, kind: str, **hyperparameters: float) -> Loss:
        """Build the loss for a kind of target; hyperparameters of other losses are left out."""
        held = {name: hyperparameters.get(name, value) for name, value in self.defaults.items()}
        value, gradient = self.functions[kind]
        if held:
            value, gradient = partial(value, **held), partial(gradient, **held)
        return Loss(
            self._out_activation(kind),
            value,
            gradient,
            one_hot=kind == "multiclass",
            averages_outputs=self.averages_outputs,
        )

    def refusal(self, y: np.ndarray, name: str = "y", *, all_of_it: bool = False) -> str | None:
        """Error message for targets that it cannot learn from; None if it can.

        Parameters
        ----------
        y : ndarray of shape (n,) or (n, n_outputs)
        name : str, default="y"
        all_of_it : bool, default=False
            Whether there is nothing else to learn from.
        """
        return None if self.refuses is None else self.refuses(y, name, all_of_it)

    def _out_activation(self, kind: str) -> str:
        if not self.is_for_classes:
            return "exp" if self.predicts_logarithm else "identity"
        if not self.gives_probabilities:
            return "identity"
        return "softmax" if kind == "multiclass" else "logistic"


def _hinge(power: int, words: str = "") -> LossEntry:
    return LossEntry(
        {
            "binary": (partial(_hinge_value, power=power), partial(_hinge_gradient, power=power)),
            "multiclass": (
                partial(_crammer_singer_value, power=power),
                partial(_crammer_singer_gradient, power=power),
            ),
        },
        words,
        gives_probabilities=False,
    )


LOSSES: dict[str, LossEntry] = {
    "log_loss": LossEntry(
        {
            "binary": (_log_value, _log_gradient),
            "multiclass": (_softmax_value, _softmax_gradient),
        },
        takes_soft_labels=True,
    ),
    "hinge": _hinge(
        1,
        "'hinge' and 'squared_hinge' are surrogates of the error rate (with the margin of Crammer "
        "and Singer for several classes) and give no probabilities",
    ),
    "squared_hinge": _hinge(2),
    "focal": LossEntry(
        {
            "binary": (_focal_value, _focal_gradient),
            "multiclass": (_focal_softmax_value, _focal_softmax_gradient),
        },
        "'focal' gives less weight to rows that are classified well already",
        {"focal_gamma": 2.0},
    ),
    "squared_error": LossEntry(
        {"regression": (_squared_value, _squared_gradient)},
        "'squared_error' is half the squared error",
        averages_outputs=True,
        unit_power=2,
    ),
    "absolute_error": LossEntry(
        {"regression": (_absolute_value, _absolute_gradient)},
        averages_outputs=True,
        unit_power=1,
    ),
    "huber": LossEntry(
        {"regression": (_huber_value, _huber_gradient)},
        "'huber' is that up to a residual of `huber_delta`, and linear beyond",
        {"huber_delta": 1.0},
        averages_outputs=True,
        unit_power=2,
    ),
    "poisson": LossEntry(
        {"regression": (_poisson_value, _poisson_gradient)},
        "'poisson' is half the Poisson deviance (the network then predicts the logarithm)",
        predicts_logarithm=True,
        unit_power=1,
        refuses=_refused_counts,
    ),
    "gamma": LossEntry(
        {"regression": (_gamma_value, _gamma_gradient)},
        "'gamma' is half the gamma deviance (of the logarithm too)",
        predicts_logarithm=True,
        refuses=_refused_sizes,
    ),
    "quantile": LossEntry(
        {"regression": (_quantile_value, _quantile_gradient)},
        "'quantile' is the pinball loss",
        {"quantile": 0.5},
        averages_outputs=True,
        unit_power=1,
    ),
}
CLASSIFIER_LOSSES = tuple(name for name, entry in LOSSES.items() if entry.is_for_classes)
REGRESSOR_LOSSES = tuple(name for name, entry in LOSSES.items() if not entry.is_for_classes)
# A function of the caller's own, of which nothing is known.
_OWN_LOSS = LossEntry({})


def loss_entry(loss: Any) -> LossEntry:
    """What is known of `loss`: a name in `LOSSES`, or a function of the caller's own."""
    return _OWN_LOSS if callable(loss) else LOSSES[loss]


def make_loss(name: str, kind: str, **hyperparameters: float) -> Loss:
    """Build a loss.

    Parameters
    ----------
    name : str
        One of `LOSSES`.
    kind : {"binary", "multiclass", "regression"}
        Kind of the target. Several labels are several binary outputs.
    **hyperparameters : float
        Those of any loss; the others are left out, and missing ones have their defaults.

    Returns
    -------
    Loss

    Raises
    ------
    TypeError
        If no loss has a hyperparameter of that name.
    """
    known = {parameter for entry in LOSSES.values() for parameter in entry.parameters}
    unknown = hyperparameters.keys() - known
    if unknown:
        raise TypeError(f"no loss has {sorted(unknown)}; hyperparameters are {sorted(known)}.")
    return LOSSES[name].make(kind, **hyperparameters)
