"""Early stopping, and scikit-learn's callbacks, over sequences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.metrics import accuracy_score, get_scorer, log_loss
from sklearn.model_selection import GridSearchCV

from tests.neural_network.sequence.recordings import classifier, even, levels, ragged, regressor

STOPPING = {"early_stopping": True, "max_iter": 8, "learning_rate_init": 0.03}


@pytest.mark.parametrize("architecture", ["cnn", "lstm"])
@pytest.mark.parametrize("scoring", [None, "loss", "accuracy", "balanced_accuracy", "roc_auc"])
def test_rows_of_ones_own(scoring, architecture):
    X, y = ragged(n=40)
    longer = [np.tile(x, 3) for x in X[30:]]
    net = classifier(scoring=scoring, architecture=architecture, n_estimators=2, **STOPPING)
    net.fit(X[:30], y[:30], X_val=longer, y_val=y[30:])
    assert len(net.validation_scores_) == len(net.validation_loss_curve_) == net.n_iter_
    if scoring == "loss":
        wanted = -log_loss(y[30:], net.predict_proba(longer))
    else:
        wanted = get_scorer(scoring or "accuracy")(net, longer, y[30:])
    assert_allclose(net.best_validation_score_, wanted, rtol=1e-5)
    assert net.best_validation_score_ == max(net.validation_scores_)


@pytest.mark.parametrize("scoring", [None, "r2", "neg_mean_absolute_error", "loss"])
def test_rows_of_ones_own_for_numbers(scoring):
    X, _ = ragged(n=40)
    y = levels(X)
    net = regressor(scoring=scoring, architecture="gru", **STOPPING)
    net.fit(X[:30], y[:30], X_val=X[30:], y_val=y[30:])
    if scoring == "loss":
        wanted = -np.mean((net.predict(X[30:]) - y[30:]) ** 2) / 2
    else:
        wanted = get_scorer(scoring or "r2")(net, X[30:], y[30:])
    assert_allclose(net.best_validation_score_, wanted, rtol=1e-5)


@pytest.mark.parametrize("data", [even, ragged])
@pytest.mark.parametrize("scoring", [None, "neg_log_loss"])
def test_rows_held_out(data, scoring):
    X, y = data(n=40)
    net = classifier(scoring=scoring, validation_fraction=0.25, **STOPPING).fit(X, y)
    assert len(net.validation_scores_) == net.n_iter_
    assert net.t_ == 30 * net.n_iter_
    assert net.best_validation_score_ == max(net.validation_scores_)


def test_it_stops_where_nothing_improves():
    X, y = even()
    net = classifier(early_stopping=True, max_iter=50, tol=1e9, n_iter_no_change=2)
    assert net.fit(X, y).n_iter_ == 4  # the first one, which is the best, and more than two


def test_validation_weights_count():
    X, y = ragged(n=40)
    weight = np.where(np.arange(10) % 2, 0.0, 2.0)
    net = classifier(**STOPPING).fit(
        X[:30], y[:30], X_val=X[30:], y_val=y[30:], sample_weight_val=weight
    )
    kept = classifier(**STOPPING).fit(X[:30], y[:30], X_val=X[30::2], y_val=y[30::2])
    assert_allclose(net.validation_loss_curve_, kept.validation_loss_curve_, rtol=1e-6)


class Recording:
    """Notes every epoch, and what the network predicts at its end."""

    def __init__(self, stop_after=None):
        self.hooks, self.predicted, self.stop_after = [], [], stop_after

    def setup(self, estimator, context):
        self.hooks.append("setup")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.seen = X, y, metadata

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        if context.task_name == "epoch":
            self.predicted.append(fitted_estimator.predict_proba(X))
            return len(self.predicted) == self.stop_after
        return False

    def teardown(self, estimator, context):
        self.hooks.append("teardown")


@pytest.mark.parametrize("architecture", ["cnn", "gru", "transformer"])
def test_callbacks_hear_of_every_epoch(architecture):
    X, y = ragged()
    recording = Recording()
    settings = {"architecture": architecture, "learning_rate": "constant", "max_iter": 3}
    net = classifier(**settings).set_callbacks(recording)
    with pytest.warns(match="max_iter"):
        net.fit(X, y)
    assert recording.hooks == ["setup", "teardown"]
    assert recording.seen[0] is X
    assert recording.seen[1] is y
    assert len(recording.predicted) == net.n_iter_ == 3
    assert_array_equal(recording.predicted[-1], net.predict_proba(X))
    with pytest.warns(match="max_iter"):
        shorter = classifier(**settings | {"max_iter": 1}).fit(X, y)
    assert_allclose(recording.predicted[0], shorter.predict_proba(X), rtol=1e-5)


def test_watching_changes_nothing():
    X, y = ragged()
    net = classifier(dropout=0.2, jitter=0.1).fit(X, y)
    watched = clone(net).set_callbacks(Recording()).fit(X, y)
    assert_array_equal(watched._weights, net._weights)


def test_a_callback_stops_the_fit():
    X, y = even()
    net = classifier(max_iter=50).set_callbacks(Recording(stop_after=2)).fit(X, y)
    assert net.n_iter_ == len(net.loss_curve_) == 2


def test_scoring_monitor_in_a_search():
    X, y = even()
    monitor = ScoringMonitor(scoring="accuracy")
    net = classifier(max_iter=2).set_callbacks(monitor)
    search = GridSearchCV(net, {"architecture": ["cnn", "rnn"]}, cv=2).fit(X, y)
    logs = monitor.get_logs(select="all")
    epochs = [row for log in logs for row in log.data if row["task_name"] == "epoch"]
    assert len(epochs) == 2 * (2 * 2 + 1)
    assert_allclose(epochs[-1]["accuracy"], accuracy_score(y, search.predict(X)))
