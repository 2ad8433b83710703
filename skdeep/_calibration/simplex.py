"""Weights that are not negative and sum to one, by exact optimisation.

Both problems are convex, so each solution comes with a proof: the duality gap, an upper bound on
how much lower the loss could be anywhere on the simplex.
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import lstsq, qr, solve


def least_squares_weights(errors: np.ndarray, row_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the convex combination of errors with the least mean square.

    Parameters
    ----------
    errors : ndarray of shape (n_bases, n_rows)
        Prediction less target. As the weights sum to one, the error of the combination is the
        combination of the errors: the nearest point to the origin in their convex hull.

    row_weights : ndarray of shape (n_rows,)
        Not negative, summing to one.

    Returns
    -------
    weights : ndarray of shape (n_bases,)

    gap : float
        Bound on the mean square above its minimum.
    """
    n_bases = len(errors)
    scaled = (errors * np.sqrt(row_weights)).T
    R = qr(scaled, mode="r", check_finite=False)[0][:n_bases]
    best_alone = np.linalg.norm(R, axis=0).min()
    if best_alone > 0:  # no base is exact on all rows: measure errors in units of the best
        R = R / best_alone
    # With s the sum of v and v = s w: |R v|^2 + (1 - s)^2 is least in s where it is q / (1 + q),
    # q = |R w|^2, and that grows with q. So not to be negative is all that is asked of v.
    A = np.vstack([R, np.ones(n_bases)])
    target = np.append(np.zeros(len(R)), 1.0)
    norms = np.linalg.norm(A, axis=0)
    A = A / norms  # a base of huge errors must not blur the slopes of the others

    def fit(free: np.ndarray) -> np.ndarray:
        return lstsq(A[:, free], target, lapack_driver="gelsy", check_finite=False)[0]

    start = np.zeros(n_bases)
    start[norms.argmin()] = norms.min() / 2
    v = minimise_nonnegative(start, fit, lambda v: A.T @ (A @ v - target), tol=1e-15) / norms
    weights = v / v.sum()
    gradient = 2 * scaled.T @ (scaled @ weights)
    return weights, _gap(weights, gradient)


def log_loss_weights(
    probabilities: np.ndarray, row_weights: np.ndarray, *, max_iter: int, tol: float
) -> tuple[np.ndarray, float, int]:
    """Return the convex combination of probabilities with the least log-loss.

    Parameters
    ----------
    probabilities : ndarray of shape (n_bases, n_rows)
        Probability that each base gives to the true class; greater than 0.

    row_weights : ndarray of shape (n_rows,)
        Not negative, summing to one.

    max_iter : int
        Largest number of iterations.

    tol : float
        Duality gap to stop at.

    Returns
    -------
    weights : ndarray of shape (n_bases,)

    gap : float
        Bound on the log-loss above its minimum.

    n_iter : int
        Iterations, including the one that proved the solution.
    """
    n_bases = len(probabilities)
    weights = np.full(n_bases, 1 / n_bases)
    roots = np.sqrt(row_weights)
    for n_iter in range(1, max_iter + 1):
        J = probabilities / (weights @ probabilities) * roots
        gradient = -(J @ roots)
        gap = _gap(weights, gradient)
        if gap <= tol or n_iter == max_iter:
            break
        target = _newton_target(J, gradient, weights)
        weights = _line_search(probabilities, row_weights, weights, target, gradient)
    return weights, gap, n_iter


def _gap(weights: np.ndarray, gradient: np.ndarray) -> float:
    """Return the duality gap at a point of the simplex: the first-order gain at its best corner."""
    return float(max(weights @ gradient - gradient.min(), 0.0))


def _newton_target(J: np.ndarray, gradient: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return where the second-order model of the log-loss is least among v >= 0.

    The loss falls by log(s) when the weights are multiplied by s, so adding their sum as a penalty
    replaces the constraint that they sum to one.
    """
    norms = np.linalg.norm(J, axis=1)
    J = J / norms[:, None]
    damping = 1e-10  # where bases agree, the model is flat
    H = J @ J.T
    H[np.diag_indices_from(H)] += damping
    # H w = -gradient, so the linear term of the model is 2 gradient + 1.
    linear = (2 * gradient + 1) / norms - damping * weights * norms

    def newton(free: np.ndarray) -> np.ndarray:
        return solve(H[np.ix_(free, free)], -linear[free], assume_a="pos", check_finite=False)

    v = minimise_nonnegative(weights * norms, newton, lambda v: H @ v + linear, tol=1e-13)
    return v / norms


def _line_search(
    probabilities: np.ndarray,
    row_weights: np.ndarray,
    weights: np.ndarray,
    target: np.ndarray,
    gradient: np.ndarray,
) -> np.ndarray:
    """Return a point of the simplex from `weights` towards `target` with a lower loss."""

    def loss(w: np.ndarray) -> float:
        return -(np.log(w @ probabilities) @ row_weights)

    start = loss(weights)
    rounding = 1e-15 * (1 + abs(start))  # near the minimum the gap still falls when the loss cannot
    direction = target - weights
    slope = gradient @ direction + direction.sum()
    step, moved = 1.0, weights
    while step > 1e-12:
        moved = weights + step * direction
        moved /= moved.sum()
        if loss(moved) <= start + 1e-4 * step * min(slope, 0.0) + rounding:
            break
        step /= 2
    return moved


def minimise_nonnegative(
    start: np.ndarray,
    solve: Callable[[np.ndarray], np.ndarray],
    gradient: Callable[[np.ndarray], np.ndarray],
    *,
    tol: float,
) -> np.ndarray:
    """Return the minimum of a convex quadratic function over v >= 0.

    A primal active-set method: each step goes to the minimum over the variables that are free, or
    as far towards it as none becomes negative. The function never rises, so the result is no worse
    than `start` even if rounding stops the search early.

    Parameters
    ----------
    start : ndarray of shape (n,)
        Where to start from, not negative; its zeros are not free at first.

    solve : callable
        Takes a mask of free variables; returns the values of these that minimise the function
        where all others are zero.

    gradient : callable
        Takes v.

    tol : float
        Slopes that are negative by no more than this are zero.

    Returns
    -------
    v : ndarray of shape (n,)
    """
    v = start.copy()
    free = v > 0
    refused = np.zeros(len(v), dtype=bool)
    for _ in range(20 * len(v)):
        target = np.zeros(len(v))
        if free.any():
            target[free] = solve(free)
        falling = np.flatnonzero(free & (target <= 0))
        if len(falling):
            steps = v[falling] / np.maximum(v[falling] - target[falling], np.finfo(float).tiny)
            step = steps.min()
            stopped = falling[steps <= step]
            v = np.maximum(v + step * (target - v), 0)
            v[stopped] = 0
            free[stopped] = False
            # One that is sent back as soon as it is free was freed by rounding alone.
            refused[stopped] |= step == 0
            continue
        v = target
        slopes = np.where(free | refused, 0, gradient(v))
        steepest = int(slopes.argmin())
        if slopes[steepest] >= -tol:
            break
        free[steepest] = True
    return v
