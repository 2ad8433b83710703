"""What modules return: several tensors, of which the first is the prediction; raw outputs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from skdeep._engine.modules.named_inputs import NamedInputs


def prediction_of(outputs: Any) -> Any:
    """The first of several outputs, or the only one."""
    if isinstance(outputs, Mapping):
        return next(iter(outputs.values()), outputs)
    if isinstance(outputs, Sequence) and len(outputs):
        return outputs[0]
    return outputs


@dataclass(frozen=True)
class OutputParts:
    """What a module returns besides its prediction.

    Attributes
    ----------
    names : tuple of str or None
        Where it returns a dict; None for a tuple.
    shapes : tuple of tuple of int
        Of each part for one row, the prediction's first.
    """

    names: tuple[str, ...] | None
    shapes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, outputs: Any, n_rows: int) -> "OutputParts":
        """Look at what a module returned for some rows.

        Raises
        ------
        ValueError
            If a part is no tensor with an entry for each row.
        """
        named = isinstance(outputs, Mapping)
        items = list(outputs.items() if named else enumerate(outputs))
        for name, part in items:
            _check_part(name, part, n_rows)
        names = tuple(str(name) for name, _ in items) if named else None
        return cls(names, tuple(tuple(part.shape[1:]) for _, part in items))

    @property
    def n_extra(self) -> int:
        """Columns besides the prediction's."""
        return sum(math.prod(shape) for shape in self.shapes[1:])

    def side_by_side(self, outputs: Any) -> Tensor:
        """All parts as columns (n, width); a single number comes once a row."""
        parts = list(outputs.values() if self.names else outputs)
        n_rows = len(parts[0])
        columns = []
        for name, part in zip(self.names or range(len(parts)), parts, strict=True):
            _check_part(name, part, n_rows)  # it may have had as many entries as the first rows
            columns.append(part.expand(n_rows, 1) if part.ndim == 0 else part.reshape(n_rows, -1))
        return torch.cat([column.to(columns[0].dtype) for column in columns], dim=1)

    def apart(self, columns: Tensor) -> tuple[Tensor, ...] | dict[str, Tensor]:
        """The parts in columns (n, width); the prediction as raw outputs (n, outputs)."""
        widths = [math.prod(shape) for shape in self.shapes]
        first, *rest = columns.split(widths, dim=1)
        shapes = self.shapes[1:]
        parts = (first, *(r.reshape(len(r), *s) for r, s in zip(rest, shapes, strict=True)))
        return parts if self.names is None else dict(zip(self.names, parts, strict=True))


def _check_part(name: object, part: Any, n_rows: int) -> None:
    what = tuple(part.shape) if isinstance(part, Tensor) else type(part).__name__
    if not isinstance(part, Tensor) or (part.ndim and len(part) != n_rows):
        raise ValueError(
            f"part {name!r} of what the module returned is {what} for {n_rows} rows. Where a loss "
            f"of your own is given all parts, each is to be a tensor of shape ({n_rows}, ...), or "
            "of a single number."
        )


class AllOutputs(nn.Module):
    """A module that returns several tensors, with one that holds them side by side.

    Parameters
    ----------
    inner : Module
    parts : OutputParts
    """

    def __init__(self, inner: nn.Module, parts: OutputParts):
        super().__init__()
        self.inner = inner
        self.parts = parts

    def forward(self, x: Tensor) -> Tensor:
        """All outputs (n, width), the prediction first."""
        return self.parts.side_by_side(self.inner(x))


class FirstOutput(nn.Module):
    """A module that returns several tensors, with the prediction alone.

    Parameters
    ----------
    inner : Module
    """

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        """The prediction."""
        outputs: Tensor = prediction_of(self.inner(x))
        return outputs


class AsColumn(nn.Module):
    """A module that returns one number a row, with a column of them.

    Parameters
    ----------
    inner : Module
    """

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        """Raw outputs (n, 1)."""
        outputs: Tensor = self.inner(x)
        return outputs.reshape(len(x), 1)


class AsRawOutputs(nn.Module):
    """A module that returns probabilities, with logarithms that give them back.

    Parameters
    ----------
    inner : Module
    independent : bool
        Whether each output is a probability by itself (the link is the logistic function) and not
        one of a row that adds up to 1 (softmax).
    n_probabilities : int, default=None
        How many outputs, the first ones, are probabilities; None for all.
    """

    def __init__(self, inner: nn.Module, independent: bool, n_probabilities: int | None = None):
        super().__init__()
        self.inner = inner
        self.independent = independent
        self.n_probabilities = n_probabilities

    def forward(self, x: Tensor) -> Tensor:
        """Raw outputs (n, outputs)."""
        outputs: Tensor = self.inner(x)
        p, others = outputs[:, : self.n_probabilities], None
        if self.n_probabilities is not None:
            others = outputs[:, self.n_probabilities :]
        if self.independent:
            eps = torch.finfo(p.dtype).eps
            raw = torch.logit(p.clamp(eps, 1 - eps))
        else:
            raw = torch.log(p.clamp_min(torch.finfo(p.dtype).tiny))
        return raw if others is None else torch.cat([raw, others], dim=1)


_ADAPTERS = AsColumn | AsRawOutputs | AllOutputs | FirstOutput | NamedInputs


def without_adapters(module: nn.Module) -> nn.Module:
    """The module inside adapters of its inputs and outputs.

    Parameters
    ----------
    module : Module
    """
    while isinstance(module, _ADAPTERS):
        module = module.inner
    return module
