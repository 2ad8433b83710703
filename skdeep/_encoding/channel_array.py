"""What arrays of sequences and of images have in common: rows of channels that can be gathered."""

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import torch

from skdeep._engine.training.rows import Rows

# Values computed at once: in float64 they take little memory beside the data.
CHUNK_VALUES = 1 << 20


class RowArray(ABC):
    """Rows of channels that can be indexed, scaled, compared and gathered.

    Each kind of input implements here how its rows are gathered and compared; no other code asks
    which kind it is.

    Attributes
    ----------
    dtype : dtype
        What networks compute in.
    shape : tuple of int
    """

    dtype: np.dtype
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return self.shape[0]

    @abstractmethod
    def __getitem__(self, rows: Any) -> Self:
        """Rows selected by numbers, a mask or a slice."""

    @abstractmethod
    def as_rows(self, device: torch.device) -> Rows:
        """Rows as training gathers them."""

    @abstractmethod
    def key_columns(self) -> tuple[Any, np.ndarray | None]:
        """A matrix with equal rows for equal rows, and columns (n, k) that must be equal too."""

    @abstractmethod
    def standardized(self, mean: np.ndarray, scale: np.ndarray) -> Self:
        """The rows less the mean of each channel, divided by its scale; both (channels,)."""

    def channel_statistics(
        self, sample_weight: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of each channel, over the values of all rows.

        Parameters
        ----------
        sample_weight : ndarray of shape (n,), default=None
            How often each row counts.

        Returns
        -------
        mean, scale : ndarray of float64 of shape (channels,)
            The scale of a channel that does not vary is 1.
        """
        weight = np.ones(len(self)) if sample_weight is None else sample_weight
        kept = np.flatnonzero(weight)
        if len(kept) < len(self):
            return self[kept].channel_statistics(weight[kept])
        total = self._n_values(weight)
        low, high = self._extremes()
        # The bounds make the mean of equal numbers that number.
        mean = np.clip(self._weighted_sums(weight) / total, low, high)
        scale = np.sqrt(self._weighted_sums(weight, mean) / total)
        return mean, np.where((low < high) & (scale > 0), scale, 1.0)

    @abstractmethod
    def _n_values(self, weight: np.ndarray) -> float:
        """How many values there are of a channel, rows counted by their weights."""

    @abstractmethod
    def _extremes(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest value of each channel, in float64."""

    @abstractmethod
    def _weighted_sums(self, weight: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
        """Weighted sums of each channel, of values or of squared deviations from a mean."""
