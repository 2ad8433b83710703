"""A network for sequences: features of every step, one vector of them, raw outputs."""

from typing import Any

from torch import Tensor, nn

from skdeep._kinds.sequences.pooling import sequence_pooling
from skdeep._kinds.sequences.stem import split_padding

# Outputs start small, but large enough for gradients to reach the trunk from the first step on.
_FIRST_WEIGHTS = 0.5


class SequenceNet(nn.Module):
    """A trunk, pooling over time and a linear head; `forward` returns raw outputs.

    Parameters
    ----------
    trunk : Module
        `trunk(values, real)` turns (B, C, T) into features (B, trunk.n_features, T') and the mark
        (B, 1, T') of those that exist, or None where all do.
    pooling : {'mean', 'max', 'last', 'attention'}
    n_outputs : int
    dropout : float, default=0.0
        Share of pooled features left out while training.

    Examples
    --------
    >>> import torch
    >>> from skdeep._kinds.sequences.network import SequenceNet
    >>> from skdeep._kinds.sequences.recurrent import RecurrentTrunk
    >>> net = SequenceNet(RecurrentTrunk(2, cell="gru"), pooling="last", n_outputs=3)
    >>> x = torch.ones(5, 2 + 1, 7)  # the last channel says that all steps exist
    >>> net(x).shape
    torch.Size([5, 3])
    """

    def __init__(self, trunk: nn.Module, pooling: str, n_outputs: int, dropout: float = 0.0):
        super().__init__()
        self.trunk = trunk
        n_features: Any = trunk.n_features
        both_ways = bool(getattr(trunk, "bidirectional", False))
        self.pooling = sequence_pooling(pooling, n_features, both_ways)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(n_features, n_outputs)
        nn.init.xavier_normal_(self.head.weight, gain=_FIRST_WEIGHTS)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:  # (B, C + 1, T) -> (B, n_outputs)
        """Return raw outputs; the last channel of `x` is 1 where a step exists, 0 in padding."""
        return self.head(self.dropout(self.embedding(x)))

    def embedding(self, x: Tensor) -> Tensor:  # (B, C + 1, T) -> (B, n_features)
        """Return what the head sees."""
        return self.pooling(*self.trunk(*self._steps(x)))

    def attention(self, x: Tensor) -> list[Tensor]:
        """Return the weights of attention of each block, (B, heads, T', T').

        Raises
        ------
        AttributeError
            If the trunk has none.
        """
        if not hasattr(self.trunk, "attention"):
            raise AttributeError(
                f"{type(self.trunk).__name__} computes no attention: only a Transformer does."
            )
        weights: Any = self.trunk.attention
        return weights(*self._steps(x))

    def _steps(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return what the trunk reads."""
        return split_padding(x)
