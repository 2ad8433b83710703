"""The multi-layer perceptron: as a torch module, and as a plain function for prediction."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from skdeep._engine.modules.activations import ACTIVATIONS


class _ActivationLayer(nn.Module):
    def __init__(self, name: str):
        super().__init__()
        self.name = name
        self._function = ACTIVATIONS[name].layer()

    def forward(self, x: Tensor) -> Tensor:
        return self._function(x)


class MLP(nn.Module):
    """A multi-layer perceptron; `forward` returns raw outputs (logits for a classifier).

    Parameters
    ----------
    layer_units : sequence of int
        Numbers of inputs, of units in each hidden layer, and of outputs.
    activation : str, default="relu"
        Activation of the hidden layers.
    dropout : float, default=0.0
        Probability with which a hidden unit is left out while training.

    Examples
    --------
    >>> import torch
    >>> from skdeep._engine.modules.mlp import MLP
    >>> MLP((4, 8, 3))(torch.zeros(5, 4)).shape
    torch.Size([5, 3])
    """

    def __init__(self, layer_units: Sequence[int], activation: str = "relu", dropout: float = 0.0):
        super().__init__()
        layers: list[nn.Module] = []
        for i, (fan_in, fan_out) in enumerate(pairwise(layer_units)):
            if i:
                layers.append(_ActivationLayer(activation))
                if dropout:
                    layers.append(nn.Dropout(dropout))
            layers.append(nn.Linear(fan_in, fan_out))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:  # (n, features) -> (n, outputs)
        """Return raw outputs."""
        return self.layers(x)

    @torch.no_grad()
    def load_weights(self, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> "MLP":
        """Copy weights of shape (fan_in, fan_out) and biases into the layers."""
        linears = [layer for layer in self.layers if isinstance(layer, nn.Linear)]
        for linear, weight, bias in zip(linears, weights, biases, strict=True):
            linear.weight.copy_(weight.T)
            linear.bias.copy_(bias)
        return self


def mlp_outputs(
    x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor], activation: str
) -> Tensor:
    """Raw outputs of a perceptron.

    Parameters
    ----------
    x : Tensor of shape (n, features)
    weights : sequence of Tensor of shape (fan_in, fan_out)
    biases : sequence of Tensor of shape (fan_out,)
    activation : str

    Returns
    -------
    Tensor of shape (n, outputs)
    """
    function, h = ACTIVATIONS[activation].forward, x
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        h = _linear(h, weight, bias)
        if i < len(weights) - 1:
            function(h, h)
    return h


# Rows from which oneDNN's product is worth its setting up.
_MANY_ROWS = 256
# It knows AVX-512 on processors on which MKL does not, and adds the bias on the way.
_onednn_linear = (
    getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    if torch.backends.mkldnn.is_available()
    else None
)


def _linear(h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if (
        _onednn_linear is None
        or h.shape[0] < _MANY_ROWS
        or h.dtype != torch.float32
        or h.device.type != "cpu"
    ):
        return torch.mm(h, weight).add_(bias)
    return _onednn_linear(h, weight.t(), bias, "none", [], "")
