"""Augmentation changes what networks learn from, and nothing of what they answer."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.neural_network.sequence.recordings import classifier, even, levels, ragged, regressor

KINDS = [{"jitter": 0.3}, {"crop": 0.5}, {"masking": 0.4}, {"mixup": 0.4}]


@pytest.mark.parametrize("data", [even, ragged])
@pytest.mark.parametrize("settings", KINDS, ids=str)
def test_it_acts_in_training_alone(settings, data):
    X, y = data()
    copies = [np.copy(x) for x in X]
    plain, net = classifier().fit(X, y), classifier(**settings).fit(X, y)
    assert not np.allclose(net.loss_curve_, plain.loss_curve_, rtol=1e-3)
    assert not np.allclose(net.transform(X), plain.transform(X), rtol=1e-3, atol=1e-5)
    assert_array_equal(net.predict_proba(X), net.predict_proba(X))
    before = net.predict_proba(X)
    net.set_params(**dict.fromkeys(settings, 0.0))
    assert_array_equal(net.predict_proba(X), before)
    for x, copy in zip(X, copies, strict=True):
        assert_array_equal(x, copy)


def test_all_of_it_leaves_the_meaning():
    X, y = ragged(n=40)
    settings = {name: value for kind in KINDS for name, value in kind.items()}
    net = classifier(architecture="gru", max_iter=20, width=8, learning_rate_init=0.03, **settings)
    assert net.fit(X, y).score(X, y) > 0.8


def test_regressors_mix_their_targets():
    X, _ = ragged(n=40)
    settings = {"max_iter": 20, "width": 8, "learning_rate_init": 0.03, "architecture": "gru"}
    net = regressor(mixup=0.5, jitter=0.1, **settings).fit(X, levels(X))
    assert net.score(X, levels(X)) > 0.4


@pytest.mark.parametrize("settings", KINDS, ids=str)
def test_validation_rows_are_left_as_they_are(settings):
    X, y = ragged()
    net = classifier(learning_rate_init=1e-30, max_iter=2, architecture="gru", **settings)
    net.fit(X, y, X_val=X, y_val=y)
    first, second = net.validation_loss_curve_
    assert_allclose(first, second, rtol=1e-7)
    assert net.loss_curve_[0] != net.loss_curve_[1]  # of other batches, anew in every epoch


def test_jitter_is_in_standard_deviations_of_a_channel():
    X, y = even()
    units = np.array([[1000.0], [0.25]])
    settings = {"jitter": 0.5, "dtype": "float64", "architecture": "gru", "batch_size": 30}
    losses = [
        classifier(**settings, learning_rate_init=1e-30, max_iter=8).fit(given, y).loss_curve_
        for given in (X, X * units)
    ]
    assert_allclose(np.mean(losses[0]), np.mean(losses[1]), rtol=0.02)
