"""Properties of a module, found by trying it once on a few rows."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from skdeep._engine.packing.flat import FlatLayout, flat_vector, load_buffers
from skdeep._engine.packing.interface import PackedNetwork
from skdeep._engine.packing.looped import LoopedModules
from skdeep._engine.packing.structure import structure_key
from skdeep._engine.packing.vmapped import PackedModule

# Packed and alone may differ by rounding, not by more.
_TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-8}
# Parameters of the second network of a trial differ from the first's by this factor.
_CHANGED = 1.01
_MOST_REMEMBERED = 64


@dataclass(frozen=True)
class Traits:
    """What a trial found.

    Attributes
    ----------
    can_pack : bool
        Whether `torch.func` batches the module, with the same result.
    draws : bool
        Whether it draws random numbers.
    changes_rows : bool
        Whether it works in place on the rows it is given.
    takes_one_row : bool
        Whether it can train on a single row; normalisation over a batch cannot.
    values_per_row : int
        Numbers kept for the backward pass, a row, and their gradients.
    multiplications_per_row : int
        Roughly.
    """

    can_pack: bool
    draws: bool
    changes_rows: bool
    takes_one_row: bool
    values_per_row: int
    multiplications_per_row: int


@runtime_checkable
class PacksItself(Protocol):
    """A module with a member axis of its own, which need not be tried out."""

    @property
    def traits(self) -> Traits:
        """What it can do."""

    @staticmethod
    def packed(modules: Sequence[Any], flat: Tensor) -> PackedNetwork:
        """Build the network of modules of one structure."""


_remembered: OrderedDict[Hashable, Traits] = OrderedDict()
_remembering = threading.Lock()
_no_fallback = threading.Lock()


def module_traits(
    module: nn.Module, x: Tensor, n_outputs: int, dtype: torch.dtype, device: torch.device
) -> Traits:
    """Try out a module; the result is cached for others of its structure.

    Parameters
    ----------
    module : Module
        It is not changed.
    x : Tensor of shape (n, ...)
        A few rows.
    n_outputs : int
        Number of raw outputs that are expected.
    dtype : torch.dtype
        What parameters are trained in.
    device : torch.device
    """
    if isinstance(module, PacksItself):
        return module.traits
    key = (structure_key(module), x.shape, x.dtype, n_outputs, dtype, device)
    with _remembering:
        if key in _remembered:
            _remembered.move_to_end(key)
            return _remembered[key]
    with torch.inference_mode(False), torch.no_grad():
        traits = _try_out(module, x, n_outputs, dtype, device)
    with _remembering:
        _remembered[key] = traits
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return traits


def module_pack(
    templates: Sequence[nn.Module],
    flat: Tensor,
    traits: Traits,
    buffers: Sequence[Mapping[str, Tensor]],
) -> PackedNetwork:
    """Build the network of members whose modules have one structure.

    Parameters
    ----------
    templates : sequence of Module
        They are not changed.
    flat : Tensor of shape (K, P)
        Initial parameters; trained in place.
    traits : Traits
    buffers : sequence of mapping of str to Tensor
        They replace the buffers of the templates.
    """
    modules = module_copies(templates, flat, buffers)
    if isinstance(modules[0], PacksItself):
        return modules[0].packed(modules, flat)
    sizes = {
        "values_per_row": traits.values_per_row,
        "multiplications_per_row": traits.multiplications_per_row,
    }
    if traits.can_pack and len(modules) > 1:
        return PackedModule.of(modules, flat, **sizes)
    return LoopedModules(
        modules, flat, draws=traits.draws, changes_rows=traits.changes_rows, **sizes
    )


def module_copies(
    templates: Sequence[nn.Module], flat: Tensor, buffers: Sequence[Mapping[str, Tensor]]
) -> list[nn.Module]:
    """Copy modules to where `flat` is, with other buffers."""
    modules = [_copy(template, flat.dtype, flat.device) for template in templates]
    for module, saved in zip(modules, buffers, strict=True):
        load_buffers(module, saved)
    return modules


def _copy(template: nn.Module, dtype: torch.dtype, device: torch.device) -> nn.Module:
    module = deepcopy(template).to(device=device, dtype=dtype)
    module.zero_grad(set_to_none=True)
    return module


def _try_out(
    template: nn.Module, x: Tensor, n_outputs: int, dtype: torch.dtype, device: torch.device
) -> Traits:
    """Compute two networks for a few rows: one after the other, then as one program."""
    x = x.clone()  # it may be a view of the data
    version = x._version
    first = flat_vector(template).to(dtype=dtype, device=device)
    flat = torch.stack([first, _CHANGED * first])
    looped = LoopedModules([_copy(template, dtype, device) for _ in flat], flat.clone(), draws=True)
    with _counted(looped) as saved:
        shape = looped.outputs(0, x).shape
        if shape != (len(x), n_outputs):
            raise ValueError(
                f"module={type(template).__name__} gave outputs of shape {tuple(shape)} for "
                f"{len(x)} rows: it should give raw outputs of shape {(len(x), n_outputs)}."
            )
        expected = _one_step(looped, x.expand(2, *x.shape), n_outputs)
    assert looped.randomness is not None
    draws = any(randomness.has_drawn for randomness in looped.randomness)
    changes_rows = x._version != version
    layout = FlatLayout(template)
    n_kept = max(1, sum(saved) // (2 * len(x)))
    # A weight is used once for every value that its layer returns.
    uses = max(1, n_kept // max(1, layout.n_units))
    can_pack = not (draws or changes_rows) and all(
        _packs_like(expected, template, flat, rows, n_outputs)
        for rows in (x.expand(2, *x.shape), torch.stack([x, x]))  # shared and not
    )
    return Traits(
        can_pack,
        draws,
        changes_rows,
        takes_one_row=_takes_one_row(looped, x, n_outputs),
        values_per_row=2 * n_kept,
        multiplications_per_row=uses * layout.n_weights,
    )


def _takes_one_row(net: LoopedModules, x: Tensor, n_outputs: int) -> bool:
    try:
        net.forward(x[:1].expand(2, *x[:1].shape), net.flat.new_empty(2, 1, n_outputs))
    except ValueError:
        return False
    return True


def _one_step(net: LoopedModules | PackedModule, x: Tensor, n_outputs: int) -> list[Tensor]:
    """Outputs, gradients and buffers after one step."""
    out = net.flat.new_empty(*x.shape[:2], n_outputs)
    net.forward(x, out)
    delta = torch.linspace(0.5, 1.5, out.numel()).to(out).view_as(out)
    net.backward(x, delta)
    return [out, net.grad, *(b for k in range(2) for b in net.buffers(k).values())]


def _packs_like(
    expected: Sequence[Tensor], template: nn.Module, flat: Tensor, x: Tensor, n_outputs: int
) -> bool:
    modules = [_copy(template, flat.dtype, flat.device) for _ in flat]
    try:
        with _without_fallback():
            found = _one_step(PackedModule.of(modules, flat.clone()), x, n_outputs)
    except Exception:  # an operator may refuse in its own way
        return False
    tolerance = _TOLERANCE.get(flat.dtype, 1e-2)
    return all(
        one.shape == other.shape
        and torch.allclose(
            one.double(), other.double(), rtol=tolerance, atol=tolerance, equal_nan=True
        )
        for one, other in zip(expected, found, strict=True)
    )


@contextmanager
def _without_fallback() -> Iterator[None]:
    """Have torch.func refuse what it would compute member by member, with a warning."""
    settings: Any = torch._C._functorch
    with _no_fallback:
        before = settings._is_vmap_fallback_enabled()
        settings._set_vmap_fallback_enabled(False)
        try:
            yield
        finally:
            settings._set_vmap_fallback_enabled(before)


@contextmanager
def _counted(net: LoopedModules) -> Iterator[list[int]]:
    """Count the numbers that are kept for the backward pass, parameters left out."""
    saved: list[int] = []
    parameters = net.flat.untyped_storage().data_ptr()

    def keep(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage().data_ptr() != parameters:
            saved.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield saved
