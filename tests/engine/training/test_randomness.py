"""A seed decides everything, and global state is neither read nor written."""

import random
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skdeep._engine.training.loop import train
from skdeep._engine.training.randomness import RandomStream, epoch_seed
from skdeep._engine.training.solvers import STOCHASTIC_SOLVERS
from tests.engine.training.members import assert_same, make_data, make_member, with_changes


def small_pack(n_members=2, **changes):
    X, y = make_data("regression", "squared_error", 35, 4, 1, np.random.default_rng(0))
    changes = {"dropout": 0.3, **changes}
    return [make_member(X, y, seed=seed, **changes) for seed in range(n_members)]


def large_pack(**changes):
    # Products large enough for several threads.
    X, y = make_data("regression", "squared_error", 500, 30, 1, np.random.default_rng(0))
    return [make_member(X, y, hidden=(200, 100), batch_size=250, max_iter=2, **changes)]


def global_state():
    return (
        torch.get_rng_state().numpy().tobytes(),
        repr(np.random.get_state()),
        random.getstate(),
        torch.get_num_threads(),
    )


@pytest.fixture
def restored_state():
    torch_state, numpy_state, python_state = (
        torch.get_rng_state(),
        np.random.get_state(),
        random.getstate(),
    )
    n_threads = torch.get_num_threads()
    yield
    torch.set_rng_state(torch_state)
    np.random.set_state(numpy_state)
    random.setstate(python_state)
    torch.set_num_threads(n_threads)


@pytest.mark.parametrize("make_pack", [small_pack, large_pack])
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("solver", [*STOCHASTIC_SOLVERS, "lbfgs"])
@pytest.mark.usefixtures("restored_state")
def test_training_leaves_global_generators_and_threads_as_they_were(solver, n_threads, make_pack):
    torch.set_num_threads(n_threads)
    before = global_state()
    train(make_pack(solver=solver, dropout=0.0 if solver == "lbfgs" else 0.3))
    assert global_state() == before


@pytest.mark.usefixtures("restored_state")
def test_an_error_on_the_way_leaves_the_threads_as_they_were():
    torch.set_num_threads(2)

    def fail(report):
        raise RuntimeError("on the way")

    for solver in ("adam", "lbfgs"):
        with pytest.raises(RuntimeError, match="on the way"):
            train(small_pack(1, solver=solver, dropout=0.0), [fail])
        assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("restored_state")
def test_global_generators_and_threads_decide_nothing():
    results = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        torch.set_num_threads(1 + seed)
        results.append(train(small_pack()))
    for one, other in zip(*results, strict=True):
        assert_same(one, other, 0.0)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_two_threads_at_once_train_as_one_after_the_other(solver):
    dropout = 0.0 if solver == "lbfgs" else 0.3
    packs = [
        [with_changes(m, seed=m.seed + shift) for m in small_pack(solver=solver, dropout=dropout)]
        for shift in (0, 10, 20, 30)
    ]
    serial = [train(pack) for pack in packs]
    barrier = threading.Barrier(2)

    def start_together(pack):
        barrier.wait(timeout=60)
        return train(pack)

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(start_together, packs))
    for one, other in zip(serial, together, strict=True):
        for left, right in zip(one, other, strict=True):
            assert_same(left, right, 1e-12)


def test_the_same_seed_gives_the_same_and_another_seed_another():
    one, other = (train(small_pack(3)) for _ in range(2))
    for left, right in zip(one, other, strict=True):
        assert_same(left, right, 0.0)
    assert not np.allclose(one[0].weights, one[1].weights)
    assert not np.allclose(one[1].weights, one[2].weights)


def test_every_epoch_has_another_order_and_every_row_in_it():
    stream = RandomStream(small_pack(1)[0])
    orders = [stream.next_order().clone() for _ in range(20)]
    for order in orders:
        assert sorted(order.tolist()) == list(range(35))
    assert len({tuple(order.tolist()) for order in orders}) == 20


def test_orders_are_spread_evenly():
    # Where row 0 ends up, over many epochs: chi-square with 34 degrees of freedom.
    stream = RandomStream(small_pack(1)[0])
    n_epochs = 3500
    places = [int((stream.next_order() == 0).nonzero()) for _ in range(n_epochs)]
    counts = np.bincount(places, minlength=35)
    chi_square = ((counts - n_epochs / 35) ** 2 / (n_epochs / 35)).sum()
    assert 10 < chi_square < 70


def test_without_shuffling_the_order_is_kept():
    stream = RandomStream(small_pack(1, shuffle=False)[0])
    for _ in range(3):
        assert stream.next_order().tolist() == list(range(35))


def test_seeds_of_epochs_are_all_different():
    seeds = [epoch_seed(seed, epoch) for seed in range(100) for epoch in range(100)]
    assert len(set(seeds)) == 10_000
    assert 0 <= min(seeds) <= max(seeds) < 2**63
    assert epoch_seed(2**32 - 1, 10**6) < 2**63


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(
    ("solver", "schedule"), [("adam", "constant"), ("sgd", "adaptive"), ("sgd", "invscaling")]
)
@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_a_seed_gives_the_fit_that_scikit_learn_makes_of_it(kind, solver, schedule, shuffle):
    # The same start, the same batches, the same updates: the same network.
    n_outputs = {"regression": 2, "binary": 1, "multiclass": 3}[kind]
    loss = "squared_error" if kind == "regression" else "log_loss"
    X, y = make_data(kind, loss, 45, 4, n_outputs, np.random.default_rng(0))
    settings = {
        "activation": "tanh",
        "solver": solver,
        "alpha": 0.1,
        "batch_size": 20,
        "learning_rate": schedule,
        "learning_rate_init": 0.02,
        "max_iter": 12,
        "n_iter_no_change": 3,
        "shuffle": shuffle,
    }
    estimator = MLPRegressor if kind == "regression" else MLPClassifier
    reference = estimator(hidden_layer_sizes=(7,), random_state=3, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        reference.fit(X, y.ravel() if kind == "binary" else y)
    (trained,) = train([make_member(X, y, loss=loss, kind=kind, hidden=(7,), seed=3, **settings)])
    expected = np.concatenate([a.ravel() for a in (*reference.coefs_, *reference.intercepts_)])
    np.testing.assert_allclose(trained.weights, expected, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(trained.loss_curve, reference.loss_curve_, rtol=1e-8)
    assert trained.n_iter == reference.n_iter_
    assert trained.state.n_samples_seen == reference.t_
