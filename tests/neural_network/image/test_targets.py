"""Targets of any kind, weights of classes and scores of validation rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import get_scorer, log_loss
from sklearn.utils.class_weight import compute_sample_weight

from tests.neural_network.image.pictures import (
    bytes_of,
    classifier,
    levels,
    noise,
    regressor,
)

TRAINED = {"max_iter": 15, "width": 8, "learning_rate_init": 0.03}


def test_several_targets():
    X, _ = noise(n=40)
    y = np.column_stack([levels(X), 100.0 - 50.0 * levels(X), np.ones(40)])
    found = regressor(n_estimators=2, architecture="mlp", **TRAINED).fit(X, y).predict(X)
    assert found.shape == (40, 3)
    for column in (0, 1):
        assert np.corrcoef(found[:, column], y[:, column])[0, 1] > 0.8
    assert_allclose(found[:, 2], 1.0, atol=0.5)


def test_several_labels():
    X, y = noise(n=40, n_classes=3)
    labels = np.column_stack([y > 0, y > 1, y == 0]).astype(int)
    net = classifier(**TRAINED).fit(X, labels)
    probabilities = net.predict_proba(X)
    assert probabilities.shape == (40, 3)
    assert_array_equal(net.predict(X), probabilities > 0.5)
    assert (net.predict(X) == labels).mean() > 0.7


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 5.0}])
def test_class_weight_is_sample_weight(class_weight):
    X, _ = noise()
    X, y = X[:20], np.where(np.arange(20) % 5, 0, 1)
    net = classifier(class_weight=class_weight).fit(X, y)
    weighted = classifier().fit(X, y, compute_sample_weight(class_weight, y))
    assert_allclose(net.predict_proba(X), weighted.predict_proba(X), rtol=1e-5)
    plain = classifier().fit(X, y).predict_proba(X)
    assert np.abs(net.predict_proba(X) - plain).max() > 1e-3


STOPPING = {"early_stopping": True, "max_iter": 8, "learning_rate_init": 0.03}


@pytest.mark.parametrize("scoring", [None, "loss", "roc_auc"])
def test_validation_rows_of_ones_own(scoring):
    X, y = noise(n=40)
    X = bytes_of(X)
    net = classifier(scoring=scoring, n_estimators=2, **STOPPING)
    net.fit(X[:30], y[:30], X_val=X[30:], y_val=y[30:])
    assert len(net.validation_scores_) == len(net.validation_loss_curve_) == net.n_iter_
    if scoring == "loss":
        wanted = -log_loss(y[30:], net.predict_proba(X[30:]))
    else:
        wanted = get_scorer(scoring or "accuracy")(net, X[30:], y[30:])
    assert_allclose(net.best_validation_score_, wanted, rtol=1e-5, atol=1e-6)
    assert net.best_validation_score_ == max(net.validation_scores_)
