"""From the parameters of a sequence estimator to torch networks."""

from torch import nn

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._kinds.sequences.convolutional import ConvolutionalTrunk
from skdeep._kinds.sequences.network import SequenceNet
from skdeep._kinds.sequences.recurrent import RecurrentTrunk
from skdeep._kinds.sequences.transformer import TransformerTrunk

# Time steps beyond which adjacent ones are joined: what that costs in detail, it saves in time.
_MOST_STEPS = {"cnn": 512}
_WIDTH = {"cnn": 16}
_DEPTH = {"cnn": 3, "transformer": 2}


def sequence_networks(n_estimators: int, **settings) -> NetworkEnsemble:
    """Build the networks of an estimator; `settings` are those of `_network`."""
    return NetworkEnsemble([_network(**settings) for _ in range(n_estimators)])


def _network(
    architecture: str,
    width: int | str,
    depth: int | str,
    bidirectional: bool,
    n_heads: int,
    pooling: str,
    dropout: float,
    n_channels: int,
    n_outputs: int,
    longest: int,
) -> SequenceNet:
    """Build one network, for sequences of at most `longest` steps in training."""
    width = _WIDTH.get(architecture, 64) if isinstance(width, str) else width
    depth = _DEPTH.get(architecture, 1) if isinstance(depth, str) else depth
    patch = -(-longest // _MOST_STEPS.get(architecture, 128))
    if pooling == "auto":
        pooling = "mean" if architecture == "cnn" else "attention"
    trunk: nn.Module
    if architecture == "cnn":
        trunk = ConvolutionalTrunk(n_channels, width, depth, patch)
    elif architecture == "transformer":
        trunk = TransformerTrunk(n_channels, width, depth, n_heads, dropout, patch)
    else:
        trunk = RecurrentTrunk(
            n_channels, architecture, width, depth, bidirectional, dropout, patch, longest
        )
    return SequenceNet(trunk, pooling, n_outputs, dropout)
