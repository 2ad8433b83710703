"""Augmentation: changes of training rows that keep their meaning, made anew in every epoch."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.training.augmentation import Randomness, mix_rows


@dataclass(frozen=True)
class Augmentation:
    """Augmentation of sequences (B, channels + 1, time), whose last channel says what exists.

    They are cropped, then jittered, then masked, then mixed up. 0 turns a step off.

    Attributes
    ----------
    jitter : float, default=0.0
        Standard deviation of normal noise that is added to values, in their units: networks read
        channels standardised.
    crop : float in [0, 1), default=0.0
        The largest part of a sequence that is cut off, divided between both ends at random.
    masking : float in [0, 1), default=0.0
        Part of a sequence that is set to 0, in one span.
    mixup : float, default=0.0
        Sequences and targets are mixed with those of another row, the shares being drawn from the
        distribution Beta(mixup, mixup). A mixture is as long as the longer one. Its target is a
        soft label, which only some losses of classifiers take.
    """

    jitter: float = 0.0
    crop: float = 0.0
    masking: float = 0.0
    mixup: float = 0.0

    def __post_init__(self) -> None:
        for name, end in {"jitter": math.inf, "crop": 1, "masking": 1, "mixup": math.inf}.items():
            value = getattr(self, name)
            if not 0 <= value < end:
                raise ValueError(f"{name}={value!r} is not in [0, {end}); 0 turns it off.")

    def apply(
        self, x: Tensor, target: Tensor, weight: Tensor | None, n_rows: int, randomness: Randomness
    ) -> None:
        """Change N batches of B rows in place, as `Augments` says."""
        rows = x.view(-1, *x.shape[2:])[:n_rows]
        if n_rows:
            rows = rows[:, :, : int(_lengths(rows).max())]  # beyond it all is padding
        if self.crop:
            _crop(rows, self.crop, randomness("crop"))
        if self.jitter:
            _jitter(rows, self.jitter, randomness("jitter"))
        if self.masking:
            _mask(rows, self.masking, randomness("masking"))
        if self.mixup:
            mix_rows(x, target, weight, n_rows, self.mixup, randomness)
            x[:, :, -1].gt_(0.0)  # a step exists where it does in either


def _crop(rows: Tensor, most: float, generator: np.random.Generator) -> None:
    """Cut off both ends; what is left moves to the start."""
    lengths = _lengths(rows)
    draws = torch.from_numpy(generator.random((len(rows), 2))).to(rows.device)
    n_cut = _up_to((most * lengths.double()).long().minimum(lengths - 1), draws[:, 0])
    start = _up_to(n_cut, draws[:, 1])
    time = torch.arange(rows.shape[2], device=rows.device)
    source = (time + start[:, None]).clamp(max=rows.shape[2] - 1)  # (R, T)
    left = rows.gather(2, source.unsqueeze(1).expand_as(rows))
    is_padding = time >= (lengths - n_cut)[:, None]
    rows.copy_(left.masked_fill_(is_padding.unsqueeze(1), 0.0))


def _jitter(rows: Tensor, deviation: float, generator: np.random.Generator) -> None:
    """Add noise to the steps that exist."""
    exists = rows[:, -1] > 0.0  # (R, T)
    values = rows[:, :-1].mT  # (R, T, C)
    shape = (int(exists.sum()), values.shape[2])
    single = rows.dtype == torch.float32
    noise = generator.standard_normal(shape, dtype=np.float32 if single else np.float64)
    values[exists] += deviation * torch.from_numpy(noise).to(rows)


def _mask(rows: Tensor, part: float, generator: np.random.Generator) -> None:
    """Set the values of a span of each sequence to 0."""
    lengths = _lengths(rows)
    draws = torch.from_numpy(generator.random(len(rows))).to(rows.device)
    n_masked = (part * lengths.double()).long()
    start = _up_to(lengths - n_masked, draws)[:, None]
    time = torch.arange(rows.shape[2], device=rows.device)
    inside = (time >= start) & (time < start + n_masked[:, None])
    rows[:, :-1].masked_fill_(inside.unsqueeze(1), 0.0)


def _lengths(rows: Tensor) -> Tensor:
    return rows[:, -1].sum(dim=1).long()


def _up_to(most: Tensor, draws: Tensor) -> Tensor:
    """Whole numbers from 0 to `most`, all as likely, from draws in [0, 1)."""
    return (draws * (most + 1)).long().minimum(most)
