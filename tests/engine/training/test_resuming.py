"""Training in two runs, the second from the state of the first, is training in one."""

import numpy as np
import pytest

from skdeep._engine.training.loop import train
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import STOCHASTIC_SOLVERS
from tests.engine.training.members import (
    assert_same,
    make_data,
    make_member,
    make_validation,
    with_changes,
)


def member(**changes):
    X, y = make_data("regression", "squared_error", 35, 3, 1, np.random.default_rng(0))
    changes = {
        "alpha": 0.01,
        "dropout": 0.2,
        "weight_decay": 0.01,
        "tol": 1e-3,
        "n_iter_no_change": 2,
        **changes,
    }
    return make_member(X, y, **changes)


def stop_after(n):
    return lambda report: report.n_iter == n


def two_runs(m, a, b):
    # A watcher ends each run, so that max_iter, which cosine and one_cycle plan with, is the same.
    (first,) = train([m], [stop_after(a)])
    return first, train([with_changes(m, start=first.state)], [stop_after(b)])[0]


def assert_continues(whole, first, second):
    assert first.n_iter + second.n_iter == whole.n_iter
    for name in ("loss_curve", "validation_loss_curve", "validation_scores"):
        both = [*getattr(first, name), *getattr(second, name)]
        np.testing.assert_allclose(both, getattr(whole, name), rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(second.weights, whole.weights, rtol=1e-12, atol=1e-15)
    for name in ("n_steps", "n_epochs", "n_samples_seen", "no_improvement_count"):
        assert getattr(second.state, name) == getattr(whole.state, name), name
    assert second.state.learning_rate == pytest.approx(whole.state.learning_rate, rel=1e-12)
    assert second.state.best_loss == pytest.approx(whole.state.best_loss, rel=1e-12)


@pytest.mark.parametrize("batch_size", [8, 35])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_a_run_goes_on_where_the_last_one_ended(solver, schedule, batch_size):
    m = member(solver=solver, learning_rate=schedule, max_iter=11, batch_size=batch_size)
    m = with_changes(m, n_iter_no_change=20)
    (whole,) = train([m], [stop_after(7)])
    first, second = two_runs(m, 3, 4)
    assert whole.n_iter == 7
    assert_continues(whole, first, second)


@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_a_run_that_max_iter_ends_goes_on_too(solver):
    m = member(solver=solver, max_iter=7)
    (whole,) = train([m])
    (first,) = train([with_changes(m, max_iter=4)])
    (second,) = train([with_changes(m, max_iter=3, start=first.state)])
    assert (first.n_iter, second.n_iter) == (4, 3)
    assert_continues(whole, first, second)


def test_a_plateau_is_counted_across_runs():
    # A rate of 0: the first epoch beats infinity, the next four improve nothing.
    m = member(solver="adam", learning_rate_init=0.0, n_iter_no_change=3, max_iter=50, dropout=0.0)
    (whole,) = train([m])
    first, second = two_runs(m, 3, 50)
    assert whole.stop_reason == second.stop_reason == "converged"
    assert whole.n_iter == 5
    assert second.n_iter == 2
    assert second.state.no_improvement_count == 4
    assert_continues(whole, first, second)


def test_adaptive_keeps_its_rate_across_runs():
    m = member(
        solver="sgd", learning_rate="adaptive", learning_rate_init=0.02, max_iter=60, tol=0.05
    )
    (whole,) = train([m], [stop_after(40)])
    first, second = two_runs(m, 25, 15)
    assert first.state.learning_rate < 0.02  # else it shows nothing
    assert_continues(whole, first, second)


def test_the_best_weights_of_the_first_run_outlive_a_worse_second_run():
    m = member(max_iter=30, n_iter_no_change=100)
    rng = np.random.default_rng(1)
    validation = make_validation(m, *make_data("regression", "", 10, 3, 1, rng), "r2")
    m = with_changes(m, validation=validation, early_stopping=True)
    (first,) = train([m])
    ruined = with_changes(m, start=first.state, learning_rate_init=100.0, max_iter=2)
    (second,) = train([ruined])
    assert max(second.validation_scores) < first.state.best_score
    np.testing.assert_array_equal(second.weights, first.weights)
    assert second.state.best_score == first.state.best_score
    (whole,) = train([with_changes(m, max_iter=9)])
    assert_continues(whole, *two_runs(with_changes(m, max_iter=9), 4, 5))


def test_members_of_different_age_share_a_pack():
    young = member(seed=1, max_iter=5)
    (first,) = train([member(seed=2, max_iter=6)])
    old = member(seed=2, max_iter=5, start=first.state)
    for packed, m in zip(train([young, old, young]), (young, old, young), strict=True):
        assert_same(packed, train([m])[0], 1e-12)


def test_a_state_is_not_changed_by_going_on_from_it():
    m = member(max_iter=3)
    (first,) = train([m])
    again = with_changes(m, start=first.state)
    assert_same(*(train([again])[0] for _ in range(2)), 0.0)


def test_lbfgs_starts_from_the_weights_of_a_state():
    m = member(solver="lbfgs", dropout=0.0, max_iter=200, tol=1e-6, hidden=())
    (first,) = train([m])
    (second,) = train([with_changes(m, start=first.state)])
    assert first.stop_reason == second.stop_reason == "converged"
    assert first.n_iter > 2
    assert second.n_iter <= 1
    np.testing.assert_allclose(second.weights, first.weights, rtol=1e-3, atol=1e-3)
