"""Estimates of the size of the residual to expect in each row."""

from typing import Self

import numpy as np

from skdeep._encoding.weights import row_counts

_MOST_ROWS = 20_000
_N_FOLDS = 5
_N_BINS = 16  # and one more for missing values
_N_ROUNDS = 30
_RATE = 0.1
_PRIOR_ROWS = 20.0  # rows of average size in each bin, which keep its factor near 1
_CAP = 30.0  # medians: larger residuals are outliers, which say nothing about their neighbours


class LocalScale:
    """A positive function of prediction and covariates that follows E|residual|.

    The function is a level times one factor for each column, looked up in the bin that the value
    falls in: a gamma model with a logarithmic link. The factors are fitted by cyclic boosting: one
    column at a time, the factor of each bin moves a tenth of the way to the value at which the
    residuals in the bin have their expected size. Cross-validated gamma deviance decides after how
    many rounds to stop, and the scale is one constant unless the gain is twice its standard error.

    Five models are fitted, each on four fifths of the rows. The scale of every training row is from
    the one model that has not seen it, and that of new rows is the geometric mean of all models, so
    scores of old and new rows can be compared, as conformal prediction needs.

    Where y is a vector, each output has a function of its own prediction and of all covariates.

    Attributes
    ----------
    level : ndarray of shape (n_outputs,)
    edges : ndarray of shape (n_outputs, n_columns, 15)
        Where the bins of each column begin, except the first; inf where there are fewer.
    log_factors : ndarray of shape (n_outputs, n_columns, 17)
    """

    def __init__(self, level: np.ndarray, edges: np.ndarray, log_factors: np.ndarray):
        self.level = level
        self.edges = edges
        self.log_factors = log_factors

    @classmethod
    def fit(
        cls,
        prediction: np.ndarray,
        residuals: np.ndarray,
        covariates: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> tuple[Self, np.ndarray]:
        """Learn from the training rows, 20,000 of them at most.

        Parameters
        ----------
        prediction : ndarray of shape (n,) or (n, n_outputs)
            Out of fold.
        residuals : ndarray of the same shape
            y minus prediction.
        covariates : ndarray of shape (n, n_covariates), optional
            Numbers; NaN where missing.
        weight : ndarray of shape (n,), optional

        Returns
        -------
        local_scale : LocalScale
        out_of_fold : ndarray of the shape of `residuals`
            The scale of each row by a model that has not seen it.
        """
        n = len(residuals)
        counts = row_counts(weight, n)
        if not counts.any():
            raise ValueError(
                "weight leaves no row to learn from; give one at least a positive one."
            )
        rows = np.random.default_rng(0).permutation(np.flatnonzero(counts))[:_MOST_ROWS]
        sizes = np.abs(residuals).reshape(n, -1).T
        fits = [
            _fit_output(columns, size, counts, rows)
            for columns, size in zip(_columns(prediction, covariates), sizes, strict=True)
        ]
        level, edges, log_factors, out_of_fold = (
            np.stack(part) for part in zip(*fits, strict=True)
        )
        return cls(level, edges, log_factors), out_of_fold.T.reshape(residuals.shape)

    def scale(self, prediction: np.ndarray, covariates: np.ndarray | None = None) -> np.ndarray:
        """The scale of new rows.

        Parameters
        ----------
        prediction : ndarray of shape (m,) or (m, n_outputs)
        covariates : ndarray of shape (m, n_covariates), optional
            Needed if there were some in :meth:`fit`.

        Returns
        -------
        ndarray of the shape of `prediction`
        """
        scales = [
            level * np.exp(_looked_up(log_factors, _binned(columns, edges)))
            for columns, level, edges, log_factors in zip(
                _columns(prediction, covariates),
                self.level,
                self.edges,
                self.log_factors,
                strict=True,
            )
        ]
        return np.stack(scales, axis=-1).reshape(prediction.shape)


def _columns(prediction: np.ndarray, covariates: np.ndarray | None) -> list[np.ndarray]:
    """For each output an array of its prediction and the covariates, (n_columns, n)."""
    outputs = prediction.reshape(len(prediction), -1).T
    if covariates is None:
        return [output[None] for output in outputs]
    return [np.concatenate([output[None], covariates.T]) for output in outputs]


def _fit_output(
    columns: np.ndarray, size: np.ndarray, counts: np.ndarray, rows: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Level, edges, log-factors, and the scale of all rows, out of fold."""
    edges = np.stack([_bin_edges(column[rows]) for column in columns])
    bins = _binned(columns, edges)
    cap = _CAP * np.median(size[rows])
    learned = np.minimum(size[rows], cap) if cap > 0 else size[rows]
    level = float(np.average(learned, weights=counts[rows]))
    if level == 0:  # nothing is left to be expected; any constant will do
        learned, level = np.ones_like(learned), 1.0
    stages, held_out = _cross_fitted(bins[:, rows], counts[rows], learned / level)
    best = _best_stage(counts[rows], learned / level, held_out)
    log_factors = stages[best]
    log_scale = _looked_up(log_factors, bins)
    log_scale[rows] = held_out[best]
    return level, edges, log_factors, level * np.exp(log_scale)


def _bin_edges(column: np.ndarray) -> np.ndarray:
    """Up to 15 values that divide the column evenly, padded with inf."""
    known = column[np.isfinite(column)]
    edges = np.full(_N_BINS - 1, np.inf)
    if len(known):
        levels = np.arange(1, _N_BINS) / _N_BINS
        found = np.unique(np.quantile(known, levels, method="higher"))
        edges[: len(found)] = found
    return edges


def _binned(columns: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The bin of each value, (n_columns, n); the last one is for NaN."""
    bins = np.empty(columns.shape, dtype=np.uint8)
    for found, column, begins in zip(bins, columns, edges, strict=True):
        found[:] = np.searchsorted(begins, column, side="right")
        found[np.isnan(column)] = _N_BINS
    return bins


def _looked_up(log_factors: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """Sum of the log-factors of each row, (n,)."""
    total = np.zeros(bins.shape[1])
    for table, column in zip(log_factors, bins, strict=True):
        total += table[column]
    return total


def _cross_fitted(
    bins: np.ndarray, counts: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """After each round: mean log-factors of the folds, and log-scales of rows not trained on."""
    n = len(size)
    fold = np.arange(n) % _N_FOLDS  # the rows come shuffled
    stages = np.zeros((_N_ROUNDS + 1, len(bins), _N_BINS + 1))
    held_out = np.zeros((_N_ROUNDS + 1, n))
    for k in range(_N_FOLDS):
        train, rest = fold != k, fold == k
        fitted = _boosted(bins[:, train], counts[train], size[train])
        stages += fitted / _N_FOLDS
        for log_scale, log_factors in zip(held_out, fitted, strict=True):
            log_scale[rest] = _looked_up(log_factors, bins[:, rest])
    return stages, held_out


def _boosted(bins: np.ndarray, counts: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Log-factors before the first and after each round, (n_rounds + 1, n_columns, 17)."""
    n_bins = _N_BINS + 1
    mass = [np.bincount(column, counts, n_bins) for column in bins]
    stages = np.zeros((_N_ROUNDS + 1, len(bins), n_bins))
    excess = counts * size  # over what the factors expect so far
    for r in range(1, _N_ROUNDS + 1):
        stages[r] = stages[r - 1]
        for table, column, expected in zip(stages[r], bins, mass, strict=True):
            found = np.bincount(column, excess, n_bins)
            step = _RATE * np.log((found + _PRIOR_ROWS) / (expected + _PRIOR_ROWS))
            table += step
            excess *= np.exp(-step)[column]
    return stages


def _best_stage(counts: np.ndarray, size: np.ndarray, log_scales: np.ndarray) -> int:
    """The round with the least gamma deviance, or 0 if that is not clearly less than before it."""
    deviance = size * np.exp(-log_scales) + log_scales
    best = int(np.argmin(deviance @ counts))
    gain = deviance[0] - deviance[best]
    mean = np.average(gain, weights=counts)
    error = np.sqrt(np.average((gain - mean) ** 2, weights=counts) / counts.sum())
    return best if mean > 2 * error else 0
