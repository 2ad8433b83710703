"""Trunks for sequences by one set of sizes, for families to choose from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from skdeep._kinds.sequences.convolutional import ConvolutionalTrunk
from skdeep._kinds.sequences.recurrent import RecurrentTrunk
from skdeep._kinds.sequences.transformer import TransformerTrunk


@dataclass(frozen=True)
class TrunkSizes:
    """What a trunk is made for.

    Attributes
    ----------
    n_channels : int
        Values of a step.
    width, depth : int
        Features of a step, and blocks or layers.
    bidirectional : bool
        Whether cells read from the end as well.
    n_heads : int
        Heads of attention.
    dropout : float
        Share of features left out between layers.
    patch : int
        Adjacent steps that are joined.
    longest : int
        Steps of a sequence, at most, in training.
    """

    n_channels: int
    width: int
    depth: int
    bidirectional: bool
    n_heads: int
    dropout: float
    patch: int
    longest: int


Trunk = Callable[[TrunkSizes], nn.Module]


def convolutions(sizes: TrunkSizes) -> nn.Module:
    """Residual blocks of convolutions."""
    return ConvolutionalTrunk(sizes.n_channels, sizes.width, sizes.depth, sizes.patch)


def attention(sizes: TrunkSizes) -> nn.Module:
    """Blocks of attention."""
    s = sizes
    return TransformerTrunk(s.n_channels, s.width, s.depth, s.n_heads, s.dropout, s.patch)


def cells(name: str) -> Trunk:
    """Layers of recurrent cells of one kind."""
    return partial(_recurrent, name)


def _recurrent(name: str, sizes: TrunkSizes) -> nn.Module:
    s = sizes
    return RecurrentTrunk(
        s.n_channels, name, s.width, s.depth, s.bidirectional, s.dropout, s.patch, s.longest
    )
