"""The data of a tabular fit, and the statistics of every fold."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from skdeep._kinds.tables.statistics import bin_arrays, robust_scaling, spread_rows
from skdeep.neural_network._tabular.networks.network import TableStatistics
from skdeep.neural_network._tabular.networks.plan import TablePlan

# Values that statistics of a fold are taken from: wide tables need fewer rows.
_MOST_VALUES = 2_000_000
_FEWEST_ROWS = 256
# Rows that initial weights are fitted to.
_SAMPLE_ROWS = 1_024


@dataclass
class TabularData:
    """Rows of one fit, encoded; none has weight 0.

    Attributes
    ----------
    matrix : ndarray or CSR matrix of shape (n, n_columns)
        As the encoder made it.
    y : Tensor of shape (n,) or (n, n_targets)
        Targets as the loss takes them.
    weight : ndarray of shape (n,) or None
    splits : list of (ndarray, ndarray)
        Rows to train on and rows to evaluate on, a pair for each fold.
    """

    matrix: Any
    y: Tensor
    weight: np.ndarray | None
    splits: list[tuple[np.ndarray, np.ndarray]]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.matrix.shape[0]

    def with_rows(self, more: Any) -> "TabularData":
        """The same with further rows at the end, which have no target."""
        parts = [self.matrix, more]
        is_sparse = scipy.sparse.issparse(more)
        matrix: Any = scipy.sparse.vstack(parts, "csr") if is_sparse else np.concatenate(parts)
        return replace(self, matrix=matrix)

    def dense(self, rows: np.ndarray) -> np.ndarray:
        """Rows of the matrix as a dense array."""
        part = self.matrix[rows]
        return part.toarray() if scipy.sparse.issparse(part) else part


@dataclass
class Fold:
    """Statistics of the training rows of one fold.

    Attributes
    ----------
    rows : ndarray of int
        To train on.
    center, scale : Tensor of shape (n_scaled,)
    left, inverse_width : Tensor of shape (n_bins,)
    seen : list of Tensor
    start : Tensor of shape (n_outputs,)
    sample : Tensor of shape (m, n_columns)
    units : Tensor of shape (4, n_outputs) or None
        See `OutputUnits`.
    loss_unit : ndarray of shape (n_outputs,) or None
        Factor from the loss as trained to the units of y; None for that of the target.
    y : Tensor or None
        Targets of this fold alone; None for those of the data.
    weight : ndarray of shape (n,) or None
        Weights of this fold alone, where `y` is given.
    """

    rows: np.ndarray
    center: Tensor
    scale: Tensor
    left: Tensor
    inverse_width: Tensor
    seen: list[Tensor]
    start: Tensor
    sample: Tensor
    units: Tensor | None = None
    loss_unit: np.ndarray | None = None
    y: Tensor | None = None
    weight: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        data: TabularData,
        rows: np.ndarray,
        columns: TablePlan,
        bins: tuple[int, ...],
        start: np.ndarray,
    ) -> "Fold":
        """Compute the statistics of the training rows of a fold."""
        n_columns = max(1, columns.n_columns)
        most = max(_FEWEST_ROWS, min(20_000, _MOST_VALUES // n_columns))
        some = data.dense(rows[spread_rows(len(rows), most)])
        center, scale = robust_scaling(some[:, : columns.n_scaled])
        numbers = some[:, : columns.n_numbers]
        left, inverse_width = bin_arrays(numbers, bins) if bins else (np.empty(0), np.empty(0))
        seen = []
        for j, n_codes in enumerate(columns.cardinalities, start=columns.n_scaled):
            codes = data.matrix[rows, j].astype(np.int64)  # sparse tables have no codes
            present = np.bincount(codes, minlength=n_codes) > 0
            present[0] = False  # codes never seen are never learned
            seen.append(_tensor(present))
        sample = some[spread_rows(len(some), _SAMPLE_ROWS)]
        return cls(
            rows=rows,
            center=_tensor(center),
            scale=_tensor(scale),
            left=_tensor(left),
            inverse_width=_tensor(inverse_width),
            seen=seen,
            start=_tensor(start),
            sample=_tensor(sample),
        )

    def statistics(self, plan: TablePlan) -> TableStatistics:
        """The statistics that a network of a plan needs."""
        nothing = torch.empty(0)
        return TableStatistics(
            center=self.center,
            scale=self.scale,
            left=self.left if plan.bins else nothing,
            inverse_width=self.inverse_width if plan.bins else nothing,
            seen=self.seen,
            start=self.start,
            units=self.units,
        )


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
