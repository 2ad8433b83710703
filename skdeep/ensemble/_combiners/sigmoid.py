"""Decisions -> probabilities, by a sigmoid fitted to what came true."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit


def fit_sigmoids(decisions, truth, row_weights):
    """Return the slope and intercept of the logit of each column, by Platt's method.

    His targets are not quite 0 and 1, so the fit is finite where a decision separates the classes.

    Parameters
    ----------
    decisions : ndarray of shape (n_samples, n_outputs)
        The greater, the surer.

    truth : ndarray of shape (n_samples, n_outputs)
        1 where it came true, else 0.

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


def _fit_sigmoid(column, target, shares):
    centre = shares @ column
    spread = np.sqrt(shares @ (column - centre) ** 2)
    scaled = (column - centre) / spread if spread > 0 else np.zeros_like(column)
    design = np.column_stack([scaled, np.ones_like(scaled)])

    def loss(theta):
        logits = design @ theta
        residual = shares * (expit(logits) - target)
        return shares @ (np.logaddexp(0, logits) - target * logits), design.T @ residual

    def hessian(theta):
        p = expit(design @ theta)
        # A column that says nothing leaves the slope open; the least curvature makes it 0.
        return (design.T * (shares * p * (1 - p))) @ design + 1e-12 * np.eye(2)

    start = np.zeros(2)
    found = minimize(
        loss, start, jac=True, hess=hessian, method="trust-exact", options={"gtol": 1e-10}
    )
    slope, intercept = found.x
    slope = slope / spread if spread > 0 else 0.0
    return slope, intercept - slope * centre


def apply_sigmoids(sigmoids, decisions):
    """Return the probability of each output; one column of decisions serves all of them."""
    slopes, intercepts = sigmoids
    return expit(slopes * decisions + intercepts)
