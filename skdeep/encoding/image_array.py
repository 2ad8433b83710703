"""Images as one array, which keeps the numbers that it was given."""

from functools import partial
from typing import Any

import numpy as np

from skdeep.encoding.channel_scale import mean_and_scale
from skdeep.encoding.images import read_images

# Values that are worked on at once: what that takes in float64 is small beside the data.
_CHUNK_VALUES = 1 << 20


class ImageArray:
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

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: Any) -> "ImageArray":
        """Images named by numbers, a mask or a slice."""
        return ImageArray(self.values[rows], self.dtype, self.mean, self.scale)

    def standardized(self, mean: np.ndarray, scale: np.ndarray) -> "ImageArray":
        """The same values, of which networks see something else."""
        return ImageArray(self.values, self.dtype, mean, scale)

    def channel_statistics(
        self, sample_weight: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of each channel, over the pixels of all images.

        Parameters
        ----------
        sample_weight : ndarray of shape (n,), default=None
            How often each image counts.

        Returns
        -------
        mean, scale : ndarray of float64 of shape (C,)
            The scale of a channel that does not vary is 1.
        """
        weight = np.ones(len(self)) if sample_weight is None else sample_weight
        kept = np.flatnonzero(weight)
        if len(kept) < len(self):
            return self[kept].channel_statistics(weight[kept])
        total = weight.sum() * self.shape[1] * self.shape[2]
        low, high = (f(self.values, axis=(0, 1, 2)).astype(np.float64) for f in (np.min, np.max))
        return mean_and_scale(partial(self._weighted_sums, weight), total, low, high)

    def _weighted_sums(self, weight: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
        """Weighted sums of each channel, of values or of squared deviations from a mean."""
        sums = np.zeros(self.shape[3])
        n_chunk = max(1, _CHUNK_VALUES // self.values[0].size)
        for start in range(0, len(self), n_chunk):
            rows = slice(start, start + n_chunk)
            values = self.values[rows].astype(np.float64)
            if mean is not None:
                values = np.square(values - mean)
            sums += weight[rows] @ values.sum(axis=(1, 2))
        return sums


def read_image_array(estimator: Any, X: Any, *, reset: bool, dtype: Any) -> ImageArray:
    """Check X as `read_images` does for an estimator with the parameter `image_shape`."""
    images = read_images(estimator, X, reset=reset, image_shape=estimator.image_shape, dtype=dtype)
    if images.dtype.kind == "f":
        return ImageArray(images, images.dtype)
    return ImageArray(images, np.float32 if isinstance(dtype, tuple) else dtype)
