"""Keys of rows depend on the content of a row and on nothing else."""

import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from skdeep._encoding.row_keys import _CHUNK_ROWS, row_groups, row_keys

LARGEST = 2.0**99
NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5]), st.floats(-LARGEST, LARGEST, width=32)
)
TABLES = arrays(np.float32, st.tuples(st.integers(1, 8), st.integers(1, 5)), elements=NUMBERS)

quietly = settings(deadline=None, derandomize=True, database=None, max_examples=100)


@given(TABLES)
@quietly
def test_copies_of_the_same_numbers_have_the_same_keys(X):
    keys = row_keys(X)
    assert keys.dtype == np.uint64
    copies = [
        X.astype(np.float64),
        np.asfortranarray(X),
        np.where(X == 0, np.float32(-0.0), X),
        scipy.sparse.csr_array(X),
        scipy.sparse.csr_matrix(X.astype(np.float64)),
        with_explicit_zeros(X),
        unsorted(scipy.sparse.csr_array(X)),
    ]
    for copy in copies:
        np.testing.assert_array_equal(row_keys(copy), keys)


def with_explicit_zeros(X):
    n, p = X.shape
    return scipy.sparse.csr_array(
        (X.ravel(), np.tile(np.arange(p), n), np.arange(0, n * p + 1, p)), shape=X.shape
    )


def unsorted(X):
    X = X.copy()
    for start, stop in zip(X.indptr[:-1], X.indptr[1:], strict=True):
        X.indices[start:stop] = X.indices[start:stop][::-1].copy()
        X.data[start:stop] = X.data[start:stop][::-1].copy()
    X.has_sorted_indices = False
    return X


@given(TABLES)
@quietly
def test_rows_have_equal_keys_where_they_are_equal_and_nowhere_else(X):
    keys = row_keys(X)
    for i in range(len(X)):
        for j in range(i):
            assert (keys[i] == keys[j]) == (X[i] == X[j]).all()


@given(TABLES, st.integers(0, 2**16))
@quietly
def test_a_target_is_part_of_the_row(X, seed):
    y = np.random.default_rng(seed).integers(0, 2, size=len(X))
    keys = row_keys(X, y)
    for i in range(len(X)):
        for j in range(i):
            assert (keys[i] == keys[j]) == ((X[i] == X[j]).all() and y[i] == y[j])
    np.testing.assert_array_equal(row_keys(X, y[:, None].astype(float)), keys)
    np.testing.assert_array_equal(row_keys(scipy.sparse.csr_array(X), y), keys)


def test_keys_hang_on_the_row_not_on_where_it_stands():
    X = np.random.default_rng(0).normal(size=(50, 4))
    order = np.random.default_rng(1).permutation(50)
    np.testing.assert_array_equal(row_keys(X[order]), row_keys(X)[order])


def test_columns_are_told_apart():
    X = np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 1.0, 2.0], [1.0, 0.0, 2.0], [3, 0, 0]])
    assert len(set(row_keys(X))) == 5
    # Round numbers have few bits that differ: one-hot rows, small counts, powers of two.
    assert len(set(row_keys(np.eye(2000)))) == 2000
    counts = np.random.default_rng(0).poisson(0.3, size=(3000, 60)).astype(float)
    powers = 2.0 ** np.random.default_rng(0).integers(-8, 8, size=(3000, 6))
    for table in (counts, powers):
        assert len(set(row_keys(table))) == len(np.unique(table, axis=0))
        assert len(set(row_keys(np.zeros((3000, 1)), table))) == len(np.unique(table, axis=0))


def test_targets_are_told_apart_from_features_and_from_each_other():
    X = np.zeros((4, 1))
    Y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    assert len(set(row_keys(X, Y))) == 4
    assert row_keys(np.array([[1.0]]), np.array([2.0])) != row_keys(
        np.array([[2.0]]), np.array([1.0])
    )


def test_many_rows_are_hashed_chunk_by_chunk_to_the_same():
    X = np.random.default_rng(0).normal(size=(2 * _CHUNK_ROWS + 5, 2))
    keys = row_keys(X)
    assert len(set(keys)) == len(X)
    few = [0, _CHUNK_ROWS - 1, _CHUNK_ROWS, 2 * _CHUNK_ROWS, len(X) - 1]
    np.testing.assert_array_equal(row_keys(X[few]), keys[few])


def test_groups_are_numbered_by_key_whatever_the_order():
    keys = np.array([7, 3, 7, 9, 3], dtype=np.uint64)
    np.testing.assert_array_equal(row_groups(keys), [1, 0, 1, 2, 0])
    assert row_groups(keys).dtype == np.int64


@pytest.mark.parametrize("bit", [0, 17, 31, 52, 63])
def test_keys_spread_over_all_bits(bit):
    keys = row_keys(np.arange(4000.0)[:, None])
    ones = int(((keys >> np.uint64(bit)) & np.uint64(1)).sum())
    assert 1800 < ones < 2200


def test_rows_of_any_rank_have_the_keys_of_flat_rows():
    X = np.random.default_rng(0).integers(3, size=(20, 2, 3, 2))
    np.testing.assert_array_equal(row_keys(X), row_keys(X.reshape(20, -1)))
