"""Batches of every member of a pack, gathered block by block into buffers that are reused.

A block is some batches that fit the cache: gathering many at once costs as little as gathering
one, and the views that make up the batches are built once for the whole training. Members that
see the same rows in the same order share them: one gather serves all.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.training.dropout import DropoutMasks
from skdeep._engine.training.member import Member
from skdeep._engine.training.randomness import EpochRandomness, RandomStream, epoch_generator
from skdeep._engine.training.rows import DenseRows

# Numbers of one member in a block; 1 MiB in float32.
_BLOCK_VALUES = 1 << 18
# Batches that exchange rows: with more there is less padding, and batches are less random. Lengths
# that spread as a log-normal of 0.8 leave a third of a batch to padding at 8, three quarters at 1.
_MOST_BATCHES = 8


@dataclass
class Batch:
    """Views of one batch; K members, B rows.

    Attributes
    ----------
    x : Tensor of shape (K, B, features), or (K, B, ...) for modules
    target : Tensor of shape (K, B, targets)
    output, delta : Tensor of shape (K, B, outputs)
        Targets; buffers for the raw outputs and for the gradient by them. In memory the rows stand
        side by side, not the outputs.
    scale : Tensor of shape (K, B, 1), or float
        Weight of each row divided by the weight of the batch.
    inverse_weight : Tensor of shape (K, 1), or float
        One over the weight of the batch.
    weight : Tensor of shape (K, B, 1) or None
        Weight of each row; None where all are 1.
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
    weight: Tensor | None
    masks: list[Tensor] | None
    norms: Tensor


@dataclass
class Block:
    """Batches of one size in adjacent memory: N batches of B rows.

    Attributes
    ----------
    x : Tensor of shape (S, N * B, features), or (S, N * B, ...) for modules
        S is 1 where the members share their rows, else K.
    target : Tensor of shape (N, S, B, targets)
    output : Tensor of shape (N, K, B, outputs)
    weight : Tensor of shape (N, S, B, 1) or None
        Sample weights; 0 where a member has fewer rows than its neighbours.
    scale : Tensor of shape (N, S, B, 1) or None
    inverse_weight : Tensor of shape (N, S, 1) or None
    masks : list of Tensor of shape (K, N * B, units) or None
    norms : Tensor of shape (N, 2, K)
    batches : list of Batch
    """

    x: Tensor
    target: Tensor
    output: Tensor
    weight: Tensor | None
    scale: Tensor | None
    inverse_weight: Tensor | None
    masks: list[Tensor] | None
    norms: Tensor
    batches: list[Batch]


class Batches:
    """Shuffled batches of all members of a pack.

    Parameters
    ----------
    members : sequence of Member
        Members with equal pack keys.
    streams : sequence of RandomStream
        One a member; they decide the order of rows. Members that share a stream share their rows.
    """

    def __init__(self, members: Sequence[Member], streams: Sequence[RandomStream]):
        first = members[0]
        self.members = members
        self._streams = streams
        self.batch_size = max(member.batch_size for member in members)
        self.n_rows = max(member.n_rows for member in members)
        self.row_shape = first.X.shape[1:]
        self.n_outputs = first.layer_units[-1]
        n_predictions = (self.n_outputs - first.loss.n_extra) // first.loss.n_heads
        self.n_targets = first.loss.n_targets or n_predictions
        self.weighted = any(
            member.sample_weight is not None or member.n_rows != self.n_rows for member in members
        )
        self.is_shared = all(stream is streams[0] for stream in streams)
        self._sources = members[:1] if self.is_shared else members
        # Rows of one batch need no order: it is gathered once and kept, if nothing changes it.
        self.is_static = self.n_rows <= self.batch_size
        self._buckets = [
            # Rows that are not shuffled stay where they are.
            LengthBuckets(member) if member.X.lengths is not None and member.shuffle else None
            for member in self._sources
        ]
        self._dropout = DropoutMasks(members) if any(m.dropout for m in members) else None
        self._is_augmented = any(member.augmentation is not None for member in members)
        self._randomness: list[EpochRandomness] = []  # of every source, for augmentation
        self._blocks: dict[tuple[int, int], Block] = {}
        self.total_weight = [self._total_weight(member) for member in members]

    def epoch(self, epochs: Sequence[int]) -> Iterator[Block]:
        """Yield the blocks of an epoch; `epochs` numbers it for each member."""
        if self._dropout is not None:
            self._dropout.start_epoch(epochs)
        if self._is_augmented:
            self._randomness = [
                EpochRandomness(member.seed, epoch)
                for member, epoch in zip(self._sources, epochs, strict=False)
            ]
        if self.is_static:
            yield self._static_block()
            return
        orders = self._orders(epochs)
        in_full_batches = self.n_rows // self.batch_size * self.batch_size
        n_block = self._rows_of_a_block()
        for start in range(0, in_full_batches, n_block):
            yield self._filled_block(orders, start, min(start + n_block, in_full_batches))
        if in_full_batches < self.n_rows:
            yield self._filled_block(orders, in_full_batches, self.n_rows)

    def _total_weight(self, member: Member) -> float:
        if member.sample_weight is None:
            return float(member.n_rows)
        weight = member.sample_weight
        return float((weight if member.rows is None else weight[member.rows]).sum())

    def _rows_of_a_block(self) -> int:
        width = math.prod(self.row_shape) + 2 * self.n_outputs
        if self._dropout is not None:
            width += sum(self.members[0].layer_units[1:-1])
        return max(1, _BLOCK_VALUES // (width * self.batch_size)) * self.batch_size

    def _orders(self, epochs: Sequence[int]) -> list[Tensor]:
        """Rows in the order of an epoch, for every source."""
        drawn = {stream: stream.next_order() for stream in dict.fromkeys(self._streams)}
        orders = []
        for k, (member, buckets) in enumerate(zip(self._sources, self._buckets, strict=True)):
            order = drawn[self._streams[k]]
            if buckets is not None:
                order = buckets.arranged(order, epochs[k])
            order = order.to(member.device)
            orders.append(order if member.rows is None else member.rows[order])
        return orders

    def _orders_as_they_stand(self) -> list[Tensor]:
        return [
            torch.arange(member.n_rows, device=member.device)
            if member.rows is None
            else member.rows
            for member in self._sources
        ]

    def _static_block(self) -> Block:
        block = self._blocks.get((1, self.n_rows))
        if block is None or self._is_augmented:
            block = self._filled_block(self._orders_as_they_stand(), 0, self.n_rows)
        if self._dropout is not None and block.masks is not None:
            rows = [member.n_rows for member in self.members]
            self._dropout.draw(block.masks, rows, per_content=True)
        return block

    def _filled_block(self, orders: list[Tensor], start: int, stop: int) -> Block:
        n_rows = stop - start
        shape = (max(1, n_rows // self.batch_size), min(n_rows, self.batch_size))
        block = self._blocks.get(shape)
        if block is None:
            block = self._blocks[shape] = self._new_block(*shape)
        for k, (member, order) in enumerate(zip(self._sources, orders, strict=True)):
            index = order[start:stop]
            filled = index.shape[0]
            if filled < n_rows:  # a member with fewer rows repeats its first one at weight 0
                index = torch.cat([index, order[:1].expand(n_rows - filled)])
            self._fill(block, k, member, index, filled)
        if block.weight is not None:
            self._share_weights(block)
        if self._dropout is not None and block.masks is not None and not self.is_static:
            filled_rows = [min(max(m.n_rows - start, 0), n_rows) for m in self.members]
            self._dropout.draw(block.masks, filled_rows, per_content=False)
        return block

    def _fill(self, block: Block, k: int, member: Member, index: Tensor, filled: int) -> None:
        if not self._is_whole(member):
            member.X.gather(index, block.x[k])
        target = block.target[:, k]  # (N, B, outputs)
        y = member.y[index].view(*target.shape[:2], -1)
        if member.loss.one_hot:
            target.zero_().scatter_(2, y, 1.0)
        else:
            target.copy_(y)
        if member.label_smoothing:
            n_classes = self.n_targets if member.loss.one_hot else 2
            target.mul_(1.0 - member.label_smoothing).add_(member.label_smoothing / n_classes)
        if block.weight is not None:
            weight = torch.ones_like(index, dtype=member.dtype)
            if member.sample_weight is not None:
                weight = member.sample_weight[index]
            weight[filled:] = 0.0
            block.weight[:, k] = weight.view(*target.shape[:2], 1)
        if member.augmentation is not None:
            x = block.x[k].view(*target.shape[:2], *self.row_shape)
            of_rows = None if block.weight is None else block.weight[:, k]
            member.augmentation.apply(x, target, of_rows, filled, self._randomness[k])

    def _share_weights(self, block: Block) -> None:
        assert block.weight is not None
        assert block.scale is not None
        assert block.inverse_weight is not None
        torch.reciprocal(block.weight.sum(dim=2), out=block.inverse_weight)
        torch.mul(block.weight, block.inverse_weight.unsqueeze(2), out=block.scale)

    def _is_whole(self, member: Member) -> bool:
        """Whether a batch can be a view of the data, without a copy."""
        return (
            self.is_static
            and self.is_shared
            and member.rows is None
            and member.augmentation is None
            and isinstance(member.X, DenseRows)
        )

    def _new_block(self, n_batches: int, n_rows: int) -> Block:
        first, size, n_sources = self.members[0], len(self.members), len(self._sources)

        def empty(*shape: int) -> Tensor:
            return torch.empty(*shape, dtype=first.dtype, device=first.device)

        if self._is_whole(first):
            assert isinstance(first.X, DenseRows)
            x = first.X.values.unsqueeze(0)
        else:
            x = torch.empty(
                n_sources,
                n_batches * n_rows,
                *self.row_shape,
                dtype=first.X.dtype,
                device=first.device,
            )
        block = Block(
            x=x,
            target=empty(n_batches, n_sources, self.n_targets, n_rows).mT,
            output=empty(n_batches, size, self.n_outputs, n_rows).mT,
            weight=empty(n_batches, n_sources, n_rows, 1) if self.weighted else None,
            scale=empty(n_batches, n_sources, n_rows, 1) if self.weighted else None,
            inverse_weight=empty(n_batches, n_sources, 1) if self.weighted else None,
            masks=None if self._dropout is None else self._dropout.new_masks(n_batches * n_rows),
            norms=empty(n_batches, 2, size).zero_(),
            batches=[],
        )
        delta = torch.empty_like(block.output[0])
        block.batches = [self._batch(block, b, delta) for b in range(n_batches)]
        return block

    def _batch(self, block: Block, b: int, delta: Tensor) -> Batch:
        size, n_rows = delta.shape[:2]
        rows = slice(b * n_rows, (b + 1) * n_rows)
        mean, scale, inverse = 1.0 / n_rows, block.scale, block.inverse_weight
        return Batch(
            x=block.x[:, rows].expand(size, -1, *self.row_shape),
            target=block.target[b].expand(size, -1, -1),
            output=block.output[b],
            delta=delta,
            scale=mean if scale is None else scale[b],
            inverse_weight=mean if inverse is None else inverse[b],
            weight=None if block.weight is None else block.weight[b],
            masks=None if block.masks is None else [mask[:, rows] for mask in block.masks],
            norms=block.norms[b],
        )


class LengthBuckets:
    """Puts rows of similar length into one batch, different ones in every epoch.

    Rows are sorted within windows of a few batches, and the batches shuffled. A short batch stays
    the last one, with the rows that came there by chance.

    Parameters
    ----------
    member : Member
        Its rows have lengths.
    """

    def __init__(self, member: Member):
        assert member.X.lengths is not None
        lengths = member.X.lengths if member.rows is None else member.X.lengths[member.rows]
        self._lengths = lengths.cpu().numpy()
        self._seed = member.seed
        self._batch_size = member.batch_size
        n_batches = member.n_rows // member.batch_size
        # With a single window, every epoch would make the same batches.
        self._window = member.batch_size * min(_MOST_BATCHES, n_batches // 2)

    def arranged(self, order: Tensor, epoch: int) -> Tensor:
        """The shuffled row numbers `order` (n,) of an epoch, arranged by length."""
        if self._window <= self._batch_size:
            return order
        numbers = order.numpy()
        in_full_batches = len(numbers) // self._batch_size * self._batch_size
        full = numbers[:in_full_batches]
        windows = np.arange(in_full_batches) // self._window
        full = full[np.lexsort((self._lengths[full], windows))]
        batches = full.reshape(-1, self._batch_size)
        shuffled = epoch_generator(self._seed, epoch, "batches").permutation(batches)
        return torch.from_numpy(np.concatenate([shuffled.ravel(), numbers[in_full_batches:]]))
