"""Raw outputs of many networks for tables; what they have in common is computed once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from skdeep.neural_network._tabular.networks.architectures import architecture_of
from skdeep.neural_network._tabular.networks.folded_perceptron import FoldedPerceptron
from skdeep.neural_network._tabular.networks.packed import PackedTable
from skdeep.neural_network._tabular.networks.piece_lookup import PieceLookup, Places

# Fewer rows are predicted before networks are rewritten.
_WORTH_FOLDING = 512


class TableInference:
    """Networks of several plans, for many rows.

    Perceptrons are rewritten and computed one after the other, so that what one keeps of a chunk
    of rows stays in the cache; other networks are computed as they are.

    Parameters
    ----------
    packs : sequence of PackedTable
        They read the same columns.
    n_rows : int
        How many rows there will be.
    """

    @torch.no_grad()
    def __init__(self, packs: Sequence[PackedTable], n_rows: int):
        self._packs = packs
        self._folded: dict[int, list[FoldedPerceptron]] = {}
        for i, pack in enumerate(packs):
            if n_rows >= _WORTH_FOLDING and architecture_of(pack.network.plan).is_by_hand:
                folded = [
                    FoldedPerceptron(pack.network, pack.tensors_of(k))
                    for k in range(len(pack.flat))
                ]
                if all(perceptron.is_exact for perceptron in folded):
                    self._folded[i] = folded
        members = [
            _Member(i, k, perceptron)
            for i, folded in self._folded.items()
            for k, perceptron in enumerate(folded)
        ]
        self._groups = [
            _Group(bins, alike)
            for bins, alike in _grouped(members, lambda member: member.perceptron.bins).items()
        ]
        unfolded = [pack for i, pack in enumerate(packs) if i not in self._folded]
        one_by_one = [member.perceptron.values_per_row for member in members]
        self.values_per_row = max(
            one_by_one + [len(pack.flat) * pack.values_per_row for pack in unfolded]
        )
        self._widest = max((member.perceptron.width for member in members), default=0)

    @torch.no_grad()
    def outputs(self, x: Tensor) -> list[Tensor]:
        """Raw outputs in shared units for rows (n, n_columns), a (K, n, outputs) for each pack."""
        folded = {
            i: x.new_empty(len(members), len(x), self._packs[i].network.plan.n_outputs)
            for i, members in self._folded.items()
        }
        work = x.new_empty(3, len(x) * self._widest)
        for group in self._groups:
            for member, fixed, places in group.reads(x):
                outputs = member.perceptron.outputs(x, fixed, places, work)
                folded[member.pack][member.place] = outputs
        return [
            pack.in_shared_units(folded[i]) if i in folded else pack.all_outputs(x)
            for i, pack in enumerate(self._packs)
        ]


@dataclass
class _Member:
    """Where a network has its place, and what it is."""

    pack: int
    place: int
    perceptron: FoldedPerceptron


class _Group:
    """Networks whose numbers have equally many bins; none where they are not looked up."""

    def __init__(self, bins: tuple[int, ...], members: list[_Member]):
        by_edges = _grouped(members, lambda member: member.perceptron.edges_key)
        # Those of equal edges, in lists of those of equal features.
        self._alike = [
            list(_grouped(alike, lambda member: member.perceptron.features_key).values())
            for alike in by_edges.values()
        ]
        self._n_numbers, self._lookup = len(bins), None
        if bins:
            pieces = [alike[0][0].perceptron.pieces for alike in self._alike]
            slopes, offset = (torch.cat([of[n] for of in pieces]) for n in ("slopes", "offset"))
            self._lookup = PieceLookup(bins, slopes, offset)

    def reads(self, x: Tensor) -> Iterator[tuple[_Member, Tensor, Places | None]]:
        """All members, with the features and the places that they read of rows `x`."""
        places: Places | None = None
        if self._lookup is not None:
            sought = self._lookup.sought(x[:, : self._n_numbers].T.contiguous())
        for number, alike in enumerate(self._alike):
            if self._lookup is not None:
                places = self._lookup.places(number, sought)
            for members in alike:
                fixed = members[0].perceptron.fixed_features(x)
                for member in members:
                    yield member, fixed, places


def _grouped(members: list[_Member], key: Callable[[_Member], Any]) -> dict[Any, list[_Member]]:
    groups: dict[Any, list[_Member]] = {}
    for member in members:
        groups.setdefault(key(member), []).append(member)
    return groups
