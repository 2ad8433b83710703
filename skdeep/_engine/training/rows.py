"""The rows of X, dense or sparse, from which batches are gathered."""

from typing import Protocol

import numpy as np
import scipy.sparse
import torch
from torch import Tensor


class Rows(Protocol):
    """Rows that can be gathered into a dense buffer.

    Attributes
    ----------
    shape : tuple of int
    dtype : torch.dtype
    lengths : Tensor of shape (n,) or None
        How much of each row is no padding; None where all have the same.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    lengths: Tensor | None

    def gather(self, index: Tensor, out: Tensor) -> None:
        """Write the rows named by `index` into `out` (len(index), ...)."""

    def chunk(self, index: Tensor) -> Tensor:
        """Return the rows named by `index` as a dense tensor, perhaps with less padding."""

    def slice(self, start: int, stop: int) -> Tensor:
        """Return adjacent rows as a dense tensor, perhaps with less padding."""

    def arrays(self) -> list[np.ndarray] | None:
        """Arrays that make up the rows, which are equal where these are; None on a device."""


class DenseRows:
    """Rows of a dense tensor that stays on the device.

    Parameters
    ----------
    values : Tensor of shape (n, features), or (n, ...) for modules
    """

    lengths: Tensor | None = None

    def __init__(self, values: Tensor):
        self.values = values
        self.shape: tuple[int, ...] = tuple(values.shape)
        self.dtype = values.dtype

    def gather(self, index: Tensor, out: Tensor) -> None:
        """Write the rows named by `index` into `out`."""
        torch.index_select(self.values, 0, index, out=out)

    def chunk(self, index: Tensor) -> Tensor:
        """Return the rows named by `index`."""
        return self.values.index_select(0, index)

    def slice(self, start: int, stop: int) -> Tensor:
        """Return a view of adjacent rows."""
        return self.values[start:stop]

    def arrays(self) -> list[np.ndarray] | None:
        """The values."""
        return in_main_memory(self.values)


class SparseRows:
    """Rows of a CSR matrix, made dense a few batches at a time.

    Parameters
    ----------
    values : scipy sparse matrix or array of shape (n, features), CSR
    device : torch.device
        Where dense rows are wanted.
    """

    lengths: Tensor | None = None

    def __init__(self, values: scipy.sparse.csr_array, device: torch.device):
        self.values = values
        self.device = device
        self.shape: tuple[int, ...] = values.shape
        self.dtype = torch.from_numpy(np.empty(0, values.dtype)).dtype

    def gather(self, index: Tensor, out: Tensor) -> None:
        """Write the rows named by `index` into `out`, made dense."""
        out.copy_(self._dense(index))

    def chunk(self, index: Tensor) -> Tensor:
        """Return the rows named by `index`, made dense."""
        return self._dense(index).to(self.device)

    def slice(self, start: int, stop: int) -> Tensor:
        """Return adjacent rows, made dense."""
        return torch.from_numpy(self.values[start:stop].toarray(order="C")).to(self.device)

    def arrays(self) -> list[np.ndarray] | None:
        """The parts of the matrix; other shapes may have the same."""
        matrix = self.values
        return [np.array(matrix.shape), matrix.data, matrix.indices, matrix.indptr]

    def _dense(self, index: Tensor) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(self.values[index.cpu().numpy()].toarray()))


def in_main_memory(*tensors: Tensor) -> list[np.ndarray] | None:
    """Arrays on the memory of tensors, or None where one of them is on a device."""
    if any(tensor.device.type != "cpu" for tensor in tensors):
        return None
    return [tensor.numpy() for tensor in tensors]


def row_numbers(n_rows: int) -> np.ndarray:
    """Numbers from 0, in half the memory that they usually take where that is enough."""
    return np.arange(n_rows, dtype=np.int32 if n_rows <= np.iinfo(np.int32).max else np.int64)
