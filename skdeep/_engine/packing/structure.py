"""When two modules are one architecture."""

import weakref
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from enum import Enum
from types import BuiltinFunctionType, FunctionType
from typing import Any

import torch
from torch import Tensor, nn

# What a module of torch keeps for itself; its children and tensors are looked at one by one.
_BOOKKEEPING = {"training", "_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"}
_PLAIN = (str, bytes, int, float, complex, type(None), type, Enum)
_HASHED = (
    torch.dtype,
    torch.device,
    torch.layout,
    torch.memory_format,
    FunctionType,
    BuiltinFunctionType,
)


class _Same:
    """Something that equals nothing but itself."""

    def __init__(self, value: object):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def structure_key(module: nn.Module) -> Hashable:
    """A key that is equal for modules which compute the same function of parameters and rows.

    It holds the tree of types, the shapes of parameters and buffers, which of them are one and
    the same, and every attribute a module has. Attributes that cannot be compared by value make
    modules differ unless they are the same object.

    Parameters
    ----------
    module : Module

    Examples
    --------
    >>> from torch import nn
    >>> from skdeep._engine.packing.structure import structure_key
    >>> structure_key(nn.Linear(4, 3)) == structure_key(nn.Linear(4, 3))
    True
    >>> structure_key(nn.Linear(4, 3)) == structure_key(nn.Linear(3, 3))
    False
    """
    names: dict[int, str] = {}  # of every tensor that has one, the first
    tensors: list[Hashable] = []
    saved = module.state_dict(keep_vars=True)
    for kind, named in (
        ("parameter", module.named_parameters(remove_duplicate=False)),
        ("buffer", module.named_buffers(remove_duplicate=False)),
    ):
        for name, tensor in named:
            first = names.setdefault(id(tensor), name)
            facts = (tuple(tensor.shape), tensor.dtype, tensor.requires_grad, name in saved)
            tensors.append((kind, name, first, *facts))
    children = [
        (name, type(child), _attributes(child, names))
        for name, child in module.named_modules(remove_duplicate=False)
    ]
    return (tuple(children), tuple(tensors))


def _attributes(module: nn.Module, names: dict[int, str]) -> Hashable:
    return tuple(
        (name, _comparable(value, names))
        for name, value in sorted(vars(module).items())
        if name not in _BOOKKEEPING
    )


def _comparable(value: Any, names: dict[int, str]) -> Hashable:
    """Something hashable that is equal where values are."""
    if isinstance(value, _PLAIN):
        return (type(value), value)  # else 1 would equal True
    if isinstance(value, _HASHED):
        return value
    if isinstance(value, weakref.ref):
        return _comparable(value(), names)
    if isinstance(value, Tensor) and id(value) in names:
        return names[id(value)]
    if isinstance(value, list | tuple):
        return (type(value), tuple(_comparable(item, names) for item in value))
    if isinstance(value, dict):
        pairs = value.items()
        return (
            type(value),
            tuple((_comparable(k, names), _comparable(v, names)) for k, v in pairs),
        )
    if isinstance(value, set | frozenset):
        return (type(value), frozenset(_comparable(item, names) for item in value))
    if is_dataclass(value):
        held = tuple(_comparable(getattr(value, f.name), names) for f in fields(value))
        return (type(value), held)
    return _Same(value)
