"""Convolutions over sequences: padding is what torch's own zeros are, with and without patches."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from skdeep._engine.modules.batch_norm import MaskedBatchNorm1d
from skdeep._kinds.sequences.convolutional import ConvolutionalTrunk
from tests.kinds.sequences.sequences import generator, padded, sequences

LENGTHS = (5, 9, 1, 7)
PATCHES = (1, 2, 4)


def trunk(patch=1, depth=2, dtype=torch.float64):
    """A trunk whose normalisations do something in evaluation too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = ConvolutionalTrunk(3, width=4, depth=depth, patch=patch)
    draw = generator(1)
    for norm in made.modules():
        if isinstance(norm, MaskedBatchNorm1d):
            n = len(norm.weight)
            for tensor, least in ((norm.weight, 0.5), (norm.running_var, 0.5), (norm.bias, -0.5)):
                tensor.data.copy_(torch.rand(n, generator=draw) + least)
            norm.running_mean.copy_(torch.randn(n, generator=draw))
    return made.to(dtype)


def run(made, rows, time=None, noise=0.0):
    """Features and marks of rows padded to `time` with `noise`."""
    x = padded(rows, time)
    values, real = x[:, :-1], x[:, -1:]
    return made(values + noise * (1.0 - real), real)


def outputs_and_gradients(made, rows, time=None, noise=0.0):
    """Features that exist, and gradients of a loss over these by all parameters."""
    made.zero_grad(set_to_none=True)
    h, real = run(made, rows, time, noise)
    kept = h.transpose(1, 2)[real[:, 0] > 0]  # (steps, features)
    kept.square().sum().backward()
    return [kept.detach(), *(p.grad.clone() for p in made.parameters())]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("patch", PATCHES)
class TestPadding:
    def test_more_of_it_changes_nothing(self, patch, training):
        made, rows = trunk(patch).train(training), sequences(*LENGTHS)
        expected = outputs_and_gradients(made, rows)
        for time in (10, 11, 40):
            torch.testing.assert_close(outputs_and_gradients(made, rows, time), expected)

    def test_what_it_holds_changes_nothing(self, patch, training):
        made, rows = trunk(patch).train(training), sequences(*LENGTHS)
        expected = outputs_and_gradients(made, rows, 12)
        torch.testing.assert_close(outputs_and_gradients(made, rows, 12, noise=9.0), expected)

    def test_it_comes_out_as_zero(self, patch, training):
        h, real = run(trunk(patch).train(training), sequences(*LENGTHS), 12)
        assert h.shape == (4, 8, 12 // patch)
        assert (h * (1.0 - real) == 0.0).all()
        assert real.sum(dim=2).flatten().tolist() == [-(-n // patch) for n in LENGTHS]

    def test_running_statistics_know_nothing_of_it(self, patch, training):
        narrow, wide = trunk(patch).train(training), trunk(patch).train(training)
        run(narrow, sequences(*LENGTHS))
        run(wide, sequences(*LENGTHS), 30, noise=9.0)
        torch.testing.assert_close(dict(wide.named_buffers()), dict(narrow.named_buffers()))

    def test_none_is_the_same_as_a_mark_of_ones(self, patch, training):
        rows = sequences(7, 7, 7)
        made = trunk(patch).train(training)
        marked, real = run(made, rows)
        free, nothing = made(torch.stack(rows), None)
        assert nothing is None
        assert (real == 1.0).all()
        torch.testing.assert_close(free, marked)

    def test_a_sequence_of_one_step(self, patch, training):
        made = trunk(patch).train(training)
        found = outputs_and_gradients(made, sequences(1), 5)
        assert found[0].shape == (1, 8)
        assert all(value.isfinite().all() for value in found)

    def test_single_precision_agrees_with_double(self, patch, training):
        rows = sequences(*LENGTHS)
        expected, _ = run(trunk(patch).train(training), rows)
        single = trunk(patch, dtype=torch.float32).train(training)
        found, real = run(single, [row.float() for row in rows])
        assert found.dtype == real.dtype == torch.float32
        torch.testing.assert_close(found.double(), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("patch", PATCHES)
def test_neighbours_are_not_seen_after_training(patch):
    made, rows = trunk(patch).eval(), sequences(*LENGTHS)
    together, real = run(made, rows)
    for row, h, exists in zip(rows, together, real[:, 0] > 0, strict=True):
        torch.testing.assert_close(run(made, [row])[0][0], h[:, exists])


def test_a_block_is_what_torchs_layers_give():
    made = trunk(depth=1).eval()
    block, (row,) = made.blocks[0], sequences(6)
    h = row[None]
    for i, kernel in enumerate((7, 5, 3)):
        h = functional.conv1d(h, block.convolutions[i].weight, padding=kernel // 2)
        h = torchs(block.norms[i])(h)
        h = h.relu() if i < 2 else h
    beside = torchs(block.shortcut_norm)(functional.conv1d(row[None], block.shortcut.weight))
    torch.testing.assert_close(made(row[None], None)[0], (h + beside).relu())


def torchs(norm):
    """Torch's layer of the same state."""
    other = nn.BatchNorm1d(len(norm.weight)).to(norm.weight.dtype)
    other.load_state_dict(norm.state_dict(), strict=False)
    return other.eval()


@pytest.mark.parametrize("patch", PATCHES)
def test_patches_are_means_of_what_the_first_block_gives(patch):
    whole, made = trunk(depth=1).eval(), trunk(patch, depth=1).eval()
    for row in sequences(*LENGTHS):
        steps = whole(row[None], None)[0]
        means = [part.mean(dim=2) for part in steps.split(patch, dim=2)]
        torch.testing.assert_close(made(row[None], None)[0], torch.stack(means, dim=2))
        torch.testing.assert_close(
            run(made, [row], 12)[0][:, :, : len(means)].detach(), made(row[None], None)[0].detach()
        )
