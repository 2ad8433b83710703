"""Rows of unknown target: what networks learn from them, and whether it helps."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from scipy.stats import norm, wilcoxon

from skdeep.neural_network._tabular.fit.answer import Answer
from skdeep.neural_network._tabular.fit.candidates import Candidate, fold_predictions
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.denoising import (
    make_denoising_trainees,
    start_from_denoisers,
)
from skdeep.neural_network._tabular.fit.judge import FoldJudge
from skdeep.neural_network._tabular.fit.progress import FitProgress
from skdeep.neural_network._tabular.fit.recipes import Cycles, n_steps_for
from skdeep.neural_network._tabular.fit.rows import FitRows
from skdeep.neural_network._tabular.fit.trainees import FitPlan, Trainee, make_trainees
from skdeep.neural_network._tabular.fit.training import Training, batch_size_of, n_epochs_of
from skdeep.neural_network._tabular.networks.network import TableNetwork

# How clearly later candidates must help out of fold, in standard errors: see `_standard_score`.
_BEYOND_DOUBT = 2.0
# Pseudo-labels that are less sure than this are not used.
_SURE = 0.8


def unlabeled_rows(y: np.ndarray, label: Any) -> np.ndarray | None:
    """Which rows are marked as unlabelled; None if none is."""
    if label is None:
        return None
    is_nan = isinstance(label, float) and np.isnan(label)
    marked: Any = np.asarray(y != y if is_nan else y == label)
    if marked.ndim == 0:  # numpy's answer where types cannot be compared
        return None
    marked = marked.reshape(len(y), -1).all(axis=1)
    return marked if marked.any() else None


class UnlabeledTraining:
    """Trains networks on unlabelled rows as well, after those trained on labelled rows only.

    First trunks learn to restore corrupted rows, and networks that start from these learn the
    targets; then the best networks so far predict the unlabelled rows, and networks learn from
    those predictions that are sure (pseudo-labels). Networks that do not clearly lower the
    out-of-fold loss are not used.

    Parameters
    ----------
    judge : FoldJudge
        Of a fit that has unlabelled rows.
    plan : FitPlan
        Of the networks trained on labelled rows only.
    sources : ndarray of shape (n_columns,), int
        Number of the feature that a column comes from.
    progress : FitProgress
    rng : Generator
    """

    def __init__(
        self,
        judge: FoldJudge,
        plan: FitPlan,
        sources: np.ndarray,
        progress: FitProgress,
        rng: np.random.Generator,
    ):
        self._judge, self._plan, self._sources = judge, plan, sources
        self._settings, self._answer = judge.settings, judge.answer
        self._rows, self._data = judge.rows, judge.data
        self._progress, self._rng = progress, rng

    def run(self, first: Training) -> list[Candidate]:
        """All candidates; the trainees are counted as those of the first training."""
        candidates = first.candidates()
        denoised: list[TableNetwork] | None = None
        if "denoising" in self._settings.unlabeled_steps and not first.is_over():
            training = self._from_denoisers()
            if training is not None:
                more = training.candidates()
                if self._let_in(candidates, more):
                    denoised = [trainee.network for trainee in training.trainees]
                candidates = candidates + more
                first.take_over(training)
        if "guesses" in self._settings.unlabeled_steps and not first.is_over():
            training = self._on_pseudo_labels(candidates, denoised)
            more = training.candidates()
            self._let_in(candidates, more)
            candidates = candidates + more
            first.take_over(training)
        return candidates

    def _from_denoisers(self) -> Training | None:
        """Training of deep networks that have restored rows before."""
        settings, plan, rows = self._settings, self._plan, self._rows
        deep = [recipe for recipe in plan.recipes if recipe.plan.depth]
        if not deep:
            return None
        data = self._data.with_rows(rows.unlabeled)
        wide = [self._with_unlabeled_rows(data, fold) for fold in plan.folds]
        known = [
            replace(wider, rows=fold.rows) for wider, fold in zip(wide, plan.folds, strict=True)
        ]
        deep_plan = replace(plan, folds=known, recipes=deep)
        trainees = make_trainees(settings, self._answer, data, deep_plan, self._rng)
        cycles, batch_size = self._cycles(wide)
        denoising = Training(
            settings,
            make_denoising_trainees(
                trainees,
                data,
                wide,
                rows.all_weights(self._data.weight),
                self._sources,
                Cycles(cycles.n_epochs, 1),
                batch_size,
            ),
            self._progress,
        )
        denoising.run()
        start_from_denoisers(trainees, denoising.trainees)
        return self._trained(trainees, ("denoising",))

    def _with_unlabeled_rows(self, data: TabularData, fold: Fold) -> Fold:
        """A fold that has the unlabelled rows as well."""
        unlabeled = np.arange(self._data.n_rows, data.n_rows)
        rows, start = np.concatenate([fold.rows, unlabeled]), fold.start.numpy()
        wider = Fold.of(data, rows, self._plan.columns, self._plan.bins, start)
        own = {name: getattr(fold, name) for name in ("units", "loss_unit", "y", "weight")}
        return replace(wider, **own)

    def _on_pseudo_labels(
        self, candidates: list[Candidate], denoised: list[TableNetwork] | None
    ) -> Training:
        """Training on pseudo-labels of the best candidates, from denoised trunks if these help."""
        settings, judge = self._settings, self._judge
        teachers = judge.chosen(candidates, judge.out_of_fold(candidates))
        more, plan = _with_pseudo_labels(self._answer, self._rows, self._data, self._plan, teachers)
        cycles, batch_size = self._cycles(plan.folds)
        plan = replace(plan, cycles=cycles, batch_size=batch_size)
        trainees = make_trainees(settings, self._answer, more, plan, self._rng)
        if denoised is None:
            return self._trained(trainees, ("guesses",))
        deep = [t for t in trainees if plan.recipes[t.recipe].plan.depth]
        for trainee, network in zip(deep, denoised, strict=True):
            trainee.network.take_trunk(network)
        return self._trained(trainees, ("denoising", "guesses"))

    def _cycles(self, folds: list[Fold]) -> tuple[Cycles, int]:
        """How long to train on the rows of folds, and with batches of how many rows."""
        settings = self._settings
        n_rows = max(len(fold.rows) for fold in folds)
        batch_size = batch_size_of(settings, n_rows)
        n_steps = n_steps_for(n_rows, settings.effort)
        return Cycles.of(n_epochs_of(settings, n_steps, -(-n_rows // batch_size))), batch_size

    def _trained(self, trainees: list[Trainee], unlabeled: tuple[str, ...]) -> Training:
        for trainee in trainees:
            trainee.unlabeled = unlabeled
        training = Training(self._settings, trainees, self._progress)
        training.run()
        return training

    def _let_in(self, candidates: list[Candidate], more: list[Candidate]) -> bool:
        """Bar later candidates from the ensemble unless they clearly help."""
        without, with_them = map(self._judge.row_losses, (candidates, candidates + more))
        helps = _standard_score(without - with_them) > _BEYOND_DOUBT
        for candidate in more:
            candidate.is_barred = not helps
        return helps


def _standard_score(gain: np.ndarray) -> float:
    """How sure it is that rows gain, in standard errors; at most 0 if they lose on average.

    The mean of two scores: that of the mean gain, which is what counts but may depend on a few
    rows, and that of the signed ranks (Wilcoxon 1945), which says whether most rows gain.
    """
    spread = gain.std() / len(gain) ** 0.5
    if spread == 0.0 or gain.mean() <= 0.0:
        return 0.0
    of_ranks = norm.isf(wilcoxon(gain, alternative="greater", method="asymptotic").pvalue)
    return float(gain.mean() / spread + of_ranks) / 2.0


def _with_pseudo_labels(
    answer: Answer,
    rows: FitRows,
    data: TabularData,
    plan: FitPlan,
    candidates: Sequence[Candidate],
) -> tuple[TabularData, FitPlan]:
    """Data and a plan with the unlabelled rows, whose pseudo-labels are from the candidates.

    Every fold has its own pseudo-labels, by networks that have not seen its test rows: else the
    labels of these would leak through the pseudo-labels.
    """
    unlabeled, n_known = rows.unlabeled, data.n_rows
    every = np.arange(unlabeled.shape[0])
    known_weight = np.ones(n_known) if data.weight is None else data.weight
    extended = data.with_rows(unlabeled)
    added = []
    for k, fold in enumerate(plan.folds):
        predicted: Any = sum(
            candidate.share
            * fold_predictions(candidate, k, unlabeled, every, answer.predicted).mean(axis=1)
            for candidate in candidates
        )
        codes, sureness = answer.pseudo_labels(predicted)
        weight = np.where(sureness >= _SURE, sureness, 0.0)
        if rows.unlabeled_weight is not None:
            weight *= rows.unlabeled_weight
        # Together, pseudo-labels never count for more than the labelled rows.
        weight *= min(1.0, known_weight[fold.rows].sum() / max(weight.sum(), 1e-9))
        trained = np.concatenate([fold.rows, n_known + np.flatnonzero(weight)])
        new = replace(
            Fold.of(extended, trained, plan.columns, plan.bins, fold.start.numpy()),
            units=fold.units,
            loss_unit=fold.loss_unit,
            weight=np.concatenate([known_weight, weight]),
        )
        known = data.y if fold.y is None else fold.y
        added.append(replace(new, y=torch.cat([known, answer.tensor_of_fold(codes, new)])))
    return extended, replace(plan, folds=added)
