"""A loss that is the caller's own function; autograd finds its gradient."""

from collections.abc import Callable

import torch
from torch import Tensor

from skdeep.training.losses import Loss


def own_loss(function: Callable[[Tensor, Tensor], Tensor], kind: str) -> Loss:
    """Build a loss from a function of raw outputs and targets.

    Parameters
    ----------
    function : callable
        Takes raw outputs (n, outputs) and targets: numbers of classes (n,) for "multiclass",
        0/1 or numbers (n, outputs) for other kinds. Returns a loss for each row, (n,) or
        (n, outputs), that depends on nothing but that row.
    kind : {"binary", "multiclass", "regression"}
        Kind of the target. Several labels are several binary outputs.
    """

    def value(z: Tensor, t: Tensor) -> Tensor:
        outputs = z.reshape(-1, z.shape[-1])
        targets = t.expand(*z.shape[:-1], t.shape[-1]).reshape(len(outputs), -1)
        if kind == "multiclass":
            targets = targets.argmax(dim=1)
        losses = function(outputs, targets)
        shape = tuple(losses.shape) if isinstance(losses, Tensor) else type(losses).__name__
        if shape not in ((len(outputs),), (len(outputs), 1), tuple(outputs.shape)):
            raise ValueError(
                f"loss={function!r} gave {shape} for {len(outputs)} rows: a tensor with the loss "
                f"of each row was expected, of shape ({len(outputs)},). Do not average over rows; "
                "losses of torch take reduction='none'."
            )
        return losses.reshape(*z.shape[:-1], -1)

    def gradient(z: Tensor, t: Tensor, out: Tensor) -> None:
        with torch.enable_grad():
            leaf = z.detach().requires_grad_()
            (slope,) = torch.autograd.grad(value(leaf, t).sum(), leaf)
        out.copy_(slope)

    link = {"multiclass": "softmax", "binary": "logistic", "regression": "identity"}[kind]
    several = kind == "multiclass"
    return Loss(link, value, gradient, one_hot=several, averages_outputs=True)
