"""A pack: members of one shape, trained together as one tensor program."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.training.batches import Batch, Batches, Block
from skdeep._engine.training.building import (
    copy_buffers,
    copy_parameters,
    copy_weights,
    make_network,
    validation_outputs,
    without_gradients,
)
from skdeep._engine.training.evaluation import evaluate
from skdeep._engine.training.learning_rates import epoch_learning_rates
from skdeep._engine.training.member import EpochReport, Member, Trained, Watcher
from skdeep._engine.training.randomness import RandomStream, epoch_seed
from skdeep._engine.training.solvers import make_solver, rebuilt_solver
from skdeep._engine.training.stopping import EpochLosses, Progress
from skdeep._engine.training.threads import threads_for


class CancelledError(Exception):
    """The results of the members are no longer needed."""


class Pack:
    """Members with equal pack keys in training.

    Parameters
    ----------
    members : sequence of Member
    watchers : sequence of callable or None
        Called with an `EpochReport` after every epoch of a member; True ends its training.
    is_cancelled : sequence of callable
        Called after every epoch of a member, whether to end its training; if all are cancelled,
        after every block of rows.
    """

    def __init__(
        self,
        members: Sequence[Member],
        watchers: Sequence[Watcher | None],
        is_cancelled: Sequence[Callable[[], bool]],
    ):
        self._members = list(members)
        self._watchers = list(watchers)
        self._is_cancelled = list(is_cancelled)
        self._progress = [Progress.of(member) for member in members]
        self._places = list(range(len(members)))  # of each row, in the result
        self._trained: list[Trained | None] = [None] * len(members)
        feeds: dict[tuple[object, ...], RandomStream] = {}
        for member in members:
            if member.feed_key not in feeds:
                feeds[member.feed_key] = RandomStream(member)
        self._streams = [feeds[member.feed_key] for member in members]
        with without_gradients(members[0]):
            self._net = make_network(members, self._streams)
            self._solver = make_solver(self._net, self._members)
            self._set_up()
        for k, progress in enumerate(self._progress):
            if progress.member.early_stopping and progress.best_weights is None:
                self._keep_best(k)

    def run(self) -> list[Trained]:
        """Train until every member is done."""
        n_rows = len(self._members) * self._members[0].batch_size
        try:
            with threads_for(n_rows * self._net.multiplications_per_row):
                while self._members:
                    self._run_epoch()
        except KeyboardInterrupt:
            self._end("interrupted", "Training was interrupted by the user.")
        except CancelledError:
            self._end("cancelled", "Nobody wanted the result any more.")
        return [trained for trained in self._trained if trained is not None]

    def _end(self, stop_reason: str, message: str) -> None:
        """Let all members go as they are."""
        for progress in self._progress:
            progress.stop_reason, progress.message = stop_reason, message
        self._leave()

    def _set_up(self) -> None:
        """Prepare what depends on the composition of the pack."""
        members, flat = self._members, self._net.flat
        self._batches = Batches(members, self._streams)
        column = flat.new_tensor
        self._alpha = column([[m.alpha] for m in members])  # (K, 1)
        self._l1 = column([[m.l1] for m in members])
        self._has_alpha = any(m.alpha for m in members)
        self._has_l1 = any(m.l1 for m in members)
        self._one_alpha = len({m.alpha for m in members}) == 1
        clips = [m.gradient_clip or np.inf for m in members]
        self._clip = column([[c] for c in clips]) if np.isfinite(clips).any() else None
        self._weights = flat[:, : self._net.n_weights]
        self._weight_grads = self._net.grad[:, : self._net.n_weights]

    def _run_epoch(self) -> None:
        with without_gradients(self._members[0]):
            losses = self._train_epoch()
            self._validate(losses)
        for k, (progress, epoch_losses) in enumerate(zip(self._progress, losses, strict=True)):
            if progress.record(epoch_losses):
                self._keep_best(k)
            self._watch(k, epoch_losses)
            if self._is_cancelled[k]():
                progress.stop_reason = "cancelled"
        if any(progress.stop_reason for progress in self._progress):
            self._leave()

    def _train_epoch(self) -> list[EpochLosses]:
        """One pass over the rows, which waits for the device only at its end."""
        progress = self._progress
        rates = [
            epoch_learning_rates(p.member, p.learning_rate, n)
            for p, n in zip(progress, self._solver.n_steps, strict=True)
        ]
        epochs = [p.n_epochs for p in progress]
        self._net.start_epoch(
            [epoch_seed(p.member.seed, n) for p, n in zip(progress, epochs, strict=True)]
        )
        step_rates = zip(*rates, strict=True)  # a tuple of K rates a step
        data_loss: Tensor | float = 0.0  # (K, outputs) or (K, 1)
        penalty = self._alpha.new_zeros(len(progress))  # (K,)
        for block in self._batches.epoch(epochs):
            if all(is_cancelled() for is_cancelled in self._is_cancelled):
                raise CancelledError
            for batch in block.batches:
                self._step(batch, next(step_rates))
            data_loss = data_loss + self._block_loss(block)
            if self._has_alpha:
                penalty += 0.5 * self._alpha[:, 0] * block.norms[:, 0].square().sum(dim=0)
            if self._has_l1:
                penalty += self._l1[:, 0] * block.norms[:, 1].sum(dim=0)
        return self._epoch_losses(data_loss, penalty)

    def _step(self, batch: Batch, rates: tuple[float, ...]) -> None:
        net = self._net
        net.forward(batch.x, batch.output, batch.masks)
        loss = self._members[0].loss
        if loss.takes_weights:
            loss.gradient(batch.output, batch.target, batch.delta, batch.weight)
            share = batch.inverse_weight
            batch.delta.mul_(share if isinstance(share, float) else share.unsqueeze(2))
        else:
            loss.gradient(batch.output, batch.target, batch.delta)
            batch.delta.mul_(batch.scale)
        net.backward(batch.x, batch.delta, batch.masks)
        if self._has_alpha:
            torch.linalg.vector_norm(self._weights, dim=1, out=batch.norms[0])
            if self._one_alpha and isinstance(batch.inverse_weight, float):
                factor = self._members[0].alpha * batch.inverse_weight
                self._weight_grads.add_(self._weights, alpha=factor)
            else:
                self._weight_grads.addcmul_(self._weights, self._alpha * batch.inverse_weight)
        if self._has_l1:
            torch.linalg.vector_norm(self._weights, ord=1, dim=1, out=batch.norms[1])
            self._weight_grads.addcmul_(self._weights.sign(), self._l1 * batch.inverse_weight)
        if self._clip is not None:
            norm = torch.linalg.vector_norm(net.grad, dim=1, keepdim=True)
            net.grad.mul_(torch.where(norm > self._clip, self._clip / norm, 1.0))
        self._solver.update(rates)

    def _block_loss(self, block: Block) -> Tensor:
        """Sum the losses of a block, computed at once from the outputs its batches left behind."""
        loss = self._members[0].loss
        value = loss.weighted_value(block.output, block.target, block.weight)  # (N, K, B, outputs)
        return value.sum(dim=(0, 2))

    def _epoch_losses(self, data_loss: Tensor | float, penalty: Tensor) -> list[EpochLosses]:
        assert isinstance(data_loss, Tensor)
        data = data_loss.double().cpu().numpy()
        penalties = penalty.double().cpu().numpy()
        return [
            combined_losses(member, data[k] / total, penalties[k] / total)
            for k, (member, total) in enumerate(
                zip(self._members, self._batches.total_weight, strict=True)
            )
        ]

    def _validate(self, losses: list[EpochLosses]) -> None:
        for k, member in enumerate(self._members):
            if member.validation is None:
                continue
            outputs = validation_outputs(self._net, k, member)
            losses[k].validation_loss, losses[k].validation_score = evaluate(
                member, outputs, partial(copy_parameters, self._net, k)
            )

    def _watch(self, k: int, losses: EpochLosses) -> None:
        progress, watcher = self._progress[k], self._watchers[k]
        if watcher is None:
            return
        report = EpochReport(
            n_iter=progress.n_iter,
            loss=losses.loss,
            validation_loss=losses.validation_loss,
            validation_score=losses.validation_score,
            weights=partial(copy_weights, self._net, k),
            buffers=partial(copy_buffers, self._net, k),
        )
        if watcher(report) and not progress.stop_reason:
            progress.stop_reason = "callback"
            progress.message = f"A callback stopped training after epoch {progress.n_iter}."

    def _keep_best(self, k: int) -> None:
        self._progress[k].keep_best(copy_weights(self._net, k), copy_buffers(self._net, k))

    def _leave(self) -> None:
        """Take the members that are done out of the tensors."""
        if not self._members:
            return
        with without_gradients(self._members[0]):
            stays = []
            for k, progress in enumerate(self._progress):
                if not progress.stop_reason:
                    stays.append(k)
                    continue
                moments = [m[k].cpu().numpy().copy() for m in self._solver.moments]
                trained = progress.finish(
                    copy_weights(self._net, k),
                    moments,
                    self._solver.n_steps[k],
                    copy_buffers(self._net, k),
                )
                self._streams[k].save(trained.state)
                self._trained[self._places[k]] = trained
            self._members = [self._members[k] for k in stays]
            self._watchers = [self._watchers[k] for k in stays]
            self._is_cancelled = [self._is_cancelled[k] for k in stays]
            self._progress = [self._progress[k] for k in stays]
            self._streams = [self._streams[k] for k in stays]
            self._places = [self._places[k] for k in stays]
            if not stays:
                return
            keep = torch.tensor(stays, device=self._net.flat.device)
            self._net = self._net.keep(keep)
            self._solver = rebuilt_solver(self._solver, self._net, self._members, keep)
            self._set_up()


def combined_losses(member: Member, data: np.ndarray, penalty: float) -> EpochLosses:
    """Add up the mean losses of the outputs and the penalties, in both units."""
    combine = np.mean if member.loss.averages_outputs else np.sum
    loss = float(combine(data * member.output_scale.numpy()) + penalty * member.penalty_scale)
    if member.loss.predicts_logarithm:
        # Deviances of standardised counts are tiny where counts are large: `tol` would end training
        # at once.
        return EpochLosses(criterion=loss, loss=loss)
    return EpochLosses(criterion=float(combine(data) + penalty), loss=loss)
