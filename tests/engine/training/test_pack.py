"""A member trained in a pack and the same member trained alone come out the same.

That is the promise the whole package stands on, so configurations are drawn at random.
"""

from unittest.mock import patch

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.training import batches
from skdeep._engine.training.initial_weights import WEIGHT_INITS
from skdeep._engine.training.loop import train
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import STOCHASTIC_SOLVERS
from tests.engine.training.members import (
    KINDS,
    assert_same,
    make_data,
    make_member,
    make_validation,
    with_changes,
)

# Examples are the same in every run: a failure is a change, not a draw.
quietly = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def programs(draw):
    """What members of a pack have in common."""
    loss = draw(st.sampled_from(sorted(KINDS)))
    kind = draw(st.sampled_from(KINDS[loss]))
    return {
        "loss": loss,
        "kind": kind,
        "n_features": draw(st.integers(1, 5)),
        "n_outputs": draw(st.integers(3, 4) if kind == "multiclass" else st.integers(1, 3)),
        "hidden": tuple(draw(st.lists(st.integers(1, 7), max_size=2))),
        "activation": draw(st.sampled_from(sorted(ACTIVATIONS))),
        "solver": draw(st.sampled_from(STOCHASTIC_SOLVERS)),
        "nesterovs_momentum": draw(st.booleans()),
        "batch_size": draw(st.integers(1, 9)),
        "n_batches": draw(st.integers(1, 4)),
    }


@st.composite
def members(draw, program, dtype, max_iter):
    """A member of the program with data and hyperparameters of its own."""
    kind, loss = program["kind"], program["loss"]
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    batch_size, n_batches = program["batch_size"], program["n_batches"]
    n = draw(st.integers((n_batches - 1) * batch_size + 1, n_batches * batch_size))
    shape = (program["n_features"], program["n_outputs"])
    all_rows = draw(st.booleans())
    X, y = make_data(kind, loss, n if all_rows else n + 5, *shape, rng)
    slow = program["solver"] == "sgd"
    member = make_member(
        X,
        y,
        loss=loss,
        kind=kind,
        layer_units=(shape[0], *program["hidden"], shape[1]),
        activation=program["activation"],
        solver=program["solver"],
        nesterovs_momentum=program["nesterovs_momentum"],
        batch_size=batch_size,
        dtype=dtype,
        rows=None if all_rows else rng.permutation(n + 5)[:n],
        sample_weight=rng.uniform(0.1, 3.0, len(X)) if draw(st.booleans()) else None,
        weight_init=draw(st.sampled_from(sorted(WEIGHT_INITS))),
        seed=draw(st.integers(0, 2**32 - 1)),
        learning_rate=draw(st.sampled_from(sorted(SCHEDULES))),
        learning_rate_init=draw(st.sampled_from([1e-3, 0.01 if slow else 3e-3])),
        power_t=draw(st.sampled_from([0.1, 0.5])),
        momentum=draw(st.sampled_from([0.0, 0.5, 0.9])),
        beta_1=draw(st.sampled_from([0.5, 0.9])),
        beta_2=draw(st.sampled_from([0.9, 0.999])),
        epsilon=draw(st.sampled_from([1e-8, 1e-3])),
        alpha=draw(st.sampled_from([0.0, 1e-4, 0.3])),
        l1=draw(st.sampled_from([0.0, 1e-3])),
        weight_decay=draw(st.sampled_from([0.0, 0.1])),
        dropout=draw(st.sampled_from([0.0, 0.2, 0.5])),
        label_smoothing=draw(st.sampled_from([0.0, 0.1])) if loss == "log_loss" else 0.0,
        gradient_clip=draw(st.sampled_from([None, 0.1, 1.0])),
        shuffle=draw(st.booleans()),
        max_iter=draw(st.integers(1, max_iter)) if draw(st.booleans()) else max_iter,
        tol=draw(st.sampled_from([1e-4, 1e-2, 0.5])),
        n_iter_no_change=draw(st.sampled_from([1, 2, np.inf])),
        output_scale=torch.from_numpy(
            rng.uniform(0.5, 2.0, shape[1] if kind != "multiclass" else 1)
        ),
        penalty_scale=draw(st.sampled_from([1.0, 7.0])),
    )
    if n_batches == 1 and draw(st.booleans()):
        # Twins share their dropout mask where one batch holds all rows.
        member = with_changes(member, row_groups=torch.from_numpy(rng.permutation(n) // 2))
    if draw(st.booleans()):
        scores = ["loss", "r2" if kind == "regression" else "accuracy", _callable_score]
        held_out = make_validation(
            member,
            *make_data(kind, loss, 8, *shape, rng),
            draw(st.sampled_from(scores)),
            sample_weight=rng.uniform(0.5, 2.0, 8) if draw(st.booleans()) else None,
        )
        member = with_changes(member, validation=held_out, early_stopping=draw(st.booleans()))
    return member


def _callable_score(weights):
    return -float(np.abs(weights - 0.1).sum())


def draw_members(data, dtype, max_iter):
    program = data.draw(programs())
    size = data.draw(st.integers(2, 4))
    return [data.draw(members(program, dtype, max_iter)) for _ in range(size)]


@given(st.data())
@settings(quietly, max_examples=200)
def test_a_pack_changes_no_member_in_float64(data):
    pack = draw_members(data, torch.float64, 8)
    assert len({member.pack_key for member in pack}) == 1
    # Few rows make many blocks where blocks are small.
    block_values = data.draw(st.sampled_from([1, 100, 2**18]))
    with patch.object(batches, "_BLOCK_VALUES", block_values):
        for packed, member in zip(train(pack), pack, strict=True):
            (alone,) = train([member])
            assert_same(packed, alone, 1e-9)


@given(st.data())
@settings(quietly, max_examples=60)
def test_a_pack_changes_no_member_over_20_epochs_in_float32(data):
    pack = draw_members(data, torch.float32, 20)
    for packed, member in zip(train(pack), pack, strict=True):
        (alone,) = train([member])
        assert packed.weights.dtype == np.float32
        assert_same(packed, alone, 1e-4)


@given(st.data())
@settings(quietly, max_examples=20)
def test_members_of_many_programs_come_back_in_order(data):
    groups = [draw_members(data, torch.float64, 3) for _ in range(3)]
    # Interleaved, so that order in the result is not order of the packs.
    mixed = [group[i] for i in range(4) for group in groups if i < len(group)]
    for packed, member in zip(train(mixed), mixed, strict=True):
        (alone,) = train([member])
        assert_same(packed, alone, 1e-9)


def regression_pack(n_members, **changes):
    rng = np.random.default_rng(0)
    X, y = make_data("regression", "squared_error", 35, 4, 1, rng)
    return [make_member(X, y, seed=k, **changes) for k in range(n_members)]


def test_members_that_are_done_leave_and_the_others_go_on():
    lengths = [7, 2, 5, 1, 7, 3]
    pack = [
        with_changes(member, max_iter=n)
        for member, n in zip(regression_pack(6, tol=0.0), lengths, strict=True)
    ]
    trained = train(pack)
    assert [t.n_iter for t in trained] == lengths
    assert [len(t.loss_curve) for t in trained] == lengths
    for packed, member in zip(trained, pack, strict=True):
        assert_same(packed, train([member])[0], 1e-12)


@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_a_plateau_stops_one_member_only(solver):
    # A rate of 0 never improves the loss: out after n_iter_no_change + 2 epochs, the first of
    # which beats infinity.
    pack = regression_pack(3, solver=solver, max_iter=9, tol=1e-7, learning_rate_init=1e-4)
    pack[1] = with_changes(pack[1], learning_rate_init=0.0, n_iter_no_change=2)
    trained = train(pack)
    assert [t.n_iter for t in trained] == [9, 4, 9]
    assert [t.stop_reason for t in trained] == ["max_iter", "converged", "max_iter"]
    for packed, member in zip(trained, pack, strict=True):
        assert_same(packed, train([member])[0], 1e-12)


def test_a_watcher_stops_its_own_member_only():
    seen = {0: [], 2: []}

    def watcher(place, last):
        def watch(report):
            seen[place].append(report.loss)
            assert report.n_iter == len(seen[place])
            return report.n_iter == last

        return watch

    pack = regression_pack(4, max_iter=6)
    trained = train(pack, [watcher(0, 2), None, watcher(2, 4), None])
    assert [t.n_iter for t in trained] == [2, 6, 4, 6]
    assert [t.stop_reason for t in trained] == ["callback", "max_iter", "callback", "max_iter"]
    assert seen == {0: trained[0].loss_curve, 2: trained[2].loss_curve}
    for k in (1, 3):
        assert_same(trained[k], train([pack[k]])[0], 1e-12)


def test_a_watcher_sees_the_weights_of_its_member():
    pack = regression_pack(3, max_iter=3)
    last = [None] * 3

    def watcher(k):
        def watch(report):
            last[k] = report.weights()
            return False

        return watch

    trained = train(pack, [watcher(k) for k in range(3)])
    for weights, result in zip(last, trained, strict=True):
        np.testing.assert_array_equal(weights, result.weights)


def test_a_diverging_member_leaves_its_neighbours_alone():
    pack = regression_pack(3, solver="sgd", max_iter=30)
    pack[1] = with_changes(pack[1], learning_rate_init=1e6)
    with np.errstate(all="ignore"):
        trained = train(pack)
    assert [t.stop_reason for t in trained] == ["max_iter", "diverged", "max_iter"]
    for k in (0, 2):
        assert_same(trained[k], train([pack[k]])[0], 1e-12)


@pytest.mark.parametrize("sizes", [(10, 3), (1, 10), (28, 21, 30)])
def test_members_may_differ_in_their_number_of_rows(sizes):
    rng = np.random.default_rng(3)
    pack = [
        make_member(*make_data("regression", "huber", n, 3, 2, rng), loss="huber") for n in sizes
    ]
    trained = train(pack)
    for packed, member in zip(trained, pack, strict=True):
        assert_same(packed, train([member])[0], 1e-12)


def test_early_stopping_gives_back_the_best_weights():
    rng = np.random.default_rng(5)
    shape = ("regression", "squared_error", 12, 3, 1)
    member = make_member(
        *make_data(*shape, rng), hidden=(40,), max_iter=40, learning_rate_init=0.03, tol=0.0
    )
    held_out = make_validation(member, *make_data(*shape, rng), "r2")
    member = with_changes(member, validation=held_out, early_stopping=True, n_iter_no_change=6)
    weights = []
    (trained,) = train([member], [lambda report: weights.append(report.weights())])
    best = int(np.argmax(trained.validation_scores))
    assert best < trained.n_iter - 1  # else it shows nothing
    np.testing.assert_array_equal(trained.weights, weights[best])
    np.testing.assert_array_equal(trained.state.weights, weights[-1])
    assert trained.state.best_score == trained.validation_scores[best]


# In float32 a relu input may fall on either side of 0 by rounding, and trainings then part: alone,
# moved by one ulp, as much as in a pack (about one member in thirty). Hence tanh with the strongest
# penalties there, and relu where no input comes that close.
@pytest.mark.parametrize(
    ("dtype", "activation", "alpha", "tol"),
    [
        (torch.float64, "relu", 1.0, 1e-9),
        (torch.float32, "tanh", 1.0, 1e-4),
        (torch.float32, "relu", 0.01, 1e-4),
    ],
)
def test_packing_changes_nothing_at_the_size_of_everyday_networks(dtype, activation, alpha, tol):
    X, y = make_data("binary", "log_loss", 700, 20, 1, np.random.default_rng(0))
    X = X.astype(np.float64 if dtype == torch.float64 else np.float32)
    members = [
        make_member(
            X,
            y,
            loss="log_loss",
            kind="binary",
            hidden=(100, 100),
            dtype=dtype,
            batch_size=32,
            max_iter=20 - 4 * k,
            seed=k,
            learning_rate_init=0.001 * (k + 1),
            alpha=alpha * 10.0**-k,
            activation=activation,
            dropout=0.2 * k,
        )
        for k in range(3)
    ]
    for packed, member in zip(train(members), members, strict=True):
        (alone,) = train([member])
        assert_same(packed, alone, tol)
