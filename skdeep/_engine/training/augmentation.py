"""Changes of training rows, made anew in every epoch: what makes them, and mixtures of rows."""

from collections.abc import Callable, Hashable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

Randomness = Callable[[str], np.random.Generator]


class Augments(Hashable, Protocol):
    """Something that changes training rows; equal ones make equal changes."""

    def apply(
        self, x: Tensor, target: Tensor, weight: Tensor | None, n_rows: int, randomness: Randomness
    ) -> None:
        """Change N batches of B rows in place.

        What is drawn for one purpose is drawn row by row from one generator, so that the result
        does not depend on how the rows of an epoch are divided into parts.

        Parameters
        ----------
        x : Tensor of shape (N, B, ...)
        target : Tensor of shape (N, B, targets)
            Indicators or numbers; mixtures of them are targets too.
        weight : Tensor of shape (N, B, 1) or None
        n_rows : int
            The first ones are real; those after them only fill the batch.
        randomness : callable
            Takes a purpose, returns its generator for the epoch.
        """


def mix_rows(
    x: Tensor,
    target: Tensor,
    weight: Tensor | None,
    n_rows: int,
    alpha: float,
    randomness: Randomness,
) -> None:
    """Mix every row with one of its batch, in place (Zhang et al. 2018, arXiv:1710.09412).

    With shares l and 1 - l, drawn for each row, one row counts with l times its weight, the other
    with 1 - l times its own. So on average a row has about the weight that it was given, rows of
    weight 0 are never seen, and classes that weights balance stay balanced. If a mixture kept the
    weight of one row, the other would count with a wrong weight. The weight of a batch does not
    change.

    Parameters
    ----------
    x : Tensor of shape (N, B, ...)
        N batches of B rows.
    target : Tensor of shape (N, B, targets)
    weight : Tensor of shape (N, B, 1) or None
    n_rows : int
        The first ones are real; those after them are left alone.
    alpha : float
        Shares are from the distribution Beta(alpha, alpha).
    randomness : callable
        Takes a purpose, returns its generator.
    """
    n_batches, size = x.shape[:2]
    keys, shares = np.full(n_batches * size, np.inf), np.ones(n_batches * size)
    keys[:n_rows] = randomness("mixup partner").random(n_rows)
    shares[:n_rows] = randomness("mixup share").beta(alpha, alpha, n_rows)
    order = keys.reshape(n_batches, size).argsort(axis=1, kind="stable")
    partner = torch.from_numpy(order).unsqueeze(2).to(x.device)  # (N, B, 1)
    share = torch.from_numpy(shares).view(n_batches, size, 1).to(target)
    if weight is not None:
        share = _weighted(share, partner, weight)
    target.lerp_(torch.take_along_dim(target, partner, dim=1), 1.0 - share)
    start = torch.arange(0, n_batches * size, size, device=x.device)[:, None]
    others = x.flatten(0, 1)[partner[..., 0] + start]  # (N, B, ...)
    x.lerp_(others, 1.0 - share.view(n_batches, size, *[1] * (x.ndim - 2)).to(x.dtype))


def _weighted(share: Tensor, partner: Tensor, weight: Tensor) -> Tensor:
    """Shares that depend on the weights of two rows; the weights become those of the mixtures."""
    own = share * weight
    total = own + (1.0 - share) * torch.take_along_dim(weight, partner, dim=1)
    sums = total.sum(dim=1, keepdim=True)
    kept = torch.where(sums > 0.0, weight.sum(dim=1, keepdim=True) / sums, 1.0)
    weight.copy_(total * kept)
    return torch.where(total > 0.0, own / total, 1.0)
