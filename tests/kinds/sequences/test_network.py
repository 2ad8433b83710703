"""Networks for sequences: what is padded or beside a sequence changes nothing."""

import pickle
from copy import deepcopy

import pytest
import torch
from torch import nn

from skdeep._kinds.sequences.network import SequenceNet
from skdeep._kinds.sequences.pooling import POOLINGS
from skdeep._kinds.sequences.recurrent import RecurrentTrunk
from skdeep._kinds.sequences.transformer import TransformerTrunk
from tests.kinds.sequences.sequences import padded, sequences

LENGTHS = (5, 9, 1, 7)

TRUNKS = {
    "rnn": lambda: RecurrentTrunk(3, cell="rnn", width=6, depth=2, bidirectional=True),
    "lstm": lambda: RecurrentTrunk(3, cell="lstm", width=6),
    "lstm both ways": lambda: RecurrentTrunk(3, width=4, depth=2, bidirectional=True, longest=9),
    "gru": lambda: RecurrentTrunk(3, cell="gru", width=6, bidirectional=True, patch=2, longest=9),
    "transformer": lambda: TransformerTrunk(3, width=16, depth=2, n_heads=2),
    "transformer of patches": lambda: TransformerTrunk(3, width=16, depth=1, n_heads=2, patch=3),
}


def network(trunk, pooling="mean", n_outputs=2, dtype=torch.float64, **parameters):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = SequenceNet(TRUNKS[trunk](), pooling, n_outputs, **parameters)
        nn.init.normal_(net.head.weight)
        if pooling == "attention":
            nn.init.normal_(net.pooling.query)
    return net.to(dtype)


def outputs_and_gradients(net, x, n_rows=None):
    """Outputs of the first rows, and gradients of a loss over these."""
    net.zero_grad(set_to_none=True)
    x = x.clone().requires_grad_()
    out = net(x)[:n_rows]
    out.square().sum().backward()
    return [out.detach(), *(p.grad.clone() for p in net.parameters())]


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("trunk", TRUNKS)
class TestPadding:
    def test_more_of_it_changes_nothing(self, trunk, pooling):
        net, rows = network(trunk, pooling), sequences(*LENGTHS)
        expected = outputs_and_gradients(net, padded(rows))
        for time in (10, 50):
            found = outputs_and_gradients(net, padded(rows, time))
            torch.testing.assert_close(found, expected)

    def test_a_sequence_does_not_see_its_neighbours(self, trunk, pooling):
        net, rows = network(trunk, pooling), sequences(*LENGTHS)
        together = net(padded(rows))
        for i, row in enumerate(rows):
            torch.testing.assert_close(net(padded([row]))[0], together[i])
        order = [2, 0, 3, 1]
        torch.testing.assert_close(net(padded([rows[i] for i in order])), together[order])
        expected = outputs_and_gradients(net, padded(rows[:1]))
        found = outputs_and_gradients(net, padded(rows), n_rows=1)
        torch.testing.assert_close(found, expected)

    def test_single_precision_agrees_with_double(self, trunk, pooling):
        x = padded(sequences(*LENGTHS))
        single = network(trunk, pooling, dtype=torch.float32)(x.float())
        assert single.dtype == torch.float32
        expected = network(trunk, pooling)(x).float()
        torch.testing.assert_close(single, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("trunk", TRUNKS)
class TestNetwork:
    def test_the_head_reads_the_embedding(self, trunk):
        net, x = network(trunk), padded(sequences(*LENGTHS))
        assert net.embedding(x).shape == (4, net.trunk.n_features)
        torch.testing.assert_close(net.head(net.embedding(x)), net(x))

    def test_it_can_be_copied_and_pickled(self, trunk):
        net, x = network(trunk), padded(sequences(*LENGTHS))
        expected = net(x)
        for copy in (deepcopy(net), pickle.loads(pickle.dumps(net))):
            assert torch.equal(copy(x), expected)

    def test_a_pass_leaves_no_trace(self, trunk):
        net = network(trunk).train()
        before = pickle.dumps(net)
        with torch.no_grad():
            net(padded(sequences(*LENGTHS)))
        assert pickle.dumps(net) == before

    def test_global_randomness_decides_what_it_starts_with(self, trunk):
        with torch.random.fork_rng(devices=[]):
            one, same, other = (
                SequenceNet(TRUNKS[trunk](), "mean", 2)
                for seed in (0, 0, 1)
                if torch.manual_seed(seed)
            )
        for p, q, r in zip(one.parameters(), same.parameters(), other.parameters(), strict=True):
            assert torch.equal(p, q)
            assert p.ndim < 2 or not torch.equal(p, r)

    def test_outputs_start_small(self, trunk):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            nets = [SequenceNet(TRUNKS[trunk](), "mean", 3).double() for _ in range(10)]
        x = padded(sequences(*LENGTHS))
        squares = torch.stack([net(x).square().mean() for net in nets])
        assert squares.mean().sqrt() < 1.0

    def test_one_row_of_one_step_trains(self, trunk):
        net = network(trunk).train()
        found = outputs_and_gradients(net, padded(sequences(1)))
        assert all(value.isfinite().all() for value in found)

    def test_gradients_are_the_numerical_ones(self, trunk):
        net, rows = network(trunk, "attention"), sequences(2, 4)
        x = padded(rows)

        def outputs(values):
            return net(torch.cat([values * x[:, -1:], x[:, -1:]], dim=1))

        assert torch.autograd.gradcheck(outputs, x[:, :-1].clone().requires_grad_())

    def test_longer_than_ever(self, trunk):
        x = padded(sequences(700, 3))
        assert network(trunk)(x).isfinite().all()


def test_dropout_leaves_features_out_while_training():
    net, x = network("gru", dropout=0.5), padded(sequences(*LENGTHS))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))
    torch.testing.assert_close(net(x), network("gru")(x))


def test_attention_is_that_of_the_trunk():
    net, x = network("transformer"), padded(sequences(*LENGTHS))
    weights = net.attention(x)
    assert [w.shape for w in weights] == [(4, 2, 9, 9)] * 2


def test_a_trunk_without_attention_says_so():
    with pytest.raises(AttributeError, match="RecurrentTrunk computes no attention"):
        network("lstm").attention(padded(sequences(*LENGTHS)))


class Shortening(nn.Module):
    """A trunk of one's own: every other step."""

    n_features = 3

    def forward(self, values, real):
        return values[:, :, ::2], None if real is None else real[:, :, ::2]


def test_a_trunk_may_shorten_time():
    rows = sequences(*LENGTHS)
    net = SequenceNet(Shortening(), "mean", 2).double()
    expected = torch.stack([row[:, ::2].mean(dim=1) for row in rows])
    torch.testing.assert_close(net.embedding(padded(rows)), expected)
    torch.testing.assert_close(net.embedding(padded(rows[1:2]))[0], expected[1])
