"""Intervals against ranks counted by hand, and the coverage that they promise."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binom

from skdeep._calibration.conformal import ResidualQuantiles


def by_rank(residuals, coverage):
    """The residuals at the ranks of split conformal prediction, from the two ends."""
    n = len(residuals)
    rank = int(np.ceil((n + 1) * (1 - (1 - coverage) / 2) - 1e-9))
    rank = min(rank, n)
    ascending = sorted(residuals)
    return ascending[n - rank], ascending[rank - 1]


@pytest.mark.parametrize("n", [1, 5, 19, 20, 199, 1000])
@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_bounds_are_the_residuals_of_those_ranks(n, coverage):
    residuals = np.random.default_rng(n).gumbel(size=n)
    prediction = np.array([0.0, -3.0, 7.5])
    found = ResidualQuantiles.fit(residuals).interval(prediction, coverage)
    low, high = by_rank(residuals, coverage)
    assert_allclose(found, np.column_stack([prediction + low, prediction + high]))


def test_too_few_rows_give_the_largest_residual():
    found = ResidualQuantiles.fit(np.array([-1.0, 0.5, 3.0])).interval(np.zeros(1), 0.99)
    assert_array_equal(found, [[-1.0, 3.0]])


@pytest.mark.parametrize("n", [39, 200])
def test_coverage_over_repeated_draws(n):
    """A new row lies inside with the promised probability, whatever the noise."""
    rng = np.random.default_rng(0)
    n_draws, coverage = 2000, 0.9
    hits = 0
    for _ in range(n_draws):
        noise = rng.gamma(0.5, size=n + 1)
        low, high = ResidualQuantiles.fit(noise[:n]).interval(np.zeros(1), coverage)[0]
        hits += low <= noise[n] <= high
    # Both ranks are whole for 39 rows, so the probability is exact; else it is a little more.
    tail = int(np.floor((n + 1) * 0.05 + 1e-9))
    exact = 1 - 2 * tail / (n + 1)
    assert exact >= coverage - 1e-12
    assert binom.ppf(0.001, n_draws, exact) <= hits <= binom.ppf(0.999, n_draws, exact)


@pytest.mark.parametrize("n", [3_000, 100_000])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_thousand_knots_are_enough(n, weighted):
    rng = np.random.default_rng(n)
    residuals = rng.standard_t(3, size=n)
    weight = rng.integers(1, 4, n).astype(float) if weighted else None
    kept = ResidualQuantiles.fit(residuals, weight)
    assert len(kept.values) <= 1000
    assert (kept.values[0], kept.values[-1]) == (residuals.min(), residuals.max())
    ascending = np.sort(residuals if weight is None else residuals.repeat(weight.astype(int)))
    held_out = np.sort(rng.standard_t(3, size=400_000))
    for coverage in (0.3, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999):
        low, high = by_rank(ascending, coverage)
        exact = np.subtract(*np.searchsorted(held_out, [high, low])) / len(held_out)
        low, high = kept.interval(np.zeros(1), coverage)[0]
        found = np.subtract(*np.searchsorted(held_out, [high, low])) / len(held_out)
        assert abs(found - exact) < 0.002
    assert len(pickle.dumps(kept)) < 20_000


def test_quantiles_rise_with_the_level_and_hold_the_interval():
    residuals = np.random.default_rng(0).normal(size=150)
    kept = ResidualQuantiles.fit(residuals)
    levels = np.linspace(0.001, 0.999, 999)
    found = kept.quantiles(np.array([1.0, 2.0]), levels)
    assert found.shape == (2, 999)
    assert (np.diff(found, axis=1) >= 0).all()
    assert_allclose(found[:, [49, 949]], kept.interval(np.array([1.0, 2.0]), 0.9))
    assert_allclose(found[:, 499] - [1, 2], np.median(residuals))
    odd = ResidualQuantiles.fit(residuals[:149]).quantiles(np.zeros(1), [0.5])
    assert odd == np.median(residuals[:149])


def test_whole_weights_are_copies_of_rows():
    rng = np.random.default_rng(1)
    residuals, scale = rng.normal(size=(2, 90))
    scale = np.exp(scale)
    weight = rng.integers(0, 4, 90)
    rows = rng.permutation(np.repeat(np.arange(90), weight))
    weighted = ResidualQuantiles.fit(residuals, weight, scale)
    repeated = ResidualQuantiles.fit(residuals[rows], scale=scale[rows])
    levels = np.linspace(0.01, 0.99, 99)
    assert_allclose(
        weighted.quantiles(np.zeros(1), levels), repeated.quantiles(np.zeros(1), levels)
    )
    assert_allclose(weighted.std(), repeated.std())


def test_a_row_of_weight_zero_is_left_out():
    residuals = np.array([1.0, np.nan, -2.0, 1e300])
    found = ResidualQuantiles.fit(residuals, np.array([1, 0, 1, 0]))
    assert_array_equal(found.interval(np.zeros(1), 0.9), [[-2.0, 1.0]])
    assert_allclose(found.std(), np.sqrt(2.5))


def test_weights_that_are_shares_count_as_rows():
    residuals = np.random.default_rng(2).normal(size=100)
    plain = ResidualQuantiles.fit(residuals).interval(np.zeros(1), 0.9)
    shares = ResidualQuantiles.fit(residuals, np.full(100, 0.01)).interval(np.zeros(1), 0.9)
    assert_allclose(shares, plain)


def test_scale_divides_and_multiplies():
    rng = np.random.default_rng(3)
    scale = rng.uniform(0.1, 10, 4000)
    residuals = rng.normal(size=4000) * scale
    kept = ResidualQuantiles.fit(residuals, scale=scale)
    new = np.array([0.1, 1.0, 10.0])
    bounds = kept.interval(np.zeros(3), 0.8, new)
    assert_allclose(bounds, [[-1.2816 * s, 1.2816 * s] for s in new], rtol=0.07)
    assert_allclose(kept.std(new), new, rtol=0.04)
    assert_allclose(kept.std(), np.sqrt(np.mean((residuals / scale) ** 2)))


@pytest.mark.parametrize("n", [50, 3000])
@pytest.mark.parametrize("scaled", ["no", "by row", "by output"])
def test_outputs_are_columns_on_their_own(n, scaled):
    rng = np.random.default_rng(4)
    residuals, prediction = rng.gumbel(size=(n, 3)), rng.normal(size=(7, 3))
    weight = rng.integers(0, 3, n)
    old = {"no": None, "by row": rng.uniform(1, 2, n), "by output": rng.uniform(1, 2, (n, 3))}
    new = {"no": None, "by row": rng.uniform(1, 2, 7), "by output": rng.uniform(1, 2, (7, 3))}
    old, new = old[scaled], new[scaled]
    kept = ResidualQuantiles.fit(residuals, weight, old)
    bounds = kept.interval(prediction, 0.8, new)
    quantiles = kept.quantiles(prediction, [0.1, 0.2, 0.5, 0.7], new)
    std = kept.std(new)
    assert bounds.shape == (7, 3, 2)
    assert quantiles.shape == (7, 3, 4)
    assert std.shape == ((3,) if new is None else (7, 3))
    for j in range(3):
        old_j, new_j = (s[:, j] if np.ndim(s) == 2 else s for s in (old, new))
        one = ResidualQuantiles.fit(residuals[:, j], weight, old_j)
        assert_allclose(bounds[:, j], one.interval(prediction[:, j], 0.8, new_j))
        assert_allclose(
            quantiles[:, j], one.quantiles(prediction[:, j], [0.1, 0.2, 0.5, 0.7], new_j)
        )
        assert_allclose(std[..., j], one.std(new_j))


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"residuals must be finite.*Leave out"):
        ResidualQuantiles.fit(np.array([1.0, np.inf]))
    with pytest.raises(ValueError, match="got 0 rows with a weight"):
        ResidualQuantiles.fit(np.ones(2), np.zeros(2))
    kept = ResidualQuantiles.fit(np.ones(2))
    for coverage in (0, 1, 95, float("nan")):
        with pytest.raises(ValueError, match=f"coverage={coverage!r}: give a probability"):
            kept.interval(np.zeros(1), coverage)
    with pytest.raises(ValueError, match=r"levels=\[0.5, 1.0\]: 1 is not between"):
        kept.quantiles(np.zeros(1), [0.5, 1])
