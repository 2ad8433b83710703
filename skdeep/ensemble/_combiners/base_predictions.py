"""A matrix of predictions -> one array a base, whose columns mean the same for all of them."""

import warnings

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from skdeep.ensemble._combiners.checks import Kind
from skdeep.ensemble._combiners.column_layout import (
    ColumnLayout,
    adds_to_one,
    are_codes,
    in_unit_interval,
)


class BasePredictions:
    """How to read the columns of each base.

    Parameters
    ----------
    layout : ColumnLayout
        Which columns are whose.
    kind : {"numbers", "classes", "labels"}
        What is predicted.
    X : ndarray of shape (n_samples, n_columns)
        Columns to learn from whether they are probabilities.
    truth : ndarray of shape (n_samples, n_outputs)
        1 for the true class or label, else 0; not read for numbers.
    row_weights : ndarray of shape (n_samples,)
        Positive.
    """

    def __init__(
        self,
        layout: ColumnLayout,
        kind: Kind,
        X: np.ndarray,
        truth: np.ndarray,
        row_weights: np.ndarray,
    ) -> None:
        self.layout = layout
        self.kind = kind
        blocks = layout.split(X)
        self.votes = [self._are_votes(block) for block in blocks]
        self.sigmoids = [
            None if self._readable(block) else self._fit(block, votes, truth, row_weights)
            for block, votes in zip(blocks, self.votes, strict=True)
        ]
        absent = np.flatnonzero(~truth.any(axis=0)).tolist()
        if kind == "classes" and absent and any(each is not None for each in self.sigmoids):
            warnings.warn(
                f"No row is of the classes with the numbers {absent}, so that decisions for them "
                "cannot become probabilities and count as the least likely. Give rows of every "
                "class, or probabilities of the bases (predict_proba).",
                UserWarning,
                stacklevel=2,
            )

    def read(self, X: np.ndarray) -> np.ndarray:
        """An array of shape (n_bases, n_samples, n_outputs)."""
        how = zip(self.layout.split(X), self.votes, self.sigmoids, strict=True)
        return np.array([self._read(block, votes, sigmoids) for block, votes, sigmoids in how])

    def _one_for_two(self, block: np.ndarray) -> bool:
        """Whether one column stands for both classes."""
        return self.kind == "classes" and self.layout.n_outputs == 2 and block.shape[1] == 1

    def _readable(self, block: np.ndarray) -> bool:
        if self.kind == "numbers":
            return True
        if self._one_for_two(block):
            return in_unit_interval(block)
        if block.shape[1] != self.layout.n_outputs:
            return False
        return adds_to_one(block) if self.kind == "classes" else in_unit_interval(block)

    def _are_votes(self, block: np.ndarray) -> bool:
        """Whether a single column holds numbers of predicted classes."""
        n_outputs = self.layout.n_outputs
        return (
            self.kind == "classes"
            and n_outputs > 2
            and block.shape[1] == 1
            and are_codes(block, n_outputs)
        )

    def _by_class(self, block: np.ndarray, votes: bool) -> np.ndarray:
        """Votes as one column a class, whatever else as it is."""
        if not votes:
            return block
        n_outputs = self.layout.n_outputs
        return np.eye(n_outputs)[np.clip(np.rint(block[:, 0]), 0, n_outputs - 1).astype(int)]

    def _fit(
        self, block: np.ndarray, votes: bool, truth: np.ndarray, row_weights: np.ndarray
    ) -> np.ndarray:
        block = self._by_class(block, votes)
        if self._one_for_two(block):
            truth = truth[:, 1:]
        return fit_sigmoids(np.broadcast_to(block, truth.shape), truth, row_weights)

    def _read(self, block: np.ndarray, votes: bool, sigmoids: np.ndarray | None) -> np.ndarray:
        block = self._by_class(block, votes)
        n_outputs = self.layout.n_outputs
        if self.kind == "numbers":
            return np.broadcast_to(block, (len(block), n_outputs))
        p = np.clip(block, 0, 1) if sigmoids is None else apply_sigmoids(sigmoids, block)
        if self._one_for_two(block):
            return np.hstack([1 - p, p])
        return normalise(p) if self.kind == "classes" else p


def normalise(p: np.ndarray) -> np.ndarray:
    """Rows that sum to one; a row of zeros becomes uniform."""
    total = p.sum(axis=1, keepdims=True)
    return np.where(total > 0, p / np.where(total > 0, total, 1), 1 / p.shape[1])


def fit_sigmoids(decisions: np.ndarray, truth: np.ndarray, row_weights: np.ndarray) -> np.ndarray:
    """Fit the slope and intercept of the logit of each column, by Platt's method.

    His targets are not quite 0 and 1, so the fit is finite where a decision separates the classes.

    Parameters
    ----------
    decisions : ndarray of shape (n_samples, n_outputs)
        The greater, the more probable.
    truth : ndarray of shape (n_samples, n_outputs)
        1 where it is true, else 0.
    row_weights : ndarray of shape (n_samples,)
        Positive; a weight of 2 counts as two rows.

    Returns
    -------
    sigmoids : ndarray of shape (2, n_outputs)
        For `apply_sigmoids`.
    """
    total = row_weights.sum()
    hits = row_weights @ truth
    targets = np.where(truth > 0, (hits + 1) / (hits + 2), 1 / (total - hits + 2))
    shares = row_weights / total
    fits = zip(decisions.T, targets.T, strict=True)
    return np.array([_fit_sigmoid(column, target, shares) for column, target in fits]).T


def _fit_sigmoid(column: np.ndarray, target: np.ndarray, shares: np.ndarray) -> tuple[float, float]:
    centre = shares @ column
    spread = np.sqrt(shares @ (column - centre) ** 2)
    scaled = (column - centre) / spread if spread > 0 else np.zeros_like(column)
    design = np.column_stack([scaled, np.ones_like(scaled)])

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        logits = design @ theta
        residual = shares * (expit(logits) - target)
        return shares @ (np.logaddexp(0, logits) - target * logits), design.T @ residual

    def hessian(theta: np.ndarray) -> np.ndarray:
        p = expit(design @ theta)
        # A constant column leaves the slope undetermined; the added curvature makes it 0.
        return (design.T * (shares * p * (1 - p))) @ design + 1e-12 * np.eye(2)

    start = np.zeros(2)
    found = minimize(
        loss, start, jac=True, hess=hessian, method="trust-exact", options={"gtol": 1e-10}
    )
    slope, intercept = found.x
    slope = slope / spread if spread > 0 else 0.0
    return slope, intercept - slope * centre


def apply_sigmoids(sigmoids: np.ndarray, decisions: np.ndarray) -> np.ndarray:
    """The probability of each output; one column of decisions serves all of them."""
    slopes, intercepts = sigmoids
    return expit(slopes * decisions + intercepts)
