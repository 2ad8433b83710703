"""Images as users have them: what is read, what is noted, what is refused."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skdeep._kinds.images.reading import read_images

rng = np.random.default_rng(0)
GREY = rng.normal(size=(5, 3, 6))
COLOUR = rng.normal(size=(5, 4, 6, 3))
BYTES = rng.integers(0, 256, size=(5, 3, 6), dtype=np.uint8)
BYTES[0, 0, :2] = 0, 255


class Net(BaseEstimator):
    """What reading notes its findings on."""


def read(X, fitted_on=None, **options):
    """Read X, after a fit on something else if wanted; the estimator comes with it."""
    net = Net()
    if fitted_on is not None:
        read_images(net, fitted_on, reset=True, **options)
    return read_images(net, X, reset=fitted_on is None, **options), net


def as_objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def flat(X):
    return X.reshape(len(X), -1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("X", "image_shape", "expected"),
    [
        (GREY, None, GREY[..., None]),
        (GREY, (3, 6), GREY[..., None]),
        (GREY, [3, 6, 1], GREY[..., None]),
        (GREY.tolist(), None, GREY[..., None]),
        (list(GREY), None, GREY[..., None]),
        (as_objects(list(GREY)), None, GREY[..., None]),
        (np.asfortranarray(GREY), None, GREY[..., None]),
        (GREY[..., None], None, GREY[..., None]),
        (COLOUR, None, COLOUR),
        (tuple(COLOUR), (4, 6, 3), COLOUR),
        (flat(GREY), (3, 6), GREY[..., None]),
        (pd.DataFrame(flat(GREY)), (3, 6), GREY[..., None]),
        (flat(COLOUR), (4, 6, 3), COLOUR),
        (flat(GREY), None, GREY.reshape(5, 1, 18, 1)),
    ],
)
def test_layouts(X, image_shape, expected, dtype):
    found, net = read(X, image_shape=image_shape, dtype=dtype)
    assert_array_equal(found, expected.astype(dtype))
    assert found.dtype == dtype
    assert found.flags.c_contiguous
    assert net.image_shape_ == expected.shape[1:]
    assert net.n_features_in_ == np.prod(expected.shape[1:])


@pytest.mark.parametrize(
    ("given", "accepted", "kept"),
    [
        (np.uint8, np.float32, np.uint8),
        (np.uint8, (np.float64, np.float32), np.uint8),
        (bool, np.float32, np.uint8),
        (np.int64, np.float32, np.float32),
        (np.uint16, (np.float64, np.float32), np.float64),
        (np.float32, (np.float64, np.float32), np.float32),
        (np.float64, np.float32, np.float32),
        (np.float16, np.float32, np.float32),
    ],
)
def test_bytes_stay_bytes_and_others_become_floats(given, accepted, kept):
    X = (GREY > 0).astype(given)
    table = pd.DataFrame(flat(X)) if given is not bool else flat(X)
    for layout in (X, X[..., None], flat(X), table, list(X)):
        found, _ = read(layout, image_shape=(3, 6), dtype=accepted)
        assert found.dtype == kept
        assert_array_equal(found[..., 0], X)


def test_bytes_are_not_copied():
    assert np.shares_memory(read(BYTES)[0], BYTES)
    assert np.shares_memory(read(flat(BYTES), image_shape=(3, 6))[0], BYTES)


@pytest.mark.parametrize("fitted_on", [GREY, GREY[..., None], list(GREY), flat(GREY)])
def test_later_images_may_have_another_rank(fitted_on):
    for later in (GREY[:2], GREY[:2, ..., None], flat(GREY)[:2]):
        options = {"image_shape": (3, 6)} if fitted_on.__class__ is np.ndarray else {}
        found, _ = read(later, fitted_on, **options)
        assert_array_equal(found, GREY[:2, ..., None].astype(np.float32))


def test_names_of_columns_are_those_of_the_last_table():
    frame = pd.DataFrame(flat(GREY), columns=[f"p{i}" for i in range(18)])
    _, net = read(frame)
    assert net.feature_names_in_.tolist() == frame.columns.tolist()
    read_images(net, GREY, reset=True)
    assert not hasattr(net, "feature_names_in_")


def with_a(value):
    changed = GREY.copy()
    changed[3, 1, 2] = value
    return changed


REFUSED = {
    "one axis": (np.ones(5), {}, r"Expected 2D array, got 1D array"),
    "five axes": (np.ones((5, 2, 4, 2, 1)), {}, r"5 dimensions, of shape \(5, 2, 4, 2, 1\)"),
    "no images": (np.ones((0, 3, 6)), {}, r"0 sample"),
    "no pixels": (np.ones((5, 0, 6)), {}, r"\(5, 0, 6\): it holds no pixels"),
    "NaN": (with_a(np.nan), {}, r"contains NaN"),
    "NaN in rows": (flat(with_a(np.nan)), {}, r"contains NaN"),
    "infinity": (with_a(-np.inf), {}, r"contains infinity"),
    "too large": (with_a(1e300), {}, r"infinity or a value too large for dtype\('float32'\)"),
    "words": (np.full((5, 3, 6), "word"), {}, r"could not convert string"),
    "sizes that differ": (
        [*GREY[:4], np.ones((3, 7))],
        {},
        r"X\[4\] has the shape \(3, 7\) and X\[0\] has \(3, 6\)",
    ),
    "an empty list": ([], {}, r"0 sample\(s\): X is empty"),
    "lists that differ": ([[[1.0]], [[1.0, 2.0]]], {}, r"images differ in size"),
    "channels first": (
        np.moveaxis(COLOUR, -1, 1),
        {},
        r"\(5, 3, 4, 6\) seems.*transpose\(0, 2, 3, 1\).*image_shape=\(3, 4, 6\)",
    ),
    "rows of another length": (
        flat(GREY),
        {"image_shape": (3, 5)},
        r"image_shape=\(3, 5\) has 15 values, but the rows of X have 18",
    ),
    "another shape": (
        GREY,
        {"image_shape": (6, 3)},
        r"height 3, width 6 and 1 channel, but image_shape is height 6, width 3 and 1 channel\.",
    ),
    "other channels": (COLOUR, {"image_shape": (4, 6)}, r"3 channels, but image_shape .*1 channel"),
    "no shape": (flat(GREY), {"image_shape": (18,)}, r"image_shape=\(18,\) is no \(height, width"),
    "half a pixel": (flat(GREY), {"image_shape": (1.5, 12)}, r"image_shape=\(1.5, 12\) is no"),
    "nothing high": (flat(GREY), {"image_shape": (0, 18)}, r"image_shape=\(0, 18\) is no"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_images_are_refused(name):
    X, options, message = REFUSED[name]
    net = Net()
    with pytest.raises(ValueError, match=message):
        read_images(net, X, reset=True, **options)
    assert not hasattr(net, "image_shape_")


def test_channels_first_are_taken_where_they_are_meant():
    X = np.moveaxis(COLOUR, -1, 1)
    assert read(X, image_shape=(3, 4, 6))[0].shape == (5, 3, 4, 6)


LATER = {
    "larger": (
        GREY,
        np.ones((2, 4, 6)),
        r"height 4, width 6 .*was fitted on height 3, width 6",
    ),
    "more channels": (COLOUR, COLOUR[..., :1], r"1 channel, but Net was fitted on .* 3 channels"),
    "longer rows": (GREY, np.ones((2, 20)), r"X has 20 features, but Net is expecting 18"),
    "one image": (GREY, np.ones(18), r"Expected 2D array, got 1D array"),
    "fractions": (BYTES, BYTES / 255, r"fractions from 0 to 1, .*bytes from 0 to 255.*X \* 255"),
    "bytes": (BYTES / 255, BYTES, r"bytes up to 255, .*values from 0 to 1: pass X / 255"),
}


@pytest.mark.parametrize("name", LATER)
def test_images_unlike_those_of_the_fit_are_refused(name):
    fitted_on, X, message = LATER[name]
    with pytest.raises(ValueError, match=message):
        read(X, fitted_on)


@pytest.mark.parametrize(
    ("fitted_on", "X"),
    [
        (BYTES, BYTES.astype(float)),
        (BYTES, np.zeros((2, 3, 6))),
        (BYTES.astype(float), BYTES),
        (BYTES / 255, np.ones((2, 3, 6), np.uint8)),
        (BYTES > 99, BYTES > 9),
        (BYTES > 99, BYTES / 255),
        (GREY, 2 * GREY),
    ],
)
def test_the_same_scale_is_taken(fitted_on, X):
    images, _ = read(X, fitted_on)  # a warning would be an error
    assert_allclose(images[..., 0], X, rtol=1e-6)  # in single precision


@pytest.mark.parametrize(
    ("fitted_on", "X"), [(GREY, 100 * GREY), (GREY, GREY + 100), (BYTES / 255, BYTES.astype(float))]
)
def test_another_scale_is_warned_of(fitted_on, X):
    with pytest.warns(UserWarning, match=r"X has values from .*fitted on values from .*same scale"):
        read(X, fitted_on)


def test_rows_that_may_be_squares_are_warned_of():
    X = np.arange(128.0).reshape(2, 64)
    with pytest.warns(UserWarning, match=r"rows of 64 numbers.*image_shape=\(8, 8\).*\(1, 64\)"):
        read(X)
    assert read(X, image_shape=(1, 64))[0].shape == (2, 1, 64, 1)
