"""Targets of any kind, and weights of classes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.class_weight import compute_sample_weight

from tests.neural_network.sequence.recordings import (
    classifier,
    even,
    levels,
    ragged,
    regressor,
)

TRAINED = {"max_iter": 15, "width": 8, "learning_rate_init": 0.03}


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_several_targets(n_estimators):
    X, _ = ragged(n=40)
    y = np.column_stack([levels(X), 100.0 - 50.0 * levels(X), np.ones(40)])
    net = regressor(n_estimators=n_estimators, architecture="gru", **TRAINED).fit(X, y)
    found = net.predict(X)
    assert found.shape == (40, 3)
    for column in (0, 1):
        assert np.corrcoef(found[:, column], y[:, column])[0, 1] > 0.8
    assert_allclose(found[:, 1].mean(), y[:, 1].mean(), rtol=0.2)
    assert_allclose(found[:, 2], 1.0, atol=0.5)


def test_a_column_is_one_target():
    X, _ = even()
    y = levels(X)
    with pytest.warns(DataConversionWarning, match="column-vector"):
        column = regressor().fit(X, y[:, None]).predict(X)
    assert_array_equal(column, regressor().fit(X, y).predict(X))


@pytest.mark.parametrize("architecture", ["cnn", "gru"])
def test_several_labels(architecture):
    X, y = ragged(n=40, n_classes=3)
    labels = np.column_stack([y > 0, y > 1, y == 0]).astype(int)
    net = classifier(architecture=architecture, **TRAINED | {"max_iter": 20}).fit(X, labels)
    probabilities = net.predict_proba(X)
    assert probabilities.shape == (40, 3)
    assert_array_equal(net.predict(X), probabilities > 0.5)
    assert (net.predict(X) == labels).mean() > 0.7


def test_two_labels_of_strings():
    X, y = even()
    net = classifier(**TRAINED).fit(X, np.array(["no", "yes"])[y])
    assert net.predict_proba(X).shape == (30, 2)
    assert (net.predict(X) == np.array(["no", "yes"])[y]).mean() > 0.85


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "focal"])
def test_losses_of_classes(loss):
    X, y = even(n_classes=3)
    net = classifier(loss=loss, architecture="gru", **TRAINED, n_estimators=2).fit(X, y)
    assert net.loss_curve_[-1] < net.loss_curve_[0]
    scores = net.predict_proba(X) if loss == "focal" else net.decision_function(X)
    assert_array_equal(net.predict(X), scores.argmax(axis=1))
    assert hasattr(net, "predict_proba") == (loss == "focal")


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "poisson", "gamma", "quantile"])
def test_losses_of_numbers(loss):
    X, _ = even()
    y = np.exp(0.3 * levels(X))
    net = regressor(loss=loss, architecture="gru", **TRAINED, n_estimators=2).fit(X, y)
    assert net.loss_curve_[-1] < net.loss_curve_[0]
    assert 0.5 < net.predict(X).mean() / y.mean() < 2.0
    assert (net.predict(X) > 0.0).all() or loss not in ("poisson", "gamma")


def test_a_class_of_weight_zero_need_not_be_known():
    X, y = even(n_classes=3)
    net = classifier().fit(X, y, np.where(y == 2, 0.0, 1.0))
    assert_array_equal(net.classes_, [0, 1])


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 5.0}])
def test_class_weight_is_sample_weight(class_weight):
    X, y = even()
    X, y = X[:20], np.where(np.arange(20) % 5, 0, 1)
    net = classifier(class_weight=class_weight).fit(X, y)
    weighted = classifier().fit(X, y, compute_sample_weight(class_weight, y))
    assert_allclose(net.predict_proba(X), weighted.predict_proba(X), rtol=1e-5)
    plain = classifier().fit(X, y).predict_proba(X)
    assert (net.predict_proba(X)[:, 1] > plain[:, 1]).all()


def test_class_weight_of_zero_leaves_the_rows_out():
    X, y = ragged(n_classes=3)
    spoilt = [np.full((2, 20), 1e3) if c == 2 else x for x, c in zip(X, y, strict=True)]
    nets = [
        classifier(class_weight={2: 0.0}, architecture="gru", batch_size=20).fit(given, y)
        for given in (X, spoilt)
    ]
    assert_array_equal(nets[0].classes_, [0, 1, 2])
    assert_allclose(nets[0].loss_curve_, nets[1].loss_curve_, rtol=1e-5)
