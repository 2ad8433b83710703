"""What was fitted can be kept, gone on from, made again from a seed; weights count images."""

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

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
def test_copies_answer_alike(made):
    X, y = data_of(made)
    net = made().fit(X, y)
    same(answers(pickle.loads(pickle.dumps(net)), X), answers(net, X), rtol=0, atol=0)
    again = clone(net)
    assert not hasattr(again, "n_iter_")
    assert again.get_params() == net.get_params()


@BOTH
def test_pickles_hold_no_tensors(made):
    X, y = data_of(made)
    assert b"torch._utils" not in pickle.dumps(made().fit(X, y))


@BOTH
@pytest.mark.parametrize("settings", [{}, {"flip": True}, {"early_stopping": True}], ids=str)
def test_the_seed_decides_and_global_generators_do_not(made, settings):
    X, y = data_of(made)
    fits = []
    for seed in (0, 99):
        np.random.seed(seed)
        torch.manual_seed(seed)
        before = torch.get_rng_state(), repr(np.random.get_state())
        fits.append(made(**settings).fit(X, y))
        answers(fits[-1], X)
        assert torch.equal(torch.get_rng_state(), before[0])
        assert repr(np.random.get_state()) == before[1]
    assert_array_equal(fits[0]._weights, fits[1]._weights)
    other = made(**settings | {"random_state": 1}).fit(X, y)
    assert not np.array_equal(other._weights, fits[0]._weights)


@BOTH
def test_a_weight_is_a_number_of_copies(made):
    X, y = data_of(made)
    weight = np.arange(len(X)) % 3
    index = np.repeat(np.arange(len(X)), weight)
    whole = {"batch_size": 500, "dtype": "float64"}
    with pytest.warns(UserWarning, match="batch_size=500"):
        weighted = made(**whole).fit(X, y, sample_weight=weight)
    with pytest.warns(UserWarning, match="batch_size=500"):
        copied = made(**whole).fit(X[index], rows(y, index))
    assert_allclose(weighted._weights, copied._weights, rtol=1e-9, atol=1e-11)
    assert_allclose(weighted.loss_curve_, copied.loss_curve_)
    assert weighted.score(X, y, weight) == pytest.approx(
        weighted.score(X[index], rows(y, index)), abs=1e-12
    )


@BOTH
def test_images_of_weight_0_are_not_looked_at(made):
    X, y = data_of(made)
    weight = np.ones(len(X))
    weight[-1] = 0
    other = list(y)
    other[-1] = np.full((12, 14), 99) if made is segmenter else ([[0, 0, 1, 1]], ["unseen"])
    net = made().fit(X, other, sample_weight=weight)
    without = made().fit(X[:-1], rows(y, range(len(y) - 1)))
    assert_array_equal(net._weights, without._weights)
    assert_array_equal(net.classes_, without.classes_)


@BOTH
def test_an_image_has_the_same_answer_in_any_company(made):
    X, y = data_of(made)
    net = made().fit(X, y)
    whole = answers(net, X)
    same(answers(net, X[[7]]), whole[7:8])
    same(answers(net, X[::-1]), whole[::-1])


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
        assert_array_equal(net._weights, expected._weights)
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


@BOTH
def test_warm_start_goes_on(made):
    X, y = data_of(made)
    net = made(warm_start=True, learning_rate="constant").fit(X, y)
    first = net._weights.copy()
    net.fit(X, y)
    assert len(net.loss_curve_) == 6
    assert net.loss_curve_[-1] < net.loss_curve_[0]
    assert not np.array_equal(net._weights, first)
    with pytest.raises(ValueError, match=r"width=4, but now it is 2.*warm_start=False"):
        net.set_params(width=2).fit(X, y)


@BOTH
def test_partial_fits_are_a_fit(made):
    X, y = data_of(made)
    # One batch: the rows of several are shuffled otherwise.
    settings = {"learning_rate": "constant", "batch_size": 24, "dtype": "float64"}
    whole = made(**settings).fit(X, y)
    net = made(**settings)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        net.partial_fit(X, y)
    for _ in range(3):
        net.partial_fit(X, y, classes=whole.classes_)
    assert_allclose(net._weights, whole._weights, rtol=1e-6, atol=1e-9)
    with pytest.raises(ValueError, match="not the same as on the last call"):
        net.partial_fit(X, y, classes=whole.classes_[1:])


def test_partial_fit_of_parts():
    X, y = boxed()
    X[0, 0, 0] = 3.0  # as bright as plates
    net = detector(batch_size="auto").partial_fit(
        X[:1], y[:1], classes=["dim", "lit", "other"]
    )  # without a box
    before = net._weights.copy()
    net.partial_fit(X[1:], y[1:])
    assert not np.array_equal(net._weights, before)
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
def test_partial_fit_is_not_offered_where_it_cannot_be(made):
    assert hasattr(made(), "partial_fit")
    assert not hasattr(made(early_stopping=True), "partial_fit")
    assert not hasattr(segmenter(class_weight="balanced"), "partial_fit")


@BOTH
def test_training_by_mirror_images_is_another_training(made):
    X, y = data_of(made)
    plain, mirrored = made().fit(X, y), made(flip=True).fit(X, y)
    assert not np.array_equal(plain._weights, mirrored._weights)
