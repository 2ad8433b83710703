"""From the parameters of a text estimator to torch networks."""

from torch import nn

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._kinds.sequences.convolutional import ConvolutionalTrunk
from skdeep._kinds.sequences.recurrent import RecurrentTrunk
from skdeep._kinds.sequences.transformer import TransformerTrunk
from skdeep._kinds.texts.network import BagNet, TokenNet

# Tokens beyond which adjacent ones are joined: what that costs in detail, it saves in time.
_MOST_STEPS = {"cnn": 512}


def text_networks(n_estimators: int, **settings) -> NetworkEnsemble:
    """Build the networks of an estimator; `settings` are those of `_network`."""
    return NetworkEnsemble([_network(**settings) for _ in range(n_estimators)])


def _network(
    architecture: str,
    width: int,
    depth: int | str,
    bidirectional: bool,
    n_heads: int,
    pooling: str,
    dropout: float,
    n_terms: int,
    n_outputs: int,
    longest: int,
) -> BagNet | TokenNet:
    """Build one network, for texts of at most `longest` tokens in training."""
    if architecture == "bag":
        return BagNet(n_terms, width, n_outputs, dropout)
    if isinstance(depth, str):
        depth = 2 if architecture == "transformer" else 1
    patch = -(-longest // _MOST_STEPS.get(architecture, 128))
    trunk: nn.Module
    if architecture == "cnn":
        trunk = ConvolutionalTrunk(width, width, depth, patch)
    elif architecture == "transformer":
        trunk = TransformerTrunk(width, width, depth, n_heads, dropout, patch)
    else:
        trunk = RecurrentTrunk(
            width, architecture, width, depth, bidirectional, dropout, patch, longest
        )
    if pooling == "auto":
        pooling = "max" if architecture == "cnn" else "attention"
    return TokenNet(n_terms, width, trunk, pooling, n_outputs, dropout)
