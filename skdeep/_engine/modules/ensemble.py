"""Several networks as one module, trained side by side; their outputs are averaged."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class NetworkEnsemble(nn.Module):
    """Networks that see the same rows.

    In training the raw outputs of each stand side by side, (B, networks * outputs), so that each
    has a loss of its own; in evaluation they are averaged, (B, outputs) (Lakshminarayanan et al.
    2017, arXiv:1612.01474).

    Parameters
    ----------
    networks : sequence of Module
    """

    def __init__(self, networks: Sequence[nn.Module]):
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, x: Tensor) -> Tensor:
        """Return raw outputs, of each network or their mean."""
        outputs = [network(x) for network in self.networks]
        if self.training:
            return torch.cat(outputs, dim=1)
        return torch.stack(outputs).mean(dim=0)

    def embedding(self, x: Tensor) -> Tensor:
        """Return what the heads see, side by side; (B, networks * features)."""
        return torch.cat([network.embedding(x) for network in self._of_any_kind], dim=1)

    def attention(self, x: Tensor) -> list[Tensor]:
        """Return the weights of attention of the blocks of all networks, one after the other."""
        return [weights for network in self._of_any_kind for weights in network.attention(x)]

    @property
    def _of_any_kind(self) -> list[Any]:
        return list(self.networks)
