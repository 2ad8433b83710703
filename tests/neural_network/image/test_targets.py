"""Targets of any kind, weights of rows and classes, early stopping and callbacks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import get_scorer, log_loss
from sklearn.utils.class_weight import compute_sample_weight

from tests.neural_network.image.pictures import (
    ARCHITECTURES,
    answers,
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


def test_labels_of_strings():
    X, y = noise()
    named = np.array(["no", "yes"])[y]
    net, plain = classifier().fit(X, named), classifier().fit(X, y)
    assert_array_equal(net.predict_proba(X), plain.predict_proba(X))
    assert_array_equal(net.predict(X), np.array(["no", "yes"])[plain.predict(X)])


@pytest.mark.parametrize("made", [classifier, regressor])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
class TestSampleWeight:
    def data(self, made):
        X, y = noise()
        return X, levels(X) if made is regressor else y

    def test_zero_leaves_out(self, made, architecture):
        X, y = self.data(made)
        kept = np.flatnonzero(np.arange(30) % 3)
        weight = np.zeros(30)
        weight[kept] = np.linspace(0.5, 2.0, len(kept))
        spoilt = np.where(weight[:, None, None, None] > 0, X, 1e3)
        net = made(architecture=architecture).fit(spoilt, y, weight)
        less = made(architecture=architecture).fit(X[kept], y[kept], weight[kept])
        assert_allclose(answers(net, X), answers(less, X), rtol=1e-5)
        unweighted = made(architecture=architecture).fit(X[kept], y[kept])
        assert not np.allclose(answers(net, X), answers(unweighted, X), rtol=1e-5)

    def test_two_is_two_rows(self, made, architecture):
        X, y = self.data(made)
        X = bytes_of(X)
        weight = np.where(np.arange(30) % 3, 1.0, 2.0)
        twice = np.repeat(np.arange(30), weight.astype(int))
        net = made(architecture=architecture, dtype="float64").fit(X, y, weight)
        other = made(architecture=architecture, dtype="float64").fit(X[twice], y[twice])
        assert_allclose(answers(net, X), answers(other, X), rtol=1e-8)


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


@pytest.mark.parametrize("scoring", [None, "neg_log_loss"])
def test_validation_rows_held_out(scoring):
    X, y = noise(n=40)
    net = classifier(scoring=scoring, validation_fraction=0.25, **STOPPING).fit(X, y)
    assert len(net.validation_scores_) == net.n_iter_
    assert net.t_ == 30 * net.n_iter_


class Recording:
    """Notes what the network predicts after every epoch."""

    def __init__(self, stop_after=None):
        self.predicted, self.stop_after = [], stop_after

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        pass

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        if context.task_name == "epoch":
            self.predicted.append(fitted_estimator.predict_proba(X))
            return len(self.predicted) == self.stop_after
        return False

    def teardown(self, estimator, context):
        pass


def test_callbacks_hear_of_every_epoch_and_stop_the_fit():
    X, y = noise()
    recording = Recording()
    net = classifier().set_callbacks(recording).fit(X, y)
    assert len(recording.predicted) == 3
    assert_array_equal(recording.predicted[-1], net.predict_proba(X))
    assert_array_equal(net._weights, classifier().fit(X, y)._weights)
    assert classifier().set_callbacks(Recording(stop_after=2)).fit(X, y).n_iter_ == 2
