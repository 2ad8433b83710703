"""Parameters and buffers with a leading member axis, in the tree of the modules they belong to."""

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor, nn

# A tensor by its name, or the tensors of a child by the child's name.
Tensors = Mapping[str, Any]


def nested(named: Iterable[tuple[str, Tensor]]) -> dict[str, Any]:
    """Arrange tensors with dotted names as a tree.

    Parameters
    ----------
    named : iterable of (str, Tensor)

    Examples
    --------
    >>> from skdeep.neural_network._tabular.networks.tensors import nested
    >>> nested([("trunk.0.bias", 1), ("scale", 2)])
    {'trunk': {'0': {'bias': 1}}, 'scale': 2}
    """
    tree: dict[str, Any] = {}
    for name, tensor in named:
        *path, leaf = name.split(".")
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
        branch[leaf] = tensor
    return tree


def own_tensors(module: nn.Module) -> dict[str, Any]:
    """The tensors of one module, as a pack of one member."""
    named = [*module.named_parameters(), *module.named_buffers()]
    return nested((name, tensor.unsqueeze(0)) for name, tensor in named)


def run_alone(module: nn.Module, x: Tensor) -> Tensor:
    """Compute a module that wants a member axis, for one member; (n, ...) -> (n, ...)."""
    outputs: Tensor = module(own_tensors(module), x.unsqueeze(0))
    return outputs.squeeze(0)
