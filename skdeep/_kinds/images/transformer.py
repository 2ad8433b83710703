"""A Transformer over the patches of an image."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from skdeep._engine.modules.attention import AttentionBlock

# Standard deviation of the initial position embeddings.
_FIRST_PLACES = 0.02


class ImageTransformer(nn.Module):
    """Blocks of attention over patches, whose features are averaged.

    Dosovitskiy et al. 2021, arXiv:2010.11929, with the mean in place of a token for the class
    (Beyer et al. 2022, arXiv:2205.01580).

    Parameters
    ----------
    image_shape : tuple of int
        Height, width and channels.
    width : int, default=64
        Features of a patch.
    depth : int, default=4
        Blocks.
    n_heads : int, default=4
    dropout : float, default=0.0
        Share left out of what a block adds, while training.
    patch : tuple of int, default=(4, 4)
        Height and width of a patch.

    Attributes
    ----------
    n_features : int
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        width: int = 64,
        depth: int = 4,
        n_heads: int = 4,
        dropout: float = 0.0,
        patch: tuple[int, int] = (4, 4),
    ):
        super().__init__()
        if width % n_heads:
            raise ValueError(
                f"width={width} cannot be shared among n_heads={n_heads}: choose a multiple of it."
            )
        height, length, n_channels = image_shape
        self.patch = patch
        # Incomplete patches at the edges are padded.
        self.beyond = (-height % patch[0], -length % patch[1])
        n_patches = -(-height // patch[0]) * -(-length // patch[1])
        self.n_features = width
        self.stem = nn.Linear(math.prod(patch) * n_channels, width)
        self.places = nn.Parameter(_FIRST_PLACES * torch.randn(n_patches, width))
        self.blocks = nn.ModuleList(
            AttentionBlock(width, n_heads, dropout, depth) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:  # (B, H, W, C) -> (B, n_features)
        """Compute features."""
        x = functional.pad(x, (0, 0, 0, self.beyond[1], 0, self.beyond[0]))
        x = x.unflatten(2, (-1, self.patch[1])).unflatten(1, (-1, self.patch[0]))
        patches = x.transpose(2, 3).flatten(3).flatten(1, 2)  # (B, patches, values)
        h = self.stem(patches) + self.places
        for block in self.blocks:
            h = block(h)
        return self.norm(h).mean(dim=1)
