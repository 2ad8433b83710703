"""Products of piecewise-linear encodings with weights, looked up.

What a number adds to a unit through its bins is a piecewise-linear function of the number, whose
values at the edges are running sums of weights. So two rows of a table, at shares that sum to 1,
are the product with all bins.
"""

import torch
from torch import Tensor
from torch.nn import functional

from skdeep.neural_network._tabular.networks.parts import MISSING

# Rows of a table and their shares, both (B, 2 * numbers).
Places = tuple[Tensor, Tensor]


class PieceLookup:
    """Where numbers are among the edges of their bins, for several sets of bins.

    Numbers are sought once, among the edges of all sets together.

    Parameters
    ----------
    bins : tuple of int
        How many bins each number has.
    slopes : Tensor of shape (n_sets, n_numbers, n_bins)
        Inverse widths of the bins, see `PiecewiseLinearEncoding`; the bins of a number adjoin.
    offset : Tensor of shape (n_sets, n_bins)
    """

    def __init__(self, bins: tuple[int, ...], slopes: Tensor, offset: Tensor):
        n_sets, n_numbers, _ = slopes.shape
        inverse_width = slopes.sum(dim=1)
        left_edges = torch.where(inverse_width > 0.0, -offset / inverse_width, torch.inf)
        inner = left_edges.new_full((n_sets, n_numbers, max(bins)), torch.inf)
        for j, edges in enumerate(left_edges.split(bins, dim=1)):
            inner[:, j, : max(bins[j] - 1, 0)] = edges[:, 1:]
        inner = inner.cummax(dim=2).values  # rounding may swap them
        self._edges = inner.transpose(0, 1).flatten(1).sort(dim=1).values.contiguous()
        sizes = torch.tensor(bins)
        first = sizes.cumsum(0) - sizes + torch.arange(n_numbers)  # edges of every number
        # Left edge in a set, for every place among the edges of all sets.
        sought = self._edges.expand(n_sets, -1, -1).contiguous()
        known = torch.searchsorted(inner, sought, right=True)
        known = functional.pad(known, (1, 0)).clamp_max_((sizes - 1).clamp_min(0).unsqueeze(1))
        self._lefts = (known + first.unsqueeze(1)).flatten(1)  # (n_sets, n_numbers * places)
        self._first_places = torch.arange(n_numbers).unsqueeze(1) * known.shape[2]
        places, n_edges = _left_places(bins), sum(bins) + n_numbers
        self._slopes, self._offset = offset.new_zeros(2, n_sets, n_edges)
        self._slopes[:, places], self._offset[:, places] = inverse_width, offset

    def sought(self, columns: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers (n, B) without missing ones, and their places among all edges."""
        columns = columns.nan_to_num(nan=MISSING)
        return columns, torch.searchsorted(self._edges, columns, right=True) + self._first_places

    def places(self, number: int, sought: tuple[Tensor, Tensor]) -> Places:
        """Rows of the table of a set, and their shares."""
        columns, among_all = sought
        left = self._lefts[number].index_select(0, among_all.view(-1))
        offset, slope = (
            of_edges[number].index_select(0, left).view(columns.shape)
            for of_edges in (self._offset, self._slopes)
        )
        share = offset.addcmul_(columns, slope).clamp_(0.0, 1.0)
        rows = torch.empty(*columns.T.shape, 2, dtype=torch.int32)
        shares = columns.new_empty(rows.shape)
        rows[..., 0], shares[..., 1] = left.view(columns.shape).T, share.T
        torch.add(rows[..., 0], 1, out=rows[..., 1])
        torch.sub(1.0, shares[..., 1], out=shares[..., 0])
        return rows.flatten(1), shares.flatten(1)


def _left_places(bins: tuple[int, ...]) -> Tensor:
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
    sizes = [n_bins + 1 for n_bins in bins]
    table = weight.new_zeros(sum(sizes) + 1, weight.shape[1])
    left_of = weight.new_ones(max(sizes), max(bins)).tril_(-1)
    *parts, _ = table.split([*sizes, 1])
    for part, own in zip(parts, weight.split(bins), strict=True):
        torch.mm(left_of[: len(part), : len(own)], own, out=part)  # faster than `cumsum`
    parts[0].add_(bias)
    return table


def looked_up(table: Tensor, places: Places) -> Tensor:
    """Sums of rows of a table (n_edges + 1, units) at their shares; (B, units)."""
    rows, shares = places
    return functional.embedding_bag(rows, table, mode="sum", per_sample_weights=shares)
