"""The architectures that read images, and the networks made of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._estimator.network.architecture import Architecture
from skdeep._kinds.images.convolutional import ImageConvolutions
from skdeep._kinds.images.network import ImageNet
from skdeep._kinds.images.perceptron import ImagePerceptron
from skdeep._kinds.images.transformer import ImageTransformer

# Larger images are made smaller first: convolutions see about as many pixels in a direction.
_MOST_PIXELS = 64
# Stages of convolutions, each of which halves the image, at most.
_MOST_STAGES = 4
# Patches of a Transformer in a direction, at most.
_MOST_PATCHES = 8


@dataclass(frozen=True)
class TrunkSizes:
    """What a trunk is made for.

    Attributes
    ----------
    image_shape : tuple of int
        Height, width, channels.
    width : int
    depth : int
        0 for as many as the image needs.
    patch_size : int or "auto"
    n_heads : int
    dropout : float
    """

    image_shape: tuple[int, int, int]
    width: int
    depth: int
    patch_size: int | str
    n_heads: int
    dropout: float

    @property
    def side(self) -> int:
        """The longer side of an image."""
        return max(self.image_shape[:2])


@dataclass(frozen=True, kw_only=True)
class ImageArchitecture(Architecture):
    """One architecture for images.

    Attributes
    ----------
    trunk : callable
        Builds what makes features of an image.
    is_moved : bool
        Whether ``shift='auto'`` moves images in training.
    """

    trunk: Callable[[TrunkSizes], nn.Module]
    is_moved: bool = True


def _convolutions(sizes: TrunkSizes) -> nn.Module:
    patch, depth = sizes.patch_size, sizes.depth
    if isinstance(patch, str):
        patch = -(-sizes.side // _MOST_PIXELS)
    if not depth:
        halved = -(-sizes.side // patch)
        # Until there are eight pixels or fewer in a direction.
        depth = min(max(2, (halved - 1).bit_length() - 3), _MOST_STAGES)
    return ImageConvolutions(sizes.image_shape[2], sizes.width, depth, patch)


def _perceptron(sizes: TrunkSizes) -> nn.Module:
    height, length, n_channels = sizes.image_shape
    return ImagePerceptron(height * length * n_channels, sizes.width, sizes.depth, sizes.dropout)


def _attention(sizes: TrunkSizes) -> nn.Module:
    height, length, _ = sizes.image_shape
    patch = sizes.patch_size
    if isinstance(patch, str):
        patch = max(2, -(-sizes.side // _MOST_PATCHES))
    return ImageTransformer(
        sizes.image_shape,
        sizes.width,
        sizes.depth,
        sizes.n_heads,
        sizes.dropout,
        (min(patch, height), min(patch, length)),
    )


ARCHITECTURES = {
    "cnn": ImageArchitecture(
        words="'cnn' is residual blocks of convolutions [8]_",
        trunk=_convolutions,
        width=16,
        depth=0,
        clips_gradients=False,
        mixes_rows=True,
    ),
    "mlp": ImageArchitecture(
        words="'mlp' is layers of units that see all pixels",
        trunk=_perceptron,
        width=256,
        depth=2,
    ),
    "vit": ImageArchitecture(
        words="'vit' is blocks of attention over patches [9]_",
        trunk=_attention,
        width=64,
        depth=4,
        # Attention would need many more steps to learn that places do not matter.
        is_moved=False,
        heads_divide=1,
    ),
}


def image_networks(n_estimators: int, **settings: Any) -> NetworkEnsemble:
    """Build the networks of an estimator; `settings` are those of `image_network`."""
    return NetworkEnsemble([image_network(**settings) for _ in range(n_estimators)])


def image_network(
    architecture: str,
    width: int | str,
    depth: int | str,
    patch_size: int | str,
    n_heads: int,
    dropout: float,
    image_shape: tuple[int, int, int],
    n_outputs: int,
) -> ImageNet:
    """Build one network for images of that shape (H, W, C)."""
    chosen = ARCHITECTURES[architecture]
    width = chosen.width if isinstance(width, str) else width
    depth = chosen.depth if isinstance(depth, str) else depth
    sizes = TrunkSizes(image_shape, width, depth, patch_size, n_heads, dropout)
    return ImageNet(chosen.trunk(sizes), n_outputs, dropout)
