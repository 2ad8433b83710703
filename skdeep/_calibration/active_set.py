"""Convex quadratic problems whose variables are not negative."""

import numpy as np


def minimise_nonnegative(start, solve, gradient, *, tol):
    """Return the minimum of a convex quadratic function over v >= 0.

    A primal active-set method: each step goes to the minimum over the variables that are free, or
    as far towards it as none becomes negative. The function never rises, so an answer is no worse
    than `start` even where rounding stops the search early.

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
