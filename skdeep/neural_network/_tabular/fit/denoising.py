"""Pretraining of a tabular fit: networks first learn to restore corrupted rows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.packing.flat import load_flat
from skdeep._engine.training.losses import make_loss, with_heads
from skdeep._engine.training.threads import single_threaded
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.recipes import Cycles
from skdeep.neural_network._tabular.fit.trainees import Trainee
from skdeep.neural_network._tabular.networks.architectures import n_losses
from skdeep.neural_network._tabular.networks.denoiser import TableDenoiser

_LEARNING_RATE = 0.015
# Rows that swapped cells come from: fewer where tables are wide.
_POOL_ROWS = 1_024
_POOL_VALUES = 1 << 20


def make_denoising_trainees(
    trainees: Sequence[Trainee],
    data: TabularData,
    folds: Sequence[Fold],
    weight: np.ndarray | None,
    features: np.ndarray,
    cycles: Cycles,
    batch_size: int,
) -> list[Trainee]:
    """Trainees that restore rows, one for each that will learn targets.

    Parameters
    ----------
    trainees : sequence of Trainee
        Their networks are where denoising starts. They are not changed.
    data : TabularData
        With the unlabelled rows.
    folds : sequence of Fold
        With rows to restore.
    weight : ndarray of shape (n,) or None
        Of the rows of `data`.
    features : ndarray of shape (n_columns,), int
        Number of the feature that a column comes from.
    cycles : Cycles
    batch_size : int
    """
    nothing = torch.zeros(data.n_rows)  # gaps should be 0
    held = None if weight is None else torch.from_numpy(weight.astype(np.float32))
    places = torch.from_numpy(features.astype(np.int64))
    pools = [_pool(data, fold) for fold in folds]
    made = []
    for trainee in trainees:
        network = trainee.network
        generator = torch.Generator().manual_seed(trainee.member.seed)
        with single_threaded():  # small products are not worth a second thread
            denoiser = TableDenoiser(network, pools[trainee.fold], places, generator)
        n_heads = n_losses(network.plan)
        loss = make_loss("squared_error", "regression")
        hidden = trainee.member.layer_units[1:-1]
        rows = folds[trainee.fold].rows
        member = replace(
            trainee.member,
            module=denoiser,
            layer_units=(network.plan.n_columns, *hidden, denoiser.n_outputs * n_heads),
            loss=with_heads(loss, n_heads) if n_heads > 1 else loss,
            loss_key=("denoising", n_heads),
            y=nothing,
            sample_weight=held,
            rows=torch.from_numpy(rows),
            output_scale=torch.ones(denoiser.n_outputs),
            batch_size=min(batch_size, len(rows)),
            max_iter=cycles.n_epochs,
            coslog_cycles=cycles.n_cycles,
            learning_rate_init=_LEARNING_RATE,
            dropout=0.0,
            label_smoothing=0.0,
        )
        made.append(Trainee(trainee.recipe, trainee.fold, member, cycles))
    return made


def start_from_denoisers(trainees: Sequence[Trainee], denoising: Sequence[Trainee]) -> None:
    """Have the networks of trainees start where denoising ended."""
    for trainee, other in zip(trainees, denoising, strict=True):
        denoiser = cast(TableDenoiser, other.member.module)
        load_flat(denoiser, torch.from_numpy(other.result.weights))
        trainee.network.take_trunk(denoiser.network)


def _pool(data: TabularData, fold: Fold) -> Tensor:
    """Rows of a fold, spread evenly; equally many for every fold, for networks to pack."""
    n_columns = max(1, data.matrix.shape[1])
    n_rows = max(1, min(_POOL_ROWS, _POOL_VALUES // n_columns))
    spread = np.arange(n_rows) * len(fold.rows) // n_rows
    return torch.from_numpy(np.ascontiguousarray(data.dense(fold.rows[spread]), dtype=np.float32))
