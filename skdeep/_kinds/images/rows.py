"""Images in whatever numbers they came, from which standardised batches are gathered."""

from collections.abc import Callable

import numpy as np
from torch import Tensor

from skdeep._engine.training.rows import Rows, in_main_memory


class ImageRows:
    """Images on the device; a batch of them is standardised as it is gathered.

    Parameters
    ----------
    values : Tensor of shape (n, H, W, C)
        Bytes or floats.
    mean, scale : Tensor of shape (C,)
        A batch holds values less the mean of their channel, divided by its scale. Their dtype is
        that of batches.
    """

    lengths: Tensor | None = None

    def __init__(self, values: Tensor, mean: Tensor, scale: Tensor):
        self.values = values
        self.shape: tuple[int, ...] = tuple(values.shape)
        self.dtype = mean.dtype
        self.mean = mean
        self.scale = scale

    def gather(self, index: Tensor, out: Tensor) -> None:
        """Write the rows named by `index` into `out`."""
        out.copy_(self.values.index_select(0, index)).sub_(self.mean).div_(self.scale)

    def chunk(self, index: Tensor) -> Tensor:
        """Return the rows named by `index`."""
        return self._standardized(self.values.index_select(0, index))

    def slice(self, start: int, stop: int) -> Tensor:
        """Return adjacent rows."""
        return self._standardized(self.values[start:stop])

    def arrays(self) -> list[np.ndarray] | None:
        """Images, and the scale on which networks see them."""
        return in_main_memory(self.values, self.mean, self.scale)

    def _standardized(self, values: Tensor) -> Tensor:
        return values.to(self.dtype).sub(self.mean).div_(self.scale)


class ChangedRows:
    """Rows as they are after a change.

    Parameters
    ----------
    rows : Rows
    change : callable
        Takes rows (n, ...), returns as many of the same shape.
    """

    def __init__(self, rows: Rows, change: Callable[[Tensor], Tensor]):
        self._rows = rows
        self._change = change
        self.shape = rows.shape
        self.dtype = rows.dtype
        self.lengths = rows.lengths

    def gather(self, index: Tensor, out: Tensor) -> None:
        """Write the rows named by `index` into `out`."""
        out.copy_(self.chunk(index))

    def chunk(self, index: Tensor) -> Tensor:
        """Return the rows named by `index`."""
        return self._change(self._rows.chunk(index))

    def slice(self, start: int, stop: int) -> Tensor:
        """Return adjacent rows."""
        return self._change(self._rows.slice(start, stop))

    def arrays(self) -> list[np.ndarray] | None:
        """None: what a change makes of rows is not known before."""
        return None
