"""From members to the network that computes them, and from the network to arrays."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.packing.flat import FlatLayout, flat_vector
from skdeep._engine.packing.interface import PackedNetwork
from skdeep._engine.packing.perceptron import PackedMLP
from skdeep._engine.packing.trial import Traits, module_copies, module_pack, module_traits
from skdeep._engine.training.looped_ensembles import LoopedEnsembles
from skdeep._engine.training.member import Member
from skdeep._engine.training.prediction import module_outputs, network_outputs
from skdeep._engine.training.randomness import RandomStream

# Rows that a module is tried on.
_TRIAL_ROWS = 4


def without_gradients(member: Member) -> AbstractContextManager[object]:
    """The mode in which a member trains; what autograd records is not made in inference mode."""
    return torch.inference_mode() if member.module is None else _no_gradients()


@contextmanager
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode(False), torch.no_grad():
        yield


def make_network(members: Sequence[Member], streams: Sequence[RandomStream]) -> PackedNetwork:
    """Build the network of members with equal pack keys, at the parameters they start from.

    Parameters
    ----------
    members : sequence of Member
    streams : sequence of RandomStream
        One a member.
    """
    first = members[0]
    rows = [
        torch.from_numpy(np.array(stream.weights)).to(dtype=member.dtype, device=member.device)
        if member.module is None or member.start is not None
        else flat_vector(member.module).to(dtype=member.dtype, device=member.device)
        for member, stream in zip(members, streams, strict=True)
    ]
    flat = torch.stack(rows)  # (K, P)
    if first.module is None:
        return PackedMLP(flat, first.layer_units, first.activation)
    traits = traits_of(first)
    if not traits.takes_one_row and first.n_rows % first.batch_size == 1:
        raise ValueError(
            f"batch_size={first.batch_size} leaves one of {first.n_rows} training rows for the "
            f"last batch, and module={type(first.module).__name__} cannot train on a single row. "
            "Choose another batch_size."
        )
    templates = [member.module for member in members if member.module is not None]
    buffers = [_starting_buffers(member) for member in members]
    if not isinstance(first.module, NetworkEnsemble):
        return module_pack(templates, flat, traits, buffers)
    return LoopedEnsembles(
        module_copies(templates, flat, buffers),
        flat,
        draws=traits.draws,
        changes_rows=traits.changes_rows,
        values_per_row=traits.values_per_row,
        multiplications_per_row=traits.multiplications_per_row,
    )


def _starting_buffers(member: Member) -> dict[str, Tensor]:
    saved = {} if member.start is None else member.start.buffers
    return {name: torch.from_numpy(np.array(value)) for name, value in saved.items()}


def traits_of(member: Member) -> Traits:
    """What the module of a member can do, tried on its first rows."""
    assert member.module is not None
    index = torch.arange(min(_TRIAL_ROWS, member.n_rows), device=member.device)
    x = member.X.chunk(index if member.rows is None else member.rows[index])
    module, n_outputs, where = member.module, member.layer_units[-1], (member.dtype, member.device)
    if not isinstance(module, NetworkEnsemble):
        return module_traits(module, x, n_outputs, *where)
    networks = module.networks
    of_one = module_traits(networks[0], x, n_outputs // len(networks), *where)
    return replace(of_one, can_pack=False, values_per_row=len(networks) * of_one.values_per_row)


def n_values(member: Member) -> int:
    """Count what training a member keeps: parameters, their moments, and hidden values."""
    if member.module is None:
        pairs = pairwise(member.layer_units)
        n_parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairs)
    else:
        n_parameters = FlatLayout(member.module).n_parameters
    return 4 * n_parameters + member.batch_size * values_per_row(member)


def validation_outputs(net: PackedNetwork, k: int, member: Member) -> Tensor:
    """Raw outputs (n, outputs) of row k of a network for the validation rows of its member."""
    validation = member.validation
    assert validation is not None
    if isinstance(net, PackedMLP):
        layers = net.layers(k)
        return network_outputs(validation.X, *layers, net.activation, index=validation.rows)
    return module_outputs(
        validation.X, lambda x: net.outputs(k, x), net.values_per_row, index=validation.rows
    )


def copy_parameters(net: PackedNetwork, k: int) -> tuple[object, ...]:
    """Copy what a score that is a function takes of row k: weights, and the buffers of a module."""
    weights = copy_weights(net, k)
    return (weights,) if isinstance(net, PackedMLP) else (weights, copy_buffers(net, k))


def copy_weights(net: PackedNetwork, k: int) -> np.ndarray:
    """Copy the parameters of row k as a flat array."""
    return net.flat[k].cpu().numpy().copy()


def copy_buffers(net: PackedNetwork, k: int) -> dict[str, np.ndarray]:
    """Copy the buffers of row k, by name."""
    return {name: buffer.cpu().numpy().copy() for name, buffer in net.buffers(k).items()}


def values_per_row(member: Member) -> int:
    """Hidden values of a row of a batch."""
    if member.module is None:
        return 4 * sum(member.layer_units[1:])
    return traits_of(member).values_per_row


def n_multiplications(member: Member) -> int:
    """Those of the largest product that one row of a batch takes part in, roughly."""
    if member.module is not None:
        return max(1, traits_of(member).multiplications_per_row)
    return max(fan_in * fan_out for fan_in, fan_out in pairwise(member.layer_units))
