"""Images as they are kept, of bytes or numbers, channels last, for networks that convolve them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class StandardizedImages(nn.Module):
    """Turn images (B, H, W, C) into what `network` reads: (B, C, H, W), channels standardised.

    Parameters
    ----------
    network : Module
    mean, scale : sequence of float
        Of each channel.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, mean: Sequence[float], scale: Sequence[float]):
        super().__init__()
        self.network = network
        for name, value in {"mean": mean, "scale": scale}.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float64), persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, H, W, C)
        """Return what the network returns."""
        dtype = next(self.network.parameters()).dtype
        values = (x.to(dtype) - self.mean.to(dtype)) / self.scale.to(dtype)
        return self.network(values.permute(0, 3, 1, 2))
