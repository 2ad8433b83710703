"""Images as one array, which keeps the numbers that it was given."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from skdeep._encoding.channel_array import CHUNK_VALUES, RowArray
from skdeep._encoding.memory import TORCH_DTYPES, shared_tensor
from skdeep._encoding.reader import ChannelReader
from skdeep._kinds.images.reading import read_images
from skdeep._kinds.images.rows import ImageRows


class ImageArray(RowArray):
    """Images that can be indexed by row, and how networks see them.

    Bytes stay bytes, an eighth of what float64 takes; a batch is standardised when it is gathered.

    Parameters
    ----------
    values : ndarray of shape (n, H, W, C)
    dtype : dtype
        What networks compute in.
    mean, scale : ndarray of shape (C,), default=None
        Networks see values less the mean of their channel, divided by its scale.

    Attributes
    ----------
    shape : tuple of int
    """

    ndim = 4

    def __init__(
        self,
        values: np.ndarray,
        dtype: Any,
        mean: np.ndarray | None = None,
        scale: np.ndarray | None = None,
    ):
        self.values = values
        self.dtype = np.dtype(dtype)
        self.shape = values.shape
        n_channels = values.shape[3]
        self.mean = np.zeros(n_channels) if mean is None else mean
        self.scale = np.ones(n_channels) if scale is None else scale

    def __getitem__(self, rows: Any) -> "ImageArray":
        """Images named by numbers, a mask or a slice."""
        return ImageArray(self.values[rows], self.dtype, self.mean, self.scale)

    def standardized(self, mean: np.ndarray, scale: np.ndarray) -> "ImageArray":
        """The same values, of which networks see something else."""
        return ImageArray(self.values, self.dtype, mean, scale)

    def as_rows(self, device: torch.device) -> ImageRows:
        """Rows as training gathers them."""
        values = shared_tensor(np.ascontiguousarray(self.values)).to(device)
        dtype = TORCH_DTYPES[self.dtype.name]
        mean, scale = (torch.from_numpy(part).to(device, dtype) for part in (self.mean, self.scale))
        return ImageRows(values, mean, scale)

    def key_columns(self) -> tuple[np.ndarray, None]:
        """The values as they were given."""
        return self.values, None

    def _n_values(self, weight: np.ndarray) -> float:
        return weight.sum() * self.shape[1] * self.shape[2]

    def _extremes(self) -> tuple[np.ndarray, np.ndarray]:
        low, high = (f(self.values, axis=(0, 1, 2)).astype(np.float64) for f in (np.min, np.max))
        return low, high

    def _weighted_sums(self, weight: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
        """Weighted sums of each channel, of values or of squared deviations from a mean."""
        sums = np.zeros(self.shape[3])
        n_chunk = max(1, CHUNK_VALUES // self.values[0].size)
        for start in range(0, len(self), n_chunk):
            rows = slice(start, start + n_chunk)
            values = self.values[rows].astype(np.float64)
            if mean is not None:
                values = np.square(values - mean)
            sums += weight[rows] @ values.sum(axis=(1, 2))
        return sums


class ImageReader(ChannelReader):
    """Reads arrays with or without channels, or flat rows of pixels.

    Parameters
    ----------
    image_shape : sequence of int or None
        How flat rows of pixels are read, see `read_images`.
    """

    def __init__(self, image_shape: Sequence[int] | None):
        self.image_shape = image_shape

    def read(self, estimator: Any, X: Any, *, dtype: Any, reset: bool) -> ImageArray:
        """X as one array of images, in the numbers that it came in where these are bytes."""
        images = read_images(estimator, X, reset=reset, image_shape=self.image_shape, dtype=dtype)
        if images.dtype.kind == "f":
            return ImageArray(images, images.dtype)
        return ImageArray(images, np.float32 if isinstance(dtype, tuple) else dtype)
