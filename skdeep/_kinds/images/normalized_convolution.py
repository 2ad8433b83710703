"""A convolution of images, normalised and rectified."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from skdeep._engine.modules.batch_norm import MaskedBatchNorm1d


class NormalizedConvolution(nn.Module):
    """A convolution of 3 by 3 places, batch normalisation and a rectifier.

    Parameters
    ----------
    n_before, n_after : int
        Features of a place.
    """

    def __init__(self, n_before: int, n_after: int):
        super().__init__()
        self.convolution = nn.Conv2d(n_before, n_after, 3, padding=1, bias=False)
        self.norm = MaskedBatchNorm1d(n_after)

    def forward(self, h: Tensor) -> Tensor:  # (B, n_before, H, W) -> (B, n_after, H, W)
        """Compute, with the channels last in memory."""
        h = self.convolution(h).contiguous(memory_format=torch.channels_last)
        return functional.relu(self.norm(h))
