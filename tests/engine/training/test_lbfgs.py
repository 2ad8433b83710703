"""Full-batch training against closed solutions, differences and scikit-learn."""

import warnings

import numpy as np
import pytest
import torch
from scipy.optimize import check_grad
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skdeep._engine.training import lbfgs
from skdeep._engine.training.lbfgs import Objective
from skdeep._engine.training.loop import never, train
from tests.engine.training.members import (
    KINDS,
    assert_same,
    make_data,
    make_member,
    make_validation,
    with_changes,
)

CASES = [(loss, kind) for loss in KINDS for kind in KINDS[loss]]


def member(loss="squared_error", kind="regression", n=60, **changes):
    X, y = make_data(kind, loss, n, 4, 3, np.random.default_rng(0))
    changes = {"solver": "lbfgs", "max_iter": 300, "tol": 1e-7, **changes}
    return make_member(X, y, loss=loss, kind=kind, **changes)


def test_a_linear_network_is_ridge_regression():
    m = member(hidden=(), alpha=2.5, tol=1e-9)
    (trained,) = train([m])
    ridge = Ridge(alpha=2.5).fit(m.X.values.numpy(), m.y.numpy())
    np.testing.assert_allclose(trained.weights[:12].reshape(4, 3).T, ridge.coef_, atol=1e-6)
    np.testing.assert_allclose(trained.weights[12:], ridge.intercept_, atol=1e-6)


def test_a_linear_network_is_logistic_regression():
    rng = np.random.default_rng(0)
    X, y = make_data("binary", "log_loss", 80, 4, 1, rng)
    weight = rng.uniform(0.5, 2.0, 80)
    m = make_member(
        X,
        y,
        loss="log_loss",
        kind="binary",
        hidden=(),
        solver="lbfgs",
        alpha=0.5,
        sample_weight=weight,
        max_iter=300,
        tol=1e-9,
    )
    (trained,) = train([m])
    reference = LogisticRegression(C=1 / 0.5, tol=1e-10, max_iter=1000)
    reference.fit(X, y.ravel(), sample_weight=weight)
    np.testing.assert_allclose(trained.weights[:4], reference.coef_[0], atol=1e-5)
    np.testing.assert_allclose(trained.weights[4:], reference.intercept_, atol=1e-5)


@pytest.mark.parametrize(("loss", "kind"), CASES)
def test_the_gradient_is_that_of_the_loss(loss, kind):
    m = member(loss, kind, activation="tanh", alpha=0.3, l1=0.1, n=25)
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 25)
    objective = Objective(with_changes(m, sample_weight=torch.from_numpy(weight)), never)
    at = np.random.default_rng(2).normal(size=objective.net.flat.shape[1])
    error = check_grad(lambda w: objective(w)[0], lambda w: objective(w)[1], at)
    assert error < 1e-5


@pytest.mark.parametrize("rows", [None, np.arange(5, 50)])
def test_chunks_of_rows_change_nothing(rows, monkeypatch):
    m = member(alpha=0.1, rows=rows, max_iter=20)
    (whole,) = train([m])
    monkeypatch.setattr(lbfgs, "_CHUNK_VALUES", 7 * max(m.layer_units))
    (in_chunks,) = train([m])
    np.testing.assert_allclose(in_chunks.weights, whole.weights, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(in_chunks.loss_curve, whole.loss_curve, rtol=1e-8)


@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_it_goes_the_way_of_scikit_learn(kind):
    n_outputs = 3 if kind == "multiclass" else 1
    loss = "squared_error" if kind == "regression" else "log_loss"
    X, y = make_data(kind, loss, 60, 4, n_outputs, np.random.default_rng(0))
    settings = {"activation": "tanh", "solver": "lbfgs", "alpha": 0.1, "max_iter": 8, "tol": 1e-7}
    estimator = MLPRegressor if kind == "regression" else MLPClassifier
    reference = estimator(hidden_layer_sizes=(5,), random_state=0, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        reference.fit(X, y.ravel())
    (trained,) = train([make_member(X, y, loss=loss, kind=kind, hidden=(5,), **settings)])
    expected = np.concatenate([a.ravel() for a in (*reference.coefs_, *reference.intercepts_)])
    np.testing.assert_allclose(trained.weights, expected, rtol=1e-5, atol=1e-6)
    assert trained.n_iter == reference.n_iter_
    assert trained.loss_curve[-1] == pytest.approx(reference.loss_, rel=1e-8)


def test_the_curve_is_the_loss_of_every_iteration():
    m = member(max_iter=30)
    weights = []
    (trained,) = train([m], [lambda report: weights.append(report.weights())])
    assert len(trained.loss_curve) == trained.n_iter == 30
    assert (np.diff(trained.loss_curve) < 0).all()
    np.testing.assert_array_equal(weights[-1], trained.weights)
    objective = Objective(m, never)
    for at, loss in zip(weights, trained.loss_curve, strict=True):
        objective(at)
        assert objective.losses.loss == pytest.approx(loss, rel=1e-12)


def test_early_stopping_is_honoured():
    m = member(n=15, hidden=(20,), alpha=0.0, n_iter_no_change=5, tol=1e-4)
    validation = make_validation(
        m, *make_data("regression", "", 40, 4, 3, np.random.default_rng(1)), "r2"
    )
    m = with_changes(m, validation=validation, early_stopping=True)
    weights = []
    (trained,) = train([m], [lambda report: weights.append(report.weights())])
    assert trained.stop_reason == "converged"
    assert trained.n_iter < 300
    best = int(np.argmax(trained.validation_scores))
    assert best < trained.n_iter - 1
    np.testing.assert_array_equal(trained.weights, weights[best])


def test_budgets_end_training():
    assert train([member(max_iter=3)])[0].stop_reason == "max_iter"
    (short,) = train([member(max_fun=4)])
    assert short.stop_reason == "max_iter"
    assert short.n_iter <= 4


def test_members_do_not_notice_each_other():
    pack = [member(seed=k, max_iter=5 + k, alpha=0.1 * k) for k in range(3)]
    trained = train(pack)
    assert [t.n_iter for t in trained] == [5, 6, 7]
    for result, m in zip(trained, pack, strict=True):
        assert_same(result, train([m])[0], 1e-12)


def test_a_watcher_stops_its_own_member_only():
    pack = [member(seed=k, max_iter=6) for k in range(3)]
    trained = train(pack, [None, lambda report: report.n_iter == 2, None])
    assert [t.n_iter for t in trained] == [6, 2, 6]
    assert [t.stop_reason for t in trained] == ["max_iter", "callback", "max_iter"]


def test_single_precision_finds_nearly_the_same_optimum():
    m = member("log_loss", "multiclass", hidden=(), alpha=1.0)
    (double,) = train([m])
    single = member("log_loss", "multiclass", hidden=(), alpha=1.0, dtype=torch.float32, tol=1e-4)
    (trained,) = train([single])
    assert trained.weights.dtype == np.float32
    assert trained.loss_curve[-1] == pytest.approx(double.loss_curve[-1], rel=1e-4)
