"""Which candidates predict, and with which shares, by their loss out of fold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from skdeep._calibration.simplex import least_squares_weights, log_loss_weights
from skdeep._calibration.temperature import (
    fit_temperature,
    fit_temperature_independent,
    tempered,
    tempered_independent,
)

_SMALLEST_PROBABILITY = 1e-7
_GAP = 1e-6
_MOST_ITERATIONS = 200
# Smaller shares cost time and gain little.
_SMALLEST_SHARE = 0.02
# Total share of networks at the end of training, see `OutOfFold.late`.
_LATE_SHARE = 0.4


@dataclass
class OutOfFold:
    """Predictions of candidates for rows they have not seen.

    Attributes
    ----------
    predictions : ndarray of shape (n_candidates, n, n_columns)
        Probabilities, or numbers; the mean of the networks of a fold.
    of_one : ndarray of the same shape
        The same by a single one of these networks.
    n_repeats, n_folds : int
        How many networks a fold has, and how many folds there are.
    truth : ndarray of shape (n, n_columns)
        1 for the true class or label and else 0, or targets.
    weight : ndarray of shape (n,)
    fold : ndarray of shape (n,)
        Which fold's networks predicted a row.
    late : ndarray of int
        Candidates that get an extra share if it does no harm. The log-loss favours networks that
        stopped early, as they are not too confident; those at the end of training predict the class
        better, and a temperature corrects their confidence.
    barred : ndarray of shape (n_candidates,), bool
        Candidates that have no share.
    rows : ndarray of shape (n,)
        Which rows of the data they are; a row may be in the test part of several folds, or of none.
    loss : {"log_loss", "independent", "squared_error"} or callable
        Log-loss of classes that exclude each other, or of independent labels, or a callable that
        returns the loss of every row from predictions and truth.
    """

    predictions: np.ndarray
    of_one: np.ndarray
    n_repeats: int
    n_folds: int
    truth: np.ndarray
    weight: np.ndarray
    fold: np.ndarray
    rows: np.ndarray
    late: np.ndarray
    barred: np.ndarray
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray] | str

    def weight_of(self, fold: int) -> np.ndarray:
        """Weights of the rows of a fold."""
        return self.weight[self.fold == fold]

    def losses(self, predictions: np.ndarray) -> np.ndarray:
        """Loss of every row; (n,)."""
        return row_losses(predictions, self.truth, self.loss)

    def relative_losses(self) -> np.ndarray:
        """Loss of each candidate alone, as a part of that of a constant; (n_candidates,).

        Probabilities are at the temperature that suits them best. Infinite for candidates that are
        barred, and for all if a constant has no loss.
        """
        found = np.full(len(self.predictions), np.inf)
        constant = np.average(self.truth, weights=self.weight, axis=0)
        unit = self._mean_loss(np.broadcast_to(constant, self.truth.shape))
        if unit <= 0.0:
            return found
        for number in np.flatnonzero(~self.barred):
            if self.loss in ("log_loss", "independent"):
                own = self._tempered_loss(np.array([number]), np.ones(1))
            else:
                own = self._mean_loss(self.predictions[number])
            found[number] = own / unit
        return found

    def _mean_loss(self, predictions: np.ndarray) -> float:
        return float(np.average(self.losses(predictions), weights=self.weight))

    def shares(self, kept: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """Shares of the candidates `kept` that minimise the loss on some rows."""
        chosen = slice(None) if rows is None else rows
        predictions = self.predictions[kept][:, chosen]
        best = best_shares(predictions, self.truth[chosen], self.weight[chosen], self.loss)
        is_late = np.isin(kept, self.late)
        if not is_late.any():
            return best
        return (1.0 - _LATE_SHARE) * best + _LATE_SHARE * is_late / is_late.sum()

    def choose(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of at most `most` candidates, and their shares."""
        kept = np.flatnonzero(~self.barred)
        while True:
            best = best_shares(self.predictions[kept], self.truth, self.weight, self.loss)
            order = np.argsort(-best, kind="stable")[:most]
            large = np.sort(order[best[order] > _SMALLEST_SHARE])
            if len(large) == len(kept):
                break
            kept = kept[large]
        without = kept, best_shares(self.predictions[kept], self.truth, self.weight, self.loss)
        kept = np.union1d(kept, self.late[~self.barred[self.late]])
        together = kept, self.shares(kept)
        if not len(self.late) or self._tempered_loss(*together) <= self._tempered_loss(*without):
            return together
        self.late = np.empty(0, dtype=np.int64)
        return without

    def _tempered_loss(self, kept: np.ndarray, shares: np.ndarray) -> float:
        """Log-loss of the combined candidates, at the best temperature."""
        probabilities = np.tensordot(shares, self.predictions[kept], axes=1)
        if self.loss == "log_loss":
            sharpness = fit_temperature(probabilities, self.truth.argmax(axis=1), self.weight)
            probabilities = tempered(probabilities, sharpness)
        else:
            sharpness = fit_temperature_independent(probabilities, self.truth, self.weight)
            probabilities = tempered_independent(probabilities, sharpness)
        return self._mean_loss(probabilities)

    def combined(
        self, kept: np.ndarray, shares_of_folds: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Predictions of every row, with the shares of its fold.

        The second array is the same by a single network of each fold and candidate.
        """
        result, of_one = np.empty_like(self.predictions[0]), np.empty_like(self.of_one[0])
        for fold, shares in enumerate(shares_of_folds):
            inside = self.fold == fold
            result[inside] = np.tensordot(shares, self.predictions[kept][:, inside], axes=1)
            of_one[inside] = np.tensordot(shares, self.of_one[kept][:, inside], axes=1)
        return result, of_one

    def shares_of_folds(self, kept: np.ndarray) -> np.ndarray:
        """Shares for the rows of each fold, from the other folds alone; (n_folds, n_kept)."""
        if self.n_folds == 1:
            return self.shares(kept)[None]
        others = [np.flatnonzero(self.fold != fold) for fold in range(self.n_folds)]
        return np.stack([self.shares(kept, rows) for rows in others])

    def for_all_networks(self, of_one: float, of_a_fold: float) -> float:
        """A quantity for the mean of all networks, from those for fewer.

        Out of fold, rows are predicted by the networks of one fold; new rows by those of all folds.
        The more networks are averaged, the less the mean depends on each: part of its variance, and
        of its overconfidence, is proportional to one over their number.
        """
        if self.n_repeats == 1:
            return of_a_fold
        part = (of_one - of_a_fold) * self.n_repeats / (self.n_repeats - 1)
        return of_one - part * (1.0 - 1.0 / (self.n_repeats * self.n_folds))


def row_losses(predictions: np.ndarray, truth: np.ndarray, loss: Any) -> np.ndarray:
    """Loss of every row of predictions (n, n_columns); (n,)."""
    if loss == "squared_error":
        return ((predictions - truth) ** 2).mean(axis=1)
    if loss == "log_loss":
        came_true = (predictions * truth).sum(axis=1)
        return -np.log(np.clip(came_true, _SMALLEST_PROBABILITY, None))
    if loss == "independent":
        came_true = np.where(truth > 0.5, predictions, 1.0 - predictions)
        return -np.log(np.clip(came_true, _SMALLEST_PROBABILITY, None)).sum(axis=1)
    return loss(predictions, truth)


def best_shares(
    predictions: np.ndarray,
    truth: np.ndarray,
    weight: np.ndarray,
    loss: Any,
) -> np.ndarray:
    """Shares that are not negative, sum to one and minimise a loss; (n_candidates,)."""
    n_candidates = len(predictions)
    if n_candidates == 1:
        return np.ones(1)
    row_weights = np.repeat(weight / weight.sum() / truth.shape[1], truth.shape[1])
    if loss == "log_loss":
        came_true = (predictions * truth).sum(axis=2)
        return _log_loss_shares(came_true, weight / weight.sum())
    if loss == "independent":  # every column is a label of its own
        came_true = np.where(truth > 0.5, predictions, 1.0 - predictions)
        return _log_loss_shares(came_true.reshape(n_candidates, -1), row_weights)
    if loss == "squared_error":
        errors = (predictions - truth).reshape(n_candidates, -1)
        return least_squares_weights(errors, row_weights)[0]
    assert callable(loss)
    return _shares_by_search(predictions, truth, weight, loss)


def _log_loss_shares(came_true: np.ndarray, row_weights: np.ndarray) -> np.ndarray:
    probabilities = np.clip(came_true.astype(np.float64), _SMALLEST_PROBABILITY, None)
    return log_loss_weights(probabilities, row_weights, max_iter=_MOST_ITERATIONS, tol=_GAP)[0]


def _shares_by_search(
    predictions: np.ndarray,
    truth: np.ndarray,
    weight: np.ndarray,
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """The same for losses without an exact solution."""

    def mean_loss(shares: np.ndarray) -> float:
        mixed = np.tensordot(shares / shares.sum(), predictions, axes=1)
        return float(np.average(loss(mixed, truth), weights=weight))

    n_candidates = len(predictions)
    corners = np.eye(n_candidates)
    start = np.full(n_candidates, 1.0 / n_candidates)
    found = minimize(
        mean_loss,
        start,
        bounds=[(0.0, 1.0)] * n_candidates,
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1.0},
        method="SLSQP",
    ).x.clip(0.0)
    options = [start, *corners, found / found.sum()]
    return min(options, key=mean_loss)
