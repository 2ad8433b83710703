"""Full-batch training by L-BFGS-B, scipy's, with a curve and early stopping."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from skdeep._engine.training.batches import Batches, Block
from skdeep._engine.training.building import (
    copy_buffers,
    copy_parameters,
    copy_weights,
    make_network,
    validation_outputs,
    without_gradients,
)
from skdeep._engine.training.evaluation import evaluate
from skdeep._engine.training.member import EpochReport, Member, Trained, Watcher
from skdeep._engine.training.pack import CancelledError, combined_losses
from skdeep._engine.training.randomness import RandomStream, epoch_seed
from skdeep._engine.training.stopping import EpochLosses, Progress
from skdeep._engine.training.threads import threads_for

# Hidden values of a chunk of rows; limits the memory of a full batch.
_CHUNK_VALUES = 1 << 22


class Objective:
    """Loss of all rows and its gradient, as a function of the flat parameters.

    Parameters
    ----------
    member : Member
    is_cancelled : callable
        Where it returns True, an evaluation raises `CancelledError`.
    """

    def __init__(self, member: Member, is_cancelled: Callable[[], bool]):
        self.member = member
        self._is_cancelled = is_cancelled
        with without_gradients(member):
            stream = RandomStream(member)
            self.net = make_network([member], [stream])
            widest = max(member.layer_units) if member.module is None else self.net.values_per_row
            rows = max(1, _CHUNK_VALUES // widest)
            self._total = torch.zeros_like(self.net.grad)
            self._chunks = _Chunks(member, stream, rows)
        self.n_rows_weight = self._chunks.total_weight[0]
        self.losses = EpochLosses(np.nan, np.nan)
        self.evaluated = np.empty(0)  # where `losses` were computed

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient, in float64 as scipy requires."""
        member, net = self.member, self.net
        self.evaluated = parameters.copy()
        with without_gradients(member):
            net.flat[0] = torch.from_numpy(parameters)
            net.start_epoch([epoch_seed(member.seed, 0)])  # one objective: always the same draws
            self._total.zero_()
            data: Tensor | float = 0.0
            for block in self._chunks.epoch([0]):
                if self._is_cancelled():
                    raise CancelledError
                data = data + self._add_block(block)
            weights = net.flat[:, : net.n_weights]
            gradient = self._total[:, : net.n_weights]
            gradient.add_(weights, alpha=member.alpha)
            gradient.add_(weights.sign(), alpha=member.l1)
            penalty = 0.5 * member.alpha * weights.square().sum() + member.l1 * weights.abs().sum()
            gradient_array = self._total[0].double().cpu().numpy() / self.n_rows_weight
        assert isinstance(data, Tensor)
        mean = data[0].double().cpu().numpy() / self.n_rows_weight
        share = float(penalty) / self.n_rows_weight
        self.losses = combined_losses(member, mean, share)
        return float(mean.sum() + share), gradient_array

    def _add_block(self, block: Block) -> Tensor:
        net, loss = self.net, self.member.loss
        (batch,) = block.batches
        net.forward(batch.x, batch.output)
        loss.weighted_gradient(batch.output, batch.target, batch.delta, batch.weight)
        value = loss.weighted_value(batch.output, batch.target, batch.weight)
        net.backward(batch.x, batch.delta)
        self._total.add_(net.grad)
        return value.sum(dim=1)


class _Chunks(Batches):
    """The rows of one member in their order, in chunks."""

    def __init__(self, member: Member, stream: RandomStream, rows: int):
        super().__init__([member], [stream])
        self.batch_size = min(rows, self.n_rows)
        self.is_static = self.n_rows <= self.batch_size

    def _rows_of_a_block(self) -> int:
        return self.batch_size

    def _orders(self, epochs: Sequence[int]) -> list[Tensor]:
        return self._orders_as_they_stand()


def minimize(member: Member, watcher: Watcher | None, is_cancelled: Callable[[], bool]) -> Trained:
    """Train one member by L-BFGS-B (Byrd et al. 1995); an epoch is an iteration.

    Parameters
    ----------
    member : Member
    watcher : callable or None
    is_cancelled : callable
        Asked at every evaluation whether to end.
    """
    objective = Objective(member, is_cancelled)
    progress = Progress.of(member)
    last = objective.net.flat[0].double().cpu().numpy().copy()
    if member.early_stopping and progress.best_weights is None:
        progress.keep_best(last.astype(_numpy_dtype(member)), copy_buffers(objective.net, 0))

    def after_iteration(intermediate_result: scipy.optimize.OptimizeResult) -> None:
        nonlocal last
        last = intermediate_result.x.copy()
        if not np.array_equal(objective.evaluated, last):
            objective(last)
        _record(member, objective, progress, watcher)
        if progress.stop_reason:
            raise StopIteration

    try:
        with threads_for(member.n_rows * objective.net.multiplications_per_row):
            result = scipy.optimize.minimize(
                objective,
                last,
                method="L-BFGS-B",
                jac=True,
                callback=after_iteration,
                options={
                    "maxfun": member.max_fun,
                    "maxiter": member.max_iter,
                    "gtol": member.tol,
                },
            )
    except KeyboardInterrupt:
        progress.stop_reason = "interrupted"
        progress.message = "Training was interrupted by the user."
    except CancelledError:
        progress.stop_reason = "cancelled"
    else:
        if not progress.stop_reason:
            last = result.x
            reached_limit = result.status == 1
            progress.stop_reason = "max_iter" if reached_limit else "converged"
            progress.message = f"L-BFGS-B: {result.message}"
    weights = last.astype(_numpy_dtype(member))
    return progress.finish(weights, [], progress.n_iter, copy_buffers(objective.net, 0))


def _record(
    member: Member,
    objective: Objective,
    progress: Progress,
    watcher: Watcher | None,
) -> None:
    net, losses = objective.net, objective.losses
    if member.validation is not None:
        with without_gradients(member):
            losses.validation_loss, losses.validation_score = evaluate(
                member, validation_outputs(net, 0, member), partial(copy_parameters, net, 0)
            )
    if progress.record(losses):
        progress.keep_best(copy_weights(net, 0), copy_buffers(net, 0))
    if watcher is not None and watcher(
        EpochReport(
            n_iter=progress.n_iter,
            loss=losses.loss,
            validation_loss=losses.validation_loss,
            validation_score=losses.validation_score,
            weights=partial(copy_weights, net, 0),
            buffers=partial(copy_buffers, net, 0),
        )
    ):
        progress.stop_reason = "callback"
        progress.message = f"A callback stopped training after epoch {progress.n_iter}."


def _numpy_dtype(member: Member) -> np.dtype:
    return np.dtype("float64" if member.dtype == torch.float64 else "float32")
