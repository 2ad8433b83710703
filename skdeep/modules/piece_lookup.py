"""Products of piecewise-linear encodings with weights, looked up.

What a number adds to a unit through its bins is a piecewise-linear function of the number, whose
values at the edges are running sums of weights. So two rows of a table, at shares that sum to 1,
are the product with all bins.
"""

import torch
from torch import Tensor
from torch.nn import functional

# Left of all bins, and finite: 0 times infinity would be NaN.
_MISSING = -1e30

# Rows of a table and their shares, both (B, 2 * numbers).
Places = tuple[Tensor, Tensor]


class PieceLookup:
    """Where numbers are among the edges of their bins.

    Parameters
    ----------
    bins : tuple of int
        How many bins each number has.
    slopes : Tensor of shape (n_numbers, n_bins)
        Inverse widths of the bins, see `PiecewiseLinearEncoding`; the bins of a number adjoin.
    offset : Tensor of shape (n_bins,)
    """

    def __init__(self, bins: tuple[int, ...], slopes: Tensor, offset: Tensor):
        inverse_width = slopes.sum(dim=0)
        left_edges = torch.where(inverse_width > 0.0, -offset / inverse_width, torch.inf)
        between = [edges[1:] for edges in left_edges.split(bins)]
        inner = left_edges.new_full((len(bins), max(map(len, between))), torch.inf)
        for row, edges in zip(inner, between, strict=True):
            row[: len(edges)] = edges
        self._inner = inner.cummax(dim=1).values if inner.numel() else inner  # if rounding swaps
        sizes = torch.tensor(bins)
        self._first = sizes.cumsum(0) - sizes + torch.arange(len(bins))  # edges of every number
        places, n_edges = left_places(bins), sum(bins) + len(bins)
        self._slopes, self._offset = offset.new_zeros(n_edges), offset.new_zeros(n_edges)
        self._slopes[places], self._offset[places] = inverse_width, offset

    def places(self, columns: Tensor) -> Places:
        """Rows of a table and their shares, both (B, 2 n), for numbers (n, B)."""
        columns = columns.nan_to_num(nan=_MISSING)
        left = torch.searchsorted(self._inner, columns, right=True)
        left += self._first.unsqueeze(1)
        share = torch.addcmul(self._offset[left], columns, self._slopes[left]).clamp_(0.0, 1.0)
        rows = torch.empty(*columns.T.shape, 2, dtype=torch.int32)
        shares = columns.new_empty(rows.shape)
        rows[..., 0], shares[..., 1] = left.T, share.T
        torch.add(rows[..., 0], 1, out=rows[..., 1])
        torch.sub(1.0, shares[..., 1], out=shares[..., 0])
        return rows.flatten(1), shares.flatten(1)


def left_places(bins: tuple[int, ...]) -> Tensor:
    """For every bin, the place of its left edge among the edges of all numbers."""
    return torch.arange(sum(bins)) + torch.repeat_interleave(torch.tensor(bins))


def piece_table(bins: tuple[int, ...], weight: Tensor, bias: Tensor) -> Tensor:
    """The table to look up in, for weights (n_bins, units) and a bias (units,).

    Returns
    -------
    Tensor of shape (n_edges + 1, units)
        Sums of the weights left of every edge; those of the first number hold the bias as well.
        The last row is there to be read at a share of 0.
    """
    sizes = torch.tensor(bins) + 1
    steps = weight.new_zeros(int(sizes.sum()) + 1, weight.shape[1], dtype=torch.float64)
    steps[left_places(bins) + 1] = weight.double()
    sums = steps.cumsum(dim=0)  # over all numbers, so that single precision would not do
    start = torch.repeat_interleave(sizes.cumsum(0) - sizes, sizes)
    sums[:-1] -= sums[start]
    sums[: bins[0] + 1] += bias
    return sums.to(weight.dtype)


def looked_up(table: Tensor, places: Places) -> Tensor:
    """Sums of rows of a table (n_edges + 1, units) at their shares; (B, units)."""
    rows, shares = places
    return functional.embedding_bag(rows, table, mode="sum", per_sample_weights=shares)
