"""Networks for images: what they compute, beside torch's own modules."""

import pytest
import torch
from torch import nn

from skdeep._kinds.images.convolutional import ImageConvolutions
from skdeep._kinds.images.network import ImageNet
from skdeep._kinds.images.perceptron import ImagePerceptron
from skdeep._kinds.images.transformer import ImageTransformer

X = torch.randn(5, 9, 6, 2, generator=torch.Generator().manual_seed(0))


def test_convolutions_are_torchs():
    trunk = ImageConvolutions(2, width=4, depth=1).eval()

    def layer(ours):
        convolution = nn.Conv2d(*ours.convolution.weight.shape[1::-1], 3, padding=1, bias=False)
        convolution.load_state_dict(ours.convolution.state_dict())
        norm = nn.BatchNorm2d(len(ours.norm.weight))
        norm.load_state_dict(ours.norm.state_dict(), strict=False)
        return nn.Sequential(convolution, norm, nn.ReLU()).eval()

    (stage,) = trunk.stages
    h = layer(trunk.stem)(X.permute(0, 3, 1, 2).contiguous())
    h = layer(stage.widening)(nn.MaxPool2d(2, ceil_mode=True)(h))
    h = h + layer(stage.second)(layer(stage.first)(h))
    torch.testing.assert_close(trunk(X), h.flatten(2).max(dim=2).values)


@pytest.mark.parametrize("patch", [2, 4])
def test_patches_become_their_mean_first(patch):
    joined, plain = ImageConvolutions(2, 4, 1, patch).eval(), ImageConvolutions(2, 4, 1).eval()
    plain.load_state_dict(joined.state_dict())
    means = [
        torch.stack([part.mean(dim=(1, 2)) for part in rows.split(patch, dim=2)], dim=1)
        for rows in X.split(patch, dim=1)
    ]
    torch.testing.assert_close(joined(X), plain(torch.stack(means, dim=1)))


def test_a_single_image_can_be_trained_on():
    net = ImageNet(ImageConvolutions(1, width=4, depth=2), n_outputs=3).train()
    net(torch.ones(1, 1, 1, 1)).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters())


def test_layers_of_a_perceptron_are_torchs():
    trunk = ImagePerceptron(108, width=7, depth=2)
    first, second = trunk.layers
    expected = nn.Sequential(nn.Flatten(), first, nn.ReLU(), second, nn.ReLU())(X)
    torch.testing.assert_close(trunk(X), expected)


def test_patches_are_those_of_an_unfolding():
    trunk = ImageTransformer((9, 6, 2), width=8, depth=1, n_heads=2, patch=(4, 3)).eval()
    padded = nn.functional.pad(X.permute(0, 3, 1, 2), (0, 0, 0, 3))
    blocks = nn.functional.unfold(padded, (4, 3), stride=(4, 3))  # (B, C * 12, patches)
    patches = blocks.unflatten(1, (2, 12)).permute(0, 3, 2, 1).flatten(2)
    assert patches.shape == (5, 6, 24)
    h = trunk.blocks[0](trunk.stem(patches) + trunk.places)
    torch.testing.assert_close(trunk(X), trunk.norm(h).mean(dim=1))


def test_places_tell_patches_apart():
    trunk = ImageTransformer((9, 6, 2), width=8, depth=1, n_heads=2, patch=(3, 3)).eval()
    swapped = torch.cat([X[:, 3:6], X[:, :3], X[:, 6:]], dim=1)
    assert (trunk(X) - trunk(swapped)).abs().max() > 1e-4
    trunk.places.detach().zero_()
    torch.testing.assert_close(trunk(X), trunk(swapped))


def test_width_that_heads_cannot_share():
    with pytest.raises(ValueError, match=r"width=6 cannot be shared among n_heads=4"):
        ImageTransformer((9, 6, 2), width=6, n_heads=4)
