"""Sequences without padding: rows, statistics of channels, and splits that keep copies together."""

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skdeep._encoding.row_keys import row_keys
from skdeep._encoding.rows import as_rows
from skdeep._encoding.validation_split import validation_split
from skdeep._encoding.weights import checked_weight
from skdeep._kinds.sequences import array as sequence_array
from skdeep._kinds.sequences.array import SequenceArray

rng = np.random.default_rng(0)
LENGTHS = [4, 1, 9, 4, 6, 2]
RAGGED = [rng.normal(size=(3, length)) for length in LENGTHS]
EVEN = rng.normal(size=(6, 3, 5))

both = pytest.mark.parametrize("series", [RAGGED, EVEN], ids=["ragged", "even"])


def assert_holds(array, expected):
    assert len(array) == array.shape[0] == len(expected)
    assert array.shape[1:] == (4, max((item.shape[1] for item in expected), default=0))
    assert_array_equal(array.lengths, [item.shape[1] for item in expected])
    held = array.sequences()
    assert len(held) == len(expected)
    for one, other in zip(held, expected, strict=True):
        assert_array_equal(one, other)


@both
def test_sequences_are_held_without_padding(series):
    array = SequenceArray.of(series)
    assert_holds(array, series)
    assert array.values.size == sum(item.size for item in series)
    assert array.dtype == np.float64
    assert_holds(pickle.loads(pickle.dumps(array)), series)


def test_an_array_is_not_copied():
    array = SequenceArray.of(EVEN)
    assert np.shares_memory(array.values, EVEN)
    assert np.shares_memory(array[1:4].values, EVEN)
    assert_array_equal(array.dense(), EVEN)


@both
@pytest.mark.parametrize(
    "rows",
    [
        np.array([5, 0, 0, 2]),
        np.array([1, 1]),
        np.array([-1, 3]),
        np.array([], dtype=int),
        np.array([True, False, True, True, False, False]),
        np.zeros(6, dtype=bool),
        slice(None),
        slice(1, 4),
        slice(2, 2),
        slice(4, 1),
        slice(-2, None),
        slice(None, None, 2),
        slice(None, None, -1),
    ],
    ids=str,
)
def test_rows_are_those_of_a_list(series, rows):
    expected = [series[i] for i in np.arange(6)[rows]]
    assert_holds(SequenceArray.of(series)[rows], expected)


@pytest.mark.parametrize("rows", [np.array([6]), np.ones(5, dtype=bool)])
def test_rows_that_are_not_there_are_refused(rows):
    with pytest.raises(IndexError):
        SequenceArray.of(RAGGED)[rows]


@pytest.fixture(params=[1, 30, 10**6])
def _chunk_values(request, monkeypatch):
    monkeypatch.setattr(sequence_array, "CHUNK_VALUES", request.param)


@both
@pytest.mark.usefixtures("_chunk_values")
@pytest.mark.parametrize("weight", [None, [0, 2, 1, 3, 0, 1], [0, 0, 0, 0, 1, 0]])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_statistics_are_those_of_all_steps_laid_end_to_end(series, weight, dtype):
    series = [item.astype(dtype) for item in series] if series is RAGGED else series.astype(dtype)
    array = SequenceArray.of(series)
    mean, scale = array.channel_statistics(None if weight is None else np.array(weight, float))
    counts = [1] * 6 if weight is None else weight
    steps = np.hstack([item for item, n in zip(series, counts, strict=True) for _ in range(n)])
    assert_allclose(mean, steps.mean(axis=1, dtype=float), rtol=1e-12, atol=1e-14)
    assert_allclose(scale, steps.std(axis=1, dtype=float), rtol=1e-12)
    standardized = array.standardized(mean, scale)
    assert standardized.dtype == dtype
    assert_array_equal(array.values, SequenceArray.of(series).values)  # as it was
    tolerance = 1e-6 if dtype == "float32" else 1e-13
    expected = [(item - mean[:, None]) / scale[:, None] for item in series]
    for one, other in zip(standardized.sequences(), expected, strict=True):
        assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def test_rows_of_weight_zero_are_not_looked_at():
    series = [RAGGED[0], 1e300 * RAGGED[1], RAGGED[2]]
    weight = np.array([0.5, 0.0, 0.7])
    kept = SequenceArray.of([RAGGED[0], RAGGED[2]])
    for one, other in zip(
        SequenceArray.of(series).channel_statistics(weight),
        kept.channel_statistics(weight[[0, 2]]),
        strict=True,
    ):
        assert_array_equal(one, other)


@both
def test_constant_channels_become_zero(series):
    series = [item.astype("float32") for item in series]
    for item in series:
        item[1] = 0.1
    array = SequenceArray.of(series)
    mean, scale = array.channel_statistics()
    assert mean[1] == np.float32(0.1)
    assert scale[1] == 1.0
    assert all((item[1] == 0).all() for item in array.standardized(mean, scale).sequences())


@both
@pytest.mark.parametrize("y", [None, np.arange(24.0).reshape(24, 1) % 6])
def test_keys_are_those_of_the_content(series, y):
    order = rng.permutation(np.repeat(np.arange(6), 4))
    array = SequenceArray.of([series[i] for i in order])
    targets = None if y is None else order.astype(float)
    keys = row_keys(array, targets)
    assert_array_equal(keys[:, None] == keys, order[:, None] == order)
    # A row's key depends on the row alone: others may be shorter or longer.
    assert_array_equal(row_keys(array[:3], targets if y is None else targets[:3]), keys[:3])


def test_keys_tell_apart_what_padding_would_make_equal():
    alike = [
        np.array([[1.0, 2.0]]),
        np.array([[1.0, 2.0, 0.0]]),
        np.array([[1.0, 2.0, 0.0, 0.0]]),
        np.array([[2.0, 1.0]]),
        np.zeros((1, 1)),
        np.zeros((1, 2)),
    ]
    assert len(set(row_keys(SequenceArray.of(alike)))) == 6
    shaped = [np.arange(6.0).reshape(2, 3), np.array([[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 0.0, 0.0]])]
    assert len(set(row_keys(SequenceArray.of(shaped)))) == 2


@both
def test_copies_stay_on_one_side_of_the_split(series):
    copies = rng.permutation(np.repeat(np.arange(6), 3))
    classes = copies % 2
    train, held_out = validation_split(
        SequenceArray.of([series[i] for i in copies]),
        classes,
        None,
        validation_fraction=0.3,
        classes=classes,
        seed=0,
    )
    assert len(train) + len(held_out) == 18
    assert not set(copies[train]) & set(copies[held_out])


@both
def test_weights_are_checked_against_its_rows(series):
    array = SequenceArray.of(series)
    assert_array_equal(checked_weight(np.arange(6), array), np.arange(6))
    with pytest.raises(ValueError, match="sample_weight"):
        checked_weight(np.ones(5), array)


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_for_training_share_its_memory(series, dtype):
    array = SequenceArray.of(series)
    array = SequenceArray(array.values.astype(dtype), array.lengths, 3)
    array.values.flags.writeable = False
    rows = as_rows(array, torch.device("cpu"))
    assert rows.shape == array.shape
    assert rows.dtype == getattr(torch, dtype)
    assert rows.values.data_ptr() == array.values.ctypes.data
    (row,) = rows.slice(2, 3)
    assert_array_equal(row[:3].numpy(), series[2].astype(dtype))
    assert (row[3] == 1).all()
