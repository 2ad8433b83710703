"""Weighted sums of rows of a table, with a backward pass made for tables of many rows."""

from typing import Any

import torch
from scipy.sparse import csc_array
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
    """The gradient by a row is a weighted sum too: of the gradients by the bags that hold it."""

    @staticmethod
    def forward(
        ctx: Any, table: Tensor, numbers: Tensor, weights: Tensor, lengths: Tensor
    ) -> Tensor:
        ctx.save_for_backward(numbers, weights, lengths)
        ctx.n_terms = len(table)
        return _sums(table, numbers, weights, lengths)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *deltas: Tensor) -> tuple[Tensor | None, ...]:
        numbers, weights, lengths = ctx.saved_tensors
        (delta,) = deltas  # (n_bags, width)
        gradient_of = _table_gradient if delta.is_cuda else _table_gradient_on_cpu
        return gradient_of(delta, numbers, weights, lengths, ctx.n_terms), None, None, None


def _table_gradient(
    delta: Tensor, numbers: Tensor, weights: Tensor, lengths: Tensor, n_terms: int
) -> Tensor:
    # The backward pass of torch's `embedding_bag` adds one occurrence after the other.
    # Half as wide numbers sort faster; the stable order makes sums reproducible.
    ordered, places = numbers.to(torch.int32).sort(stable=True)
    rows, counts = torch.unique_consecutive(ordered, return_counts=True)
    bags = torch.arange(len(lengths), device=lengths.device).repeat_interleave(lengths)
    of_rows = _sums(delta, bags.index_select(0, places), weights.index_select(0, places), counts)
    return delta.new_zeros(n_terms, delta.shape[1]).index_copy_(0, rows.long(), of_rows)


def _table_gradient_on_cpu(
    delta: Tensor, numbers: Tensor, weights: Tensor, lengths: Tensor, n_terms: int
) -> Tensor:
    # A product with a sparse matrix: scipy takes a seventh of the time of the above.
    starts = functional.pad(lengths.cumsum(0), (1, 0))
    shape = (n_terms, len(lengths))
    bags = csc_array((weights.numpy(), numbers.numpy(), starts.numpy()), shape)
    return torch.from_numpy(bags @ delta.numpy())


def _sums(table: Tensor, numbers: Tensor, weights: Tensor, lengths: Tensor) -> Tensor:
    starts = lengths.cumsum(0) - lengths
    return functional.embedding_bag(numbers, table, starts, mode="sum", per_sample_weights=weights)
