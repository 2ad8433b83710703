"""Perceptrons for tables with a leading member axis, and their hand-written backward pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.packing.flat import FlatLayout
from skdeep.neural_network._tabular.networks.layers import (
    BIAS_RATE,
    SCALE_RATE,
    SLOPE_RATE,
    scaled_bias,
)
from skdeep.neural_network._tabular.networks.packed import PackedTable
from skdeep.neural_network._tabular.networks.packed_cross import PackedCross
from skdeep.neural_network._tabular.networks.plan import PlannedNetwork
from skdeep.neural_network._tabular.networks.tensors import Tensors, nested

_embedding_backward = torch.ops.aten.embedding_dense_backward


class _Parts:
    """Tensors of the trained parts, one (K, ...) for each; of parameters or of gradients."""

    def __init__(self, tree: Tensors, depth: int):
        trunk = tree["trunk"]
        numbers = [str(i) for i in range(depth)]
        self.linears = [trunk["linears"][i] for i in numbers]
        self.shares = [trunk["activations"][i]["share"] for i in numbers if "activations" in trunk]
        self.last = trunk["last"]
        self.cross = tree.get("cross", {})
        self.vectors = tree.get("categories", {}).get("vectors")


@dataclass
class _Workspace:
    """Buffers for batches of one size, made once and reused; (K, B, units)."""

    features: Tensor  # what the first product reads
    inputs: list[Tensor]  # what goes into the activations
    activated: list[Tensor]  # what comes out of them
    hidden: list[Tensor]  # what the next product reads
    by_hidden: Tensor  # gradients by what a product reads
    by_inputs: Tensor  # gradients by what goes into an activation


class PackedPerceptronTable(PackedTable):
    """K perceptrons for tables: what autograd computes, in fewer passes over less memory.

    Parameters
    ----------
    network : PlannedNetwork
        Whose trunk is a perceptron.
    flat : Tensor of shape (K, P)
    held : dict of str to Tensor of shape (K, ...)
    """

    def __init__(self, network: PlannedNetwork, flat: Tensor, held: dict[str, Tensor]):
        super().__init__(network, flat, held)
        self._depth = network.plan.depth
        self._own = _Parts(self._named(flat), self._depth)
        self._activation = ACTIVATIONS[network.plan.activation]
        factors = [linear.factor for linear in network.trunk.linears]
        self._factors = [f if i else SCALE_RATE * f for i, f in enumerate(factors)]
        self._workspaces: dict[int, _Workspace] = {}
        # Left behind by `forward` for `backward`.
        self._work: _Workspace
        self._shares: list[Tensor]  # how much of the activation the units take; (K, 1, units)
        self._places: Tensor  # of categories among the vectors of all members
        self._last_weight: Tensor  # (K, outputs, units)

    def _named(self, flat: Tensor) -> Tensors:
        layout = FlatLayout(self.network)
        return nested(zip(layout.names, layout.views(flat), strict=True))

    @cached_property
    def _grads(self) -> _Parts:
        return _Parts(self._named(self.grad), self._depth)

    @cached_property
    def _cross(self) -> PackedCross | None:
        network = self.network
        if network.cross is None:
            return None
        return PackedCross(network.cross, self._own.cross, self._grads.cross, network.n_features)

    @cached_property
    def _first_weight(self) -> Tensor:
        """Buffer for the weights of the first layer times the scales of what they read."""
        return self.flat.new_empty(self._own.linears[0]["weight"].shape)

    @torch.no_grad()
    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the raw outputs for a batch `x` (K, B, n_columns) into `out` (K, B, outputs)."""
        work = self._work = self._workspace(x.shape[1])
        self._shares = [SLOPE_RATE * share.unsqueeze(1) for share in self._own.shares]
        h = self._encode(x, work.features)
        for i, layer in enumerate(self._own.linears):
            weight = layer["weight"]
            if i == 0:
                weight = torch.mul(layer["scale"].unsqueeze(2), weight, out=self._first_weight)
            z, h_next = work.inputs[i], work.activated[i]
            torch.baddbmm(scaled_bias(layer), h, weight, alpha=self._factors[i], out=z)
            self._activation.forward(z, h_next)
            if self._shares:
                h_next = torch.lerp(z, h_next, self._shares[i], out=work.hidden[i])
            if masks is not None:
                h_next = torch.mul(h_next, masks[i], out=work.hidden[i])
            h = h_next
        # Products are slow where the last axis is short: the other way round.
        last = self._own.last
        self._last_weight = self.network.trunk.last.factor * last["weight"].mT
        torch.baddbmm(scaled_bias(last).mT, self._last_weight, h.mT, out=out.mT)
        if self._cross is not None:
            self._cross.forward(work.features, out)
        return out

    @torch.no_grad()
    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` what follows from the gradient `delta` by the raw outputs."""
        work, grads = self._work, self._grads
        by_embedded = None if self._cross is None else self._cross.backward(delta)
        by_weight = torch.bmm(delta.mT, self._read(self._depth, masks)).mT
        torch.mul(by_weight, self.network.trunk.last.factor, out=grads.last["weight"])
        _sum_of_rows(delta, BIAS_RATE, out=grads.last["bias"])
        if not self._depth:
            self._through_categories(delta, self._last_weight, 1.0, by_embedded)
            return
        torch.bmm(delta, self._last_weight, out=work.by_hidden)
        for i in range(self._depth - 1, -1, -1):
            if masks is not None:
                work.by_hidden.mul_(masks[i])
            self._through_activation(i)
            self._through_product(i, self._read(i, masks), by_embedded)

    def _read(self, i: int, masks: Sequence[Tensor] | None) -> Tensor:
        """What product number `i` reads."""
        if i == 0:
            return self._work.features
        is_changed = self._shares or masks is not None
        return (self._work.hidden if is_changed else self._work.activated)[i - 1]

    def _through_activation(self, i: int) -> None:
        """From gradients by what comes out of an activation to those by what goes into it."""
        work, outer, inner = self._work, self._work.by_hidden, self._work.by_inputs
        z, activated = work.inputs[i], work.activated[i]
        saved = z if self._activation.saves_input else activated
        if not self._shares:
            self._activation.backward(inner.copy_(outer), saved)
            return
        share = self._shares[i]
        self._activation.backward(torch.mul(outer, share, out=inner), saved)
        inner.addcmul_(outer, 1.0 - share)
        by_share = torch.sub(activated, z, out=z).mul_(outer)
        _sum_of_rows(by_share, SLOPE_RATE, out=self._grads.shares[i])

    def _through_product(self, i: int, h: Tensor, by_embedded: Tensor | None) -> None:
        """Gradients by weights, biases, and what the product reads, from those by its results."""
        own, grads, delta = self._own.linears[i], self._grads.linears[i], self._work.by_inputs
        factor, by_weight = self._factors[i], grads["weight"]
        torch.baddbmm(by_weight, h.mT, delta, beta=0, alpha=factor, out=by_weight)
        _sum_of_rows(delta, BIAS_RATE, out=grads["bias"])
        if i:
            by_h = self._work.by_hidden
            torch.baddbmm(by_h, delta, own["weight"].mT, beta=0, alpha=factor, out=by_h)
            return
        self._through_categories(delta, self._first_weight.mT, factor, by_embedded)
        by_scale = torch.mul(by_weight, own["weight"], out=self._first_weight)
        torch.sum(by_scale, dim=2, out=grads["scale"])
        by_weight.mul_(own["scale"].unsqueeze(2))

    def _encode(self, x: Tensor, features: Tensor) -> Tensor:
        """Write what the first product reads of rows (K, B, n_columns)."""
        network = self.network
        network.write_features(self._tensors, x, features[..., : network.n_features])
        if network.categories is not None:
            tensors, codes = self._tensors["categories"], x[..., network.plan.n_scaled :]
            self._places = network.categories.places(tensors, codes)
            vectors = self._own.vectors.flatten(0, 1)[self._places]  # (K, B, n, size)
            features[..., network.n_features :].copy_(vectors.flatten(2))
        return features

    def _through_categories(
        self, delta: Tensor, weight: Tensor, factor: float, by_embedded: Tensor | None
    ) -> None:
        """Gradients by the vectors of categories; `weight` is (K, what is read, units).mT.

        `by_embedded` is what the cross network adds to those by what is looked up.
        """
        if self.network.categories is None:
            return
        vectors, n_fixed = self._own.vectors, self.network.n_features
        by_vectors = factor * torch.bmm(delta, weight[..., n_fixed:])
        if by_embedded is not None:
            by_vectors += by_embedded
        by_vectors = by_vectors.unflatten(2, (-1, vectors.shape[2]))
        n_vectors = vectors.shape[0] * vectors.shape[1]
        summed = _embedding_backward(by_vectors, self._places, n_vectors, -1, False)
        self._grads.vectors.copy_(summed.view(vectors.shape))

    def _workspace(self, n_rows: int) -> _Workspace:
        if n_rows not in self._workspaces:
            plan, trunk, n_members = self.network.plan, self.network.trunk, len(self.flat)
            n_read = trunk.linears[0].weight.shape[0] if plan.depth else len(trunk.last.weight)

            def buffer(units: int) -> Tensor:
                return self.flat.new_empty(n_members, n_rows, units)

            def buffers() -> list[Tensor]:
                return [buffer(plan.width) for _ in range(plan.depth)]

            self._workspaces[n_rows] = _Workspace(
                features=buffer(n_read),
                inputs=buffers(),
                activated=buffers(),
                hidden=buffers(),
                by_hidden=buffer(plan.width),
                by_inputs=buffer(plan.width),
            )
        return self._workspaces[n_rows]


def _sum_of_rows(delta: Tensor, factor: float, out: Tensor) -> None:
    """Write ``factor`` times the sum over rows, (K, B, units) -> (K, units), into `out`."""
    torch.sum(delta, dim=1, out=out).mul_(factor)
