"""Losses of many ensembles at once: each base added, in turn, to what is selected already."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

# Rows handled at once: small enough for the candidates of all bases to stay in the cache.
_CHUNK = 2048


def shares_of_cells(row_weights: np.ndarray, n_cells: int) -> np.ndarray:
    """The share in a mean of each of `n_cells` numbers, which belong to rows, in order."""
    per_row = n_cells // len(row_weights)
    return np.repeat(row_weights / row_weights.sum() / per_row, per_row)


class Loss(Protocol):
    """Interface of a loss for the greedy search."""

    def of(self, weights: np.ndarray) -> float:
        """The loss of the combination with these weights, which sum to one."""

    def of_additions(self, counts: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """The losses after one more copy of each candidate.

        Parameters
        ----------
        counts : ndarray of shape (n_bases,)
            How often each base is in already.
        candidates : ndarray of int
            Bases to try.
        """


class LogLoss:
    """Log-loss of mean probabilities.

    Parameters
    ----------
    observed : ndarray of shape (n_bases, n_rows)
        Probability that each base gave to the true class; greater than 0.
    row_weights : ndarray of shape (n_rows,)
        Summing to one.
    """

    def __init__(self, observed: np.ndarray, row_weights: np.ndarray) -> None:
        self.observed = observed
        self.row_weights = row_weights

    def of(self, weights: np.ndarray) -> float:
        """The loss of the combination with these weights."""
        return -float(np.log(weights @ self.observed) @ self.row_weights)

    def of_additions(self, counts: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """The losses after one more copy of each candidate, in chunks of rows."""
        losses = np.zeros(len(candidates))
        for start in range(0, len(self.row_weights), _CHUNK):
            rows = slice(start, start + _CHUNK)
            observed = self.observed[:, rows]
            mean = observed[candidates] + counts @ observed
            mean /= counts.sum() + 1
            losses -= np.log(mean, out=mean) @ self.row_weights[rows]
        return losses


class SquaredError:
    """Mean square of a mean error.

    Parameters
    ----------
    errors : ndarray of shape (n_bases, n_rows)
        Prediction less target. The error of a mean is the mean of the errors.
    row_weights : ndarray of shape (n_rows,)
        Summing to one.
    """

    def __init__(self, errors: np.ndarray, row_weights: np.ndarray) -> None:
        self.errors = errors
        self.row_weights = row_weights
        self.products = (errors * row_weights) @ errors.T

    def of(self, weights: np.ndarray) -> float:
        """The loss of the combination with these weights."""
        return float((weights @ self.errors) ** 2 @ self.row_weights)

    def of_additions(self, counts: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """The losses after one more copy of each candidate, from products of errors alone."""
        cross = self.products @ counts
        squares = counts @ cross + 2 * cross[candidates] + np.diag(self.products)[candidates]
        return squares / (counts.sum() + 1) ** 2


class ScorerLoss:
    """The negated score of the mean prediction, by a scorer of scikit-learn.

    Parameters
    ----------
    score : callable
        Takes the mean of predictions, an array of shape (n_samples, n_outputs).
    predictions : ndarray of shape (n_bases, n_samples, n_outputs)
        Of each base.
    """

    def __init__(self, score: Callable[[np.ndarray], float], predictions: np.ndarray) -> None:
        self.score = score
        self.predictions = predictions

    def of(self, weights: np.ndarray) -> float:
        """The loss of the combination with these weights."""
        return -float(self.score(np.tensordot(weights, self.predictions, axes=1)))

    def of_additions(self, counts: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """The losses after one more copy of each candidate, one at a time."""
        total = np.tensordot(counts, self.predictions, axes=1)
        size = counts.sum() + 1
        scores = [self.score((total + self.predictions[base]) / size) for base in candidates]
        if np.isnan(scores).any():
            raise ValueError(
                "The scorer given as scoring answers NaN for these rows, so it cannot tell "
                "ensembles apart: give another, or None for the loss of the estimator."
            )
        return -np.array(scores)
