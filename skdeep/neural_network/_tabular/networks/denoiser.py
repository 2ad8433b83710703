"""Networks for tables that restore corrupted cells: what they learn before there are targets."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn

from skdeep._engine.packing.trial import Traits
from skdeep.neural_network._tabular.networks.architectures import n_losses
from skdeep.neural_network._tabular.networks.network import TableNetwork
from skdeep.neural_network._tabular.networks.packed import PackedTable

# Part of the cells that are swapped; 0.6 in SCARF, 0.2 to 0.7 in what has been tuned elsewhere.
SWAP_RATE = 0.4


class TableDenoiser(nn.Module):
    """A network for tables whose outputs are the cells that it reads, before some were swapped.

    A swapped cell has the value of another row, so that every column keeps its distribution (Yoon
    et al. 2020, VIME; Bahri et al. 2022, SCARF, arXiv:2106.15147; Rubachev et al. 2022,
    arXiv:2207.03208). Columns that come from one feature are swapped together. Outputs are gaps:
    the network's prediction of the clean cells minus their values. Numbers are as the network
    scales them; a category is a vector of random signs, the same squared length for any number of
    levels. Cells that are missing, and categories never seen, have no gap.

    Parameters
    ----------
    network : TableNetwork
        Its encodings and its trunk are where training starts. It is not changed.
    pool : Tensor of shape (m, n_columns)
        Rows that values come from.
    features : Tensor of shape (n_columns,), int
        Number of the feature that a column comes from.
    generator : Generator
        Draws the signs.
    """

    def __init__(self, network: TableNetwork, pool: Tensor, features: Tensor, generator: Generator):
        super().__init__()
        plan = network.plan
        self.size = plan.category_size
        n_outputs = plan.n_scaled + self.size * len(plan.cardinalities)
        self.network = TableNetwork.blank(replace(plan, n_outputs=n_outputs, has_units=False))
        self.network.take_trunk(network)
        shape = (sum(plan.cardinalities), self.size)
        signs = 2.0 * torch.randint(2, shape, generator=generator) - 1.0
        self.register_buffer("signs", signs / self.size**0.5)
        self.register_buffer("pool", pool)
        self.register_buffer("features", features)

    @property
    def n_outputs(self) -> int:
        """Outputs of one head."""
        return self.network.plan.n_outputs

    @property
    def traits(self) -> Traits:
        """What need not be tried out."""
        return replace(self.network.traits, draws=True)

    @staticmethod
    def packed(denoisers: Sequence["TableDenoiser"], flat: Tensor) -> "PackedDenoiser":
        """Denoisers of one plan as one tensor program."""
        table = TableNetwork.packed([denoiser.network for denoiser in denoisers], flat)

        def stacked(name: str) -> Tensor:
            return torch.stack([denoiser.get_buffer(name) for denoiser in denoisers])

        center, scale = stacked("network.scaled.center"), stacked("network.scaled.scale")
        features = denoisers[0].get_buffer("features")
        return PackedDenoiser(table, center, scale, stacked("signs"), stacked("pool"), features)


class PackedDenoiser:
    """K denoisers behind the interface of a pack.

    Parameters
    ----------
    table : PackedTable
        Their networks.
    center, scale : Tensor of shape (K, n_scaled)
    signs : Tensor of shape (K, n_codes, size)
    pool : Tensor of shape (K, m, n_columns)
    features : Tensor of shape (n_columns,)
    """

    def __init__(
        self,
        table: PackedTable,
        center: Tensor,
        scale: Tensor,
        signs: Tensor,
        pool: Tensor,
        features: Tensor,
    ):
        self._table = table
        self._center, self._scale, self._signs = center, scale, signs
        self._pool, self._features = pool, features
        self.flat, self.n_weights = table.flat, table.n_weights
        self.values_per_row = table.values_per_row
        self.multiplications_per_row = table.multiplications_per_row
        self._n_heads = n_losses(table.network.plan)
        self._generators: list[Generator] = []

    @property
    def grad(self) -> Tensor:
        """Gradients of the batch last seen by `backward`; (K, P)."""
        return self._table.grad

    def start_epoch(self, seeds: Sequence[int]) -> None:
        """Seed the noise of every member."""
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the gaps that are left after restoring a batch `x` (K, B, n_columns) of it."""
        self._table.forward(self.swapped(x), out, masks)
        return self._minus_cells(x, out)

    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` what follows from the gradient `delta` by the gaps.

        It is 0 where the gap is, as that of the squared error.
        """
        self._table.backward(x, delta, masks)

    def outputs(self, k: int, x: Tensor) -> Tensor:
        """Gaps (n, outputs) of member k for rows `x` (n, n_columns) as they are."""
        alone = self.keep(torch.tensor([k]))
        return alone._minus_cells(x.unsqueeze(0), alone._table.all_outputs(x))[0]

    def buffers(self, k: int) -> dict[str, Tensor]:
        """Nothing that training changes."""
        return {}

    def keep(self, places: Tensor) -> "PackedDenoiser":
        """Build the network of the members at `places`."""
        return PackedDenoiser(
            self._table.keep(places),
            self._center[places],
            self._scale[places],
            self._signs[places],
            self._pool[places],
            self._features,
        )

    def swapped(self, x: Tensor) -> Tensor:
        """Rows with some cells taken from rows of the pool; (K, B, n_columns) -> same.

        One number says whether a cell is swapped and with which row: numbers are then drawn row
        by row, and rows that fill a batch up change none of those before.
        """
        n_features = int(self._features.max()) + 1 if len(self._features) else 0
        drawn = x.new_empty(*x.shape[:2], n_features)
        for of_member, generator in zip(drawn, self._generators, strict=True):
            torch.rand(of_member.shape, generator=generator, out=of_member)
        drawn = drawn[..., self._features]  # (K, B, n_columns)
        last = self._pool.shape[1] - 1
        places = drawn.mul(self._pool.shape[1] / SWAP_RATE).long().clamp_(max=last)
        return torch.where(drawn < SWAP_RATE, self._pool.gather(1, places), x)

    def _minus_cells(self, x: Tensor, outputs: Tensor) -> Tensor:
        """Subtract clean cells from their predictions, in place."""
        network = self._table.network
        n_scaled = network.plan.n_scaled
        cells = x.new_empty(*x.shape[:2], network.plan.n_outputs)
        scaling = {"center": self._center, "scale": self._scale}
        network.scaled.write(scaling, x[..., :n_scaled], cells[..., :n_scaled])
        if network.categories is not None:
            starts = network.categories.get_buffer("starts").unsqueeze(0)
            tensors = {"vectors": self._signs, "starts": starts}
            places = network.categories.places(tensors, x[..., n_scaled:])
            cells[..., n_scaled:] = self._signs.flatten(0, 1)[places].flatten(2)
        outputs.unflatten(2, (self._n_heads, cells.shape[2])).sub_(cells.unsqueeze(2))
        return outputs.mul_(self._known(x, outputs))

    def _known(self, x: Tensor, outputs: Tensor) -> Tensor:
        """1 where an output is about a cell that is there, else 0; of the shape of `outputs`."""
        plan = self._table.network.plan
        numbers, codes = x[..., : plan.n_scaled], x[..., plan.n_scaled :]
        of_codes = (codes > 0).repeat_interleave(plan.category_size, dim=2)
        known = torch.cat([~numbers.isnan(), of_codes], dim=2)
        return known.repeat(1, 1, self._n_heads).to(outputs.dtype)
