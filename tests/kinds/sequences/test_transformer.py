"""Attention over time is torch's but for its turning queries, and its weights can be seen."""

import pytest
import torch
from torch import nn

from skdeep._engine.modules.attention import AttentionBlock, _turned
from skdeep._kinds.sequences.stem import SequenceStem, split_padding
from skdeep._kinds.sequences.transformer import TransformerTrunk, _turns
from tests.kinds.sequences.sequences import generator, padded, sequences

LENGTHS = (5, 9, 1, 7)


def trunk(**parameters):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return TransformerTrunk(3, width=16, n_heads=2, **parameters).double()


def test_a_block_that_turns_nothing_is_torchs_encoder_layer():
    with torch.random.fork_rng(devices=[]):
        block = AttentionBlock(width=16, n_heads=2, dropout=0.0, depth=1).double()
        for parameter in block.parameters():
            nn.init.normal_(parameter, std=0.3)
    other = nn.TransformerEncoderLayer(
        16, 2, 32, 0.0, "gelu", batch_first=True, norm_first=True, dtype=torch.float64
    )
    parts = {
        "self_attn.in_proj_": block.query_key_value,
        "self_attn.out_proj.": block.mix,
        "linear1.": block.inner,
        "linear2.": block.outer,
        "norm1.": block.before_attention,
        "norm2.": block.before_units,
    }
    state = {
        f"{name}{kind}": getattr(part, kind)
        for name, part in parts.items()
        for kind in ("weight", "bias")
    }
    other.load_state_dict(state)
    h = torch.randn(3, 6, 16, generator=generator(), dtype=torch.float64)
    seen = torch.arange(6) < torch.tensor([6, 2, 4]).unsqueeze(1)
    still = torch.stack([torch.ones(6, 4), torch.zeros(6, 4)]).double()
    weights = []
    found = block(h, still, seen[:, None, None], weights)
    expected = other(h, src_key_padding_mask=~seen)
    torch.testing.assert_close(found[seen], expected[seen])
    torch.testing.assert_close(block(h, still, seen[:, None, None], None), found)
    z = block.before_attention(h)
    _, attended = other.self_attn(z, z, z, key_padding_mask=~seen, average_attn_weights=False)
    torch.testing.assert_close(weights[0], attended)


def test_features_turn_as_complex_numbers():
    h = torch.randn(2, 5, 8, generator=generator(), dtype=torch.float64)
    speed = 10_000.0 ** -(torch.arange(0, 8, 2).double() / 8)
    turn = torch.polar(torch.ones(5, 4).double(), torch.arange(5.0).double()[:, None] * speed)
    expected = torch.complex(h[..., :4], h[..., 4:]) * turn
    found = _turned(h.unsqueeze(1), _turns(h, 8))[:, 0]
    torch.testing.assert_close(torch.complex(found[..., :4], found[..., 4:]), expected)


def test_what_a_step_sees_depends_on_how_far_away_it_is():
    block = trunk(depth=1).blocks[0]
    h = torch.randn(1, 1, 16, generator=generator(), dtype=torch.float64).expand(1, 12, 16)
    weights = []
    block(h, _turns(h, 8), None, weights)
    scores = weights[0][0].log()
    relative = scores - scores.diagonal(dim1=1, dim2=2).unsqueeze(2)
    for gap in range(-11, 12):
        along = relative.diagonal(gap, dim1=1, dim2=2)
        torch.testing.assert_close(along, along[:, :1].expand_as(along))
    assert (relative[:, 0, 1:].abs() > 1e-6).all()


@pytest.mark.parametrize("patch", [1, 2])
def test_attention_sums_to_one_over_existing_steps(patch):
    made = trunk(depth=3, patch=patch)
    values, real = split_padding(padded(sequences(*LENGTHS)))
    features, kept = made(values, real)
    weights = made.attention(values, real)
    assert [w.shape for w in weights] == [(4, 2, *2 * kept.shape[2:])] * 3
    for w in weights:
        torch.testing.assert_close(w.sum(dim=3), kept.expand(-1, 2, -1))
        assert (w * (1 - kept.unsqueeze(2))).abs().max() == 0.0
        assert (w >= 0).all()
    slow, _ = made._features(values, real, [])
    torch.testing.assert_close(slow, features)
    alone = made.attention(values[:1, :, :5], None)
    steps = -(-5 // patch)
    for one, w in zip(alone, weights, strict=True):
        torch.testing.assert_close(one[0], w[0, :, :steps, :steps])


@pytest.mark.parametrize("patch", [1, 2, 4])
def test_a_patch_reads_its_steps_and_one_on_either_side(patch):
    with torch.random.fork_rng(devices=[]):
        stem = SequenceStem(3, 5, patch).double()
    rows = sequences(*LENGTHS)
    features, real = stem(*split_padding(padded(rows)))
    weight, bias = stem.convolution.weight, stem.convolution.bias
    assert real.sum(dim=2).flatten().tolist() == [-(-n // patch) for n in LENGTHS]
    for i, row in enumerate(rows):
        for j in range(-(-row.shape[1] // patch)):
            window = row.new_zeros(3, patch + 2)
            for k, step in enumerate(range(patch * j - 1, patch * j + patch + 1)):
                if 0 <= step < row.shape[1]:
                    window[:, k] = row[:, step]
            expected = torch.tensordot(weight, window, dims=2) + bias
            torch.testing.assert_close(features[i, :, j], expected)


def test_sizes_that_cannot_be_shared_are_refused():
    with pytest.raises(ValueError, match=r"width=20 cannot be shared among n_heads=8.*of 16"):
        TransformerTrunk(3, width=20, n_heads=8)
    with pytest.raises(ValueError, match="patch=0 joins no steps"):
        TransformerTrunk(3, patch=0)
