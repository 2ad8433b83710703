"""The U-Net answers for every place of images of any size, and each place sees its surroundings."""

import math

import pytest
import torch

from skdeep._kinds.images.unet import UNet


def unet(**settings):
    torch.manual_seed(0)
    return UNet(n_channels=2, n_outputs=3, width=4, **settings)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (7, 8), (16, 9), (17, 31)])
@pytest.mark.parametrize(("depth", "stride"), [(1, 1), (3, 1), (3, 2), (2, 4)])
def test_it_answers_for_every_place(size, depth, stride):
    x = torch.randn(2, *size, 2)
    height, width = (math.ceil(side / stride) for side in size)
    net = unet(depth=depth, stride=stride)
    assert net(x).shape == (2, 3 * height * width)
    assert net.eval()(x).shape == (2, 3 * height * width)


def places(net, x):
    return net(x).view(len(x), 3, x.shape[1], x.shape[2])


def test_what_is_far_away_changes_nothing():
    # One halving: the last convolutions see 2 places on, the coarse ones 4 of 2 pixels each, and
    # the first ones 2; with the place itself in a pair, less than 16 pixels away.
    net, x = unet(depth=1).eval(), torch.randn(1, 48, 48, 2)
    changed = x.clone()
    changed[0, 40, 40] += 10.0
    before, after = places(net, x), places(net, changed)
    rows, columns = (before != after).any(dim=1)[0].nonzero(as_tuple=True)
    assert rows.min() > 24
    assert columns.min() > 24
    assert rows.min() < 36  # but the surroundings do change


def test_a_larger_canvas_changes_nothing_far_from_its_edge():
    net, x = unet(depth=1).eval(), torch.randn(1, 41, 43, 2)
    larger = torch.zeros(1, 60, 60, 2)
    larger[:, :41, :43] = x
    torch.testing.assert_close(
        places(net, larger)[..., :24, :26], places(net, x)[..., :24, :26], rtol=1e-5, atol=1e-6
    )


def test_images_that_move_by_whole_strides_move_the_answer():
    net, x = unet(depth=2).eval(), torch.randn(1, 64, 64, 2)
    moved = x.roll((4, 8), dims=(1, 2))
    inside = slice(28, 36)
    torch.testing.assert_close(
        places(net, moved)[..., 32:40, 36:44],
        places(net, x)[..., inside, inside],
        rtol=1e-5,
        atol=1e-6,
    )


def test_first_answers_are_near_the_bias():
    bias = [-2.0, 0.0, 5.0]
    outputs = places(unet(first_bias=bias).eval(), torch.randn(4, 9, 9, 2))
    assert outputs.mean(dim=(0, 2, 3)).tolist() == pytest.approx(bias, abs=0.5)


def test_a_batch_of_one_place_keeps_the_running_statistics():
    net = unet(depth=1)
    before = {name: buffer.clone() for name, buffer in net.named_buffers()}
    net(torch.randn(1, 1, 1, 2))
    assert all(torch.equal(before[name], buffer) for name, buffer in net.named_buffers())
