"""Early stopping, and scikit-learn's callbacks, over sequences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
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


def test_it_stops_where_nothing_improves():
    X, y = even()
    net = classifier(early_stopping=True, max_iter=50, tol=1e9, n_iter_no_change=2)
    assert net.fit(X, y).n_iter_ == 4  # the first one, which is the best, and more than two


def test_scoring_monitor_in_a_search():
    X, y = even()
    monitor = ScoringMonitor(scoring="accuracy")
    net = classifier(max_iter=2).set_callbacks(monitor)
    search = GridSearchCV(net, {"architecture": ["cnn", "rnn"]}, cv=2).fit(X, y)
    logs = monitor.get_logs(select="all")
    epochs = [row for log in logs for row in log.data if row["task_name"] == "epoch"]
    assert len(epochs) == 2 * (2 * 2 + 1)
    assert_allclose(epochs[-1]["accuracy"], accuracy_score(y, search.predict(X)))
