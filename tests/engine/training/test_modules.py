"""Any torch module trains in a pack, and comes out as if it had been trained alone."""

import copy
from concurrent.futures import ThreadPoolExecutor

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn

from skdeep._engine.packing.flat import flat_vector
from skdeep._engine.packing.looped import LoopedModules
from skdeep._engine.packing.perceptron import layer_views
from skdeep._engine.packing.vmapped import PackedModule
from skdeep._engine.training.building import make_network, traits_of
from skdeep._engine.training.grouping import sub_packs
from skdeep._engine.training.loop import train
from skdeep._engine.training.randomness import RandomStream
from skdeep._engine.training.solvers import STOCHASTIC_SOLVERS
from tests.engine.training.members import assert_same, make_member, with_changes
from tests.engine.training.module_members import (
    MODULES,
    make_module,
    module_member,
    plain_loop,
    trained_module,
    with_validation,
)

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4}


def network_of(members):
    return make_network(members, [RandomStream(member) for member in members])


@pytest.mark.parametrize("name", sorted(MODULES))
def test_what_torch_func_batches_is_one_program(name):
    members = [module_member(name, seed=k) for k in range(3)]
    expected = PackedModule if MODULES[name][2] else LoopedModules
    assert isinstance(network_of(members), expected)
    assert isinstance(network_of(members[:1]), LoopedModules)  # alone needs no member axis
    assert len({member.pack_key for member in members}) == 1
    assert len(sub_packs(members)) == 1


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_pack_changes_no_module(name, dtype):
    members = [
        with_changes(
            module_member(name, seed=k, data_seed=k % 2, dtype=dtype),
            max_iter=[6, 3, 6, 4][k],
            learning_rate_init=0.003 * (k + 1),
            alpha=0.1 * k,
            weight_decay=0.1 * (k == 2),
        )
        for k in range(4)
    ]
    for packed, member in zip(train(members), members, strict=True):
        assert packed.n_iter == member.max_iter
        assert_same(packed, train([member])[0], TOLERANCE[dtype])


@pytest.mark.parametrize("name", sorted(MODULES))
def test_shared_batches_change_no_module(name):
    one = module_member(name)
    members = [
        with_changes(one, learning_rate_init=rate, module=make_module(name, k))
        for k, rate in enumerate((0.001, 0.01, 0.05))
    ]
    assert len({member.feed_key for member in members}) == 1
    for packed, member in zip(train(members), members, strict=True):
        assert_same(packed, train([member])[0], 1e-9)


@given(st.data())
@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_a_pack_changes_no_module_whatever_the_settings(data):
    name = data.draw(st.sampled_from(sorted(MODULES)))
    program = {
        "solver": data.draw(st.sampled_from(STOCHASTIC_SOLVERS)),
        "batch_size": data.draw(st.sampled_from([4, 7, 40])),
    }
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    members = []
    for _ in range(data.draw(st.integers(2, 4))):
        member = module_member(
            name,
            seed=data.draw(st.integers(0, 3)),
            data_seed=data.draw(st.integers(0, 1)),
            n=31,
            learning_rate_init=data.draw(st.sampled_from([1e-3, 1e-2])),
            max_iter=data.draw(st.integers(1, 5)),
            alpha=data.draw(st.sampled_from([0.0, 0.1])),
            l1=data.draw(st.sampled_from([0.0, 1e-3])),
            gradient_clip=data.draw(st.sampled_from([None, 0.1])),
            label_smoothing=data.draw(st.sampled_from([0.0, 0.1])),
            sample_weight=rng.uniform(0.1, 3.0, 31) if data.draw(st.booleans()) else None,
            rows=rng.permutation(31)[:27] if data.draw(st.booleans()) else None,
            **program,
        )
        if data.draw(st.booleans()):
            score = data.draw(st.sampled_from(["accuracy", "loss", last_score]))
            member = with_validation(member, name, score)
        members.append(member)
    for packed, member in zip(train(members), members, strict=True):
        assert_same(packed, train([member])[0], 1e-9)


def last_score(weights, buffers):
    return float(weights[0]) - sum(float(np.sum(b)) for b in buffers.values())


OPTIMIZERS = {
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01, eps=1e-4),
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.01, momentum=0.9, nesterov=True),
    "rmsprop": lambda parameters: torch.optim.RMSprop(parameters, lr=0.01, eps=1e-4),
}


@pytest.mark.parametrize("solver", sorted(OPTIMIZERS))
# A branch not taken has a gradient of 0 here, and none in a plain loop: momentum tells them apart.
@pytest.mark.parametrize("name", sorted(set(MODULES) - {"dropout", "branching", "in_place"}))
def test_training_is_that_of_a_plain_loop(name, solver):
    members = [module_member(name, seed=k, solver=solver, epsilon=1e-4) for k in range(2)]
    for k, trained in enumerate(train(members)):
        module, loss_curve = plain_loop(members[k], make_module(name, k), OPTIMIZERS[solver])
        close = {"rtol": 1e-9, "atol": 1e-9}
        np.testing.assert_allclose(trained.loss_curve, loss_curve, **close)
        np.testing.assert_allclose(trained.weights, flat_vector(module).numpy(), **close)
        mine, X = trained_module(name, trained, k), members[k].X.values
        torch.testing.assert_close(mine(X), module(X), **close)


def test_a_perceptron_as_a_module_is_the_hand_written_one():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.integers(3, size=30)
    y[:3] = np.arange(3)
    settings = {"loss": "log_loss", "kind": "multiclass", "seed": 1, "shuffle": False}
    plain = make_member(X, y, hidden=(6,), activation="tanh", alpha=0.1, **settings)
    (by_hand,) = train([plain])
    start = torch.from_numpy(RandomStream(plain).weights)[None]
    module = make_module("mlp", 0)
    weights, biases = layer_views(start, plain.layer_units)
    with torch.no_grad():
        for layer, weight, bias in zip((module[0], module[2]), weights, biases, strict=True):
            layer.weight.copy_(weight[0].T)
            layer.bias.copy_(bias[0, 0])
    one = make_member(X, y, layer_units=(4, 3), module=module, alpha=0.1, **settings)
    for trained in train([one, with_changes(one, max_iter=7)])[:1]:
        np.testing.assert_allclose(trained.loss_curve, by_hand.loss_curve, rtol=1e-9)
        weights, biases = layer_views(torch.from_numpy(by_hand.weights)[None], (4, 6, 3))
        transposed = [w[0].T.reshape(-1) for w in weights]
        expected = torch.cat([*transposed, *(b[0, 0] for b in biases)])
        np.testing.assert_allclose(trained.weights, expected.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_templates_and_the_global_generator_stay_as_they_were(name):
    members = [module_member(name, seed=k) for k in range(3)]
    members[2] = with_validation(members[2], name)
    members[1].module.eval()
    before = [copy.deepcopy(member.module) for member in members]
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    train(members)
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)
    for member, old in zip(members, before, strict=True):
        assert member.module.training == old.training
        for new, was in zip(
            member.module.state_dict().values(), old.state_dict().values(), strict=True
        ):
            torch.testing.assert_close(new, was, rtol=0, atol=0)
        assert all(parameter.grad is None for parameter in member.module.parameters())


@pytest.mark.parametrize("name", ["batch_norm", "counting", "lstm", "dropout", "cnn"])
@pytest.mark.parametrize("size", [1, 3])
def test_early_stopping_gives_back_the_best_weights_with_their_buffers(name, size):
    members = [
        with_validation(
            module_member(name, seed=k, solver="sgd", learning_rate_init=0.5, max_iter=15),
            name,
            n_iter_no_change=5,
        )
        for k in range(size)
    ]
    seen = [[] for _ in members]

    def watcher(k):
        def watch(report):
            seen[k].append((report.weights(), report.buffers()))
            return False

        return watch

    early = 0
    for k, trained in enumerate(train(members, [watcher(k) for k in range(size)])):
        losses = np.asarray(trained.validation_loss_curve)
        scores = np.asarray(trained.validation_scores)
        best = min(range(len(scores)), key=lambda i: (-scores[i], losses[i]))
        early += best < len(scores) - 1
        for weights, buffers, at in (
            (trained.weights, trained.buffers, best),
            (trained.state.weights, trained.state.buffers, -1),
        ):
            np.testing.assert_array_equal(weights, seen[k][at][0])
            assert buffers.keys() == seen[k][at][1].keys()
            for key, buffer in buffers.items():
                np.testing.assert_array_equal(buffer, seen[k][at][1][key])
        validation = members[k].validation
        answers = trained_module(name, trained, k)(validation.X.values).argmax(dim=1)
        assert float((answers == validation.y).double().mean()) == pytest.approx(scores[best])
    assert early  # else it shows nothing


@pytest.mark.parametrize("name", ["cnn", "batch_norm", "lstm", "dropout"])
def test_members_that_are_done_leave_and_the_others_go_on(name):
    lengths = [5, 2, 7, 1]
    members = [module_member(name, seed=k, max_iter=n) for k, n in enumerate(lengths)]
    for trained, member in zip(train(members), members, strict=True):
        assert trained.n_iter == member.max_iter
        assert_same(trained, train([member])[0], 1e-9)


def test_private_draws_hang_on_seed_and_epoch_alone():
    one = module_member("dropout", seed=1)
    other = with_changes(one, seed=2)
    first, again = train([one])[0], train([other, one])[1]
    np.testing.assert_array_equal(first.weights, again.weights)
    same_order = {"shuffle": False, "max_iter": 1}
    a, b = train([with_changes(one, **same_order), with_changes(other, **same_order)])
    assert np.abs(a.weights - b.weights).max() > 1e-6


@pytest.mark.parametrize("name", ["cnn", "batch_norm", "dropout", "lstm"])
def test_training_goes_on_where_it_ended(name):
    member = with_validation(module_member(name, max_iter=6), name)
    (whole,) = train([member])
    (half,) = train([with_changes(member, max_iter=3)])
    rest = train([with_changes(member, max_iter=3, start=half.state), member])[0]
    np.testing.assert_allclose(rest.weights, whole.weights, rtol=1e-9, atol=1e-9)
    for key, buffer in whole.state.buffers.items():
        np.testing.assert_allclose(rest.state.buffers[key], buffer, rtol=1e-9)


@pytest.mark.parametrize("name", ["mlp", "cnn", "words", "attention", "lstm"])
def test_lbfgs_lowers_the_loss_of_a_module(name):
    member = with_changes(module_member(name), solver="lbfgs", max_iter=30, batch_size=34)
    (trained,) = train([member])
    module, X = trained_module(name, trained), member.X.values
    loss = nn.functional.cross_entropy(module(X), member.y).item()
    start = nn.functional.cross_entropy(make_module(name, 0)(X), member.y).item()
    assert loss == pytest.approx(trained.loss_curve[-1], rel=1e-9)
    assert loss < 0.5 * start


def test_weights_of_two_dimensions_alone_are_penalised_and_decay():
    member = module_member("mlp", solver="sgd", learning_rate_init=0.1, max_iter=1, batch_size=34)
    heavy = with_changes(member, weight_decay=0.5)
    light, decayed = (trained.weights for trained in train([member, heavy]))
    start = flat_vector(member.module).numpy()
    n_weights = 4 * 6 + 6 * 3
    np.testing.assert_allclose(
        (light - decayed)[:n_weights], 0.05 * start[:n_weights], rtol=1e-9, atol=1e-12
    )
    np.testing.assert_array_equal(light[n_weights:], decayed[n_weights:])


def test_members_of_other_architectures_or_rows_do_not_share_a_pack():
    one = module_member("mlp")
    wider = nn.Sequential(nn.Linear(4, 7), nn.Tanh(), nn.Linear(7, 3)).double()
    relu = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    others = [
        with_changes(one, module=wider),
        with_changes(one, module=relu),
        module_member("mlp", n=35),
        with_changes(one, module=None),
    ]
    assert one.pack_key == module_member("mlp", seed=5, data_seed=3).pack_key
    assert all(one.pack_key != other.pack_key for other in others)


def test_wrong_outputs_are_refused_with_what_is_wanted():
    member = module_member("mlp", module=nn.Linear(4, 2).double())
    with pytest.raises(ValueError, match=r"module=Linear gave outputs of shape \(4, 2\).*\(4, 3\)"):
        train([member])


@pytest.mark.parametrize("batch_size", [8, 34])  # with 34, a batch is the data themselves
def test_a_module_that_works_in_place_leaves_the_rows_alone(batch_size):
    members = [
        with_validation(module_member("in_place", seed=k, batch_size=batch_size), "in_place")
        for k in range(2)
    ]
    members[1] = with_changes(members[0], module=members[1].module)
    before = [rows.values.clone() for rows in (members[0].X, members[0].validation.X)]
    for packed, member in zip(train(members), members, strict=True):
        assert_same(packed, train([member])[0], 1e-9)
    for rows, old in zip((members[0].X, members[0].validation.X), before, strict=True):
        assert torch.equal(rows.values, old)


def test_threads_that_train_at_once_do_not_disturb_each_other():
    members = [module_member("dropout", seed=k, max_iter=8) for k in range(4)]
    state = torch.get_rng_state()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda member: train([member])[0], members))
    assert torch.equal(torch.get_rng_state(), state)
    for trained, member in zip(together, members, strict=True):
        assert_same(trained, train([member])[0], 1e-12)


def test_a_module_without_parameters_is_refused():
    member = module_member("mlp", module=nn.Identity())
    with pytest.raises(ValueError, match="module=Identity has no parameter"):
        train([member])


def test_larger_modules_travel_in_smaller_packs():
    small = [module_member("mlp", seed=k) for k in range(40)]
    wide = nn.Sequential(nn.Linear(4, 80000), nn.Tanh(), nn.Linear(80000, 3)).double()
    large = [module_member("mlp", seed=k, module=wide) for k in range(40)]
    assert max(map(len, sub_packs(small))) > 8
    assert max(map(len, sub_packs(large))) == 1
    assert traits_of(small[0]).values_per_row < traits_of(large[0]).values_per_row


def test_a_last_batch_of_one_row_is_refused_where_the_module_cannot_take_it():
    with pytest.raises(ValueError, match="batch_size=8 leaves one of 33 training rows"):
        train([module_member("batch_norm", n=33)])
    train([module_member("mlp", n=33), module_member("batch_norm", n=33, batch_size=7)])
