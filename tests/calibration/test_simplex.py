"""The quadratic solver against every choice of free variables."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import nnls

from skdeep._calibration.simplex import minimise_nonnegative


def solver_of(H, linear):
    return lambda free: np.linalg.solve(H[np.ix_(free, free)], -linear[free])


def by_enumeration(H, linear):
    """Return the least value among the minima over each set of free variables."""
    n, least = len(linear), 0.0
    for size in range(1, n + 1):
        for free in map(list, combinations(range(n), size)):
            v = np.zeros(n)
            v[free] = np.linalg.solve(H[np.ix_(free, free)], -linear[free])
            if v.min() >= 0:
                least = min(least, v @ H @ v / 2 + linear @ v)
    return least


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10_000), st.booleans())
def test_minimum_is_that_of_the_best_choice(n, seed, from_zero):
    rng = np.random.default_rng(seed)
    J = rng.normal(size=(n + 2, n)) * 10.0 ** rng.integers(-2, 2, size=n)
    H, linear = J.T @ J, J.T @ rng.normal(size=n + 2)
    start = np.zeros(n) if from_zero else rng.uniform(size=n)
    v = minimise_nonnegative(start, solver_of(H, linear), lambda v: H @ v + linear, tol=1e-12)
    assert v.min() >= 0
    assert_allclose(v @ H @ v / 2 + linear @ v, by_enumeration(H, linear), atol=1e-9)


def test_many_variables():
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(80, 60)), rng.normal(size=80)
    H, linear = A.T @ A, -A.T @ b
    v = minimise_nonnegative(np.ones(60), solver_of(H, linear), lambda v: H @ v + linear, tol=1e-12)
    assert_allclose(v, nnls(A, b)[0], atol=1e-9)


@pytest.mark.parametrize("noise", [0, 1e-17, -1e-17])
def test_rounding_that_frees_a_variable_in_vain_ends(noise):
    # The slope says go, the solution says stay: the variable is sent back and not tried again.
    v = minimise_nonnegative(
        np.array([1.0, 0.0]),
        lambda free: np.array([1.0, noise])[free[: len(free)]],
        lambda v: np.array([0.0, -1.0]),
        tol=0.0,
    )
    assert_allclose(v, [1, 0], atol=1e-16)
