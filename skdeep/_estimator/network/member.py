"""From an estimator's parameters and its data to a member: the description of one fit."""

import numbers
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._encoding.row_keys import row_groups, row_keys
from skdeep._engine.training.losses import Loss
from skdeep._engine.training.member import Member, TrainingState
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import SOLVERS
from skdeep._estimator.network.validation import Held

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


@dataclass(frozen=True)
class Extent:
    """How long a fit is where its parameters are 'auto'.

    Attributes
    ----------
    n_steps : int or None
        Updates, about, where `max_iter` is 'auto'.
    fewest_epochs : int
        Epochs, at least, where it is.
    fewest_rows, most_rows : int
        Rows of a batch where `batch_size` is 'auto': a 25th of all between these bounds, or, where
        `n_steps` is None, as many as there are up to `most_rows`.
    """

    n_steps: int | None = None
    fewest_epochs: int = 10
    fewest_rows: int = 16
    most_rows: int = 200

    def batch_size(self, n_rows: int) -> int:
        """Rows of a batch."""
        if self.n_steps is None:
            return min(self.most_rows, n_rows)
        size = min(max(n_rows / 25, self.fewest_rows), self.most_rows)
        return -(-n_rows // max(1, round(n_rows / size)))  # of one size, nearly

    def n_epochs(self, max_iter: int | str, n_rows: int, batch_size: int) -> int:
        """Epochs of one call to `fit`."""
        if not isinstance(max_iter, str):
            return max_iter
        assert self.n_steps is not None
        return max(self.fewest_epochs, round(self.n_steps / -(-n_rows // batch_size)))


@dataclass
class Description:
    """What network a fit trains, and from where.

    Attributes
    ----------
    fields : dict
        Fields of a `Member`.
    takes_one_row : bool
        Whether it can train on a batch of a single row.
    """

    fields: dict[str, Any]
    takes_one_row: bool = True


def make_member(
    settings: Any,
    data: FitData,
    held: Held,
    network: Description,
    target: Any,
    loss: tuple[Loss, tuple[Any, ...]],
    *,
    device: torch.device,
    seed: int,
    extent: Extent,
    incremental: bool,
) -> Member:
    """Describe a fit.

    Parameters
    ----------
    settings : estimator
        Its parameters of training are used.
    data : FitData
    held : Held
    network : Description
    target : Target
    loss : (Loss, tuple)
        The loss and its key.
    device : torch.device
    seed : int
    extent : Extent
    incremental : bool
        Whether it is one epoch among others.
    """
    n_rows = data.X.shape[0] if held.rows is None else len(held.rows)
    batch_size = _batch_size(settings, extent, n_rows, network.takes_one_row)
    dtype = TORCH_DTYPES[data.dtype.name]
    groups = None
    if network.fields["dropout"] and n_rows <= batch_size:
        keys = row_keys(data.X if held.rows is None else data.X[held.rows])
        groups = torch.from_numpy(row_groups(keys)).to(device)
    weight = None if data.weight is None else torch.from_numpy(data.weight)
    return Member(
        loss=loss[0],
        loss_key=loss[1],
        batch_size=batch_size,
        dtype=dtype,
        device=device,
        X=data.rows(device),
        y=target.tensor(data.codes, dtype).to(device),
        sample_weight=None if weight is None else weight.to(device=device, dtype=dtype),
        rows=None if held.rows is None else torch.from_numpy(held.rows).to(device),
        row_groups=groups,
        validation=held.validation,
        output_scale=torch.from_numpy(target.loss_unit),
        penalty_scale=float(target.loss_unit.mean()),
        seed=seed,
        warmup_fraction=_warmup_fraction(settings),
        learning_rate=_schedule(settings, incremental),
        label_smoothing=float(getattr(settings, "label_smoothing", 0.0)),
        max_iter=1 if incremental else extent.n_epochs(settings.max_iter, n_rows, batch_size),
        **{name: getattr(settings, name) for name in _PASSED_ON} | network.fields,
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
    if SOLVERS[estimator.solver].memory != SOLVERS[estimator._trained_by].memory:
        # The state of one solver has another meaning for a different solver.
        state = replace(state, moments=[], n_steps=0, learning_rate=None)
    return state


def draw_seed(random_state: Any) -> int:
    """A seed from a `random_state`; None takes fresh entropy and leaves global generators alone."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _batch_size(settings: Any, extent: Extent, n_rows: int, takes_one_row: bool) -> int:
    if settings.batch_size == "auto":
        size = extent.batch_size(n_rows)
        while not takes_one_row and size > 2 and n_rows % size == 1:
            size -= 1
        return size
    if settings.batch_size > n_rows and SOLVERS[settings.solver].is_stochastic:
        warnings.warn(
            f"batch_size={settings.batch_size} is larger than the {n_rows} training rows; "
            "all rows make one batch.",
            stacklevel=8,
        )
    return min(settings.batch_size, n_rows)


def _schedule(settings: Any, incremental: bool) -> str:
    # The number of calls of partial_fit is unknown: there is no end to anneal towards.
    schedule: str = settings.learning_rate
    return "constant" if incremental and SCHEDULES[schedule].is_annealed else schedule


def _warmup_fraction(settings: Any) -> float:
    if settings.warmup_fraction is None:
        return SCHEDULES[settings.learning_rate].warmup
    return float(settings.warmup_fraction)
