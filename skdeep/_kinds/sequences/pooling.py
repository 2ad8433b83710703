"""One vector for a sequence from those of its steps; padding does not count."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class MeanPooling(nn.Module):
    """The mean over existing steps."""

    def forward(self, features: Tensor, real: Tensor | None) -> Tensor:  # (B, D, T) -> (B, D)
        """Pool; `real` (B, 1, T) is 1 where a step exists, None says that all do."""
        if real is None:
            return features.mean(dim=2)
        return (features * real).sum(dim=2) / real.sum(dim=2)


class MaxPooling(nn.Module):
    """The largest value of each feature over existing steps."""

    def forward(self, features: Tensor, real: Tensor | None) -> Tensor:  # (B, D, T) -> (B, D)
        """Pool; `real` (B, 1, T) is 1 where a step exists, None says that all do."""
        if real is not None:
            features = features.masked_fill(real == 0, -torch.inf)
        return features.amax(dim=2)


class LastPooling(nn.Module):
    """The features of the last step that exists.

    Parameters
    ----------
    bidirectional : bool, default=False
        Whether the second half of the features ends with the first step.
    """

    def __init__(self, bidirectional: bool = False):
        super().__init__()
        self.bidirectional = bidirectional

    def forward(self, features: Tensor, real: Tensor | None) -> Tensor:  # (B, D, T) -> (B, D)
        """Pool; `real` (B, 1, T) is 1 where a step exists, None says that all do."""
        if real is None:
            last = features[:, :, -1]
        else:
            end = real.sum(dim=2, keepdim=True).long() - 1  # (B, 1, 1)
            last = features.gather(2, end.expand(-1, features.shape[1], 1)).squeeze(2)
        if not self.bidirectional:
            return last
        half = features.shape[1] // 2
        return torch.cat([last[:, :half], features[:, half:, 0]], dim=1)


class AttentionPooling(nn.Module):
    """Weighted mean over existing steps, by how well they match a learned query.

    The query starts at zero, where this is the mean.

    Parameters
    ----------
    n_features : int
    """

    def __init__(self, n_features: int):
        super().__init__()
        self.query = nn.Parameter(torch.zeros(n_features))

    def forward(self, features: Tensor, real: Tensor | None) -> Tensor:  # (B, D, T) -> (B, D)
        """Pool; `real` (B, 1, T) is 1 where a step exists, None says that all do."""
        scores = self.query @ features  # (B, T)
        if real is not None:
            scores = scores.masked_fill(real[:, 0] == 0, -torch.inf)
        return (features @ scores.softmax(dim=1).unsqueeze(2)).squeeze(2)


# By the number of features, and whether the second half of them is computed from the end.
POOLINGS: dict[str, Callable[[int, bool], nn.Module]] = {
    "mean": lambda n_features, bidirectional: MeanPooling(),
    "max": lambda n_features, bidirectional: MaxPooling(),
    "last": lambda n_features, bidirectional: LastPooling(bidirectional),
    "attention": lambda n_features, bidirectional: AttentionPooling(n_features),
}


def sequence_pooling(how: str, n_features: int, bidirectional: bool = False) -> nn.Module:
    """Build what turns features of steps (B, D, T) and `real` (B, 1, T) into (B, D).

    Parameters
    ----------
    how : {'mean', 'max', 'last', 'attention'}
    n_features : int
        D.
    bidirectional : bool, default=False
        Whether the second half of the features was computed from the end to the start, so that
        its last step is the first in time. It matters to 'last' alone.
    """
    if how not in POOLINGS:
        raise ValueError(f"pooling={how!r} is none of {', '.join(map(repr, POOLINGS))}.")
    return POOLINGS[how](n_features, bidirectional)
