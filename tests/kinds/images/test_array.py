"""Images as one array: rows, statistics of channels, and splits that keep copies together."""

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skdeep._encoding.row_keys import row_keys
from skdeep._encoding.rows import as_rows
from skdeep._kinds.images import array as image_array
from skdeep._kinds.images.array import ImageArray

rng = np.random.default_rng(0)
FLOATS = rng.normal(size=(6, 4, 3, 2))
BYTES = rng.integers(0, 256, size=(6, 4, 3, 2), dtype=np.uint8)

both = pytest.mark.parametrize("values", [FLOATS, BYTES], ids=["floats", "bytes"])


@both
@pytest.mark.parametrize(
    "rows", [slice(2, 5), slice(None, None, -2), [4, 0, 4], np.arange(6) % 2 == 0, []], ids=str
)
def test_rows_are_those_named(values, rows):
    array = ImageArray(values, np.float32).standardized(np.ones(2), np.full(2, 3.0))
    rows = np.asarray(rows, int) if isinstance(rows, list) else rows
    part = pickle.loads(pickle.dumps(array[rows]))
    assert_array_equal(part.values, values[rows])
    assert part.values.dtype == values.dtype
    assert part.dtype == np.float32
    assert len(part) == part.shape[0] == len(values[rows])
    assert_array_equal(part.mean, np.ones(2))


@both
@pytest.mark.parametrize("chunk", [1, 50, 1 << 20])
def test_statistics_are_those_of_all_pixels(values, chunk, monkeypatch):
    monkeypatch.setattr(image_array, "CHUNK_VALUES", chunk)
    array = ImageArray(values, np.float32)
    mean, scale = array.channel_statistics()
    assert_allclose(mean, values.mean(axis=(0, 1, 2)))
    assert_allclose(scale, values.std(axis=(0, 1, 2)))
    counts = np.array([2, 0, 1, 3, 0, 1])
    weighted = array.channel_statistics(counts.astype(np.float32))
    repeated = array[np.repeat(np.arange(6), counts)].channel_statistics()
    for found, expected in zip(weighted, repeated, strict=True):
        assert_allclose(found, expected)


def test_a_channel_that_does_not_vary_keeps_its_scale():
    values = np.stack([np.full((5, 3, 3), 0.1), rng.normal(size=(5, 3, 3))], axis=3)
    mean, scale = ImageArray(values, np.float64).channel_statistics(rng.random(5))
    assert mean[0] == 0.1
    assert scale[0] == 1.0


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_networks_see_standardised_images(values, dtype):
    mean, scale = np.array([3.0, -1.0]), np.array([2.0, 0.5])
    rows = as_rows(ImageArray(values, dtype, mean, scale), torch.device("cpu"))
    expected = torch.from_numpy((values - mean) / scale).to(getattr(torch, dtype))
    index = torch.tensor([3, 0, 3])
    out = torch.empty(3, 4, 3, 2, dtype=rows.dtype)
    rows.gather(index, out)
    assert rows.shape == (6, 4, 3, 2)
    for found, wanted in (
        (out, expected[index]),
        (rows.chunk(index), expected[index]),
        (rows.slice(2, 9), expected[2:]),
    ):
        torch.testing.assert_close(found, wanted)
    assert_array_equal(rows.values, values)


def test_equal_images_have_equal_keys():
    twice = ImageArray(BYTES[[0, 1, 0, 2]], np.float32)
    keys = row_keys(twice)
    assert keys[0] == keys[2]
    assert len(set(keys)) == 3
    assert_array_equal(row_keys(ImageArray(twice.values.astype(float), np.float64)), keys)
