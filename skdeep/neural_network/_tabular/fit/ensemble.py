"""One fit to a table, from encoded rows to the networks that predict."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skdeep._engine.training.threads import single_threaded
from skdeep._kinds.tables.encoder import TableEncoder
from skdeep._kinds.tables.statistics import bin_counts, spread_rows
from skdeep.neural_network._tabular.fit.answer import Answer, HeldOut
from skdeep.neural_network._tabular.fit.candidates import (
    Candidate,
    candidates_of_fold,
    mean_predictions,
)
from skdeep.neural_network._tabular.fit.data import TabularData
from skdeep.neural_network._tabular.fit.folds import dealt_splits
from skdeep.neural_network._tabular.fit.importances import permutation_importances
from skdeep.neural_network._tabular.fit.judge import FoldJudge
from skdeep.neural_network._tabular.fit.progress import N_TRAININGS, FitProgress
from skdeep.neural_network._tabular.fit.recipes import bins_of_a_number, recipes
from skdeep.neural_network._tabular.fit.rows import FitRows, Splits
from skdeep.neural_network._tabular.fit.settings import FitSettings
from skdeep.neural_network._tabular.fit.trainees import make_trainees
from skdeep.neural_network._tabular.fit.training import Training, TrainingReport, planned
from skdeep.neural_network._tabular.fit.unlabeled import UnlabeledTraining
from skdeep.neural_network._tabular.networks.plan import TablePlan


@dataclass
class FittedEnsemble:
    """Result of a fit.

    Attributes
    ----------
    candidates : list of Candidate
        Those that predict.
    shares_of_folds : ndarray of shape (n_folds, n_candidates)
        Their shares in the predictions of the test rows of a fold.
    splits : list of (ndarray, ndarray)
        In the numbers of the rows that `fit` was given.
    importances : ndarray of shape (n_features,)
    out_of_fold : ndarray of shape (n_given, ...)
        Calibrated predictions of these rows.
    report : TrainingReport
    """

    candidates: list[Candidate]
    shares_of_folds: np.ndarray
    splits: Splits
    importances: np.ndarray
    out_of_fold: np.ndarray
    report: TrainingReport


def fit_ensemble(
    settings: FitSettings,
    answer: Answer,
    encoder: TableEncoder,
    rows: FitRows,
    progress: FitProgress,
) -> FittedEnsemble:
    """Train networks of every configuration on every fold, and keep those that predict best.

    Parameters
    ----------
    settings : FitSettings
    answer : Answer
        It has encoded the targets, and gets calibrated.
    encoder : TableEncoder
        It has encoded the rows.
    rows : FitRows
    progress : FitProgress
    """
    rng = settings.rng(0)
    data = _dealt(settings, answer, rows, rng)
    columns, bins = _columns(answer, encoder, data)
    with single_threaded():  # small products are not worth a second thread
        folds = [answer.fold(rows, data, train, columns, bins) for train, _ in data.splits]
    chosen = recipes(columns, bins, data.n_rows, settings, answer.is_numeric)
    n_trainings = 1 if rows.unlabeled is None else N_TRAININGS
    plan = planned(settings, answer, data, folds, chosen, columns, bins, rng, n_trainings)
    judge = FoldJudge(settings, answer, rows, data)
    training = Training(settings, make_trainees(settings, answer, data, plan, rng), progress)
    training.run(judge.relative_losses if settings.max_iter == "auto" else None)
    if rows.unlabeled is None:
        candidates = training.candidates()
    else:
        sources = np.asarray(encoder.sources_)
        candidates = UnlabeledTraining(judge, plan, sources, progress, rng).run(training)
    return _judged(judge, encoder, training, candidates)


def _dealt(
    settings: FitSettings, answer: Answer, rows: FitRows, rng: np.random.Generator
) -> TabularData:
    """The rows with targets, and their folds."""
    units = np.arange(len(rows.codes)) if rows.units is None else rows.units
    strata = answer.strata(rows.codes)
    n_folds = settings.effort.n_folds
    splits = rows.splits or dealt_splits(settings.cv, n_folds, strata, units, rng)
    return TabularData(rows.matrix, answer.tensor(rows.codes), rows.weight, splits)


def _columns(
    answer: Answer, encoder: TableEncoder, data: TabularData
) -> tuple[TablePlan, tuple[int, ...]]:
    """What columns and outputs networks have, and how many bins each number may be cut into."""
    columns = TablePlan(
        n_numbers=encoder.n_numbers_,
        n_plain=encoder.n_plain_,
        cardinalities=tuple(encoder.cardinalities_),
        n_outputs=answer.target.n_outputs,
        activation=answer.activation,
        has_units=answer.is_numeric,
    )
    most = bins_of_a_number(columns.n_numbers, data.n_rows)
    if not most or not columns.n_numbers:
        return columns, ()
    some = data.dense(spread_rows(data.n_rows))[:, : columns.n_numbers]
    return columns, bin_counts(some, most)


def _judged(
    judge: FoldJudge, encoder: TableEncoder, training: Training, candidates: list[Candidate]
) -> FittedEnsemble:
    """Compute the shares of the candidates on rows they have not seen, and keep the best."""
    answer, rows, data = judge.answer, judge.rows, judge.data
    judged = judge.out_of_fold(candidates)
    chosen = judge.chosen(candidates, judged)
    kept = np.flatnonzero([candidate.share > 0.0 for candidate in candidates])
    shares_of_folds = judged.shares_of_folds(kept)
    report = training.report(candidates, judged)
    importances = permutation_importances(
        encoder, data, judged, chosen, answer.predicted, judge.settings.rng(1)
    )

    def of_fold(k: int, matrix: Any) -> np.ndarray:
        alone = candidates_of_fold(chosen, shares_of_folds, k)
        return mean_predictions(alone, matrix, answer.predicted)

    combined, of_one = judged.combined(kept, shares_of_folds)
    held_out = HeldOut(combined, of_one, rows, judged, importances, encoder, of_fold)
    return FittedEnsemble(
        candidates=chosen,
        shares_of_folds=shares_of_folds,
        splits=rows.original_splits(data.splits),
        importances=importances,
        out_of_fold=answer.calibrate(held_out),
        report=report,
    )
