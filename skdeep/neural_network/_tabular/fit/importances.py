"""Permutation importance: rise of the out-of-fold loss when a feature is shuffled."""

from typing import Any

import numpy as np

from skdeep._kinds.tables.encoder import TableEncoder
from skdeep.neural_network._tabular.fit.candidates import Candidate, Predict, fold_predictions
from skdeep.neural_network._tabular.fit.combination import OutOfFold, row_losses
from skdeep.neural_network._tabular.fit.data import TabularData

# Multiplications that importances may take, and rows that they are taken from.
_MOST_WORK = 2e10
_MOST_ROWS = 1_000
_FEWEST_ROWS = 10
# Cells of all tables with one feature permuted.
_MOST_CELLS = 2e8
# Values of the matrix with one feature after the other permuted.
_MOST_VALUES = 1 << 24


def permutation_importances(
    encoder: TableEncoder,
    data: TabularData,
    judged: OutOfFold,
    candidates: list[Candidate],
    predict: Predict,
    rng: np.random.Generator,
) -> np.ndarray:
    """Rise of the loss for every feature, divided by their sum; (n_features,).

    Breiman (2001), "Random forests", Machine Learning 45, with networks that have not seen the
    rows.
    """
    sources = np.asarray(encoder.sources_, dtype=np.int64)
    used = np.unique(sources)
    importances = np.zeros(encoder.n_features_in_)
    if not len(used) or not len(judged.rows):
        return importances
    chosen = _chosen_rows(judged, len(used), candidates, rng)
    donors = rng.permutation(chosen)
    base = 0.0
    total = np.zeros(len(used))
    for fold in np.unique(judged.fold[chosen]):
        inside = judged.fold[chosen] == fold
        rows, others = judged.rows[chosen[inside]], judged.rows[donors[inside]]
        weight, truth = judged.weight[chosen[inside]], judged.truth[chosen[inside]]
        own, foreign = data.dense(rows), data.dense(others)

        def losses(
            matrix: np.ndarray, n_copies: int, fold: int = fold, truth: np.ndarray = truth
        ) -> np.ndarray:
            predicted: Any = sum(
                candidate.share
                * fold_predictions(candidate, fold, matrix, np.arange(len(matrix)), predict).mean(
                    axis=1
                )
                for candidate in candidates
            )
            return row_losses(predicted, np.tile(truth, (n_copies, 1)), judged.loss)

        base += losses(own, 1) @ weight
        n_at_once = max(1, _MOST_VALUES // own.size)
        for start in range(0, len(used), n_at_once):
            features = used[start : start + n_at_once]
            copies = np.tile(own, (len(features), 1, 1))  # (features, rows, columns)
            for copy, feature in zip(copies, features, strict=True):
                copy[:, sources == feature] = foreign[:, sources == feature]
            worse = losses(copies.reshape(-1, own.shape[1]), len(features))
            total[start : start + n_at_once] += worse.reshape(len(features), -1) @ weight
    rise = np.clip(total - base, 0.0, None)
    importances[used] = rise / rise.sum() if rise.sum() > 0 else 0.0
    return importances


def _chosen_rows(
    judged: OutOfFold, n_features: int, candidates: list[Candidate], rng: np.random.Generator
) -> np.ndarray:
    """Some of the out-of-fold rows, as many as the work allows."""
    work = n_features * sum(candidate.weights.shape[1] for candidate in candidates)
    n_columns = candidates[0].n_columns
    affordable = min(_MOST_WORK / work, _MOST_CELLS / (n_features * n_columns))
    most = int(np.clip(affordable, _FEWEST_ROWS, _MOST_ROWS))
    n_rows = len(judged.rows)
    return rng.permutation(n_rows)[:most]
