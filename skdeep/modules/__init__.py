"""Torch networks; they know nothing of scikit-learn."""

from skdeep.modules.activations import ACTIVATIONS
from skdeep.modules.mlp import MLP, mlp_outputs
from skdeep.modules.packed import PackedMLP, layer_views, n_weights

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "PackedMLP",
    "layer_views",
    "mlp_outputs",
    "n_weights",
]
