"""From an estimator and its data to a member: the description of one fit."""

import numbers
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._encoding.row_keys import row_groups, row_keys
from skdeep._encoding.rows import resolve_device
from skdeep._engine.training.member import Member, TrainingState
from skdeep._engine.training.schedules import DEFAULT_WARMUP
from skdeep._estimator.network.validation import make_validation

# Parameters that a member takes as they are.
_PASSED_ON = (
    "solver",
    "nesterovs_momentum",
    "max_fun",
    "power_t",
    "momentum",
    "beta_1",
    "beta_2",
    "alpha",
    "l1",
    "gradient_clip",
    "shuffle",
    "tol",
    "n_iter_no_change",
    "early_stopping",
)


def make_member(
    estimator: Any,
    data: FitData,
    validation_data: tuple[Any, Any, Any],
    continuing: bool,
    incremental: bool,
) -> Member:
    """Describe a fit; sets the attributes of the estimator that say what network it has."""
    device = resolve_device(estimator.device)
    rows, validation = make_validation(estimator, data, validation_data, device)
    n_rows = data.X.shape[0] if rows is None else len(rows)
    network = estimator._describe_network(data, continuing)
    loss, loss_key = estimator._make_loss()
    target, dtype = estimator._target, TORCH_DTYPES[data.dtype.name]
    estimator.n_outputs_ = target.n_outputs
    estimator.out_activation_ = loss.out_activation
    batch_size = _batch_size(estimator, n_rows)
    groups = None
    if network["dropout"] and n_rows <= batch_size:
        keys = row_keys(data.X if rows is None else data.X[rows])
        groups = torch.from_numpy(row_groups(keys)).to(device)
    weight = None if data.weight is None else torch.from_numpy(data.weight)
    passed_on = {name: getattr(estimator, name) for name in _PASSED_ON}
    return Member(
        loss=loss,
        loss_key=loss_key,
        batch_size=batch_size,
        dtype=dtype,
        device=device,
        X=data.rows(device),
        y=target.tensor(data.codes, dtype).to(device),
        sample_weight=None if weight is None else weight.to(device=device, dtype=dtype),
        rows=None if rows is None else torch.from_numpy(rows).to(device),
        row_groups=groups,
        validation=validation,
        output_scale=torch.from_numpy(target.loss_unit),
        penalty_scale=float(target.loss_unit.mean()),
        seed=estimator._seed,
        warmup_fraction=_warmup_fraction(estimator),
        learning_rate=_schedule(estimator, incremental),
        label_smoothing=float(getattr(estimator, "label_smoothing", 0.0)),
        max_iter=1 if incremental else estimator._n_epochs(n_rows, batch_size),
        **passed_on | estimator._step_settings | network,
    )


def resumed_state(
    estimator: Any, weights: np.ndarray, buffers: dict[str, np.ndarray] | None = None
) -> TrainingState:
    """The state that training goes on from, given the parameters of the fitted network."""
    buffers = buffers or {}
    state = getattr(estimator, "_optimizer", None)
    if state is None:
        return TrainingState(weights=weights, buffers=buffers)
    best = weights if estimator.early_stopping else None
    state = replace(
        state, weights=weights, best_weights=best, buffers=buffers, best_buffers=buffers
    )
    if _family(estimator.solver) != _family(estimator._trained_by):
        # What one solver remembers means something else to another.
        state = replace(state, moments=[], n_steps=0, learning_rate=None)
    return state


def _family(solver: str) -> str:
    return "adam" if solver == "adamw" else solver


def draw_seed(random_state: Any) -> int:
    """A seed from a `random_state`; None takes fresh entropy and leaves global generators alone."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _batch_size(estimator: Any, n_rows: int) -> int:
    if estimator.batch_size == "auto":
        size = estimator._automatic_batch_size(n_rows)
        while not estimator._takes_one_row and size > 2 and n_rows % size == 1:
            size -= 1
        return size
    if estimator.batch_size > n_rows and estimator.solver != "lbfgs":
        warnings.warn(
            f"batch_size={estimator.batch_size} is larger than the {n_rows} training rows; "
            "all rows make one batch.",
            stacklevel=6,
        )
    return min(estimator.batch_size, n_rows)


def _schedule(estimator: Any, incremental: bool) -> str:
    # Nobody knows how many calls of partial_fit will come: there is no end to anneal towards.
    is_annealed = estimator.learning_rate in DEFAULT_WARMUP
    return "constant" if incremental and is_annealed else estimator.learning_rate


def _warmup_fraction(estimator: Any) -> float:
    if estimator.warmup_fraction is None:
        return DEFAULT_WARMUP.get(estimator.learning_rate, 0.0)
    return float(estimator.warmup_fraction)
