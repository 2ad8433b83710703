"""Sequences of several lengths for tests of networks."""

import torch


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def sequences(*lengths, channels=3, dtype=torch.float64):
    """One (channels, length) tensor a length."""
    draw = generator(sum(lengths))
    return [torch.randn(channels, n, generator=draw, dtype=dtype) for n in lengths]


def padded(rows, time=None):
    """Rows one under the other, and a last channel that is 1 where they exist."""
    time = time or max(row.shape[1] for row in rows)
    x = rows[0].new_zeros(len(rows), rows[0].shape[0] + 1, time)
    for place, row in zip(x, rows, strict=True):
        place[:-1, : row.shape[1]] = row
        place[-1, : row.shape[1]] = 1.0
    return x
