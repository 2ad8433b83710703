"""Pooling sees existing steps, and these alone."""

import pytest
import torch

from skdeep._kinds.sequences.pooling import POOLINGS, sequence_pooling
from skdeep._kinds.sequences.stem import split_padding
from tests.kinds.sequences.sequences import generator, padded, sequences

LENGTHS = (4, 1, 6)


def pooling(how, bidirectional=False):
    made = sequence_pooling(how, 4, bidirectional).double()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, generator=generator(5))
    return made


def by_hand(how, row, made):
    """Pool one sequence (D, T)."""
    if how == "mean":
        return row.mean(dim=1)
    if how == "max":
        return row.max(dim=1).values
    if how == "last":
        return row[:, -1]
    share = (made.query.detach() @ row).exp()
    return (row * share / share.sum()).sum(dim=1)


@pytest.mark.parametrize("noise", [0.0, 1e3])
@pytest.mark.parametrize("how", POOLINGS)
def test_each_sequence_is_pooled_as_if_alone(how, noise):
    rows = sequences(*LENGTHS, channels=4)
    features, real = split_padding(padded(rows))
    features = features + noise * (1 - real)  # what a trunk left in padding
    made = pooling(how)
    expected = torch.stack([by_hand(how, row, made) for row in rows])
    torch.testing.assert_close(made(features, real).detach(), expected)
    for row, one in zip(rows, expected, strict=True):
        torch.testing.assert_close(made(row.unsqueeze(0), None)[0].detach(), one)


def test_the_last_step_of_the_backward_half_is_the_first():
    rows = sequences(*LENGTHS, channels=4)
    expected = torch.stack([torch.cat([row[:2, -1], row[2:, 0]]) for row in rows])
    made = sequence_pooling("last", 4, bidirectional=True)
    torch.testing.assert_close(made(*split_padding(padded(rows))), expected)
    torch.testing.assert_close(made(rows[0].unsqueeze(0), None)[0], expected[0])


@pytest.mark.parametrize("how", POOLINGS)
def test_padding_gets_no_gradient(how):
    features, real = split_padding(padded(sequences(*LENGTHS, channels=4)))
    features.requires_grad_()
    pooling(how)(features, real).square().sum().backward()
    assert (features.grad * (1 - real)).abs().max() == 0.0
    assert features.grad.isfinite().all()


def test_attention_starts_as_the_mean():
    features = torch.randn(2, 4, 5, generator=generator())
    made = sequence_pooling("attention", 4)
    torch.testing.assert_close(made(features, None).detach(), features.mean(dim=2))


def test_other_words_are_refused():
    with pytest.raises(ValueError, match=r"pooling='sum' is none of 'mean', 'max', 'last'"):
        sequence_pooling("sum", 4)
