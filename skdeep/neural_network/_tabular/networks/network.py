"""A network for tables: what one member is, computed with a leading member axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from skdeep._engine.packing.trial import Traits
from skdeep.neural_network._tabular.networks.architectures import architecture_of
from skdeep.neural_network._tabular.networks.packed import PackedTable, table_sizes
from skdeep.neural_network._tabular.networks.packed_perceptron import PackedPerceptronTable
from skdeep.neural_network._tabular.networks.parts import (
    CategoryEmbeddings,
    OutputUnits,
    PiecewiseLinearEncoding,
    RandomCosines,
    ScaledColumns,
)
from skdeep.neural_network._tabular.networks.plan import PlannedNetwork, TablePlan
from skdeep.neural_network._tabular.networks.tensors import Tensors, own_tensors
from skdeep.neural_network._tabular.networks.transformer import ColumnTokens
from skdeep.neural_network._tabular.networks.trunks import (
    CrossNetwork,
    Encoded,
    Masks,
)

_CROSS_RANK = 32
# Where the names of tensors begin that belong to the outputs.
_OF_OUTPUTS = ("trunk.last", "trunk.bias", "cross.last", "units")


@dataclass
class TableStatistics:
    """Statistics of the columns over the training rows of a member.

    Attributes
    ----------
    center, scale : Tensor of shape (n_scaled,)
    left, inverse_width : Tensor of shape (n_bins,)
        Bins of the piecewise-linear encoding, those of a number side by side.
    seen : list of Tensor of shape (n_codes,)
        For each code column, 1 for the codes that occur.
    start : Tensor of shape (n_outputs,)
        Raw outputs before training.
    units : Tensor of shape (4, n_outputs) or None
        See `OutputUnits`.
    """

    center: Tensor
    scale: Tensor
    left: Tensor
    inverse_width: Tensor
    seen: list[Tensor]
    start: Tensor
    units: Tensor | None = None


class TableNetwork(PlannedNetwork):
    """A network for tables.

    Rows hold numbers, then columns of two values, then codes, all as floats; missing numbers are
    NaN. `forward` is that of one network; `run` computes many.

    Parameters
    ----------
    plan : TablePlan
    statistics : TableStatistics
    sample : Tensor of shape (m, n_columns)
        Training rows of the member, which initial weights are fitted to.
    frequency_scale : float
        Standard deviation of the frequencies of the cosines.
    generator : Generator
        Draws the initial weights.
    """

    def __init__(
        self,
        plan: TablePlan,
        statistics: TableStatistics,
        sample: Tensor,
        frequency_scale: float,
        generator: Generator,
    ):
        super().__init__()
        self.plan = plan
        self.scaled = ScaledColumns(statistics.center, statistics.scale)
        self.cosines: RandomCosines | None = None
        self.pieces: PiecewiseLinearEncoding | None = None
        self.categories: CategoryEmbeddings | None = None
        self.tokens: ColumnTokens | None = None
        self.cross: CrossNetwork | None = None
        if plan.n_frequencies and plan.n_numbers:
            self.cosines = RandomCosines(
                plan.n_numbers, plan.n_frequencies, frequency_scale, generator
            )
        if plan.bins:
            self.pieces = PiecewiseLinearEncoding(
                plan.bins, statistics.left, statistics.inverse_width
            )
        if plan.cardinalities:
            has_tokens = architecture_of(plan).reads_tokens
            size = plan.width if has_tokens else plan.category_size
            self.categories = CategoryEmbeddings(statistics.seen, size, generator)
        self.units = None if statistics.units is None else OutputUnits(statistics.units)
        with torch.no_grad():
            self._make_trunk(sample, statistics.start, generator)

    @classmethod
    def blank(cls, plan: TablePlan) -> "TableNetwork":
        """A network of a plan that has learned nothing; for its structure."""
        n_scaled, n_bins = plan.n_scaled, sum(plan.bins)
        statistics = TableStatistics(
            center=torch.zeros(n_scaled),
            scale=torch.zeros(n_scaled),
            left=torch.zeros(n_bins),
            inverse_width=torch.zeros(n_bins),
            seen=[torch.zeros(n_codes) for n_codes in plan.cardinalities],
            start=torch.zeros(plan.n_outputs),
            units=torch.zeros(4, plan.n_outputs) if plan.has_units else None,
        )
        sample = torch.zeros(1, plan.n_columns)
        return cls(plan, statistics, sample, 1.0, torch.Generator())

    @torch.no_grad()
    def take_trunk(self, other: "TableNetwork") -> None:
        """Copy all that comes before the outputs from a network that may have others."""
        own = self.state_dict()
        for name, value in other.state_dict().items():
            if not name.startswith(_OF_OUTPUTS):
                own[name].copy_(value)

    def _make_trunk(self, sample: Tensor, start: Tensor, generator: Generator) -> None:
        plan, architecture = self.plan, architecture_of(self.plan)
        encoded = self.encode(own_tensors(self), sample.unsqueeze(0))
        seen: Encoded | Tensor = encoded
        if architecture.reads_tokens:
            self.tokens = ColumnTokens(encoded.features.shape[2], plan.width, generator)
            seen = self.tokens(own_tensors(self.tokens), encoded)
        self.trunk = architecture.trunk(plan, seen, start, generator)
        if plan.n_crosses and not architecture.refuses_crosses:
            width = encoded.joined.shape[2]
            self.cross = CrossNetwork(width, plan.n_crosses, _CROSS_RANK, start, generator)

    def encode(self, tensors: Tensors, x: Tensor) -> Encoded:
        """What the trunk reads of rows (K, B, n_columns)."""
        plan = self.plan
        embedded = None
        if self.categories is not None:
            embedded = self.categories(tensors["categories"], x[..., plan.n_scaled :])
        with torch.no_grad():
            features = x.new_empty(*x.shape[:2], self.n_features)
            self.write_features(tensors, x, features)
        return Encoded(features, embedded)

    @property
    def n_features(self) -> int:
        """Fixed functions of the columns that the trunk reads."""
        parts = (self.scaled, self.cosines, self.pieces)
        return sum(part.width for part in parts if part is not None)

    def write_features(
        self, tensors: Tensors, x: Tensor, out: Tensor, with_pieces: bool = True
    ) -> None:
        """Write fixed functions of the columns of rows (K, B, n_columns) into `out`.

        The pieces, which come last, may be left out.
        """
        plan = self.plan
        z, start = out[..., : plan.n_scaled], plan.n_scaled
        self.scaled.write(tensors["scaled"], x[..., : plan.n_scaled], z)
        if self.cosines is not None:
            stop = start + self.cosines.width
            z = z[..., : plan.n_numbers]
            self.cosines.write(tensors["cosines"], z, out[..., start:stop])
            start = stop
        if self.pieces is not None and with_pieces:
            stop = start + self.pieces.width
            self.pieces.write(tensors["pieces"], x[..., : plan.n_numbers], out[..., start:stop])

    def run(self, tensors: Tensors, x: Tensor, masks: Masks = None) -> Tensor:
        """Raw outputs of K members; (K, B, n_columns) -> (K, B, outputs).

        `masks` are the dropout masks of the hidden layers.
        """
        encoded = self._trunk_input(tensors, x)
        if self.tokens is not None:
            return self.trunk(tensors["trunk"], encoded)
        outputs = self.trunk(tensors["trunk"], encoded, masks)
        if self.cross is not None:
            crossed = self.cross(tensors["cross"], encoded)
            n_heads = outputs.shape[2] // crossed.shape[2]  # which share what is crossed
            outputs = outputs + crossed.repeat(1, 1, n_heads)
        return outputs

    def answer(self, tensors: Tensors, x: Tensor) -> Tensor:
        """Raw outputs of K members in the units they share; (K, B, outputs)."""
        outputs = self.run(tensors, x)
        return outputs if self.units is None else self.units(tensors["units"], outputs)

    def representation(self, tensors: Tensors, x: Tensor) -> Tensor:
        """Values of the last hidden layer of K members; (K, B, width)."""
        return self.trunk.hidden(tensors["trunk"], self._trunk_input(tensors, x))

    def attention(self, tensors: Tensors, x: Tensor) -> list[Tensor]:
        """Weights of attention, one (K, B, heads, tokens, tokens) for each block."""
        weights: list[Tensor] = []
        self.trunk.hidden(tensors["trunk"], self._trunk_input(tensors, x), weights)
        return weights

    def _trunk_input(self, tensors: Tensors, x: Tensor) -> Encoded | Tensor:
        encoded = self.encode(tensors, x)
        return encoded if self.tokens is None else self.tokens(tensors["tokens"], encoded)

    @property
    def traits(self) -> Traits:
        """What need not be tried out."""
        values, multiplications = table_sizes(self)
        return Traits(
            can_pack=True,
            draws=False,
            changes_rows=False,
            takes_one_row=True,
            values_per_row=values,
            multiplications_per_row=multiplications,
        )

    @staticmethod
    def packed(networks: Sequence["TableNetwork"], flat: Tensor) -> PackedTable:
        """Networks of one plan as one tensor program."""
        by_hand = architecture_of(networks[0].plan).is_by_hand
        return (PackedPerceptronTable if by_hand else PackedTable).of(networks, flat)

    def forward(self, x: Tensor) -> Tensor:  # (n, n_columns) -> (n, outputs)
        """Raw outputs of this network."""
        return self.run(own_tensors(self), x.unsqueeze(0))[0]
