"""Training of the members of a tabular fit, within the time there is."""

import threading
import time
import warnings
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np

from skdeep.neural_network._tabular_combination import OutOfFold
from skdeep.neural_network._tabular_data import Fold, TabularData
from skdeep.neural_network._tabular_members import FitPlan, Trainee, make_trainees
from skdeep.neural_network._tabular_networks import Candidate, make_candidate
from skdeep.neural_network._tabular_recipes import (
    MANY_ROWS,
    Course,
    Effort,
    Recipe,
    batch_size_for,
    n_steps_for,
)
from skdeep.training import train

# Part of the time that is planned with; the rest is for what comes after training.
_PLANNED = 0.7
_PILOT_STEPS = 4


def planned(
    settings: Any,
    data: TabularData,
    folds: list[Fold],
    recipes: list[Recipe],
    effort: Effort,
    begin: float,
    rng: np.random.Generator,
    n_trainings: int = 1,
) -> FitPlan:
    """Plan a fit; where time is short, with fewer epochs, and at last with fewer rows.

    `n_trainings` is how many times as much is to be done in the time there is.
    """
    n_rows = max(len(fold.rows) for fold in folds)
    batch_size = batch_size_of(settings, n_rows)
    plan = FitPlan(folds, recipes, Course(1, 1), batch_size, 1)
    n_batches = -(-n_rows // batch_size)
    n_steps = n_steps_for(n_rows, effort)
    n_repeats = effort.n_repeats if data.n_rows < MANY_ROWS else -(-effort.n_repeats // 2)
    if settings.max_time is None:
        plan.n_repeats = n_repeats
    else:
        step = _step_time(settings, data, plan, rng)
        left = (settings.max_time - (time.perf_counter() - begin)) / n_trainings
        affordable = max(1, int(_PLANNED * left / step))
        plan.n_repeats = int(np.clip(affordable // n_steps, 1, n_repeats))
        n_steps = min(n_steps, affordable)
        if n_steps < n_batches and settings.max_iter == "auto":
            most = n_steps * batch_size
            plan.folds = [replace(fold, rows=rng.permutation(fold.rows)[:most]) for fold in folds]
            n_batches = n_steps
    plan.course = Course.of(n_epochs_of(settings, n_steps, n_batches))
    return plan


def batch_size_of(settings: Any, n_rows: int) -> int:
    """Rows of a batch, of `n_rows` in all."""
    chosen = settings.batch_size
    return min(batch_size_for(n_rows) if chosen == "auto" else chosen, n_rows)


def n_epochs_of(settings: Any, n_steps: int, n_batches: int) -> int:
    """Epochs that make so many steps, unless the user has said how many."""
    chosen = settings.max_iter
    return max(1, round(n_steps / n_batches)) if chosen == "auto" else chosen


def _step_time(settings: Any, data: TabularData, plan: FitPlan, rng: np.random.Generator) -> float:
    """Seconds that one step of all members takes, by a short run of them."""
    n_rows = _PILOT_STEPS * plan.batch_size
    short = replace(plan, folds=[replace(f, rows=f.rows[:n_rows]) for f in plan.folds])
    members = [trainee.member for trainee in make_trainees(settings, data, short, rng)]
    n_steps = max(member.n_batches for member in members)
    begin = time.perf_counter()
    train(members)
    return (time.perf_counter() - begin) / n_steps


class Training:
    """Trains trainees, tells callbacks, and ends when the time is up.

    Parameters
    ----------
    settings : estimator
    trainees : list of Trainee
    begin : float
        When the fit began, by `time.perf_counter`.
    """

    def __init__(self, settings: Any, trainees: list[Trainee], begin: float):
        self.trainees = trainees
        self._settings = settings
        self._end = np.inf if settings.max_time is None else begin + settings.max_time
        self._lock = threading.Lock()
        self._is_stopped = False

    def run(self, seen: dict[str, Any]) -> None:
        """Train; `seen` is what callbacks are given of the data."""
        settings, trainees = self._settings, self.trainees
        n_epochs = trainees[0].course.n_epochs
        context = settings._init_callback_context(max_subtasks=len(trainees) * n_epochs)
        context.call_on_fit_task_begin(estimator=settings, **seen)
        has_callbacks = bool(getattr(settings, "_skl_callbacks", None))

        def tick() -> bool:
            if not has_callbacks:
                return False
            with self._lock:  # members train on several threads
                epoch = context.subcontext(task_name="epoch")
                epoch.call_on_fit_task_begin(estimator=settings, **seen)
                self._is_stopped |= bool(
                    epoch.call_on_fit_task_end(
                        estimator=settings, reconstruction_attributes=dict, **seen
                    )
                )
            return self._is_stopped

        watchers = [trainee.watcher(self.is_over, tick) for trainee in trainees]
        results = train([trainee.member for trainee in trainees], watchers)
        for trainee, trained in zip(trainees, results, strict=True):
            trainee.trained = trained
        context.call_on_fit_task_end(estimator=settings, reconstruction_attributes=dict, **seen)
        if any(trained.stop_reason in ("interrupted", "cancelled") for trained in results):
            self._is_stopped = True
            warnings.warn("Training interrupted by user.", stacklevel=8)

    def take_over(self, other: "Training") -> None:
        """Count the trainees of a later training as one's own, its recipes as further ones."""
        n_recipes = 1 + max(trainee.recipe for trainee in self.trainees)
        for trainee in other.trainees:
            trainee.recipe += n_recipes
        self.trainees += other.trainees

    def is_over(self) -> bool:
        """Whether the time is up, or a callback has said that it is enough."""
        return self._is_stopped or time.perf_counter() > self._end

    def candidates(self) -> list[Candidate]:
        """Networks of every recipe, all folds and repeats, at the end of every cycle."""
        found = []
        for _, same in groupby(self.trainees, key=lambda trainee: trainee.recipe):
            trainees = list(same)
            networks = [trainee.network for trainee in trainees]
            folds = [trainee.fold for trainee in trainees]
            cycles = list(zip(*[trainee.candidates() for trainee in trainees], strict=True))
            for i, weights in enumerate(cycles):
                candidate = make_candidate(networks, weights, folds, i == len(cycles) - 1)
                candidate.unlabeled = trainees[0].unlabeled
                found.append(candidate)
        return found

    def report(self, settings: Any, candidates: list[Candidate], judged: OutOfFold) -> None:
        """Set the attributes that tell how training went."""
        trainees = self.trainees
        ends = {trainee.recipe: trainee.course.ends for trainee in trainees}
        recipe_of, n_iter = zip(*[(r, end) for r in ends for end in ends[r]], strict=True)
        # As the training loss has it: half the squared error.
        unit = 0.5 if judged.loss == "squared_error" else 1.0
        losses = [unit * judged.losses(predictions) for predictions in judged.predictions]
        settings.n_iter_ = max(trainee.result.n_iter for trainee in trainees)
        settings.loss_curves_ = [trainee.result.loss_curve for trainee in trainees]
        settings.validation_loss_curves_ = [
            [
                float(np.average(loss[judged.fold == t.fold], weights=judged.weight_of(t.fold)))
                for loss, recipe in zip(losses, recipe_of, strict=True)
                if recipe == t.recipe
            ]
            for t in trainees
        ]
        settings.candidates_ = [
            {
                **_described(candidate.plan),
                "unlabeled": list(candidate.unlabeled),
                "n_iter": n_iter[i],
                "loss": float(np.average(losses[i], weights=judged.weight)),
                "share": candidate.share,
            }
            for i, candidate in enumerate(candidates)
        ]
        if settings.verbose:
            for candidate in settings.candidates_:
                print(candidate, flush=True)


def _described(plan: dict[str, Any]) -> dict[str, Any]:
    """What a user can tell of a plan."""
    features = [
        name
        for name, is_there in (
            ("piecewise_linear", plan["bins"]),
            ("cosines", plan["n_frequencies"]),
            ("cross", plan["n_crosses"]),
        )
        if is_there
    ]
    return {
        "architecture": plan["architecture"] if plan["depth"] else "additive",
        "hidden_layers": (plan["width"],) * plan["depth"],
        "features": features,
    }
