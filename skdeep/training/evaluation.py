"""How well parameters do on held-out rows."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from skdeep.training.member import Member
from skdeep.training.prediction import network_outputs


def evaluate(
    member: Member,
    weights: Sequence[Tensor],
    biases: Sequence[Tensor],
    copy_weights: Callable[[], np.ndarray],
) -> tuple[float, float]:
    """Loss in reported units, and score (greater is better), on the validation rows.

    Parameters
    ----------
    member : Member
        With a validation set.
    weights, biases : sequence of Tensor
        Parameters of the layers.
    copy_weights : callable
        Returns the parameters as a flat numpy array, for scores that are functions.
    """
    validation = member.validation
    assert validation is not None
    outputs = network_outputs(
        validation.X, weights, biases, member.activation, index=validation.rows
    )
    target = validation.y[validation.rows]
    indicator = target
    if member.loss.one_hot:
        indicator = torch.zeros_like(outputs).scatter_(1, target.unsqueeze(1), 1.0)
    weight = validation.sample_weight
    if weight is None:
        weight = outputs.new_ones(outputs.shape[0])
    share = (weight / weight.sum()).unsqueeze(1)  # (n, 1)
    value = (member.loss.value(outputs, indicator) * share).sum(dim=0).cpu()
    value = value.double() * member.output_scale
    loss = float(value.mean() if member.loss.averages_outputs else value.sum())
    if callable(validation.score):
        return loss, float(validation.score(copy_weights()))
    if validation.score == "loss":
        return loss, -loss
    score = _accuracy if validation.score == "accuracy" else _r2
    return loss, score(member, outputs, indicator, weight)


def _accuracy(member: Member, outputs: Tensor, indicator: Tensor, weight: Tensor) -> float:
    """Share of rows whose labels are all right; NaN where an output is not finite."""
    if not torch.isfinite(outputs).all():
        return float("nan")
    if member.loss.one_hot:
        right = indicator.gather(1, outputs.argmax(dim=1, keepdim=True))[:, 0]
    else:
        right = ((outputs > 0) == (indicator > 0.5)).all(dim=1).to(weight.dtype)
    return float((right * weight).sum() / weight.sum())


def _r2(member: Member, outputs: Tensor, target: Tensor, weight: Tensor) -> float:
    """Coefficient of determination, averaged over outputs; NaN where an output is not finite."""
    if not torch.isfinite(outputs).all():
        return float("nan")
    if member.loss.out_activation == "exp":
        outputs = torch.exp(outputs)
    weight = weight.double().unsqueeze(1)
    target = target.double()
    mean = (weight * target).sum(dim=0) / weight.sum()
    residual = (weight * (target - outputs) ** 2).sum(dim=0)
    total = (weight * (target - mean) ** 2).sum(dim=0)
    # scikit-learn's convention where y is constant: 1 for a perfect fit, else 0.
    constant = torch.where(residual == 0, 1.0, 0.0).double()
    return float(torch.where(total > 0, 1.0 - residual / total, constant).mean())
