"""Images come in layouts and units, masks and boxes in parts.

What is kept, gone on from and made again from a seed is in the contract suite.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.localization.scenes import (
    answers,
    boxed,
    data_of,
    detector,
    plates,
    rows,
    same,
    segmenter,
)

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
BOTH = pytest.mark.parametrize("made", [segmenter, detector])


@BOTH
def test_images_of_weight_0_are_not_looked_at(made):
    X, y = data_of(made)
    weight = np.ones(len(X))
    weight[-1] = 0
    other = list(y)
    other[-1] = np.full((12, 14), 99) if made is segmenter else ([[0, 0, 1, 1]], ["unseen"])
    net = made().fit(X, other, sample_weight=weight)
    without = made().fit(X[:-1], rows(y, range(len(y) - 1)))
    assert net.loss_curve_ == without.loss_curve_
    same(answers(net, X), answers(without, X), rtol=0, atol=0)
    assert_array_equal(net.classes_, without.classes_)


@BOTH
def test_layouts_of_the_same_images(made):
    X, y = data_of(made)
    expected = made().fit(X, y)
    for given, settings in {
        "with an axis of channels": (X[..., None], {}),
        "a list": (list(X), {}),
        "flat rows": (X.reshape(len(X), -1), {"image_shape": X.shape[1:]}),
    }.values():
        net = made(**settings).fit(given, y)
        assert net.image_shape_ == (*X.shape[1:], 1)
        assert net.loss_curve_ == expected.loss_curve_
        same(answers(net, given), answers(expected, X), rtol=0, atol=0)


@BOTH
def test_bytes_and_colours(made):
    X, y = data_of(made)
    low, high = X.min(), X.max()
    colours = np.stack([X, X[:, ::-1], -X], axis=-1)
    grey = ((X - low) / (high - low) * 255).astype(np.uint8)
    assert made().fit(grey, y).score(grey, y) >= 0
    net = made().fit(colours, y)
    assert net.image_shape_[2] == 3
    assert len(answers(net, colours)) == len(X)


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_units_of_pixels_do_not_matter(made, dtype):
    X, y = data_of(made)
    settings = {"dtype": dtype, "batch_size": 24}  # of several batches, the order would differ
    net, other = made(**settings).fit(X, y), made(**settings).fit(1000.0 * X - 5.0, y)
    loose = 1e-2 if dtype == "float32" else 1e-6
    assert_allclose(net.loss_curve_, other.loss_curve_, rtol=loose)


def test_partial_fit_of_parts():
    X, y = boxed()
    X[0, 0, 0] = 3.0  # as bright as plates
    net = detector(batch_size="auto").partial_fit(
        X[:1], y[:1], classes=["dim", "lit", "other"]
    )  # without a box
    before = answers(net, X)
    net.partial_fit(X[1:], y[1:])
    assert not all(map(np.array_equal, answers(net, X), before))
    assert_array_equal(net.classes_, ["dim", "lit", "other"])
    X, y = plates()
    net = (
        segmenter(batch_size="auto")
        .partial_fit(X, y, classes=[0, 1, 2, 7])
        .partial_fit(X[:3], y[:3])
    )
    assert net.predict_proba(X).shape == (*X.shape, 4)
    with pytest.raises(ValueError, match=r"y has the labels \[3\].*\[0, 1, 2, 7\]"):
        net.partial_fit(X, np.where(y == 1, 3, y))


@BOTH
def test_training_by_mirror_images_is_another_training(made):
    X, y = data_of(made)
    plain, mirrored = made().fit(X, y), made(flip=True).fit(X, y)
    assert plain.loss_curve_[0] != mirrored.loss_curve_[0]
    assert not all(map(np.array_equal, answers(plain, X), answers(mirrored, X)))
