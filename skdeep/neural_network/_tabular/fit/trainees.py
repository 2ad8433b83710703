"""From recipes and folds to members, and from trained members to candidates."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import torch

from skdeep._encoding.rows import as_rows
from skdeep._engine.training.losses import with_heads
from skdeep._engine.training.member import EpochReport, Member, Trained
from skdeep._engine.training.threads import single_threaded
from skdeep.neural_network._tabular.fit.answer import Answer
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.recipes import Cycles, Recipe, draw
from skdeep.neural_network._tabular.fit.settings import FitSettings
from skdeep.neural_network._tabular.networks.architectures import architecture_of, n_losses
from skdeep.neural_network._tabular.networks.network import TableNetwork
from skdeep.neural_network._tabular.networks.plan import TablePlan

# What is the same for every member. Adam's memory of squares is shorter than usual, as RealMLP's.
_ALWAYS: dict[str, Any] = {
    "solver": "adamw",
    "beta_1": 0.9,
    "beta_2": 0.95,
    "epsilon": 1e-8,
    "learning_rate": "coslog",
    "anneals_regularization": True,
    "dtype": torch.float32,
    "device": torch.device("cpu"),
    "row_groups": None,
    "validation": None,
    "early_stopping": False,
    "n_iter_no_change": np.inf,
    "shuffle": True,
    "tol": 0.0,
    # Of other solvers and schedules.
    "weight_init": "he_normal",
    "nesterovs_momentum": False,
    "momentum": 0.0,
    "power_t": 0.5,
    "warmup_fraction": 0.0,
    "alpha": 0.0,
    "l1": 0.0,
    "gradient_clip": None,
    "max_fun": 1,
}


@dataclass
class Trainee:
    """A member of a tabular fit, and the weights that it stores while it trains.

    Attributes
    ----------
    recipe, fold : int
        Numbers of its recipe and its fold.
    member : Member
    cycles : Cycles
    ends : list of int
        Epochs after which its weights are kept: the ends of the cycles it goes through.
    snapshots : dict of int to ndarray
        Weights at the end of each cycle, by the number of the epoch.
    trained : Trained or None
    unlabeled : tuple of str
        How it learns from unlabelled rows: some of "denoising" and "guesses" (pseudo-labels), in
        this order.
    """

    recipe: int
    fold: int
    member: Member
    cycles: Cycles
    ends: list[int] = field(init=False)
    snapshots: dict[int, np.ndarray] = field(default_factory=dict)
    trained: Trained | None = None
    unlabeled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.ends = self.cycles.ends

    def watcher(
        self, is_over: Callable[[], bool], tick: Callable[[], bool]
    ) -> Callable[[EpochReport], bool]:
        """A watcher that keeps weights at the ends of cycles, and stops after the last."""
        before = self.n_iter

        def watch(report: EpochReport) -> bool:
            n_iter = before + report.n_iter
            if n_iter in self.ends:
                self.snapshots[n_iter] = report.weights()
            return tick() or n_iter >= self.ends[-1] or is_over()

        return watch

    @property
    def n_iter(self) -> int:
        """Epochs that it has trained."""
        return 0 if self.trained is None else self.trained.n_iter

    def to_be_trained(self) -> Member:
        """The member, to continue from where its training stands."""
        if self.trained is None:
            return self.member
        return replace(self.member, start=self.trained.state)

    def take(self, trained: Trained) -> None:
        """Store the result of a part of the training."""
        if self.trained is not None:
            trained.n_iter += self.trained.n_iter
            trained.loss_curve = self.trained.loss_curve + trained.loss_curve
        self.trained = trained

    def leave_out_a_cycle(self) -> None:
        """Plan to end before the last cycle."""
        self.ends = self.ends[:-1]

    def add_a_cycle(self) -> None:
        """Plan for a further cycle, twice as long as the last one."""
        if self.ends == self.cycles.ends:
            self.cycles = self.cycles.longer()
            n_epochs, n_cycles = self.cycles.n_epochs, self.cycles.n_cycles
            self.member = replace(self.member, max_iter=n_epochs, coslog_cycles=n_cycles)
        self.ends = [*self.ends, self.cycles.n_epochs]

    @property
    def network(self) -> TableNetwork:
        """The network where training starts."""
        return cast(TableNetwork, self.member.module)

    @property
    def result(self) -> Trained:
        """Result of training."""
        assert self.trained is not None
        return self.trained

    def candidates(self) -> list[np.ndarray]:
        """Weights at the end of every cycle; the last ones where training ended before."""
        return [self.snapshots.get(end, self.result.weights) for end in self.ends]


@dataclass
class FitPlan:
    """What is trained, on what, and how long.

    Attributes
    ----------
    folds : list of Fold
    recipes : list of Recipe
    columns : TablePlan
        The columns and outputs.
    bins : tuple of int
        Bins of every number, for recipes that have them.
    cycles : Cycles
    batch_size : int
    n_repeats : int
        Networks of each recipe on each fold.
    """

    folds: list[Fold]
    recipes: list[Recipe]
    columns: TablePlan
    bins: tuple[int, ...]
    cycles: Cycles
    batch_size: int
    n_repeats: int


def make_trainees(
    settings: FitSettings,
    answer: Answer,
    data: TabularData,
    plan: FitPlan,
    rng: np.random.Generator,
) -> list[Trainee]:
    """Describe all members of a fit; those of one recipe follow each other, repeat by repeat."""
    folds, cycles = plan.folds, plan.cycles
    device = torch.device("cpu")
    shared: dict[str, Any] = {
        "X": as_rows(data.matrix, device),
        "penalty_scale": 0.0,
        "max_iter": cycles.n_epochs,
        "coslog_cycles": cycles.n_cycles,
        "label_smoothing": answer.label_smoothing,
        **_ALWAYS,
    }
    targets = [_targets(answer, data, fold) for fold in folds]
    trainees = []
    for number, recipe in enumerate(plan.recipes):
        columns = recipe.plan
        n_heads = n_losses(columns)
        loss, loss_key = answer.loss()
        if n_heads > 1:
            loss, loss_key = with_heads(loss, n_heads), (*loss_key, n_heads)
        has_masks = architecture_of(columns).takes_dropout
        hidden = (columns.width * n_heads,) * columns.depth if has_masks else ()
        for k, fold in list(enumerate(folds)) * plan.n_repeats:
            drawn = draw(recipe, settings, rng)
            with single_threaded():  # small products are not worth a second thread
                network = TableNetwork(
                    columns,
                    fold.statistics(columns),
                    fold.sample,
                    drawn.frequency_scale,
                    torch.Generator().manual_seed(drawn.seed),
                )
            member = Member(
                layer_units=(columns.n_columns, *hidden, columns.n_outputs * n_heads),
                activation=columns.activation,
                loss=loss,
                loss_key=loss_key,
                batch_size=min(plan.batch_size, len(fold.rows)),
                rows=torch.from_numpy(fold.rows),
                seed=drawn.seed,
                learning_rate_init=drawn.learning_rate,
                weight_decay=drawn.weight_decay,
                dropout=drawn.dropout if hidden else 0.0,
                module=network,
                **targets[k],
                **shared,
            )
            trainees.append(Trainee(number, k, member, cycles))
    return trainees


def _targets(answer: Answer, data: TabularData, fold: Fold) -> dict[str, Any]:
    """Targets, in what units they are, and weights that the members of a fold learn from."""
    y, weight = (data.y, data.weight) if fold.y is None else (fold.y, fold.weight)
    held = None if weight is None else torch.from_numpy(weight.astype(np.float32))
    unit = answer.target.loss_unit if fold.loss_unit is None else fold.loss_unit
    return {"y": y, "sample_weight": held, "output_scale": torch.from_numpy(unit)}
