"""Weighted sums of rows of a table, with a backward pass made for tables of many rows."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


def vector_sums(table: Tensor, numbers: Tensor, weights: Tensor, lengths: Tensor) -> Tensor:
    """Sum the weighted rows of a table that each bag names.

    Parameters
    ----------
    table : Tensor of shape (n_terms, width)
    numbers : Tensor of int64 of shape (n,)
        Rows of the table, those of one bag after those of another.
    weights : Tensor of shape (n,)
        They have no gradient.
    lengths : Tensor of int64 of shape (n_bags,)
        Rows in each bag.

    Returns
    -------
    Tensor of shape (n_bags, width)
    """
    sums: Tensor = _VectorSums.apply(table, numbers, weights, lengths)
    return sums


class _VectorSums(torch.autograd.Function):
    """The gradient by a row is a weighted sum too: of the gradients by the bags that hold it.

    torch's own backward pass of `embedding_bag` adds one occurrence after the other.
    """

    @staticmethod
    def forward(
        ctx: Any, table: Tensor, numbers: Tensor, weights: Tensor, lengths: Tensor
    ) -> Tensor:
        ctx.save_for_backward(numbers, weights, lengths)
        ctx.shape = table.shape
        return _sums(table, numbers, weights, lengths)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *deltas: Tensor) -> tuple[Tensor | None, ...]:
        numbers, weights, lengths = ctx.saved_tensors
        (delta,) = deltas  # (n_bags, width)
        # Half as wide numbers sort faster; the stable order makes sums reproducible.
        ordered, places = numbers.to(torch.int32).sort(stable=True)
        rows, counts = torch.unique_consecutive(ordered, return_counts=True)
        bags = torch.arange(len(lengths), device=lengths.device).repeat_interleave(lengths)
        of_rows = _sums(
            delta, bags.index_select(0, places), weights.index_select(0, places), counts
        )
        return delta.new_zeros(ctx.shape).index_copy_(0, rows.long(), of_rows), None, None, None


def _sums(table: Tensor, numbers: Tensor, weights: Tensor, lengths: Tensor) -> Tensor:
    starts = lengths.cumsum(0) - lengths
    return functional.embedding_bag(numbers, table, starts, mode="sum", per_sample_weights=weights)
