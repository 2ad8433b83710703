"""From the parameters of an image estimator to torch networks."""

from torch import nn

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._kinds.images.convolutional import ImageConvolutions
from skdeep._kinds.images.network import ImageNet
from skdeep._kinds.images.perceptron import ImagePerceptron
from skdeep._kinds.images.transformer import ImageTransformer

_WIDTH = {"cnn": 16, "mlp": 256, "vit": 64}
_DEPTH = {"mlp": 2, "vit": 4}
# Larger images are made smaller first: convolutions see about as many pixels in a direction.
_MOST_PIXELS = 64
# Stages of convolutions, each of which halves the image, at most.
_MOST_STAGES = 4
# Patches of a Transformer in a direction, at most.
_MOST_PATCHES = 8


def image_networks(n_estimators: int, **settings) -> NetworkEnsemble:
    """Build the networks of an estimator; `settings` are those of `_network`."""
    return NetworkEnsemble([_network(**settings) for _ in range(n_estimators)])


def _network(
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
    height, length, n_channels = image_shape
    width = _WIDTH[architecture] if isinstance(width, str) else width
    if isinstance(patch_size, str):
        side = max(height, length)
        is_vit = architecture == "vit"
        patch_size = max(2, -(-side // _MOST_PATCHES)) if is_vit else -(-side // _MOST_PIXELS)
    if isinstance(depth, str):
        halved = -(-max(height, length) // patch_size)
        # Until there are eight pixels or fewer in a direction.
        depth = _DEPTH.get(architecture) or min(max(2, (halved - 1).bit_length() - 3), _MOST_STAGES)
    trunk: nn.Module
    if architecture == "cnn":
        trunk = ImageConvolutions(n_channels, width, depth, patch_size)
    elif architecture == "vit":
        patch = (min(patch_size, height), min(patch_size, length))
        trunk = ImageTransformer(image_shape, width, depth, n_heads, dropout, patch)
    else:
        trunk = ImagePerceptron(height * length * n_channels, width, depth, dropout)
    return ImageNet(trunk, n_outputs, dropout)
