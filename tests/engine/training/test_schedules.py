"""Learning rates against scikit-learn, torch and closed forms."""

import math

import numpy as np
import pytest
import torch
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from skdeep._engine.training.learning_rates import epoch_learning_rates
from skdeep._engine.training.loop import train
from skdeep._engine.training.schedules import SCHEDULES, ScheduleEntry, regularization_factor
from skdeep._engine.training.stopping import EpochLosses, Progress
from tests.engine.training.members import make_data, make_member


def member(**changes):
    X, y = make_data("regression", "squared_error", 25, 2, 1, np.random.default_rng(0))
    return make_member(X, y, **changes)


def annealed(schedule, warmup, progress):
    """The factor of a schedule that is annealed in steps."""
    return SCHEDULES[schedule].factor(progress, warmup, 4)


def rates_by_epoch(m, losses):
    """Learning rates of the steps of each epoch, were these its losses."""
    progress, rates, step = Progress.of(m), [], 0
    for loss in losses:
        rates.append(epoch_learning_rates(m, progress.learning_rate, step))
        step += len(rates[-1])
        progress.record(EpochLosses(loss, loss))
        if progress.stop_reason:
            break
    return rates, progress


def rates_of_scikit_learn(m, losses):
    """The same by scikit-learn's optimizer and its rules for a plateau."""
    optimizer = SGDOptimizer(
        [np.zeros(1)], m.learning_rate_init, m.learning_rate, m.momentum, True, m.power_t
    )
    rates, best, count, seen = [], math.inf, 0, 0
    for loss in losses:
        rates.append(optimizer.learning_rate)
        seen += m.n_rows
        count = count + 1 if loss > best - m.tol else 0
        best = min(best, loss)
        optimizer.iteration_ends(seen)
        if count > m.n_iter_no_change:
            if optimizer.trigger_stopping("", False):
                break
            count = 0
    return rates


@pytest.mark.parametrize("solver", ["sgd", "rmsprop"])
@pytest.mark.parametrize("power_t", [0.5, 0.2])
@pytest.mark.parametrize("schedule", ["constant", "invscaling", "adaptive"])
def test_epoch_schedules_are_those_of_scikit_learn(schedule, power_t, solver):
    m = member(
        solver=solver,
        learning_rate=schedule,
        learning_rate_init=0.2,
        power_t=power_t,
        max_iter=300,
        n_iter_no_change=2,
        tol=1e-3,
    )
    losses = np.concatenate([np.linspace(2, 1, 7), np.ones(200)])
    rates, progress = rates_by_epoch(m, losses)
    assert all(len(epoch) == m.n_batches == 3 for epoch in rates)
    assert all(len(set(epoch)) == 1 for epoch in rates)
    expected = rates_of_scikit_learn(m, losses)
    np.testing.assert_allclose([epoch[0] for epoch in rates], expected, rtol=1e-14)
    assert progress.stop_reason == "converged"


def test_adaptive_divides_by_five_until_nothing_is_left():
    m = member(solver="sgd", learning_rate="adaptive", learning_rate_init=0.5, n_iter_no_change=1)
    m.max_iter = 1000
    rates, _ = rates_by_epoch(m, np.ones(100))
    distinct = sorted({epoch[0] for epoch in rates}, reverse=True)
    np.testing.assert_allclose(distinct, 0.5 / 5.0 ** np.arange(len(distinct)))
    assert distinct[-1] <= 1e-6 < distinct[-2]


@pytest.mark.parametrize("schedule", ["constant", "invscaling", "adaptive"])
@pytest.mark.parametrize("solver", ["adam", "adamw"])
def test_epoch_schedules_leave_adam_alone_as_in_scikit_learn(solver, schedule):
    m = member(solver=solver, learning_rate=schedule, n_iter_no_change=2)
    rates, progress = rates_by_epoch(m, np.ones(20))
    assert {rate for epoch in rates for rate in epoch} == {0.01}
    assert progress.n_iter == 4 or progress.stop_reason == "max_iter"


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.3])
def test_step_schedules_rise_and_fall_once(schedule, warmup, solver):
    m = member(
        solver=solver, learning_rate=schedule, warmup_fraction=warmup, max_iter=40, tol=-math.inf
    )
    rates = np.concatenate(rates_by_epoch(m, np.ones(40))[0])
    assert len(rates) == 40 * 3
    peak = int(rates.argmax())
    assert peak == round(warmup * len(rates))
    assert rates[peak] == pytest.approx(m.learning_rate_init)
    assert (np.diff(rates[: peak + 1]) > 0).all()
    assert (np.diff(rates[peak:]) < 0).all()
    assert 0 < rates[-1] < 1e-3 * m.learning_rate_init


def test_cosine_without_warmup_is_that_of_torch():
    m = member(learning_rate="cosine", warmup_fraction=0.0, max_iter=8, tol=-math.inf)
    rates = np.concatenate(rates_by_epoch(m, np.ones(8))[0])
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=m.learning_rate_init)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8 * 3)
    expected = []
    for _ in rates:
        expected.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(rates, expected, rtol=1e-9)


def test_cosine_warms_up_in_a_straight_line():
    progress = np.linspace(0.01, 0.2, 20)
    factors = [annealed("cosine", 0.2, p) for p in progress]
    np.testing.assert_allclose(factors, progress / 0.2)
    assert annealed("cosine", 0.2, 0.0) > 0  # no step is wasted
    after = [annealed("cosine", 0.2, p) for p in (0.2, 0.6, 1.0)]
    np.testing.assert_allclose(after, [1.0, 0.5, 0.0], atol=1e-15)


def test_one_cycle_is_that_of_torch():
    # torch puts its n steps at n points that include both ends of the cycle, ours are the left
    # ends of n intervals; so compare at the same place in the cycle, not at the same number.
    total, warmup = 200, 0.3
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=total, pct_start=warmup, cycle_momentum=False
    )
    peak, last = warmup * total - 1, total - 1
    for step in range(total):
        if step <= peak:
            place = warmup * step / peak
        else:
            place = warmup + (1 - warmup) * (step - peak) / (last - peak)
        factor = annealed("one_cycle", warmup, place)
        assert factor == pytest.approx(schedule.get_last_lr()[0], rel=1e-9, abs=1e-12)
        optimizer.step()
        if step < last:
            schedule.step()


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_finished_cycle_stays_at_its_end(schedule):
    m = member(learning_rate=schedule, learning_rate_init=1.0, warmup_fraction=0.1, max_iter=4)
    for step in (4 * m.n_batches, 7 * 4 * m.n_batches):
        assert set(epoch_learning_rates(m, 0.0, step)) == {annealed(schedule, 0.1, 1.0)}
    assert annealed(schedule, 0.1, 1.0) < 1e-4


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_training_walks_as_far_as_the_rates_say(schedule):
    # The gradient of |z - t| by the bias is 1 while the network is far below its target, so the
    # bias moves by the sum of the rates.
    m = make_member(
        np.zeros((25, 1)),
        np.full(25, 1e3),
        loss="absolute_error",
        hidden=(),
        solver="sgd",
        momentum=0.0,
        learning_rate=schedule,
        learning_rate_init=0.25,
        max_iter=7,
        tol=1e-9,
    )
    rates, step = [], 0
    progress = Progress.of(m)
    (trained,) = train([m])
    for loss in trained.loss_curve:
        rates += epoch_learning_rates(m, progress.learning_rate, step)
        step = len(rates)
        progress.record(EpochLosses(loss, loss))
    start = train([make_member(m.X.values, m.y, hidden=(), learning_rate_init=0.0)])[0].weights
    assert len(rates) == 21
    assert trained.weights[1] - start[1] == pytest.approx(sum(rates), rel=1e-9)


@pytest.mark.parametrize("cycles", [1, 2, 3, 4])
def test_cycles_of_coslog_are_cosines_each_twice_as_long(cycles):
    n_epochs = 3 * (2**cycles - 1)
    m = member(solver="adam", learning_rate="coslog", learning_rate_init=0.3, max_iter=n_epochs,
               coslog_cycles=cycles)  # fmt: skip
    n_steps = n_epochs * m.n_batches
    rates = [r for e in range(n_epochs) for r in epoch_learning_rates(m, 0.3, e * m.n_batches)]
    assert len(rates) == n_steps
    assert min(rates) > 0  # no step is wasted, not even the only one of a fit
    unit = 2**cycles - 1
    ends = [round(n_steps * (2**i - 1) / unit) for i in range(cycles)]
    # Between two ends there is one rise to the peak and one fall.
    for first, last in zip(ends, [*ends[1:], n_steps], strict=True):
        signs = np.sign(np.diff([0.0, *rates[first:last], 0.0]))
        assert np.count_nonzero(np.diff(signs[signs != 0])) == 1
    for step in (0, 1, n_steps // 3, n_steps - 1):  # rates are those in the middle of a step
        place = math.log(1 + unit * (step + 0.5) / n_steps, 2)
        expected = 0.3 * math.sin(math.pi * place) ** 2
        assert rates[step] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("progress", [0.0, 0.3, 0.5, 0.6, 0.75, 0.9, 1.0])
def test_regularisation_is_whole_in_the_first_half_and_then_half_a_cosine(progress):
    m = member(anneals_regularization=True)
    expected = math.cos(math.pi * max(0.0, progress - 0.5)) ** 2
    assert regularization_factor(m, progress) == pytest.approx(expected)
    assert regularization_factor(member(), progress) == 1.0


def test_a_new_schedule_needs_an_entry_alone(monkeypatch):
    entry = ScheduleEntry(factor=lambda progress, warmup, cycles: 1.0 - progress, offset=0.5)
    monkeypatch.setitem(SCHEDULES, "linear", entry)
    m = make_member(
        np.zeros((25, 1)),
        np.full(25, 1e3),
        loss="absolute_error",
        hidden=(),
        solver="sgd",
        momentum=0.0,
        learning_rate="linear",
        learning_rate_init=0.25,
        max_iter=7,
        tol=1e-9,
    )
    pack = [m, make_member(m.X.values, m.y, **{**settings_of(m), "learning_rate_init": 0.5})]
    start = train([make_member(m.X.values, m.y, hidden=(), learning_rate_init=0.0)])[0].weights
    for trained, peak in zip(train(pack), (0.25, 0.5), strict=True):
        # 21 steps whose rates fall from the peak to 0, by half of it in the mean.
        assert trained.weights[1] - start[1] == pytest.approx(21 * peak / 2, rel=1e-9)


def settings_of(m):
    names = ("solver", "momentum", "learning_rate", "max_iter", "tol")
    return {"loss": "absolute_error", "hidden": (), **{name: getattr(m, name) for name in names}}


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_new_schedule_may_follow_rows_and_plateaus(solver, monkeypatch):
    entry = ScheduleEntry(
        after_epoch=lambda initial, n_samples_seen, power_t: initial / n_samples_seen,
        after_plateau=lambda rate: None if rate < 0.005 else rate / 2,
    )
    assert (entry.is_annealed, entry.follows_epochs) == (False, True)
    monkeypatch.setitem(SCHEDULES, "by_rows", entry)
    m = member(solver=solver, learning_rate="by_rows", learning_rate_init=1.0, max_iter=50,
               n_iter_no_change=1)  # fmt: skip
    rates, progress = rates_by_epoch(m, np.ones(50))
    # The first of the equal losses is an improvement; two that are none make a plateau.
    expected = [1.0, 1 / 25, 1 / 50, 1 / 75 / 2, 1 / 100, 1 / 125 / 2, 1 / 150, 1 / 175 / 2]
    if solver == "adam":
        expected = [1.0] * 3
    else:
        expected += [1 / 200]
    np.testing.assert_allclose([epoch[0] for epoch in rates], expected)
    assert progress.stop_reason == "converged"
