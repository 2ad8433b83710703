"""Paths of the solvers against scikit-learn's and torch's on the same gradients."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from skdeep._engine.packing.perceptron import PackedMLP
from skdeep._engine.training.loop import train
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import (
    SOLVERS,
    STOCHASTIC_SOLVERS,
    Solver,
    SolverEntry,
    make_solver,
    rebuilt_solver,
)
from tests.engine.training.members import assert_same, make_data, make_member, with_changes

UNITS = (3, 4, 2)
N_WEIGHTS = 20
N_PARAMETERS = 26


def member(**changes):
    X, y = np.zeros((5, 3)), np.zeros((5, 2))
    return make_member(X, y, layer_units=UNITS, **changes)


def first_and_gradients(n_members, n_steps=25, seed=0):
    """Starting points, and gradients that have nothing to do with a network."""
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(n_members, N_PARAMETERS))
    # From one parameter to the next by orders of magnitude, as in networks.
    sizes = 10.0 ** rng.uniform(-6, 1, size=(n_members, N_PARAMETERS))
    return start, rng.normal(size=(n_steps, n_members, N_PARAMETERS)) * sizes


def path(members, start, gradients, rates=None):
    """Parameters after every step, (steps, members, parameters)."""
    net = PackedMLP(torch.from_numpy(start.copy()), UNITS, "relu")
    solver = make_solver(net, members)
    visited = []
    for step, gradient in enumerate(gradients):
        net.grad.copy_(torch.from_numpy(gradient))
        solver.update(rates[step] if rates else [m.learning_rate_init for m in members])
        visited.append(net.flat.clone().numpy())
    return np.array(visited)


def path_of_scikit_learn(optimizer, start, gradients):
    parameters = [start.copy()]
    visited = []
    for gradient in gradients:
        optimizer.update_params(parameters, [gradient])
        visited.append(parameters[0].copy())
    return np.array(visited)


def path_of_torch(make_optimizer, start, gradients):
    weights = torch.from_numpy(start[:N_WEIGHTS].copy()).requires_grad_()
    biases = torch.from_numpy(start[N_WEIGHTS:].copy()).requires_grad_()
    optimizer = make_optimizer(weights, biases)
    visited = []
    for gradient in gradients:
        weights.grad = torch.from_numpy(gradient[:N_WEIGHTS].copy())
        biases.grad = torch.from_numpy(gradient[N_WEIGHTS:].copy())
        optimizer.step()
        visited.append(np.concatenate([weights.detach().numpy(), biases.detach().numpy()]))
    return np.array(visited)


def assert_paths_equal(left, right):
    np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-13)


# beta_1 and rate differ from member to member, so that rows are updated one by one; equal
# members are updated in one call.
ADAMS = {
    "default": [{}],
    "alike": [{}, {}, {}],
    "different": [
        {"learning_rate_init": 0.1, "beta_1": 0.5},
        {"beta_2": 0.9, "epsilon": 1e-3},
        {"learning_rate_init": 1e-3, "beta_1": 0.0, "beta_2": 0.5},
    ],
}


@pytest.mark.parametrize("settings", ADAMS.values(), ids=ADAMS)
def test_adam_goes_the_way_of_scikit_learn(settings):
    members = [member(solver="adam", **s) for s in settings]
    start, gradients = first_and_gradients(len(members))
    visited = path(members, start, gradients)
    for k, m in enumerate(members):
        optimizer = AdamOptimizer([start[k]], m.learning_rate_init, m.beta_1, m.beta_2, m.epsilon)
        expected = path_of_scikit_learn(optimizer, start[k], gradients[:, k])
        assert_paths_equal(visited[:, k], expected)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momenta", [(0.9,), (0.0,), (0.9, 0.9), (0.0, 0.5, 0.95)])
def test_sgd_goes_the_way_of_scikit_learn(momenta, nesterov):
    members = [
        member(solver="sgd", momentum=m, nesterovs_momentum=nesterov, learning_rate_init=0.1)
        for m in momenta
    ]
    start, gradients = first_and_gradients(len(members))
    visited = path(members, start, gradients)
    for k, momentum in enumerate(momenta):
        optimizer = SGDOptimizer([start[k]], 0.1, "constant", momentum, nesterov)
        expected = path_of_scikit_learn(optimizer, start[k], gradients[:, k])
        assert_paths_equal(visited[:, k], expected)


@pytest.mark.parametrize("decays", [(0.1,), (0.3, 0.3), (0.0, 0.01, 0.5)])
def test_adamw_goes_the_way_of_torch(decays):
    members = [member(solver="adamw", weight_decay=d, epsilon=1e-12) for d in decays]
    start, gradients = first_and_gradients(len(members))
    visited = path(members, start, gradients)
    for k, m in enumerate(members):

        def make_optimizer(weights, biases, decay=m.weight_decay):
            # Biases do not decay. torch adds epsilon after the bias correction and scikit-learn
            # before it, which an epsilon this small does not show.
            groups = [
                {"params": [weights], "weight_decay": decay},
                {"params": [biases], "weight_decay": 0.0},
            ]
            return torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.999), eps=1e-12)

        expected = path_of_torch(make_optimizer, start[k], gradients[:, k])
        np.testing.assert_allclose(visited[:, k], expected, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("rates", [(0.01,), (0.01, 0.01), (0.1, 1e-3)])
def test_rmsprop_goes_the_way_of_torch(rates):
    members = [member(solver="rmsprop", learning_rate_init=rate) for rate in rates]
    start, gradients = first_and_gradients(len(members))
    visited = path(members, start, gradients)
    for k, rate in enumerate(rates):

        def make_optimizer(weights, biases, rate=rate):
            return torch.optim.RMSprop([weights, biases], lr=rate, alpha=0.99, eps=1e-8)

        expected = path_of_torch(make_optimizer, start[k], gradients[:, k])
        assert_paths_equal(visited[:, k], expected)


@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_the_rate_may_change_from_step_to_step(solver):
    # The path with a rate that changes, put together from steps at constant rates by hand.
    members = [member(solver=solver, momentum=0.0, beta_1=0.0, beta_2=0.0, epsilon=0.0)]
    start, gradients = first_and_gradients(1, n_steps=2)
    fast, slow = (path(members, start, gradients, [[rate]] * 2) for rate in (0.2, 0.02))
    mixed = path(members, start, gradients, [[0.2], [0.02]])
    assert_paths_equal(mixed[0], fast[0])
    assert_paths_equal(mixed[1] - mixed[0], slow[1] - slow[0])


@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_decay_takes_the_same_share_every_step_whatever_the_batch(solver):
    rate, decay = 0.05, 0.3
    for batch_size in (1, 7, 30):
        X = np.zeros((30, 3))  # no gradient reaches the weights of a linear network
        m = make_member(
            X,
            np.zeros((30, 2)),
            hidden=(),
            solver=solver,
            batch_size=batch_size,
            learning_rate_init=rate,
            weight_decay=decay,
            max_iter=2,
        )
        weights = []
        untrained = train([with_changes(m, learning_rate_init=0.0, weight_decay=0.0)])[0]
        train([m], [lambda report, weights=weights: weights.append(report.weights())])
        share = (1 - rate * decay) ** (-(-30 // batch_size))
        np.testing.assert_allclose(weights[0][:6], untrained.weights[:6] * share, rtol=1e-12)
        np.testing.assert_allclose(weights[1][:6], untrained.weights[:6] * share**2, rtol=1e-12)


def test_biases_do_not_decay():
    members = [member(solver="adamw", weight_decay=0.5)]
    start, gradients = first_and_gradients(1)
    visited = path(members, start, gradients * 0.0)
    assert_paths_equal(visited[-1][:, N_WEIGHTS:], start[:, N_WEIGHTS:])
    assert_paths_equal(visited[-1][:, :N_WEIGHTS], start[:, :N_WEIGHTS] * (1 - 0.005) ** 25)


@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_a_solver_goes_on_with_the_members_that_stay(solver):
    members = [
        member(solver=solver, learning_rate_init=rate, weight_decay=0.1)
        for rate in (0.1, 0.01, 0.03)
    ]
    start, gradients = first_and_gradients(3)
    whole = path(members, start, gradients)

    net = PackedMLP(torch.from_numpy(start.copy()), UNITS, "relu")
    solver = make_solver(net, members)
    keep = torch.tensor([0, 2])
    for step, gradient in enumerate(gradients):
        if step == 10:
            net = PackedMLP(net.flat[keep], UNITS, "relu")
            members = [members[0], members[2]]
            solver = rebuilt_solver(solver, net, members, keep)
        rows = gradient if step < 10 else gradient[[0, 2]]
        net.grad.copy_(torch.from_numpy(rows))
        solver.update([m.learning_rate_init for m in members])
    assert solver.n_steps == [25, 25]
    assert_paths_equal(net.flat.numpy(), whole[-1][[0, 2]])


@pytest.mark.parametrize("clip", [0.01, 0.5])
def test_clipping_shortens_the_gradient_of_weights_and_biases_together(clip):
    rng = np.random.default_rng(0)
    X, y = make_data("regression", "squared_error", 10, 3, 2, rng)
    changes = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 1.0, "max_iter": 1}
    free = make_member(X, y * 10, **changes)
    start = train([with_changes(free, learning_rate_init=0.0)])[0].weights
    step = train([free])[0].weights - start
    clipped_step = train([with_changes(free, gradient_clip=clip)])[0].weights - start
    assert np.linalg.norm(step) > clip
    np.testing.assert_allclose(clipped_step, step * clip / np.linalg.norm(step), rtol=1e-9)
    loose = train([with_changes(free, gradient_clip=1e9)])[0].weights - start
    np.testing.assert_allclose(loose, step, rtol=1e-12)


@pytest.mark.parametrize(("alpha", "l1"), [(0.5, 0.0), (0.0, 0.2), (0.5, 0.2)])
def test_penalties_pull_at_the_weights_as_scikit_learn_shares_them_out(alpha, l1):
    # The loss of a batch of B rows is their mean plus (alpha / 2 |w|^2 + l1 |w|) / B.
    n = 8
    m = make_member(
        np.zeros((n, 3)),
        np.zeros((n, 1)),
        hidden=(),
        batch_size=n,
        solver="sgd",
        momentum=0.0,
        learning_rate_init=0.1,
        alpha=alpha,
        l1=l1,
        max_iter=1,
        output_scale=torch.tensor([5.0], dtype=torch.float64),
        penalty_scale=5.0,
    )
    start = train([with_changes(m, learning_rate_init=0.0)])[0].weights
    (trained,) = train([m])
    w, b = start[:3], start[3]
    pull = (alpha * w + l1 * np.sign(w)) / n
    np.testing.assert_allclose(trained.weights[:3], w - 0.1 * pull, rtol=1e-12)
    expected = 0.5 * b**2 + (0.5 * alpha * (w**2).sum() + l1 * np.abs(w).sum()) / n
    assert trained.loss_curve == pytest.approx([5.0 * expected])


def test_layers_of_the_test_network_are_counted_right():
    assert sum(a * b for a, b in pairwise(UNITS)) == N_WEIGHTS
    assert N_WEIGHTS + sum(UNITS[1:]) == N_PARAMETERS


class Adagrad(Solver):
    """Duchi et al. (2011), with epsilon where torch has it."""

    n_moments = 1

    def _update_rows(self, i, member, rate, step):
        (total,) = self._row_moments[i]
        total.add_(self._gradients[i] ** 2)
        self._parameters[i].sub_(rate * self._gradients[i] / (total.sqrt() + member.epsilon))


@pytest.fixture
def adagrad(monkeypatch):
    """A solver that is in the table and nowhere else."""
    entry = SolverEntry(Adagrad, "adagrad", ("epsilon",), follows_epochs=True)
    monkeypatch.setitem(SOLVERS, "adagrad", entry)


@pytest.mark.usefixtures("adagrad")
@pytest.mark.parametrize("rates", [(0.1, 0.1), (0.1, 0.01)])
def test_a_new_solver_needs_an_entry_alone(rates):
    members = [member(solver="adagrad", learning_rate_init=rate) for rate in rates]
    start, gradients = first_and_gradients(2)
    visited = path(members, start, gradients)
    for k, rate in enumerate(rates):

        def make_optimizer(weights, biases, rate=rate):
            return torch.optim.Adagrad([weights, biases], lr=rate, eps=1e-8)

        expected = path_of_torch(make_optimizer, start[k], gradients[:, k])
        assert_paths_equal(visited[:, k], expected)


@pytest.mark.usefixtures("adagrad")
@pytest.mark.parametrize("schedule", ["constant", "invscaling", "adaptive", "one_cycle"])
def test_a_new_solver_trains_in_packs_and_goes_on(schedule):
    X, y = make_data("regression", "squared_error", 20, 3, 2, np.random.default_rng(0))
    m = make_member(X, y, solver="adagrad", learning_rate=schedule, weight_decay=0.1, max_iter=6)
    pack = [m, with_changes(m, seed=1), with_changes(m, learning_rate_init=0.1)]
    for trained, alone in zip(train(pack), pack, strict=True):
        assert_same(trained, train([alone])[0], 1e-9)
    if not SCHEDULES[schedule].is_annealed:
        (first,) = train([with_changes(m, max_iter=2)])
        (second,) = train([with_changes(m, max_iter=4, start=first.state)])
        np.testing.assert_allclose(second.weights, train([m])[0].weights, rtol=1e-12)


PARAMETERS = {
    "momentum": 0.3,
    "nesterovs_momentum": False,
    "beta_1": 0.2,
    "beta_2": 0.4,
    "epsilon": 0.1,
    "max_fun": 7,
}


@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_solver_reads_the_parameters_that_its_entry_names(solver, parameter):
    X, y = make_data("regression", "squared_error", 20, 3, 2, np.random.default_rng(0))
    m = make_member(X, y, solver=solver, max_iter=30, tol=1e-12)
    (one,), (other,) = train([m]), train([with_changes(m, **{parameter: PARAMETERS[parameter]})])
    differs = not np.array_equal(one.weights, other.weights)
    assert differs == (parameter in SOLVERS[solver].parameters)


@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_steps_that_adapt_do_not_grow_with_the_gradient(solver):
    start, gradients = first_and_gradients(1, n_steps=3)
    steps = [
        np.diff([start, *path([member(solver=solver, epsilon=1e-16)], start, size * gradients)],
                axis=0)
        for size in (1.0, 100.0)
    ]  # fmt: skip
    entry = SOLVERS[solver]
    length = np.abs(steps[0]).max() / 0.01
    adapts = np.allclose(steps[0], steps[1], rtol=1e-6) and length < 2.0
    assert adapts == entry.adapts_steps


@pytest.mark.parametrize("other", STOCHASTIC_SOLVERS)
@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_solvers_with_one_memory_are_one_class(solver, other):
    same = SOLVERS[solver].solver is SOLVERS[other].solver
    assert same == (SOLVERS[solver].memory == SOLVERS[other].memory)
