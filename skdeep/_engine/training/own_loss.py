"""A loss that is the caller's own function; autograd finds its gradient."""

import inspect
from collections.abc import Callable, Hashable
from copy import deepcopy
from functools import partial
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from skdeep._engine.modules.outputs import OutputParts
from skdeep._engine.packing.structure import structure_key
from skdeep._engine.training.losses import Loss

_WEIGHT_NAMES = ("weights", "sample_weight")


def own_loss(function: Callable[..., Any], kind: str, parts: OutputParts | None = None) -> Loss:
    """Build a loss from a function of raw outputs and targets, or of weights too.

    Parameters
    ----------
    function : callable, type or Module
        Takes raw outputs (n, outputs) and targets: numbers of classes (n,) for "multiclass", 0/1 or
        numbers (n, outputs) for other kinds. Returns a loss for each row, (n,) or (n, outputs),
        that depends on nothing but that row. A `reduction`, which losses of torch have, is switched
        off.

        With a parameter `weights` or `sample_weight`, or a third one without a default, it is
        given the weights (n,) of the rows. It then returns the loss of the batch as one number,
        or one a row that is weighted already.
    kind : {"binary", "multiclass", "regression"}
        Kind of the target. Several labels are several binary outputs.
    parts : OutputParts, default=None
        What the outputs consist of: the function is given a tuple or dict of them.
    """
    called = _prepared(function)
    weigh = _weight_argument(called)

    def losses_of(z: Tensor, t: Tensor, *weight: Tensor) -> Any:
        """What the function returns for rows z (n, width), t (n, targets)."""
        _moved(called, z)
        targets = t.argmax(dim=1) if kind == "multiclass" else t
        outputs = z if parts is None else parts.apart(z)
        if weigh in _WEIGHT_NAMES:
            return called(outputs, targets, **{weigh: weight[0]})
        return called(outputs, targets, *weight)

    def value(z: Tensor, t: Tensor) -> Tensor:
        rows = z.reshape(-1, z.shape[-1])
        targets = t.expand(*z.shape[:-1], t.shape[-1]).reshape(len(rows), -1)
        losses = losses_of(rows, targets)
        _check(losses, targets, function, may_be_one=False)
        return losses.reshape(*z.shape[:-1], -1)

    def weighted_value(z: Tensor, t: Tensor, weight: Tensor | None) -> Tensor:
        lead, n_rows = z.shape[:-2], z.shape[-2]
        weight = z.new_ones(n_rows, 1) if weight is None else weight
        weight = weight.expand(*lead, n_rows, 1)[..., 0]
        t = t.expand(*lead, *t.shape[-2:])
        each = []
        for place in product(*map(range, lead)):  # the number is that of one batch of one member
            losses = losses_of(z[place], t[place], weight[place])
            _check(losses, t[place], function, may_be_one=True)
            each.append(
                (losses * weight[place] if losses.ndim == 0 else losses).reshape(n_rows, -1)
            )
        return torch.stack(each).reshape(*lead, n_rows, -1)

    def gradient(z: Tensor, t: Tensor, out: Tensor, *weight: Tensor | None) -> None:
        with torch.enable_grad():
            leaf = z.detach().requires_grad_()
            losses = weighted_value(leaf, t, *weight) if weigh else value(leaf, t)
            (slope,) = torch.autograd.grad(losses.sum(), leaf)
        out.copy_(slope)

    return Loss(
        {"multiclass": "softmax", "binary": "logistic", "regression": "identity"}[kind],
        weighted_value if weigh else value,
        gradient,
        one_hot=kind == "multiclass",
        averages_outputs=True,
        n_extra=0 if parts is None else parts.n_extra,
        takes_weights=weigh is not None,
    )


def is_criterion(loss: Any) -> bool:
    """Whether a loss has a `reduction`, as torch's have."""
    if isinstance(loss, nn.Module):
        return hasattr(loss, "reduction")
    return callable(loss) and "reduction" in _parameters(loss)


def own_loss_key(function: Any) -> Hashable:
    """A key that is equal for equal losses, of copies of one module too."""
    if not isinstance(function, nn.Module):
        return function
    tensors = [
        (n, tuple(t.shape), tuple(t.flatten().tolist())) for n, t in function.named_buffers()
    ]
    return (structure_key(function), *tensors)


def _prepared(function: Any) -> Callable[..., Any]:
    """A function that returns losses of rows, if it can be told to."""
    if isinstance(function, type):
        function = function()
    if isinstance(function, nn.Module):
        if any(parameter.requires_grad for parameter in function.parameters()):
            raise ValueError(
                f"loss={function!r} has parameters of its own, which would not be trained. Move "
                "them into the module, which can return them for the loss to use."
            )
        function = deepcopy(function)
        if hasattr(function, "reduction"):
            function.reduction = "none"
        return function
    if "reduction" in _parameters(function):
        return partial(function, reduction="none")
    return function


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    try:
        called = function.forward if isinstance(function, nn.Module) else function
        return dict(inspect.signature(called).parameters)
    except (TypeError, ValueError):  # something builtin, which does not say what it takes
        return {}


def _weight_argument(function: Any) -> str | None:
    """The parameter that is given the weights of rows; None where there is none."""
    parameters = _parameters(function)
    for name in _WEIGHT_NAMES:
        if name in parameters:
            return name
    if is_criterion(function):  # a third one is something else
        return None
    needed = [
        p.name
        for p in parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return needed[2] if len(needed) == 3 else None


def _moved(function: Any, z: Tensor) -> None:
    """Take the tensors of a loss to where the outputs are."""
    if isinstance(function, nn.Module):
        held = next(function.buffers(), None)
        if held is not None and (held.dtype, held.device) != (z.dtype, z.device):
            function.to(dtype=z.dtype, device=z.device)


def _check(losses: Any, targets: Tensor, function: Any, *, may_be_one: bool) -> None:
    n_rows = len(targets)
    shape = tuple(losses.shape) if isinstance(losses, Tensor) else type(losses).__name__
    if shape in ((n_rows,), (n_rows, 1), tuple(targets.shape)) or (may_be_one and shape == ()):
        return
    wanted = "a single number, or " if may_be_one else ""
    advice = (
        ""
        if may_be_one
        else (
            " Do not average over rows, or take their `weights` as a third argument: the loss of "
            "the batch, one number, will then do."
        )
    )
    raise ValueError(
        f"loss={function!r} gave {shape} for {n_rows} rows: {wanted}a tensor with the loss of each "
        f"row was expected, of shape ({n_rows},).{advice}"
    )
