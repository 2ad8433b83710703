"""A residual convolutional network over sequences of several lengths."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from skdeep._engine.modules.batch_norm import MaskedBatchNorm1d

# Steps that the convolutions of a block see, one after the other.
_KERNELS = (7, 5, 3)


class ConvolutionalTrunk(nn.Module):
    """Residual blocks of three convolutions each (Wang, Yan and Oates 2017, arXiv:1611.06455).

    Parameters
    ----------
    n_channels : int
    width : int, default=16
        Features of a step in the first block; later ones have twice as many.
    depth : int, default=3
        Blocks.
    patch : int, default=1
        Steps that become one, their mean, after the first block.

    Attributes
    ----------
    n_features : int
    """

    def __init__(self, n_channels: int, width: int = 16, depth: int = 3, patch: int = 1):
        super().__init__()
        sizes = [n_channels, width, *[2 * width] * (depth - 1)]
        self.n_features = sizes[-1]
        self.patch = patch
        self.blocks = nn.ModuleList(_Block(before, after) for before, after in pairwise(sizes))

    def forward(self, values: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(B, C, T) -> (B, n_features, ceil(T / patch)), and which of these steps exist."""
        h = values if real is None else values * real
        for i, block in enumerate(self.blocks):
            h = block(h, real)
            if i == 0 and self.patch > 1:
                h, real = _shortened(h, real, self.patch)
        return h, real


class _Block(nn.Module):
    """Convolutions, each normalised, added to what they see."""

    def __init__(self, n_before: int, n_after: int):
        super().__init__()
        sizes = [n_before, *[n_after] * len(_KERNELS)]
        self.convolutions = nn.ModuleList(
            _convolution(before, after, kernel)
            for (before, after), kernel in zip(pairwise(sizes), _KERNELS, strict=True)
        )
        self.norms = nn.ModuleList(MaskedBatchNorm1d(n_after) for _ in _KERNELS)
        same = n_before == n_after
        self.shortcut = nn.Identity() if same else _convolution(n_before, n_after, 1)
        self.shortcut_norm = MaskedBatchNorm1d(n_after)

    def forward(self, x: Tensor, real: Tensor | None) -> Tensor:  # (B, C, T) -> (B, C', T)
        h = x
        last = len(_KERNELS) - 1
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            h = norm(convolution(h), real)
            if i < last:
                h = functional.relu(h)
        return functional.relu(h + self.shortcut_norm(self.shortcut(x), real))


def _convolution(n_before: int, n_after: int, kernel: int) -> nn.Conv1d:
    # Beyond the end it sees zeros, which is what padding is.
    return nn.Conv1d(n_before, n_after, kernel, padding=kernel // 2, bias=False)


def _shortened(h: Tensor, real: Tensor | None, patch: int) -> tuple[Tensor, Tensor | None]:
    """Means of adjacent steps that exist, `patch` at a time; the last may have fewer."""
    short = -h.shape[2] % patch
    exists = h.new_ones(h.shape[0], 1, h.shape[2]) if real is None else real
    counts = functional.pad(exists, (0, short)).unflatten(2, (-1, patch)).sum(dim=3)
    sums = functional.pad(h, (0, short)).unflatten(2, (-1, patch)).sum(dim=3)
    means = sums / counts.clamp(min=1.0)
    return means, None if real is None else (counts > 0).to(h.dtype)
