"""A small residual convolutional network over images."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from skdeep._engine.modules.batch_norm import MaskedBatchNorm1d


class ImageConvolutions(nn.Module):
    """Stages of a convolution, a halving and a residual block, after ResNet-9 (Page 2018).

    "How to train your ResNet"; the blocks are those of He et al. 2016, arXiv:1512.03385.

    Parameters
    ----------
    n_channels : int
    width : int, default=16
        Features of a pixel before the first stage; each stage has twice as many as the last.
    depth : int, default=2
        Stages.
    patch : int, default=1
        Pixels in each direction that become one at first, their mean.

    Attributes
    ----------
    n_features : int
    """

    def __init__(self, n_channels: int, width: int = 16, depth: int = 2, patch: int = 1):
        super().__init__()
        self.patch = patch
        self.stem = NormalizedConvolution(n_channels, width)
        self.stages = nn.ModuleList(_Stage(width << i) for i in range(depth))
        self.n_features = width << depth

    def forward(self, x: Tensor) -> Tensor:  # (B, H, W, C) -> (B, n_features)
        """Compute features: the largest value of each over all places."""
        h = x.movedim(3, 1)  # (B, C, H, W), with the channels last in memory
        if self.patch > 1:
            h = functional.avg_pool2d(h, self.patch, ceil_mode=True, count_include_pad=False)
        h = self.stem(h)
        for stage in self.stages:
            h = stage(h)
        return h.amax(dim=(2, 3))


class _Stage(nn.Module):
    """Twice as many features at half as many places in each direction, then a residual block."""

    def __init__(self, width: int):
        super().__init__()
        self.widening = NormalizedConvolution(width, 2 * width)
        self.first = NormalizedConvolution(2 * width, 2 * width)
        self.second = NormalizedConvolution(2 * width, 2 * width)

    def forward(self, h: Tensor) -> Tensor:  # (B, C, H, W) -> (B, 2 C, ceil(H / 2), ceil(W / 2))
        h = self.widening(functional.max_pool2d(h, 2, ceil_mode=True))
        return h + self.second(self.first(h))


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
