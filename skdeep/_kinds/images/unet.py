"""A U-Net: convolutions down to a coarse view of an image, and back up to its detail."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from skdeep._kinds.images.convolutional import NormalizedConvolution

# Outputs start small, but large enough for gradients to reach the trunk from the first step on.
_FIRST_WEIGHTS = 0.5


class UNet(nn.Module):
    """A U-Net (Ronneberger, Fischer and Brox 2015, arXiv:1505.04597) for images of any size.

    Where a side is odd, half of it is rounded up, and the excess is cut off on the way up: there is
    no padding to learn from.

    Parameters
    ----------
    n_channels : int
    n_outputs : int
        Numbers for each place.
    width : int, default=16
        Features at full size; twice as many wherever sides are halved.
    depth : int, default=3
        How often sides are halved.
    stride : int, default=1
        Pixels, in height and in width, that share a place of the outputs: a power of 2, at most
        `2**depth`.
    first_bias : sequence of float, default=None
        Outputs before training, one each; None for 0.

    Examples
    --------
    >>> import torch
    >>> from skdeep._kinds.images.unet import UNet
    >>> UNet(n_channels=1, n_outputs=2)(torch.zeros(5, 9, 7, 1)).shape
    torch.Size([5, 126])
    """

    def __init__(
        self,
        n_channels: int,
        n_outputs: int,
        width: int = 16,
        depth: int = 3,
        stride: int = 1,
        first_bias: list[float] | None = None,
    ):
        super().__init__()
        sizes = [width << level for level in range(depth + 1)]
        finest = stride.bit_length() - 1
        before = [n_channels, *sizes[:-1]]
        self.down = nn.ModuleList(_two(b, a) for b, a in zip(before, sizes, strict=True))
        self.up = nn.ModuleList(
            _two(sizes[level + 1] + sizes[level], sizes[level])
            for level in reversed(range(finest, depth))
        )
        self.head = nn.Conv2d(sizes[finest], n_outputs, 1)
        nn.init.xavier_normal_(self.head.weight, gain=_FIRST_WEIGHTS)
        self.head.bias = nn.Parameter(torch.tensor(first_bias or [0.0] * n_outputs))

    def forward(self, x: Tensor) -> Tensor:  # (B, H, W, C) -> (B, n_outputs * h * w)
        """Return raw outputs, those of one number for all places side by side."""
        h = x.movedim(3, 1)  # (B, C, H, W), with the channels last in memory
        finer = []
        for level, block in enumerate(self.down):
            h = block(functional.max_pool2d(h, 2, ceil_mode=True) if level else h)
            finer.append(h)
        finer.pop()
        for block in self.up:
            skipped = finer.pop()
            height, width = skipped.shape[2:]
            coarse = functional.interpolate(h, scale_factor=2.0)[:, :, :height, :width]
            h = block(torch.cat([skipped, coarse], dim=1))
        return self.head(h).flatten(1)


def _two(n_before: int, n_after: int) -> nn.Sequential:
    return nn.Sequential(
        NormalizedConvolution(n_before, n_after), NormalizedConvolution(n_after, n_after)
    )
