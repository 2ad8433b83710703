"""The architectures that read sequences, and the networks made of them."""

from dataclasses import dataclass
from typing import Any

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._estimator.network.architecture import Architecture
from skdeep._kinds.sequences.network import SequenceNet
from skdeep._kinds.sequences.trunks import Trunk, TrunkSizes, attention, cells, convolutions


@dataclass(frozen=True, kw_only=True)
class SequenceArchitecture(Architecture):
    """One architecture for sequences.

    Attributes
    ----------
    trunk : callable
        Builds what makes features of steps.
    pooling : str
        What ``pooling='auto'`` is.
    most_steps : int
        Time steps beyond which adjacent ones are joined: what that costs in detail, it saves in
        time.
    """

    trunk: Trunk
    pooling: str = "attention"
    most_steps: int = 128


ARCHITECTURES = {
    "cnn": SequenceArchitecture(
        words="'cnn' is residual blocks of convolutions [8]_",
        trunk=convolutions,
        width=16,
        depth=3,
        pooling="mean",
        most_steps=512,
        clips_gradients=False,
        mixes_rows=True,
    ),
    "rnn": SequenceArchitecture(words="", trunk=cells("rnn"), width=64),
    "lstm": SequenceArchitecture(
        words="'rnn', 'lstm' and 'gru' are recurrent cells [9]_ [10]_",
        trunk=cells("lstm"),
        width=64,
    ),
    "gru": SequenceArchitecture(words="", trunk=cells("gru"), width=64),
    "transformer": SequenceArchitecture(
        words="'transformer' is blocks of attention [11]_",
        trunk=attention,
        width=64,
        depth=2,
        heads_divide=2,
    ),
}


def sequence_networks(n_estimators: int, **settings: Any) -> NetworkEnsemble:
    """Build the networks of an estimator; `settings` are those of `sequence_network`."""
    return NetworkEnsemble([sequence_network(**settings) for _ in range(n_estimators)])


def sequence_network(
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
    chosen = ARCHITECTURES[architecture]
    sizes = TrunkSizes(
        n_channels=n_channels,
        width=chosen.width if isinstance(width, str) else width,
        depth=chosen.depth if isinstance(depth, str) else depth,
        bidirectional=bidirectional,
        n_heads=n_heads,
        dropout=dropout,
        patch=-(-longest // chosen.most_steps),
        longest=longest,
    )
    how = chosen.pooling if pooling == "auto" else pooling
    return SequenceNet(chosen.trunk(sizes), how, n_outputs, dropout)
