"""Numbers as the answer of a table: in units of a fold, with intervals from out-of-fold rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse
import scipy.special
import torch
from torch import Tensor

from skdeep._calibration.conformal import ResidualQuantiles
from skdeep._calibration.local_scale import LocalScale
from skdeep._encoding.targets import RegressionTarget, column_target, numeric_target
from skdeep._engine.training.losses import Loss, make_loss
from skdeep._kinds.tables.statistics import spread_rows
from skdeep.neural_network._tabular.fit.answer import Answer, HeldOut
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.rows import FitRows
from skdeep.neural_network._tabular.fit.unlabeled import unlabeled_rows
from skdeep.neural_network._tabular.networks.plan import TablePlan

# Columns that the width of intervals may follow from.
_MOST_COVARIATES = 20
# Rows that the variance between folds is taken from, and the least part of a mean square it leaves.
_MOST_SPREAD_ROWS = 2_000
_LEAST_LEFT = 0.25
# Skewness beyond which the largest y would dominate the squared error.
_SKEWED = 1.0
# Of y in units of its largest value: below is rounding.
_LEAST_VARIANCE = 1e-24


def _absolute_error(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.abs(predicted - truth).mean(axis=1)


def _poisson_deviance(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    predicted = np.clip(predicted, 1e-12, None)
    deviance = predicted - truth * np.log(predicted) + scipy.special.xlogy(truth, truth) - truth
    return deviance.mean(axis=1)


def _gamma_deviance(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    predicted = np.clip(predicted, 1e-12, None)
    return (np.log(predicted / truth) + truth / predicted - 1.0).mean(axis=1)


@dataclass(frozen=True)
class NumberLoss:
    """A loss of numbers.

    Attributes
    ----------
    of_rows : "squared_error" or callable
        The loss that the shares of candidates minimise; see `OutOfFold`.
    positive_only : bool
        Whether targets must be positive.
    if_skewed : str or None
        The loss that networks learn instead if targets are nowhere negative and skewed: the mean of
        a skewed y is easier to learn as a logarithm.
    """

    of_rows: Callable[[np.ndarray, np.ndarray], np.ndarray] | str
    positive_only: bool = False
    if_skewed: str | None = None


NUMBER_LOSSES = {
    "squared_error": NumberLoss("squared_error", if_skewed="poisson"),
    "absolute_error": NumberLoss(_absolute_error),
    "poisson": NumberLoss(_poisson_deviance, positive_only=True),
    "gamma": NumberLoss(_gamma_deviance, positive_only=True),
}


class NumberAnswer(Answer):
    """A number, or several of them a row.

    Parameters
    ----------
    loss : str
        A key of `NUMBER_LOSSES`.
    unlabeled_label : object
        As in TabularRegressor.

    Attributes
    ----------
    target : RegressionTarget
    residuals : ResidualQuantiles
    scale : LocalScale
        Expected size of residuals.
    covariates : ndarray of int
        Columns that this follows from.
    """

    is_numeric = True
    activation = "silu"
    target: RegressionTarget
    residuals: ResidualQuantiles
    scale: LocalScale
    covariates: np.ndarray

    def __init__(self, loss: str, unlabeled_label: Any):
        self._loss, self._unlabeled_label = loss, unlabeled_label

    def checked(self, y: Any) -> np.ndarray:
        """Targets as an array."""
        y = np.asarray(y)
        unknown = unlabeled_rows(y, self._unlabeled_label)
        if unknown is None:
            return column_target(numeric_target(y))
        known = y.astype(np.float64)
        numeric_target(known[~unknown])
        return column_target(known)

    def encode(
        self, y: np.ndarray, weight: np.ndarray | None, kept: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Numbers and weights as they are."""
        rows = slice(None) if kept is None else kept
        seen, seen_weight = y[rows], None if weight is None else weight[rows]
        loss = self._trained_loss(seen, seen_weight)
        self.target = RegressionTarget(seen, seen_weight, loss, normalize_y=True)
        self.target.check(seen, np.dtype(np.float32))
        return y, weight

    def _trained_loss(self, y: np.ndarray, weight: np.ndarray | None) -> str:
        """The loss that networks learn."""
        columns = y.reshape(len(y), -1)
        other = NUMBER_LOSSES[self._loss].if_skewed
        if other is None or (columns < 0.0).any():
            return self._loss
        return other if (_skewness(columns, weight) > _SKEWED).all() else self._loss

    def loss(self) -> tuple[Loss, tuple[Any, ...]]:
        """The loss that networks learn."""
        return make_loss(self.target.loss, "regression"), (self.target.loss,)

    @property
    def combination_loss(self) -> Any:
        """The loss that the user chose, whatever networks learn."""
        return NUMBER_LOSSES[self._loss].of_rows

    def strata(self, codes: np.ndarray) -> np.ndarray | None:
        """Numbers should be spread alike in each fold, where a row has one."""
        return codes.astype(np.float64) if codes.ndim == 1 else None

    def start(self, codes: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
        """Zeros: the mean of the training rows of a fold, in its units; (n_outputs,)."""
        return np.zeros(self.target.n_outputs)

    def truth(self, codes: np.ndarray) -> np.ndarray:
        """Numbers; (n, n_outputs)."""
        return codes.reshape(len(codes), -1).astype(np.float64)

    def fold(
        self,
        rows: FitRows,
        data: TabularData,
        train: np.ndarray,
        columns: TablePlan,
        bins: tuple[int, ...],
    ) -> Fold:
        """Statistics of the training rows of a fold; targets in units computed from these."""
        fold = super().fold(rows, data, train, columns, bins)
        y, shared = rows.codes[train], self.target
        # Of zeros alone there is no logarithm.
        has_log = (y.reshape(len(y), -1).sum(axis=0) > 0.0).all()
        own = shared
        if has_log or not shared.is_positive:
            own = RegressionTarget(y, rows.weight_of(train), shared.loss, normalize_y=True)
        extremes = self.truth(y).min(axis=0), self.truth(y).max(axis=0)
        if shared.is_positive:
            factor, summand = np.ones(shared.n_outputs), np.log(own.scale / shared.scale)
            with np.errstate(divide="ignore"):
                low, high = (np.log(extreme / shared.scale) for extreme in extremes)
        else:
            factor = own.scale / shared.scale
            summand = (own.shift - shared.shift) / shared.scale
            # Predictions stay within the range of y: networks extrapolate badly.
            low, high = ((extreme - shared.shift) / shared.scale for extreme in extremes)
        units = np.stack(np.broadcast_arrays(factor, summand, low, high)).astype(np.float32)
        # Near the mean, the Poisson deviance is half the squared error over the mean.
        unit = own.scale**2 if NUMBER_LOSSES[self._loss].if_skewed else own.loss_unit
        fold = replace(fold, units=torch.from_numpy(units), loss_unit=unit, weight=data.weight)
        return replace(fold, y=self.tensor_of_fold(rows.codes, fold))

    def tensor_of_fold(self, codes: np.ndarray, fold: Fold) -> Tensor:
        """Targets in the units of a fold."""
        targets = self.tensor(codes)
        assert fold.units is not None
        factor, summand = fold.units[:2]
        return targets / summand.exp() if self.target.is_positive else (targets - summand) / factor

    def predicted(self, outputs: Tensor) -> Tensor:
        """Numbers in the units of y."""
        target = self.target
        scale, shift = (
            torch.as_tensor(v, dtype=torch.float64) for v in (target.scale, target.shift)
        )
        outputs = outputs.double()
        return outputs.exp() * scale if target.is_positive else outputs * scale + shift

    def pseudo_labels(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Predictions, all equally sure."""
        return self.in_dimensions_of_y(predictions), np.ones(len(predictions))

    def in_dimensions_of_y(self, values: np.ndarray) -> np.ndarray:
        """Values (n, n_outputs, ...), without the second axis where y had none."""
        return values if self.target.ndim == 2 else values[:, 0]

    def calibrate(self, held_out: HeldOut) -> np.ndarray:
        """Learn the sizes of residuals; return the predictions of the rows given."""
        judged, encoder, combined = held_out.judged, held_out.encoder, held_out.combined
        residuals = judged.truth - combined
        order = np.argsort(-held_out.importances, kind="stable")[:_MOST_COVARIATES]
        sources = np.asarray(encoder.sources_)[: encoder.n_numbers_ + encoder.n_plain_]
        self.covariates = np.flatnonzero(np.isin(sources, order))[: 2 * _MOST_COVARIATES]
        covariates = self._covariates_of(held_out.rows.matrix[judged.rows])
        self.scale, scale = LocalScale.fit(combined, residuals, covariates, judged.weight)
        residuals = residuals * _shrinkage(residuals, held_out)
        self.residuals = ResidualQuantiles.fit(residuals, judged.weight, scale)
        return self.in_dimensions_of_y(held_out.rows.by_given_row(combined, judged.rows))

    def _covariates_of(self, matrix: Any) -> np.ndarray:
        part = matrix[:, self.covariates]
        return part.toarray() if scipy.sparse.issparse(part) else part

    def scales(self, predicted: np.ndarray, matrix: Any) -> np.ndarray:
        """Expected size of the residuals of encoded rows; (n, n_outputs)."""
        return self.scale.scale(predicted, self._covariates_of(matrix))


def _shrinkage(residuals: np.ndarray, held_out: HeldOut) -> np.ndarray:
    """How much smaller residuals of the mean of all folds are than those of one; (n_outputs,).

    Part of the mean square of the latter is the variance between folds, which the mean divides by
    the number of folds. The variance is taken from folds that have trained on the row, where it is
    less than elsewhere: intervals stay a little too wide.
    """
    rows, judged = held_out.rows, held_out.judged
    mean_square = np.average(residuals**2, axis=0, weights=judged.weight)
    judges_all_once = len(np.unique(judged.rows)) == len(judged.rows) == len(rows.codes)
    if judged.n_folds < 3 or not judges_all_once or not mean_square.all():
        return np.ones(len(mean_square))
    some = spread_rows(len(judged.rows), _MOST_SPREAD_ROWS)
    matrix, own = rows.matrix[judged.rows[some]], judged.fold[some]
    each = np.stack([held_out.of_fold(k, matrix) for k in range(judged.n_folds)])
    trained = np.arange(judged.n_folds)[:, None] != own  # on the row; (n_folds, n)
    variance = np.var(each, axis=0, ddof=1, where=trained[:, :, None])
    between = np.average(variance, axis=0, weights=judged.weight[some])
    left = 1.0 - between * (1.0 - 1.0 / judged.n_folds) / mean_square
    return np.sqrt(np.clip(left, _LEAST_LEFT, 1.0))


def _skewness(columns: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Third central moment over the cube of the standard deviation; (n_columns,)."""
    columns = columns.astype(np.float64)
    largest = np.abs(columns).max(axis=0)
    columns = columns / np.where(largest > 0.0, largest, 1.0)  # cubes must not overflow
    gaps = columns - np.average(columns, axis=0, weights=weight)
    variance = np.average(gaps**2, axis=0, weights=weight)
    cubes = np.average(gaps**3, axis=0, weights=weight)
    varies = variance > _LEAST_VARIANCE
    return np.where(varies, cubes / np.where(varies, variance, 1.0) ** 1.5, 0.0)
