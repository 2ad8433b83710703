"""The architectures that read texts, and the networks made of them."""

from dataclasses import dataclass
from typing import Any

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._estimator.network.architecture import Architecture
from skdeep._kinds.sequences.trunks import Trunk, TrunkSizes, attention, cells, convolutions
from skdeep._kinds.texts.network import BagNet, TokenNet


@dataclass(frozen=True, kw_only=True)
class TextArchitecture(Architecture):
    """One architecture for texts.

    Attributes
    ----------
    trunk : callable or None
        Builds what reads the vectors of tokens in their order; None for a sum of vectors of
        n-grams.
    pooling : str
        What ``pooling='auto'`` is.
    most_steps : int
        Tokens beyond which adjacent ones are joined: what that costs in detail, it saves in time.
    most_rows : int
        Texts of a batch, at most, where ``batch_size='auto'``.
    """

    trunk: Trunk | None
    pooling: str = "attention"
    most_steps: int = 128
    most_rows: int = 64

    @property
    def is_bag(self) -> bool:
        """Whether the order of words does not matter."""
        return self.trunk is None


ARCHITECTURES = {
    "bag": TextArchitecture(
        words="'bag' is a weighted sum of vectors of its n-grams [8]_",
        trunk=None,
        width=16,
        most_rows=128,
        clips_gradients=False,
    ),
    "cnn": TextArchitecture(
        words="others are convolutions, cells or attention over the vectors of its tokens in their "
        "order",
        trunk=convolutions,
        width=64,
        pooling="max",
        most_steps=512,
        clips_gradients=False,
    ),
    "lstm": TextArchitecture(words="", trunk=cells("lstm"), width=64),
    "transformer": TextArchitecture(words="", trunk=attention, width=64, depth=2, heads_divide=2),
}


def text_networks(n_estimators: int, **settings: Any) -> NetworkEnsemble:
    """Build the networks of an estimator; `settings` are those of `text_network`."""
    return NetworkEnsemble([text_network(**settings) for _ in range(n_estimators)])


def text_network(
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
    chosen = ARCHITECTURES[architecture]
    if chosen.trunk is None:
        return BagNet(n_terms, width, n_outputs, dropout)
    sizes = TrunkSizes(
        n_channels=width,
        width=width,
        depth=chosen.depth if isinstance(depth, str) else depth,
        bidirectional=bidirectional,
        n_heads=n_heads,
        dropout=dropout,
        patch=-(-longest // chosen.most_steps),
        longest=longest,
    )
    how = chosen.pooling if pooling == "auto" else pooling
    return TokenNet(n_terms, width, chosen.trunk(sizes), how, n_outputs, dropout)
