"""A Transformer over the steps of a sequence."""

import torch
from torch import Tensor, nn

from skdeep._engine.modules.attention import AttentionBlock
from skdeep._kinds.sequences.stem import SequenceStem

# The slowest rotation takes about this many steps (Su et al. 2021).
_SLOWEST = 10_000.0


class TransformerTrunk(nn.Module):
    """Blocks of attention and a feed-forward part, each normalised first (Xiong et al. 2020).

    arXiv:2002.04745. Queries and keys turn with their place in time (Su et al. 2021,
    arXiv:2104.09864): what a step sees depends on how far away it is, so that sequences may be
    longer than any in training.

    Parameters
    ----------
    n_channels : int
    width : int, default=64
        Features of a step.
    depth : int, default=2
        Blocks.
    n_heads : int, default=4
    dropout : float, default=0.0
        Share left out of what a block adds, while training.
    patch : int, default=1
        Steps that become one before the first block; the cost of attention is quadratic in those
        that are left.

    Attributes
    ----------
    n_features : int
        The width.
    """

    def __init__(
        self,
        n_channels: int,
        width: int = 64,
        depth: int = 2,
        n_heads: int = 4,
        dropout: float = 0.0,
        patch: int = 1,
    ):
        super().__init__()
        if width % (2 * n_heads):
            raise ValueError(
                f"width={width} cannot be shared among n_heads={n_heads}, each of an even size: "
                f"choose a multiple of {2 * n_heads}."
            )
        self.n_features = width
        self.head_size = width // n_heads
        self.stem = SequenceStem(n_channels, width, patch)
        self.blocks = nn.ModuleList(
            AttentionBlock(width, n_heads, dropout, depth) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, values: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(B, C, T) -> (B, width, ceil(T / patch)), and which of these steps exist."""
        return self._features(values, real, None)

    def attention(self, values: Tensor, real: Tensor | None) -> list[Tensor]:
        """How much each step (third axis) sees of each (fourth).

        Returns
        -------
        list of Tensor of shape (B, n_heads, T', T')
            One a block; rows sum to 1, but those of padding, which are 0.
        """
        weights: list[Tensor] = []
        _, real = self._features(values, real, weights)
        if real is None:
            return weights
        return [w * real.unsqueeze(3) for w in weights]

    def _features(
        self, values: Tensor, real: Tensor | None, attention: list[Tensor] | None
    ) -> tuple[Tensor, Tensor | None]:
        h, real = self.stem(values, real)
        h = h.transpose(1, 2)  # (B, T', width)
        turns = _turns(h, self.head_size)
        seen = None if real is None else real.bool().unsqueeze(2)  # (B, 1, 1, T')
        for block in self.blocks:
            h = block(h, turns, seen, attention)
        return self.norm(h).transpose(1, 2), real


def _turns(h: Tensor, head_size: int) -> Tensor:
    """Cosines and sines of the angles of each step; (2, T, head_size / 2)."""
    pair = torch.arange(0, head_size, 2, dtype=torch.float64)
    step = torch.arange(h.shape[1], dtype=torch.float64)
    angles = step.unsqueeze(1) * _SLOWEST ** (-pair / head_size)
    return torch.stack([angles.cos(), angles.sin()]).to(h)
