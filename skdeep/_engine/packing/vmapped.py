"""Modules of one architecture as one tensor program, by torch.func."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from skdeep._engine.packing.flat import FlatLayout, load_flat, persistent_buffers
from skdeep._engine.packing.looped import LoopedModules


class PackedModule:
    """K modules whose operators `torch.func` gives a member axis.

    Parameters
    ----------
    module : Module
        Their architecture. It is taken over.
    flat : Tensor of shape (K, P)
    held : mapping of str to Tensor of shape (K, ...)
        Buffers, and frozen parameters in which members differ; taken over.
    values_per_row, multiplications_per_row : int
    """

    def __init__(
        self,
        module: nn.Module,
        flat: Tensor,
        held: Mapping[str, Tensor],
        *,
        values_per_row: int = 1,
        multiplications_per_row: int = 1,
    ):
        self._module = module.train()
        self._held = dict(held)
        self.values_per_row = values_per_row
        self.multiplications_per_row = multiplications_per_row
        self.flat = flat  # (K, P)
        self.grad = torch.zeros_like(flat)  # (K, P)
        layout = FlatLayout(module)
        self.n_weights = layout.n_weights
        self._names = layout.names
        # Leaves of the graph that share memory with `flat`, so that there is nothing to copy.
        self._leaves = [view.detach().requires_grad_() for view in layout.views(flat)]
        self._gradients = layout.views(self.grad)
        self._outputs: Tensor

    @classmethod
    def of(cls, modules: Sequence[nn.Module], flat: Tensor, **sizes: int) -> "PackedModule":
        """Pack modules of one architecture, of which the first is taken over."""
        held = {name: _stacked(modules, name) for name, _ in modules[0].named_buffers()}
        for name, parameter in modules[0].named_parameters():
            if parameter.requires_grad:
                continue
            frozen = [module.get_parameter(name).detach() for module in modules]
            if not all(torch.equal(frozen[0], other) for other in frozen[1:]):
                held[name] = torch.stack(frozen)
        return cls(modules[0], flat, held, **sizes)

    def start_epoch(self, seeds: Sequence[int]) -> None:
        """Nothing to do: a module that draws is no tensor program."""

    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the raw outputs for a batch `x` (K, B, ...) into `out` (K, B, outputs)."""
        shared = x.stride(0) == 0
        parameters = dict(zip(self._names, self._leaves, strict=True))
        program = vmap(self._run, in_dims=(0, 0, None if shared else 0))
        with torch.enable_grad():
            self._outputs, held = program(parameters, self._held, x[0] if shared else x)
        for name, value in held.items():
            if value.data_ptr() != self._held[name].data_ptr():  # bound anew, not changed in place
                self._held[name] = value.detach()
        return out.copy_(self._outputs.detach())

    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` what follows from the gradient `delta` by the raw outputs."""
        gradients = torch.autograd.grad(
            self._outputs, self._leaves, delta, allow_unused=True, materialize_grads=True
        )
        torch._foreach_copy_(self._gradients, gradients)
        del self._outputs  # and with it the graph

    def outputs(self, k: int, x: Tensor) -> Tensor:
        """Raw outputs (n, outputs) of member k for rows `x` (n, ...), as in prediction."""
        self._module.eval()
        try:
            outputs: Tensor = functional_call(self._module, self._tensors(k), (x,))
            return outputs
        finally:
            self._module.train()

    def buffers(self, k: int) -> dict[str, Tensor]:
        """What member k keeps besides its parameters, by name."""
        saved = persistent_buffers(self._module)
        return {name: value[k] for name, value in self._held.items() if name in saved}

    def keep(self, places: Tensor) -> "PackedModule | LoopedModules":
        """Build the network of the members at `places`."""
        flat, sizes = self.flat[places], (self.values_per_row, self.multiplications_per_row)
        held = {name: value[places] for name, value in self._held.items()}
        if len(places) > 1:
            return PackedModule(
                self._module,
                flat,
                held,
                values_per_row=sizes[0],
                multiplications_per_row=sizes[1],
            )
        # The last one needs no member axis.
        module = deepcopy(self._module)
        frozen = dict(module.named_parameters())
        load_flat(module, flat[0], {n: v[0] for n, v in held.items() if n not in frozen})
        for name in held.keys() & frozen.keys():
            frozen[name].copy_(held[name][0])
        return LoopedModules(
            [module],
            flat,
            draws=False,
            values_per_row=sizes[0],
            multiplications_per_row=sizes[1],
        )

    def _run(
        self, parameters: dict[str, Tensor], held: dict[str, Tensor], x: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        tensors = parameters | held
        outputs = functional_call(self._module, tensors, (x,))
        return outputs, {name: tensors[name] for name in held}  # some may be bound anew

    def _tensors(self, k: int) -> dict[str, Tensor]:
        own = {n: leaf[k] for n, leaf in zip(self._names, self._leaves, strict=True)}
        return own | {name: value[k] for name, value in self._held.items()}


def _stacked(modules: Sequence[nn.Module], name: str) -> Tensor:
    return torch.stack([module.get_buffer(name) for module in modules])
