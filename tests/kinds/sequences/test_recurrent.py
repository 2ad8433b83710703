"""Recurrent trunks compute what torch's packed sequences do, and start as their papers say."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from skdeep._kinds.sequences.recurrent import CELLS, RecurrentTrunk
from skdeep._kinds.sequences.stem import split_padding
from tests.kinds.sequences.sequences import padded, sequences

LENGTHS = (5, 9, 1, 7)


def trunk(*arguments, **parameters):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return RecurrentTrunk(*arguments, **parameters)


def torchs(made, cell, width):
    """Torch's network of the same weights."""
    depth, both = len(made.forwards), made.bidirectional
    other = CELLS[cell](width, width, num_layers=depth, bidirectional=both).double()
    with torch.no_grad():
        for suffix, layers in (("", made.forwards), ("_reverse", made.backwards)):
            for i, layer in enumerate(layers):
                for name, value in layer.named_parameters():
                    getattr(other, f"{name[:-1]}{i}{suffix}").copy_(value)
    return other


@pytest.mark.parametrize("patch", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_features_are_those_of_packed_sequences(cell, depth, bidirectional, patch):
    made = trunk(3, cell, width=4, depth=depth, bidirectional=bidirectional, patch=patch).double()
    values, real = split_padding(padded(sequences(*LENGTHS)))
    read, kept = made.stem(values, real)
    read = functional.layer_norm(read.transpose(1, 2), [4], made.norm.weight, made.norm.bias)
    lengths = torch.tensor([-(-n // patch) for n in LENGTHS])
    packed = pack_padded_sequence(read.relu(), lengths, batch_first=True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(torchs(made, cell, 4)(packed)[0])
    features, marked = made(values, real)
    torch.testing.assert_close(features * kept, expected.permute(1, 2, 0))
    assert torch.equal(marked, kept)
    assert features.shape[1] == made.n_features


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_kept_starts_orthogonal_and_what_is_read_even(cell):
    layer, _ = trunk(5, cell, width=16, depth=2).forwards
    bound = (6 / (16 + 16)) ** 0.5  # Glorot's
    for kept, read in zip(
        layer.weight_hh_l0.detach().split(16), layer.weight_ih_l0.detach().split(16), strict=True
    ):
        torch.testing.assert_close(kept @ kept.T, torch.eye(16), rtol=0, atol=1e-5)
        assert 0.9 * bound < read.abs().max() <= bound
    assert not torch.equal(layer.weight_hh_l0[:16], layer.weight_hh_l0[-16:]) or cell == "rnn"


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("longest", [None, 1, 2])
def test_memories_start_open(cell, longest):
    (layer,) = trunk(2, cell, width=3, longest=longest).forwards
    bias = (layer.bias_ih_l0 + layer.bias_hh_l0).detach().view(-1, 3)
    assert bias.tolist() == [[0.0] * 3, [1.0] * 3] + [[0.0] * 3] * (len(bias) - 2)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_units_start_to_forget_after_times_of_all_lengths(cell):
    (layer,) = trunk(1, cell, width=300, patch=3, longest=302).forwards  # of 101 patches
    bias = layer.bias_ih_l0.detach().view(-1, 300)
    # A unit of constant input forgets by a factor of e in 1 / (1 - sigmoid(b)) = 1 + exp(b) steps.
    times = 1.0 + bias[1].exp()
    assert times.min() >= 2.0
    assert times.max() <= 101.0
    torch.testing.assert_close(times.mean(), torch.tensor(51.5), rtol=0.1, atol=0)
    if cell == "lstm":
        torch.testing.assert_close(bias[0], -bias[1])
        assert not bias[2:].any()


def test_dropout_stands_between_layers():
    x = padded(sequences(*LENGTHS))
    shallow = trunk(3, width=4, dropout=0.5).double().train()
    torch.testing.assert_close(shallow(*split_padding(x)), shallow(*split_padding(x)))
    deep = trunk(3, width=4, depth=2, dropout=0.5).double().train()
    assert isinstance(deep.dropout, nn.Dropout)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        one, two = (deep(*split_padding(x))[0] for _ in range(2))
    assert not torch.equal(one, two)


def test_what_cannot_be_built_is_refused():
    with pytest.raises(ValueError, match="cell='mgu' is none of 'rnn', 'lstm', 'gru'"):
        RecurrentTrunk(3, "mgu")
    with pytest.raises(ValueError, match="width=1 leaves nothing"):
        RecurrentTrunk(3, width=1)
