"""Networks for tables as one tensor program."""

import math
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from skdeep._engine.packing.flat import FlatLayout, persistent_buffers
from skdeep.neural_network._tabular.networks.architectures import architecture_of
from skdeep.neural_network._tabular.networks.plan import PlannedNetwork
from skdeep.neural_network._tabular.networks.tensors import Tensors, nested


class PackedTable:
    """K networks of one plan behind the interface of a pack.

    Parameters
    ----------
    network : PlannedNetwork
        Says what is computed; its own tensors are not used.
    flat : Tensor of shape (K, P)
        Parameters in the order of `FlatLayout`; trained in place.
    held : dict of str to Tensor of shape (K, ...)
        Buffers.
    """

    def __init__(self, network: PlannedNetwork, flat: Tensor, held: dict[str, Tensor]):
        self.network = network
        self.flat = flat  # (K, P)
        layout = FlatLayout(network)
        self.n_weights = layout.n_weights
        self.values_per_row, self.multiplications_per_row = table_sizes(network)
        self._held = held
        # Leaves of the graph that share memory with `flat`, so that there is nothing to copy.
        self._leaves = [view.detach().requires_grad_() for view in layout.views(flat)]
        named = zip(layout.names, self._leaves, strict=True)
        self._tensors = nested([*named, *held.items()])
        self._outputs: Tensor

    @classmethod
    def of(cls, networks: Sequence[PlannedNetwork], flat: Tensor) -> "PackedTable":
        """Pack networks of one plan."""
        buffers = [dict(network.named_buffers()) for network in networks]
        held = {
            name: torch.stack([own[name] for own in buffers]).to(flat.device) for name in buffers[0]
        }
        return cls(networks[0], flat, held)

    @cached_property
    def grad(self) -> Tensor:
        """Gradients of the batch last seen by `backward`; (K, P)."""
        return torch.zeros_like(self.flat)

    @cached_property
    def _gradients(self) -> list[Tensor]:
        return FlatLayout(self.network).views(self.grad)

    def start_epoch(self, seeds: Sequence[int]) -> None:
        """Nothing to do: dropout masks come with the batches."""

    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the raw outputs for a batch `x` (K, B, n_columns) into `out` (K, B, outputs)."""
        with torch.enable_grad():
            self._outputs = self.network.run(self._tensors, x, masks)
        return out.copy_(self._outputs.detach())

    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` what follows from the gradient `delta` by the raw outputs."""
        gradients = torch.autograd.grad(self._outputs, self._leaves, delta)
        torch._foreach_copy_(self._gradients, gradients)
        del self._outputs  # and with it the graph

    def all_outputs(self, x: Tensor) -> Tensor:
        """Raw outputs (K, n, outputs) of all members for rows `x` (n, n_columns)."""
        with torch.no_grad():
            return self.network.answer(self._tensors, x.expand(len(self.flat), *x.shape))

    def in_shared_units(self, outputs: Tensor) -> Tensor:
        """Raw outputs (K, n, outputs) in the units that members share."""
        units = self.network.units
        return outputs if units is None else units(self._tensors["units"], outputs)

    def tensors_of(self, k: int) -> Tensors:
        """Parameters and buffers of member k, as those of a pack of one."""
        return _of_member(self._tensors, k)

    def representations(self, x: Tensor) -> Tensor:
        """Last hidden layers (K, n, width) of all members for rows `x` (n, n_columns)."""
        with torch.no_grad():
            return self.network.representation(self._tensors, x.expand(len(self.flat), *x.shape))

    def attention(self, x: Tensor) -> list[Tensor]:
        """Weights of attention of all members, (K, n, heads, tokens, tokens) for each block."""
        with torch.no_grad():
            return self.network.attention(self._tensors, x.expand(len(self.flat), *x.shape))

    def outputs(self, k: int, x: Tensor) -> Tensor:
        """Raw outputs (n, outputs) of member k for rows `x` (n, n_columns)."""
        return self.keep(torch.tensor([k])).all_outputs(x)[0]

    def buffers(self, k: int) -> dict[str, Tensor]:
        """What member k keeps besides its parameters, by name."""
        saved = persistent_buffers(self.network)
        return {name: value[k] for name, value in self._held.items() if name in saved}

    def keep(self, places: Tensor) -> "PackedTable":
        """Build the network of the members at `places`."""
        held = {name: value[places] for name, value in self._held.items()}
        return type(self)(self.network, self.flat[places], held)


def _of_member(tensors: Tensors, k: int) -> Tensors:
    return {
        name: value[k : k + 1].detach() if isinstance(value, Tensor) else _of_member(value, k)
        for name, value in tensors.items()
    }


def table_sizes(network: PlannedNetwork) -> tuple[int, int]:
    """Numbers that a row keeps, and multiplications of its products, roughly."""
    plan = network.plan
    shapes = [p.shape for p in network.trunk.parameters() if p.ndim == 2]
    of_cross = [] if network.cross is None else [p.shape for p in network.cross.down]
    features = plan.n_scaled + sum(plan.bins) + plan.n_frequencies * plan.n_numbers
    uses = architecture_of(plan).n_uses(plan)
    n_kept = features + 4 * uses * sum(shape[1] for shape in shapes)
    n_kept += 2 * sum(shape[0] for shape in of_cross)
    n_multiplications = uses * sum(math.prod(shape) for shape in shapes)
    return n_kept, n_multiplications + 2 * sum(math.prod(shape) for shape in of_cross)
