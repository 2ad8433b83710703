"""Batches of every member of a pack, gathered block by block into buffers that are reused.

A block is some hundreds of rows that fit the cache: gathering many batches at once costs as little
as gathering one, and the views that make up the batches are built once for the whole training.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from skdeep.training.dropout import DropoutMasks
from skdeep.training.member import Member
from skdeep.training.randomness import RandomStream
from skdeep.training.rows import DenseRows

# Numbers of one member in a block; 1 MiB in float32.
_BLOCK_VALUES = 1 << 18


@dataclass
class Batch:
    """Views of one batch; K members, B rows.

    Attributes
    ----------
    x : Tensor of shape (K, B, features)
    target, output, delta : Tensor of shape (K, B, outputs)
        Targets; buffers for the raw outputs and for the gradient by them.
    scale : Tensor of shape (K, B, 1), or float
        Weight of each row divided by the weight of the batch.
    inverse_weight : Tensor of shape (K, 1), or float
        One over the weight of the batch.
    masks : list of Tensor of shape (K, B, units), or None
        Dropout masks of the hidden layers.
    norms : Tensor of shape (2, K)
        Where the L2 and L1 norms of the weights are left.
    """

    x: Tensor
    target: Tensor
    output: Tensor
    delta: Tensor
    scale: Tensor | float
    inverse_weight: Tensor | float
    masks: list[Tensor] | None
    norms: Tensor


@dataclass
class Block:
    """Several batches in adjacent memory, R rows.

    Attributes
    ----------
    x, target, output : Tensor of shape (K, R, ...)
    weight : Tensor of shape (K, R, 1) or None
        Sample weights; 0 where a member has fewer rows than its neighbours.
    scale : Tensor of shape (K, R, 1) or None
    inverse_weight : Tensor of shape (n_batches, K, 1) or None
    norms : Tensor of shape (n_batches, 2, K)
    batches : list of Batch
    """

    x: Tensor
    target: Tensor
    output: Tensor
    weight: Tensor | None
    scale: Tensor | None
    inverse_weight: Tensor | None
    norms: Tensor
    batches: list[Batch]


class Batches:
    """Shuffled batches of all members of a pack.

    Parameters
    ----------
    members : sequence of Member
        Members with equal pack keys.
    streams : sequence of RandomStream
        One a member; they decide the order of rows.
    """

    def __init__(self, members: Sequence[Member], streams: Sequence[RandomStream]):
        first = members[0]
        self.members = members
        self._streams = streams
        self.batch_size = first.batch_size
        self.n_rows = max(member.n_rows for member in members)
        self.n_features = first.layer_units[0]
        self.n_outputs = first.layer_units[-1]
        self.weighted = any(
            member.sample_weight is not None or member.n_rows != self.n_rows for member in members
        )
        # Rows of one batch need no order: it is gathered once and kept.
        self.is_static = self.n_rows <= self.batch_size
        self._dropout = DropoutMasks(members) if any(m.dropout for m in members) else None
        self._blocks: dict[int, Block] = {}
        self.total_weight = [self._total_weight(member) for member in members]

    def epoch(self, epochs: Sequence[int]) -> Iterator[Block]:
        """Yield the blocks of an epoch; `epochs` numbers it for each member."""
        if self._dropout is not None:
            self._dropout.start_epoch(epochs)
        if self.is_static:
            yield self._static_block()
            return
        orders = [
            self._order(member, stream)
            for member, stream in zip(self.members, self._streams, strict=True)
        ]
        n_block = self._rows_of_a_block()
        for start in range(0, self.n_rows, n_block):
            yield self._filled_block(orders, start, min(start + n_block, self.n_rows))

    def _total_weight(self, member: Member) -> float:
        if member.sample_weight is None:
            return float(member.n_rows)
        weight = member.sample_weight
        return float((weight if member.rows is None else weight[member.rows]).sum())

    def _rows_of_a_block(self) -> int:
        width = self.n_features + 2 * self.n_outputs
        if self._dropout is not None:
            width += sum(self.members[0].layer_units[1:-1])
        batches = max(1, _BLOCK_VALUES // (width * self.batch_size))
        return min(batches * self.batch_size, self.n_rows)

    def _order(self, member: Member, stream: RandomStream) -> Tensor:
        order = stream.next_order().to(member.device)
        return order if member.rows is None else member.rows[order]

    def _static_block(self) -> Block:
        if self.n_rows not in self._blocks:
            orders = [
                torch.arange(m.n_rows, device=m.device) if m.rows is None else m.rows
                for m in self.members
            ]
            self._filled_block(orders, 0, self.n_rows)
        block = self._blocks[self.n_rows]
        if self._dropout is not None:
            self._dropout.draw(
                self._dropout.block_masks(self.n_rows),
                [member.n_rows for member in self.members],
                per_content=True,
            )
        return block

    def _filled_block(self, orders: list[Tensor], start: int, stop: int) -> Block:
        n_rows = stop - start
        block = self._blocks.get(n_rows)
        if block is None:
            block = self._blocks[n_rows] = self._new_block(n_rows)
        filled_rows = []
        for k, (member, order) in enumerate(zip(self.members, orders, strict=True)):
            index = order[start:stop]
            filled = index.shape[0]
            filled_rows.append(filled)
            if filled < n_rows:  # a member with fewer rows repeats its first one at weight 0
                index = torch.cat([index, order[:1].expand(n_rows - filled)])
            self._fill(block, k, member, index, filled)
        if block.weight is not None:
            self._share_weights(block)
        if self._dropout is not None and not self.is_static:
            masks = self._dropout.block_masks(n_rows)
            self._dropout.draw(masks, filled_rows, per_content=False)
        return block

    def _fill(self, block: Block, k: int, member: Member, index: Tensor, filled: int) -> None:
        if not self._is_whole(member):
            member.X.gather(index, block.x[k])
        target = block.target[k]
        if member.loss.one_hot:
            target.zero_().scatter_(1, member.y[index].unsqueeze(1), 1.0)
        else:
            torch.index_select(member.y, 0, index, out=target)
        if member.label_smoothing:
            n_classes = self.n_outputs if member.loss.one_hot else 2
            target.mul_(1.0 - member.label_smoothing).add_(member.label_smoothing / n_classes)
        if block.weight is not None:
            weight = block.weight[k]
            if member.sample_weight is None:
                weight.fill_(1.0)
            else:
                weight.copy_(member.sample_weight[index].unsqueeze(1))
            weight[filled:] = 0.0

    def _share_weights(self, block: Block) -> None:
        assert block.weight is not None
        assert block.scale is not None
        assert block.inverse_weight is not None
        parts = zip(
            block.weight.split(self.batch_size, dim=1),
            block.scale.split(self.batch_size, dim=1),
            block.inverse_weight,
            strict=True,
        )
        for weight, scale, inverse in parts:
            torch.reciprocal(weight.sum(dim=1), out=inverse)
            torch.mul(weight, inverse.unsqueeze(1), out=scale)

    def _is_whole(self, member: Member) -> bool:
        """Whether a batch can be the data themselves, without a copy."""
        return (
            self.is_static
            and len(self.members) == 1
            and member.rows is None
            and isinstance(member.X, DenseRows)
        )

    def _new_block(self, n_rows: int) -> Block:
        first, size = self.members[0], len(self.members)

        def empty(*shape: int) -> Tensor:
            return torch.empty(size, n_rows, *shape, dtype=first.dtype, device=first.device)

        if self._is_whole(first):
            assert isinstance(first.X, DenseRows)
            x = first.X.values.unsqueeze(0)
        else:
            x = empty(self.n_features)
        n_batches = -(-n_rows // self.batch_size)
        weight = empty(1) if self.weighted else None
        scale = empty(1) if self.weighted else None
        inverse = empty(1).new_empty(n_batches, size, 1) if self.weighted else None
        norms = empty(1).new_zeros(n_batches, 2, size)
        masks = None
        if self._dropout is not None:
            masks = self._dropout.block_masks(n_rows)
        target, output = empty(self.n_outputs), empty(self.n_outputs)
        batches = []
        for b, start in enumerate(range(0, n_rows, self.batch_size)):
            rows = slice(start, min(start + self.batch_size, n_rows))
            n = rows.stop - rows.start
            batches.append(
                Batch(
                    x=x[:, rows],
                    target=target[:, rows],
                    output=output[:, rows],
                    delta=torch.empty_like(output[:, rows]),
                    scale=1.0 / n if scale is None else scale[:, rows],
                    inverse_weight=1.0 / n if inverse is None else inverse[b],
                    masks=None if masks is None else [mask[:, rows] for mask in masks],
                    norms=norms[b],
                )
            )
        return Block(x, target, output, weight, scale, inverse, norms, batches)
