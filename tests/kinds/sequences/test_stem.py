"""Padding is taken off, and only padding."""

import torch

from skdeep._kinds.sequences.stem import split_padding


def padded(*lengths, time, channels=2):
    x = torch.zeros(len(lengths), channels + 1, time)
    for row, length in zip(x, lengths, strict=True):
        row[:-1, :length] = torch.randn(channels, length)
        row[-1, :length] = 1.0
    return x


def test_values_end_with_the_longest_sequence():
    x = padded(3, 5, time=8)
    values, real = split_padding(x)
    torch.testing.assert_close(values, x[:, :2, :5])
    assert real.shape == (2, 1, 5)
    assert real.sum(dim=2).flatten().tolist() == [3.0, 5.0]


def test_sequences_of_one_length_need_no_mask():
    values, real = split_padding(padded(4, 4, time=8))
    assert values.shape == (2, 2, 4)
    assert real is None


def test_no_rows():
    values, real = split_padding(padded(time=8))
    assert values.shape == (0, 2, 8)
    assert real is None
