"""A perceptron over the pixels of an image."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional


class ImagePerceptron(nn.Module):
    """Layers of rectified units over all pixels at once.

    Parameters
    ----------
    n_values : int
        Pixels times channels.
    width : int, default=256
        Units of a layer.
    depth : int, default=2
        Layers.
    dropout : float, default=0.0
        Share of units left out between layers while training.

    Attributes
    ----------
    n_features : int
    """

    def __init__(self, n_values: int, width: int = 256, depth: int = 2, dropout: float = 0.0):
        super().__init__()
        sizes = [n_values, *[width] * depth]
        self.n_features = width
        self.dropout = nn.Dropout(dropout)
        layers = [nn.Linear(*pair) for pair in pairwise(sizes)]
        self.layers = nn.ModuleList(layers)
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:  # (B, H, W, C) -> (B, n_features)
        """Compute features."""
        h = x.flatten(1)
        for i, layer in enumerate(self.layers):
            h = functional.relu(layer(self.dropout(h) if i else h))
        return h
