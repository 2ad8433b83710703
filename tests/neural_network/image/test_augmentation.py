"""Augmentation changes what networks learn from, and nothing of what they answer."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.image.pictures import (
    assert_same_fit,
    classifier,
    levels,
    noise,
    regressor,
)

X, Y = noise()
KINDS = [{"shift": 0.3}, {"crop": 0.4}, {"flip": True}, {"cutout": 0.4}, {"mixup": 0.4}]
NONE = {"shift": 0.0, "crop": 0.0, "flip": False, "cutout": 0.0, "mixup": 0.0}


@pytest.mark.parametrize("settings", KINDS, ids=str)
def test_it_acts_in_training_alone(settings):
    plain, net = (classifier(**NONE | given).fit(X, Y) for given in ({}, settings))
    assert not np.allclose(net.loss_curve_, plain.loss_curve_, rtol=1e-3)
    assert not np.allclose(net.transform(X), plain.transform(X), rtol=1e-3, atol=1e-5)
    before = net.predict_proba(X)
    assert_array_equal(net.predict_proba(X), before)
    assert_array_equal(net.set_params(**NONE).predict_proba(X), before)


@pytest.mark.parametrize("settings", KINDS, ids=str)
def test_validation_rows_are_left_as_they_are(settings):
    net = classifier(
        learning_rate_init=1e-30, max_iter=2, architecture="mlp", **NONE | settings
    ).fit(X, Y, X_val=X, y_val=Y)
    first, second = net.validation_loss_curve_
    assert_allclose(first, second, rtol=1e-7)
    assert net.loss_curve_[0] != net.loss_curve_[1]  # of other batches, anew in every epoch


def test_defaults_move_and_mix_images_of_classes():
    automatic = classifier().fit(X, Y)
    assert_same_fit(automatic, classifier(shift=0.1, mixup=0.2).fit(X, Y), X)
    number = regressor().fit(X, levels(X))
    assert_same_fit(number, regressor(shift=0.1, mixup=0.0).fit(X, levels(X)), X)
    at_once = classifier(solver="lbfgs", architecture="mlp").fit(X, Y)
    given = classifier(solver="lbfgs", architecture="mlp", shift=0.0, mixup=0.0).fit(X, Y)
    assert_same_fit(at_once, given, X)


@pytest.mark.parametrize(("shift", "n_views"), [(0.0, 1), (0.1, 5), (0.07, 3)])
@pytest.mark.parametrize("flip", [False, True])
def test_answers_of_several_views(flip, shift, n_views):
    net = regressor(flip=flip, shift=shift, normalize_y=False).fit(X, levels(X))
    plain = net.predict(X)
    averaged = net.set_params(test_time_augmentation=True).predict(X)
    padded = np.pad(X, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    moved = [padded[:, i : i + 6, j : j + 8] for i, j in ((1, 1), (1, 0), (1, 2), (0, 1), (2, 1))]
    views = moved[:n_views]
    views += [view[:, :, ::-1] for view in views] if flip else []
    net.set_params(test_time_augmentation=False)
    assert_allclose(averaged, np.mean([net.predict(view) for view in views], axis=0), atol=1e-5)
    assert np.allclose(averaged, plain, rtol=1e-4) == (len(views) == 1)


def test_a_mirrored_image_has_the_same_answer():
    net = classifier(flip=True, test_time_augmentation=True).fit(X, Y)
    assert_allclose(net.predict_proba(X[:, :, ::-1]), net.predict_proba(X), rtol=1e-5)
    net.set_params(test_time_augmentation=False)
    assert np.abs(net.predict_proba(X[:, :, ::-1]) - net.predict_proba(X)).max() > 1e-3


def test_views_are_those_of_the_fitted_network():
    net = classifier(test_time_augmentation=True, flip=True).fit(X, Y)
    before = net.predict_proba(X)
    net.set_params(architecture="vit", solver="lbfgs", loss="focal", mixup=1.0, crop=0.5)
    assert_array_equal(net.predict_proba(X), before)
