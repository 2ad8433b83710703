"""Centres, spreads and bins of columns against what one counts by hand."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from skdeep._kinds.tables.statistics import (
    bin_arrays,
    bin_counts,
    bin_edges,
    robust_scaling,
    spread_rows,
)

few = st.integers(-6, 6).map(float)
columns = st.lists(st.one_of(few, st.floats(-1e3, 1e3, width=32), st.just(np.nan)), max_size=25)
some = {"deadline": None, "derandomize": True, "database": None, "max_examples": 100}


def quantile(values, q):
    """Linear between the values that are next to each other."""
    values = sorted(values)
    place = q * (len(values) - 1)
    i = min(int(place), len(values) - 2) if len(values) > 1 else 0
    after = values[min(i + 1, len(values) - 1)]
    return values[i] + (place - i) * (after - values[i])


def scaling_by_hand(column):
    values = [v for v in column if not np.isnan(v)]
    if not values:
        return 0.0, 0.0
    low, middle, high = (quantile(values, q) for q in (0.25, 0.5, 0.75))
    spread = high - low
    if spread <= 0:
        far = [abs(v - middle) for v in values if v != middle]
        spread = quantile(far, 0.5) if far else 0.0
        if len(set(far)) == 1:
            spread /= 2
    return middle, 1 / spread if spread > 0 else 0.0


@given(columns)
@settings(**some)
def test_columns_are_scaled_by_the_quartiles_or_by_what_is_not_the_median(column):
    center, scale = robust_scaling(np.array(column, dtype=float)[:, None])
    middle, inverse = scaling_by_hand(column)
    assert center[0] == pytest.approx(middle, abs=1e-12)
    assert scale[0] == pytest.approx(inverse, rel=1e-6)


@given(columns, columns, st.randoms(use_true_random=False))
@settings(**some)
def test_the_order_of_rows_and_other_columns_do_not_matter(one, other, random):
    n_rows = min(len(one), len(other))
    x = np.column_stack([one[:n_rows], other[:n_rows]]).astype(float).reshape(n_rows, 2)
    order = list(range(n_rows))
    random.shuffle(order)
    bins = bin_counts(x, 4)
    for function in (robust_scaling, lambda x: bin_arrays(x, bins)):
        for left, right in zip(function(x), function(x[order]), strict=True):
            np.testing.assert_array_equal(left, right)
    assert bin_counts(x[order], 4) == bins
    for j in range(2):
        for left, right in zip(robust_scaling(x), robust_scaling(x[:, [j]]), strict=True):
            assert left[j] == right[0]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([4.0] * 7, (4.0, 0.0)),
        ([np.nan] * 3, (0.0, 0.0)),
        ([], (0.0, 0.0)),
        ([np.nan, 3.0], (3.0, 0.0)),
        ([0.0] * 9 + [1.0], (0.0, 2.0)),  # they become 0 and 2
        ([0.0, 0.0, 1.0, 1.0], (0.5, 1.0)),
        ([0.0] * 8 + [10.0, 1000.0, np.nan], (0.0, 1 / 505)),
        ([1.0, 2.0, 3.0, 4.0, 1e30], (3.0, 0.5)),
    ],
)
def test_columns_at_the_edges(column, expected):
    center, scale = robust_scaling(np.array(column, dtype=float)[:, None])
    assert (center[0], scale[0]) == expected


@given(st.lists(st.one_of(few, st.floats(-100, 100, width=16)), min_size=1, max_size=40),
       st.integers(1, 6))  # fmt: skip
@settings(**some)
def test_edges_of_bins(values, n_bins):
    values = np.array(values)
    different = np.unique(values)
    edges = bin_edges(values, n_bins)
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= n_bins + 1
    assert len(edges) <= len(different)
    assert edges[-1] == values.max()
    assert edges[0] == pytest.approx(values.min(), abs=1e-6 * (np.ptp(values) + 1e-9))
    if len(different) <= n_bins + 1:
        np.testing.assert_array_equal(edges, different)


@pytest.mark.parametrize("n_bins", [1, 3, 8])
def test_bins_hold_equally_many_values(n_bins):
    values = np.random.default_rng(0).normal(size=240) ** 3
    counts = np.histogram(values, bin_edges(values, n_bins))[0]
    assert len(counts) == n_bins
    assert counts.max() - counts.min() <= 1


def test_bins_that_ties_leave_over_go_to_other_values():
    values = np.array([0.0] * 900 + list(range(1, 101)))
    edges = bin_edges(values, 10)
    assert len(edges) == 11
    counts = np.histogram(values[values > 0], edges)[0]
    assert counts.max() <= 20


def test_bins_are_not_narrower_than_rounding():
    values = np.array([0.0, 1e-9, 2e-9, 3e-9, 1.0, 2.0] * 5)
    edges = bin_edges(values, 4)
    assert np.diff(edges).min() > 1e-6


def test_bins_of_columns_stand_side_by_side():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 4))
    x[:, 1] = rng.integers(3, size=50)
    x[:, 2] = 7.0
    x[::3, 3] = np.nan
    bins = bin_counts(x, 5)
    assert bins == (5, 2, 1, 5)
    left, inverse_width = bin_arrays(x, bins)
    parts = np.split(np.column_stack([left, inverse_width]), np.cumsum(bins)[:-1])
    for j, part in enumerate(parts):
        values = x[:, j][~np.isnan(x[:, j])]
        edges = bin_edges(values, bins[j])
        n_used = len(edges) - 1
        np.testing.assert_array_equal(part[:n_used, 0], edges[:-1])
        np.testing.assert_allclose(part[:n_used, 1], 1 / np.diff(edges))
        np.testing.assert_array_equal(part[n_used:], 0.0)
    assert not parts[2].any()


def test_rows_that_have_other_values_than_the_plan_knows_get_the_bins_there_are():
    """A fold may miss values: its bins are fewer, but stand in the same places."""
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    left, inverse_width = bin_arrays(x[:2], bin_counts(x, 8))
    assert left.tolist() == [0.0, 0.0, 0.0]
    assert inverse_width.tolist() == [1.0, 0.0, 0.0]
    left, inverse_width = bin_arrays(np.full((2, 1), np.nan), (3,))
    assert not left.any()
    assert not inverse_width.any()


@pytest.mark.parametrize("n_rows", [0, 1, 10, 11, 1000])
def test_rows_are_spread_over_the_table(n_rows):
    rows = spread_rows(n_rows, 10)
    assert len(rows) == min(n_rows, 10)
    assert len(np.unique(rows)) == len(rows)
    if n_rows > 1:
        assert rows[0] == 0
        assert rows[-1] == n_rows - 1
        assert np.ptp(np.diff(rows)) <= 1
