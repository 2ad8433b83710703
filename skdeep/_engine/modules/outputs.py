"""Modules that return several tensors, of which the first is the prediction."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


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
