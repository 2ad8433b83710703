"""The parameters of a module as one flat vector, and back."""

from collections.abc import Mapping
from itertools import accumulate

import torch
from torch import Tensor, nn


class FlatLayout:
    """Where the parameters of a module stand in a flat vector: weights first, then biases.

    Weights are the parameters of two or more dimensions. Frozen parameters have no place.

    Parameters
    ----------
    module : Module
    """

    def __init__(self, module: nn.Module):
        trained = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        trained.sort(key=lambda pair: pair[1].ndim < 2)  # stable
        self.names = [name for name, _ in trained]
        self.shapes = [p.shape for _, p in trained]
        sizes = [p.numel() for _, p in trained]
        self._edges = [0, *accumulate(sizes)]
        self.n_parameters = self._edges[-1]
        self.n_weights = sum(p.numel() for _, p in trained if p.ndim >= 2)
        self.n_units = sum(p.shape[0] for _, p in trained if p.ndim >= 2)

    def views(self, flat: Tensor) -> list[Tensor]:
        """Views of `flat` (K, P), of shape (K, *shape of a parameter)."""
        return [
            flat[:, start:stop].view(flat.shape[0], *shape)
            for start, stop, shape in zip(
                self._edges[:-1], self._edges[1:], self.shapes, strict=True
            )
        ]


def flat_vector(module: nn.Module) -> Tensor:
    """Copy the parameters of a module into a vector (P,), in the order of `FlatLayout`.

    Parameters
    ----------
    module : Module

    Examples
    --------
    >>> from torch import nn
    >>> from skdeep._engine.packing.flat import flat_vector
    >>> flat_vector(nn.Linear(4, 3)).shape
    torch.Size([15])
    """
    parameters = dict(module.named_parameters())
    rows = [parameters[name].detach().reshape(-1) for name in FlatLayout(module).names]
    if not rows:
        raise ValueError(
            f"module={type(module).__name__} has no parameter that requires a gradient: "
            "there is nothing to train. Set requires_grad=True for those that should learn."
        )
    return torch.cat(rows)


def persistent_buffers(module: nn.Module) -> dict[str, Tensor]:
    """The buffers that belong to the state of a module, by name; not copied."""
    saved = module.state_dict(keep_vars=True)
    return {name: buffer for name, buffer in module.named_buffers() if name in saved}


@torch.no_grad()
def load_flat(
    module: nn.Module, vector: Tensor, buffers: Mapping[str, Tensor] | None = None
) -> nn.Module:
    """Copy a flat vector, and buffers where there are any, into a module.

    Parameters
    ----------
    module : Module
        It is changed.
    vector : Tensor of shape (P,)
    buffers : mapping of str to Tensor, default=None

    Returns
    -------
    Module
        The same one.
    """
    layout = FlatLayout(module)
    if vector.shape != (layout.n_parameters,):
        raise ValueError(
            f"vector has shape {tuple(vector.shape)}, but module={type(module).__name__} has "
            f"{layout.n_parameters} parameters: load it into a module of the architecture that "
            "was trained."
        )
    parameters = dict(module.named_parameters())
    for name, view in zip(layout.names, layout.views(vector[None]), strict=True):
        parameters[name].copy_(view[0])
    load_buffers(module, buffers or {})
    return module


@torch.no_grad()
def load_buffers(module: nn.Module, buffers: Mapping[str, Tensor]) -> None:
    """Copy buffers into a module, by name."""
    for name, value in buffers.items():
        own = module.get_buffer(name)
        if own.shape != value.shape:  # a module may let its buffers grow
            own = own.new_empty(value.shape)
            path, _, leaf = name.rpartition(".")
            module.get_submodule(path)._buffers[leaf] = own
        own.copy_(value)
