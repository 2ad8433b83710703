"""Torch networks; they know nothing of scikit-learn."""

from skdeep.modules.activations import ACTIVATIONS
from skdeep.modules.initialization import WEIGHT_INITS, initial_weights
from skdeep.modules.mlp import MLP, mlp_outputs
from skdeep.modules.packed import PackedMLP, layer_views, n_weights

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "WEIGHT_INITS",
    "PackedMLP",
    "initial_weights",
    "layer_views",
    "mlp_outputs",
    "n_weights",
]
