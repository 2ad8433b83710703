"""The first layer over a sequence: every step sees its neighbours, and steps may be joined."""

from torch import Tensor, nn
from torch.nn import functional


class SequenceStem(nn.Module):
    """A convolution over `patch` steps and one on either side, once every `patch` steps.

    Parameters
    ----------
    n_channels, width : int
        Values that a step has, and gets.
    patch : int, default=1
        Steps that become one.
    """

    def __init__(self, n_channels: int, width: int, patch: int = 1):
        super().__init__()
        if patch < 1:
            raise ValueError(f"patch={patch} joins no steps: give 1 to keep all, or more.")
        self.patch = patch
        self.convolution = nn.Conv1d(n_channels, width, patch + 2, stride=patch)
        nn.init.kaiming_normal_(self.convolution.weight, nonlinearity="linear")

    def forward(self, values: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(B, C, T) -> (B, width, ceil(T / patch)); a patch exists where its first step does."""
        if real is not None:
            values = values * real
        short = -values.shape[2] % self.patch
        h = self.convolution(functional.pad(values, (1, 1 + short)))
        return h, None if real is None else real[:, :, :: self.patch]
