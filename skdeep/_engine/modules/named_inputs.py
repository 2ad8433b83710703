"""Several inputs in the one tensor of rows that training gathers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Field:
    """Where one input stands in a row.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Of the input for one row.
    dtype : torch.dtype
        Where the row has another one, it holds the same bits.
    start, stop : int
        Columns of the row.
    """

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    start: int
    stop: int

    def of(self, rows: Tensor) -> Tensor:
        """The input (n, *shape) in rows (n, width); not copied."""
        columns = rows[:, self.start : self.stop]
        if columns.dtype != self.dtype:
            columns = columns.view(self.dtype)[:, : math.prod(self.shape)]
        return columns.unflatten(1, self.shape) if self.shape else columns[:, 0]


class NamedInputs(nn.Module):
    """A module of several inputs, with one for a tensor that holds them side by side.

    Parameters
    ----------
    inner : Module
        It takes its inputs by name.
    fields : sequence of Field
    """

    def __init__(self, inner: nn.Module, fields: Sequence[Field]):
        super().__init__()
        self.inner = inner
        self.fields = tuple(fields)

    def forward(self, rows: Tensor) -> Any:
        """What the module returns for rows (n, width)."""
        return self.inner(**{field.name: field.of(rows) for field in self.fields})
