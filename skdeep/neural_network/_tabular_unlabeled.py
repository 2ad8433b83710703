"""Rows of unknown target: networks guess them, and learn from their sure guesses."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse
import torch

from skdeep.modules import TablePlan
from skdeep.neural_network._tabular_data import Fold, TabularData
from skdeep.neural_network._tabular_members import FitPlan
from skdeep.neural_network._tabular_networks import Candidate, fold_predictions

# Guesses that are less sure than this teach nothing.
_SURE = 0.8


def unlabeled_rows(y: np.ndarray, label: Any) -> np.ndarray | None:
    """Which rows are marked as unknown; None where none is."""
    if label is None:
        return None
    is_nan = isinstance(label, float) and np.isnan(label)
    marked: Any = np.asarray(y != y if is_nan else y == label)
    if marked.ndim == 0:  # numpy's answer where types cannot be compared
        return None
    marked = marked.reshape(len(y), -1).all(axis=1)
    return marked if marked.any() else None


def with_guesses(
    settings: Any,
    data: TabularData,
    unlabeled: Any,
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
    plan : FitPlan
    columns : TablePlan
    bins : tuple of int
    candidates : sequence of Candidate
        With shares; they guess.
    """
    n_known, n_unknown = data.n_rows, unlabeled.shape[0]
    parts = [data.matrix, unlabeled]
    is_sparse = scipy.sparse.issparse(unlabeled)
    matrix: Any = scipy.sparse.vstack(parts, "csr") if is_sparse else np.concatenate(parts)
    known_weight = np.ones(n_known) if data.weight is None else data.weight
    extended = TabularData(matrix, data.y, data.weight, data.splits)
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
