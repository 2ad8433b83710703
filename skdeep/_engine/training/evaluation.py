"""Loss and score of outputs on held-out rows."""

from collections.abc import Callable

import torch
from torch import Tensor

from skdeep._engine.training.member import Member


def evaluate(
    member: Member,
    outputs: Tensor,
    copy_parameters: Callable[[], tuple[object, ...]],
) -> tuple[float, float]:
    """Loss in reported units, and score (greater is better), on the validation rows.

    Parameters
    ----------
    member : Member
        With a validation set.
    outputs : Tensor of shape (n, outputs)
        Raw outputs for the validation rows.
    copy_parameters : callable
        Returns what scores that are functions take.
    """
    validation = member.validation
    assert validation is not None
    target = validation.y[validation.rows]
    prediction = outputs[:, : outputs.shape[1] - member.loss.n_extra]
    indicator = target
    if member.loss.one_hot:
        indicator = torch.zeros_like(prediction).scatter_(1, target.unsqueeze(1), 1.0)
    weight = validation.sample_weight
    if weight is None:
        weight = outputs.new_ones(outputs.shape[0])
    loss_of_answers = member.loss.of_mean or member.loss
    value = loss_of_answers.weighted_value(outputs, indicator, weight.unsqueeze(1))  # (n, outputs)
    value = (value.sum(dim=0) / weight.sum()).cpu().double() * member.output_scale
    loss = float(value.mean() if member.loss.averages_outputs else value.sum())
    if callable(validation.score):
        return loss, float(validation.score(*copy_parameters()))
    if validation.score == "loss":
        return loss, -loss
    score = _accuracy if validation.score == "accuracy" else _r2
    return loss, score(member, prediction, indicator, weight)


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
    if member.loss.predicts_logarithm:
        outputs = torch.exp(outputs)
    weight = weight.double().unsqueeze(1)
    target = target.double()
    mean = (weight * target).sum(dim=0) / weight.sum()
    residual = (weight * (target - outputs) ** 2).sum(dim=0)
    total = (weight * (target - mean) ** 2).sum(dim=0)
    # scikit-learn's convention where y is constant: 1 for a perfect fit, else 0.
    constant = torch.where(residual == 0, 1.0, 0.0).double()
    return float(torch.where(total > 0, 1.0 - residual / total, constant).mean())
