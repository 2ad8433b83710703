"""What networks do first with sequences: take the mark of padding off, and see neighbours."""

from torch import Tensor, nn
from torch.nn import functional


def split_padding(x: Tensor) -> tuple[Tensor, Tensor | None]:
    """Take the mark of padding off, and the time steps that no sequence reaches.

    Parameters
    ----------
    x : Tensor of shape (n, channels + 1, time)
        The last channel is 1 where a sequence goes on and 0 after its end; values are 0 there.

    Returns
    -------
    values : Tensor of shape (n, channels, longest)
    real : Tensor of shape (n, 1, longest) or None
        The last channel; None where all are equally long.
    """
    real = x[:, -1:]
    lengths = real.sum(dim=2)  # (n, 1)
    longest = int(lengths.max()) if len(x) else x.shape[2]
    values = x[:, :-1, :longest]
    if int(lengths.min() if len(x) else longest) == longest:
        return values, None
    return values, real[:, :, :longest]


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
