"""Each architecture fits what the parameters say, and learns what a linear model cannot."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from torch import nn

from skdeep import ImageClassifier
from tests.neural_network.image.pictures import (
    ARCHITECTURES,
    assert_same_fit,
    bytes_of,
    classifier,
    flat,
    levels,
    noise,
    regressor,
)

X, Y = noise()


def networks(estimator):
    return list(estimator._built.template(torch.device("cpu")).networks)


def n_weights(estimator):
    return sum(p.numel() for network in networks(estimator) for p in network.parameters())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_they_learn(architecture, dtype):
    settings = {"architecture": architecture, "dtype": dtype, "max_iter": 15, "width": 8}
    net = classifier(learning_rate_init=0.03, **settings).fit(X, Y)
    assert net.predict_proba(X).dtype == np.dtype(dtype)
    assert net.score(X, Y) > 0.9
    assert net.loss_curve_[-1] < 0.7 * net.loss_curve_[0]
    number = regressor(learning_rate_init=0.03, **settings).fit(X, levels(X))
    assert number.score(X, levels(X)) > 0.5


def test_precision_is_that_of_the_data_on_request():
    for dtype, given, trained in (
        ("auto", X.astype("float32"), "float32"),
        ("auto", X, "float64"),
        ("auto", bytes_of(X), "float32"),
        ("float32", X, "float32"),
    ):
        assert classifier(dtype=dtype).fit(given, Y).predict_proba(given).dtype == trained
    assert classifier().dtype == "float32"


def bars(n, seed, size=8):
    """A bar at any place: upright or lying. Every pixel says as much of the one as of the other."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    images = rng.normal(0, 0.3, (n, size, size))
    for image, lies in zip(images, y, strict=True):
        row, column = rng.integers(0, size - 2), rng.integers(0, size)
        (image if lies else image.T)[column, row : row + 3] += 1.0
    return images, y


def corners(n, seed):
    """Whether patches in two opposite corners are alike, in sign: each alone says nothing."""
    rng = np.random.default_rng(seed)
    y, signs = np.arange(n) % 2, rng.choice([-1.0, 1.0], n)
    images = rng.normal(0, 0.3, (n, 8, 8))
    images[:, :2, :2] += signs[:, None, None]
    images[:, -2:, -2:] += np.where(y, signs, -signs)[:, None, None]
    return images, y


@pytest.mark.parametrize(
    ("architecture", "task", "settings"),
    [
        ("cnn", bars, {"width": 8, "depth": 2, "max_iter": 10}),
        ("mlp", corners, {"width": 64, "max_iter": 20}),
        ("vit", corners, {"width": 16, "depth": 2, "patch_size": 2, "max_iter": 20}),
    ],
)
def test_they_learn_what_a_linear_model_cannot(architecture, task, settings):
    images, y = task(600, 0)
    later, truth = task(300, 1)
    linear = LogisticRegression().fit(flat(images), y).score(flat(later), truth)
    net = ImageClassifier(
        architecture=architecture, n_estimators=1, random_state=0, shift=0.0, **settings
    )
    assert linear < 0.65
    assert net.fit(images, y).score(later, truth) > 0.9


@pytest.mark.parametrize(
    ("architecture", "layer"), [("cnn", nn.Conv2d), ("mlp", nn.Linear), ("vit", nn.LayerNorm)]
)
def test_architecture_and_number_are_those_asked_for(architecture, layer):
    net = classifier(architecture=architecture, n_estimators=3).fit(X, Y)
    made = networks(net)
    assert len(made) == 3
    assert all(any(isinstance(m, layer) for m in network.trunk.modules()) for network in made)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_width_and_depth_add_weights(architecture):
    sizes = [
        n_weights(classifier(architecture=architecture, max_iter=1, **sizes).fit(X, Y))
        for sizes in ({}, {"width": 8}, {"depth": 2})
    ]
    assert sizes[0] < min(sizes[1:])


@pytest.mark.parametrize(
    ("size", "n_stages", "features", "n_patches"),
    [(5, 2, 64, 9), (8, 2, 64, 16), (28, 2, 64, 49), (64, 3, 128, 64), (200, 3, 128, 64)],
)
def test_automatic_sizes_follow_the_image(size, n_stages, features, n_patches):
    images = np.random.default_rng(0).random((4, size, size))
    y = [0, 1, 0, 1]
    automatic = {"width": "auto", "depth": "auto", "max_iter": 1, "batch_size": 4}
    (cnn,) = networks(classifier(**automatic).fit(images, y))
    assert (len(cnn.trunk.stages), cnn.trunk.n_features) == (n_stages, features)
    (vit,) = networks(classifier(architecture="vit", **automatic).fit(images, y))
    assert len(vit.trunk.places) == n_patches


def test_networks_start_apart_and_their_mean_is_the_answer():
    net = regressor(n_estimators=3, normalize_y=False, dtype="float64").fit(X, levels(X))
    loaded = net._built.loaded(net._weights, net._buffers, torch.device("cpu"))
    mean, scale = net._view
    each = [
        network(torch.from_numpy((X - mean) / scale)).numpy()[:, 0] for network in loaded.networks
    ]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    assert_allclose(net.predict(X), np.mean(each, axis=0))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_dropout_acts_in_training_alone(architecture):
    plain, one, same = (
        classifier(architecture=architecture, dropout=dropout).fit(X, Y)
        for dropout in (0.0, 0.4, 0.4)
    )
    assert plain.loss_curve_ != one.loss_curve_
    assert np.abs(plain.predict_proba(X) - one.predict_proba(X)).max() > 1e-6
    assert_same_fit(one, same, X)
    assert_array_equal(one.predict_proba(X), one.predict_proba(X))


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop", "lbfgs"])
def test_solvers(solver):
    net = classifier(architecture="mlp", solver=solver, max_iter=10, learning_rate_init=0.02)
    assert net.fit(X, Y).loss_curve_[-1] < net.loss_curve_[0]
