"""Sequences as users have them: what is read, what is noted, what is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator

from skdeep._kinds.sequences.reading import read_series

rng = np.random.default_rng(0)
FLAT = rng.normal(size=(5, 7))
DEEP = rng.normal(size=(5, 3, 7))
RAGGED = [rng.normal(size=(3, length)) for length in (4, 1, 9, 4, 6)]


class Net(BaseEstimator):
    """What reading notes its findings on."""


def read(X, fitted_on=None, **options):
    """Read X, after a fit on something else if wanted; the estimator comes with it."""
    net = Net()
    if fitted_on is not None:
        read_series(net, fitted_on, reset=True, **options)
    return read_series(net, X, reset=fitted_on is None, **options), net


def as_objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (FLAT, FLAT[:, None]),
        (FLAT.tolist(), FLAT[:, None]),
        (list(FLAT), FLAT[:, None]),
        (pd.DataFrame(FLAT), FLAT[:, None]),
        (pl.DataFrame(FLAT, schema=list("abcdefg")), FLAT[:, None]),
        (DEEP, DEEP),
        (DEEP.tolist(), DEEP),
        (DEEP.astype(object), DEEP),
        (list(DEEP), DEEP),
        (RAGGED, RAGGED),
        (tuple(RAGGED), RAGGED),
        (as_objects(RAGGED), RAGGED),
        ([item[0] for item in RAGGED], [item[:1] for item in RAGGED]),
        ([pd.DataFrame(item) for item in RAGGED], RAGGED),
        ((9 * DEEP).astype(int), (9 * DEEP).astype(int)),
    ],
    ids=str,
)
def test_every_container_holds_the_same_numbers(X, expected, dtype):
    series, _ = read(X, dtype=dtype)
    assert len(series) == len(expected)
    for one, other in zip(series, expected, strict=True):
        assert one.dtype == dtype
        assert_array_equal(one, other.astype(dtype))


@pytest.mark.parametrize(
    ("given", "read_as"), [("float32", "float32"), ("float64", "float64"), ("int64", "float64")]
)
def test_precision_can_be_that_of_the_data(given, read_as):
    for X in (FLAT, DEEP, RAGGED):
        X = [item.astype(given) for item in X] if X is RAGGED else X.astype(given)
        series, _ = read(X, dtype=(np.float64, np.float32))
        assert {item.dtype.name for item in series} == {read_as}


def test_precision_of_a_list_is_the_highest_in_it():
    series, _ = read([RAGGED[0].astype("float32"), RAGGED[1]], dtype=(np.float64, np.float32))
    assert {item.dtype.name for item in series} == {"float64"}


@pytest.mark.parametrize(
    ("X", "n_features", "n_channels", "n_timepoints"),
    [(FLAT, 7, 1, 7), (DEEP, 3, 3, 7), (RAGGED, 3, 3, None)],
)
def test_layout_is_noted(X, n_features, n_channels, n_timepoints):
    net = read(pd.DataFrame(FLAT, columns=list("abcdefg")))[1]
    assert list(net.feature_names_in_) == list("abcdefg")
    read_series(net, X, reset=True)
    noted = (net.n_features_in_, net.n_channels_, net.n_timepoints_)
    assert noted == (n_features, n_channels, n_timepoints)
    assert not hasattr(net, "feature_names_in_")


@pytest.mark.parametrize("X", [DEEP[:, :, :2], [DEEP[0], DEEP[1, :, :2]], np.ones((2, 3, 99))])
@pytest.mark.parametrize("fitted_on", [DEEP, list(DEEP), RAGGED])
def test_other_lengths_are_read_where_they_are_allowed(X, fitted_on):
    series, net = read(X, fitted_on, same_length=False)
    for one, other in zip(series, X, strict=True):
        assert_array_equal(one, other.astype("float32"))
    assert net.n_channels_ == 3
    if fitted_on is DEEP:
        with pytest.raises(ValueError, match="fitted on series of 7"):
            read(X, fitted_on)


@pytest.mark.parametrize("same_length", [True, False])
@pytest.mark.parametrize(
    ("fitted_on", "X", "message"),
    [
        (None, np.zeros((2, 2, 2, 2)), "X has 4 dimensions, of shape"),
        (None, [np.zeros((2, 2, 2))] * 2, "X has 4 dimensions, of shape"),
        (None, np.zeros(3), "Expected 2D array, got 1D array"),
        (None, "wave", "could not convert string to float"),
        (None, np.zeros((0, 7)), "0 sample"),
        (None, np.zeros((0, 3, 7)), "0 sample"),
        (None, np.zeros((2, 3, 0)), r"X has the shape \(2, 3, 0\): it holds no numbers"),
        (None, [np.ones((3, 2)), np.ones((3, 0))], r"X\[1\] has the shape \(3, 0\): it holds no"),
        (None, [np.ones(2), np.ones(0)], r"X\[1\] has the shape \(1, 0\): it holds no"),
        (None, [np.ones((3, 2)), np.ones((2, 2))], r"X\[1\] has 2 channels and X\[0\] has 3"),
        (None, [np.ones((3, 2)), np.ones(2)], r"X\[1\] is no array of shape \(channels, time\)"),
        (None, [[1.0, 2.0], [1.0]], "list of lists that differ in length. Make each series an a"),
        (None, [[[1.0, 2.0]], [[1.0]]], "list of lists that differ in length"),
        (None, np.full((2, 3), np.nan), "Input X contains NaN"),
        (None, np.full((2, 3, 4), np.inf), "Input X contains infinity"),
        (None, np.full((2, 3), 1e300), "infinity or a value too large for dtype.'float32'"),
        (None, [np.ones((1, 2)), np.full((1, 3), np.nan)], r"Input X\[1\] contains NaN"),
        (None, [np.ones((1, 2)), np.full((1, 3), -np.inf)], r"Input X\[1\] contains infinity"),
        (FLAT, FLAT[:, :3], "X has 3 features, but Net is expecting 7"),
        (FLAT, DEEP, r"X has 3 dimensions, but Net was fitted on 2: use X\[:, 0\]"),
        (DEEP, FLAT, r"X has 2 dimensions, but Net was fitted on 3: use X\[:, None\]"),
        (DEEP, DEEP[:, :2], "X has 2 channels, but Net was fitted on series of 3"),
        (RAGGED, [item[:2] for item in RAGGED], "X has 2 channels, but Net was fitted on series"),
        (RAGGED, FLAT, "X has 1 channels, but Net was fitted on series of 3"),
    ],
)
def test_what_cannot_be_read_is_said(fitted_on, X, message, same_length):
    with pytest.raises(ValueError, match=message):
        read(X, fitted_on, same_length=same_length)
