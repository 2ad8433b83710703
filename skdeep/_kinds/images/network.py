"""A network for images: one vector of features, raw outputs."""

from typing import Any

from torch import Tensor, nn

# Outputs start small, but large enough for gradients to reach the trunk from the first step on.
_FIRST_WEIGHTS = 0.5


class ImageNet(nn.Module):
    """A trunk and a linear head; `forward` returns raw outputs.

    Parameters
    ----------
    trunk : Module
        Turns images (B, H, W, C) into features (B, trunk.n_features).
    n_outputs : int
    dropout : float, default=0.0
        Share of features left out while training.
    """

    def __init__(self, trunk: nn.Module, n_outputs: int, dropout: float = 0.0):
        super().__init__()
        self.trunk = trunk
        n_features: Any = trunk.n_features
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(n_features, n_outputs)
        nn.init.xavier_normal_(self.head.weight, gain=_FIRST_WEIGHTS)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:  # (B, H, W, C) -> (B, n_outputs)
        """Return raw outputs."""
        return self.head(self.dropout(self.embedding(x)))

    def embedding(self, x: Tensor) -> Tensor:  # (B, H, W, C) -> (B, n_features)
        """Return what the head sees."""
        return self.trunk(x)
