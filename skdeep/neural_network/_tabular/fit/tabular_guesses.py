"""Guesses of what the target of a row is, for networks to learn from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from skdeep.neural_network._tabular.fit.candidates import Candidate, fold_predictions
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.trainees import FitPlan
from skdeep.neural_network._tabular.networks.plan import TablePlan

# Guesses that are less sure than this teach nothing.
_SURE = 0.8


def with_guesses(
    settings: Any,
    data: TabularData,
    unlabeled: Any,
    unlabeled_weight: np.ndarray | None,
    plan: FitPlan,
    columns: TablePlan,
    bins: tuple[int, ...],
    candidates: Sequence[Candidate],
) -> tuple[TabularData, FitPlan]:
    """Data and a plan that have the unlabelled rows as well.

    Every fold has guesses of its own, by networks that have not seen the rows it judges: else the
    labels of these would leak through the guesses.

    Parameters
    ----------
    settings : estimator
    data : TabularData
        Of the rows with labels.
    unlabeled : ndarray or CSR matrix of shape (m, n_columns)
    unlabeled_weight : ndarray of shape (m,) or None
    plan : FitPlan
    columns : TablePlan
    bins : tuple of int
    candidates : sequence of Candidate
        With shares; they guess.
    """
    n_known, n_unknown = data.n_rows, unlabeled.shape[0]
    known_weight = np.ones(n_known) if data.weight is None else data.weight
    extended = data.with_rows(unlabeled)
    added = []
    for k, fold in enumerate(plan.folds):
        guessed: Any = sum(
            candidate.share
            * fold_predictions(
                candidate, k, unlabeled, np.arange(n_unknown), settings._predicted
            ).mean(axis=1)
            for candidate in candidates
        )
        codes, sureness = settings._guesses(guessed)
        weight = np.where(sureness >= _SURE, sureness, 0.0)
        if unlabeled_weight is not None:
            weight *= unlabeled_weight
        # Together, guesses never count for more than what is known.
        weight *= min(1.0, known_weight[fold.rows].sum() / max(weight.sum(), 1e-9))
        sure = n_known + np.flatnonzero(weight)
        new = Fold.of(
            extended,
            np.concatenate([fold.rows, sure]),
            columns,
            bins,
            fold.start.numpy(),
        )
        new = replace(
            new,
            units=fold.units,
            loss_unit=fold.loss_unit,
            weight=np.concatenate([known_weight, weight]),
        )
        known = data.y if fold.y is None else fold.y
        added.append(replace(new, y=torch.cat([known, settings._tensor(codes, new)])))
    return extended, replace(plan, folds=added)
