"""Sequences for the tests, and members that learn from them."""

import torch
from torch import nn

from skdeep._kinds.sequences.rows import SequenceRows
from tests.engine.training.members import make_member

N_CHANNELS = 3


def make_sequences(lengths, rng):
    """One tensor (channels, time) for each length."""
    return [torch.as_tensor(rng.normal(size=(N_CHANNELS, n))) for n in lengths]


def rows_of(items):
    """The sequences as training takes them."""
    lengths = torch.tensor([item.shape[1] for item in items])
    return SequenceRows(torch.cat([item.flatten() for item in items]), lengths, N_CHANNELS)


def padded(items, width):
    """One by one: values, then ones, then zeros as far as `width`."""
    out = torch.zeros(len(items), N_CHANNELS + 1, width, dtype=torch.float64)
    for row, item in zip(out, items, strict=True):
        row[:-1, : item.shape[1]] = item
        row[-1, : item.shape[1]] = 1.0
    return out


class MeanPooling(nn.Module):
    """A small network that padding does not reach."""

    def __init__(self, n_outputs):
        super().__init__()
        self.convolution = nn.Conv1d(N_CHANNELS, 4, 3, padding=1)
        self.head = nn.Linear(4, n_outputs)

    def forward(self, x):
        values, real = x[:, :-1], x[:, -1:]
        h = torch.tanh(self.convolution(values)) * real
        return self.head(h.sum(dim=2) / real.sum(dim=2))


def sequence_member(X, y, n_outputs=1, seed=0, **changes):
    """A member whose network reads sequences."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = MeanPooling(n_outputs).to(X.dtype)
    settings = {"module": module, "layer_units": (N_CHANNELS, n_outputs), "dtype": X.dtype}
    return make_member(X, y, seed=seed, **{**settings, **changes})
