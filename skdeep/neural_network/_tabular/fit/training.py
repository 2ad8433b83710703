"""Training of the members of a tabular fit, within the time there is."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Any

import numpy as np

from skdeep._engine.training.loop import train
from skdeep.neural_network._tabular.fit.answer import Answer
from skdeep.neural_network._tabular.fit.candidates import Candidate, make_candidate
from skdeep.neural_network._tabular.fit.combination import OutOfFold
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.progress import FitProgress
from skdeep.neural_network._tabular.fit.recipes import (
    MANY_ROWS,
    Cycles,
    Recipe,
    batch_size_for,
    n_steps_for,
)
from skdeep.neural_network._tabular.fit.settings import FitSettings
from skdeep.neural_network._tabular.fit.trainees import FitPlan, Trainee, make_trainees
from skdeep.neural_network._tabular.networks.plan import TablePlan

# Share of the time planned for training; the rest is for what follows.
_PLANNED = 0.7
_PILOT_STEPS = 4
# With fewer cycles there is too little to decide by.
_FEWEST_CYCLES = 3
# If a cycle leaves more than this share of the loss, it has overfit.
_NO_WORSE = 1.02
# If it leaves less than this share, and lowers the loss by more than this, it has helped a lot.
_STEEP = 0.8
_LEAST_GAIN = 0.01
# Time that another cycle takes, and what comes after, in units of the training so far.
_TIME_OF_A_CYCLE = 1.5
_INTERRUPTED = ("interrupted", "cancelled")

# From candidates to their losses out of fold, as parts of that of a constant; (n_candidates,).
Judge = Callable[[list[Candidate]], np.ndarray]
# From losses after the last but one and the last cycle, (n_recipes,) each, to which have another.
Choice = Callable[[np.ndarray, np.ndarray], np.ndarray]


def planned(
    settings: FitSettings,
    answer: Answer,
    data: TabularData,
    folds: list[Fold],
    recipes: list[Recipe],
    columns: TablePlan,
    bins: tuple[int, ...],
    rng: np.random.Generator,
    n_trainings: int = 1,
) -> FitPlan:
    """Plan a fit; if time is short, with fewer epochs, and if need be with fewer rows.

    `n_trainings` is how many times as much is to be done in the time there is.
    """
    effort, n_rows = settings.effort, max(len(fold.rows) for fold in folds)
    batch_size = batch_size_of(settings, n_rows)
    plan = FitPlan(folds, recipes, columns, bins, Cycles(1, 1), batch_size, n_repeats=1)
    n_batches = -(-n_rows // batch_size)
    n_steps = n_steps_for(n_rows, effort)
    n_repeats = effort.n_repeats if data.n_rows < MANY_ROWS else -(-effort.n_repeats // 2)
    if settings.max_time is None:
        plan.n_repeats = n_repeats
    else:
        step = _step_time(settings, answer, data, plan, rng)
        left = (settings.max_time - (time.perf_counter() - settings.begin)) / n_trainings
        affordable = max(1, int(_PLANNED * left / step))
        plan.n_repeats = int(np.clip(affordable // n_steps, 1, n_repeats))
        n_steps = min(n_steps, affordable)
        if n_steps < n_batches and settings.max_iter == "auto":
            most = n_steps * batch_size
            plan.folds = [replace(fold, rows=rng.permutation(fold.rows)[:most]) for fold in folds]
            n_batches = n_steps
    plan.cycles = Cycles.of(n_epochs_of(settings, n_steps, n_batches))
    return plan


def batch_size_of(settings: FitSettings, n_rows: int) -> int:
    """Rows of a batch, of `n_rows` in all."""
    chosen = settings.batch_size
    return min(batch_size_for(n_rows) if isinstance(chosen, str) else chosen, n_rows)


def n_epochs_of(settings: FitSettings, n_steps: int, n_batches: int) -> int:
    """Epochs that make so many steps, unless the user has said how many."""
    chosen = settings.max_iter
    return max(1, round(n_steps / n_batches)) if isinstance(chosen, str) else chosen


def _step_time(
    settings: FitSettings,
    answer: Answer,
    data: TabularData,
    plan: FitPlan,
    rng: np.random.Generator,
) -> float:
    """Seconds that one step of all members takes, by a short run of them."""
    n_rows = _PILOT_STEPS * plan.batch_size
    short = replace(plan, folds=[replace(f, rows=f.rows[:n_rows]) for f in plan.folds])
    members = [trainee.member for trainee in make_trainees(settings, answer, data, short, rng)]
    n_steps = max(member.n_batches for member in members)
    begin = time.perf_counter()
    train(members)
    return (time.perf_counter() - begin) / n_steps


@dataclass
class TrainingReport:
    """Report of the training; the attributes of the estimator with these names."""

    n_iter: int
    loss_curves: list[list[float]]
    validation_loss_curves: list[list[float]]
    candidates: list[dict[str, Any]]


class Training:
    """Trains trainees, and ends when the time is up.

    Parameters
    ----------
    settings : FitSettings
    trainees : list of Trainee
    progress : FitProgress
    """

    def __init__(self, settings: FitSettings, trainees: list[Trainee], progress: FitProgress):
        self.trainees = trainees
        self._settings = settings
        self._progress = progress

    def run(self, judge: Judge | None = None) -> None:
        """Train.

        Parameters
        ----------
        judge : callable, optional
            Returns losses of candidates out of fold. Recipes that overfit then skip the last cycle,
            which is half of the training, and those that still improve much get another one.
        """
        if judge is None or self.trainees[0].cycles.n_cycles < _FEWEST_CYCLES:
            with self._announced(self.trainees) as tick:
                self._train(self.trainees, tick)
        else:
            self._train_as_it_helps(judge)

    def _train_as_it_helps(self, judge: Judge) -> None:
        begin = time.perf_counter()
        with self._announced(self.trainees) as tick:
            for trainee in self.trainees:
                trainee.leave_out_a_cycle()
            self._train(self.trainees, tick)
            learning = self._chosen_for_a_cycle(self.trainees, judge, goes_on)
            if learning:
                self._train(learning, tick)
        if self._may_take_longer(time.perf_counter() - begin):
            winning = self._chosen_for_a_cycle(learning, judge, may_win)
            if winning:
                with self._announced(winning) as tick:
                    self._train(winning, tick)

    def _announced(self, trainees: list[Trainee]) -> AbstractContextManager[Callable[[], bool]]:
        """Report a training to callbacks, to the end of the last cycle planned."""
        n_epochs = sum(trainee.ends[-1] - trainee.n_iter for trainee in trainees)
        return self._progress.training(n_epochs)

    def _train(self, trainees: list[Trainee], tick: Callable[[], bool]) -> None:
        """Train to the end of the last cycle that is planned."""
        watchers = [trainee.watcher(self.is_over, tick) for trainee in trainees]
        results = train([trainee.to_be_trained() for trainee in trainees], watchers)
        for trainee, trained in zip(trainees, results, strict=True):
            trainee.take(trained)
        if any(trained.stop_reason in _INTERRUPTED for trained in results):
            self._progress.interrupt()

    def _may_take_longer(self, seconds: float) -> bool:
        """Whether there is time for another cycle, after a training of so many seconds."""
        is_affordable = time.perf_counter() + _TIME_OF_A_CYCLE * seconds < self._settings.end
        return self._settings.effort.may_take_longer and is_affordable

    def _chosen_for_a_cycle(
        self, trainees: list[Trainee], judge: Judge, choose: Choice
    ) -> list[Trainee]:
        """Plan another cycle for some of the trainees, those of recipes that are worth it."""
        if self.is_over() or not trainees:
            return []
        last_two = [of_recipe[-2:] for of_recipe in self._candidates_of_recipes()]
        try:
            losses = judge(list(chain(*last_two))).reshape(-1, 2)
        except KeyboardInterrupt:  # what has been trained is not lost
            self._progress.interrupt()
            return []
        is_chosen = choose(losses[:, 0], losses[:, 1])
        chosen = [trainee for trainee in trainees if is_chosen[trainee.recipe]]
        for trainee in chosen:
            trainee.add_a_cycle()
        return chosen

    def take_over(self, other: "Training") -> None:
        """Add the trainees of a later training, with its recipes as further ones."""
        n_recipes = 1 + max(trainee.recipe for trainee in self.trainees)
        for trainee in other.trainees:
            trainee.recipe += n_recipes
        self.trainees += other.trainees

    def is_over(self) -> bool:
        """Whether the time is up, or a callback has asked to stop."""
        return self._progress.is_stopped or time.perf_counter() > self._settings.end

    def candidates(self) -> list[Candidate]:
        """Networks of every recipe, all folds and repeats, at the end of every cycle."""
        return list(chain(*self._candidates_of_recipes()))

    def _candidates_of_recipes(self) -> list[list[Candidate]]:
        """The candidates of each recipe, in the order of time."""
        found = []
        for _, same in groupby(self.trainees, key=lambda trainee: trainee.recipe):
            trainees = list(same)
            networks = [trainee.network for trainee in trainees]
            folds = [trainee.fold for trainee in trainees]
            cycles = list(zip(*[trainee.candidates() for trainee in trainees], strict=True))
            of_recipe = [
                make_candidate(networks, weights, folds, i == len(cycles) - 1)
                for i, weights in enumerate(cycles)
            ]
            for candidate in of_recipe:
                candidate.unlabeled = trainees[0].unlabeled
            found.append(of_recipe)
        return found

    def report(self, candidates: list[Candidate], judged: OutOfFold) -> TrainingReport:
        """Report the training, and print it if `verbose`."""
        trainees = self.trainees
        ends = {trainee.recipe: trainee.ends for trainee in trainees}
        recipe_of, n_iter = zip(*[(r, end) for r in ends for end in ends[r]], strict=True)
        # As in the training loss: half the squared error.
        unit = 0.5 if judged.loss == "squared_error" else 1.0
        losses = [unit * judged.losses(predictions) for predictions in judged.predictions]
        report = TrainingReport(
            n_iter=max(trainee.n_iter for trainee in trainees),
            loss_curves=[trainee.result.loss_curve for trainee in trainees],
            validation_loss_curves=[
                [
                    float(np.average(loss[judged.fold == t.fold], weights=judged.weight_of(t.fold)))
                    for loss, recipe in zip(losses, recipe_of, strict=True)
                    if recipe == t.recipe
                ]
                for t in trainees
            ],
            candidates=[
                {
                    **_described(candidate.plan),
                    "unlabeled": list(candidate.unlabeled),
                    "n_iter": n_iter[i],
                    "loss": float(np.average(losses[i], weights=judged.weight)),
                    "share": candidate.share,
                }
                for i, candidate in enumerate(candidates)
            ],
        )
        if self._settings.verbose:
            for described in report.candidates:
                print(described, flush=True)
        return report


def goes_on(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Which recipes the last cycle has not made worse; infinite losses are of diverged networks."""
    return after < _NO_WORSE * before


def may_win(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Which recipes gain much, and would be the best if another cycle helped as the last one."""
    best = np.minimum(before, after).min()
    is_steep = (after < _STEEP * before) & (before > after + _LEAST_GAIN)
    with np.errstate(invalid="ignore"):
        return is_steep & (after * after < best * before)


def _described(plan: dict[str, Any]) -> dict[str, Any]:
    """Description of a plan for users."""
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
