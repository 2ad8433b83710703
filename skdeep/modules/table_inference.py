"""Raw outputs of many networks for tables, with what they have in common computed once."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from skdeep.modules.folded_perceptron import FoldedPerceptron
from skdeep.modules.packed_table import PackedTable
from skdeep.modules.piece_lookup import PieceLookup

# Fewer rows are predicted before networks are rewritten.
_WORTH_FOLDING = 256


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
            if n_rows >= _WORTH_FOLDING and pack.network.plan.architecture == "mlp":
                members = range(len(pack.flat))
                folded = [FoldedPerceptron(pack.network, pack.tensors_of(k)) for k in members]
                if all(perceptron.is_exact for perceptron in folded):
                    self._folded[i] = folded
        self._unfolded = [pack for i, pack in enumerate(packs) if i not in self._folded]
        self._groups = _groups(self._folded)

    @property
    def values_per_row(self) -> int:
        """Numbers that are kept of a row at a time."""
        folded = [perceptron for members in self._folded.values() for perceptron in members]
        one_by_one = [perceptron.values_per_row for perceptron in folded]
        return max(one_by_one + [len(p.flat) * p.values_per_row for p in self._unfolded])

    @torch.no_grad()
    def outputs(self, x: Tensor) -> list[Tensor]:
        """Raw outputs in shared units for rows (n, n_columns), a (K, n, outputs) for each pack."""
        by_member: dict[tuple[int, int], Tensor] = {}
        columns = x.T.contiguous()
        for lookup, alike in self._groups:
            places = None if lookup is None else lookup.places(columns)
            for members in alike:
                fixed = members[0].perceptron.fixed_features(x)
                for member in members:
                    outputs = member.perceptron.outputs(x, fixed, places)
                    by_member[member.pack, member.place] = outputs
        return [
            pack.in_shared_units(torch.stack([by_member[i, k] for k in range(len(pack.flat))]))
            if i in self._folded
            else pack.all_outputs(x)
            for i, pack in enumerate(self._packs)
        ]


@dataclass
class _Member:
    """Where a network has its place, and what it is."""

    pack: int
    place: int
    perceptron: FoldedPerceptron


# Networks of equal bins, in lists of those of equal features.
_Group = tuple[PieceLookup | None, list[list[_Member]]]


def _groups(folded: dict[int, list[FoldedPerceptron]]) -> list[_Group]:
    groups: dict[bytes, dict[bytes, list[_Member]]] = {}
    for i, perceptrons in folded.items():
        for k, perceptron in enumerate(perceptrons):
            alike = groups.setdefault(perceptron.lookup_key, {})
            alike.setdefault(perceptron.features_key, []).append(_Member(i, k, perceptron))
    return [
        (next(iter(alike.values()))[0].perceptron.lookup(), list(alike.values()))
        for alike in groups.values()
    ]
