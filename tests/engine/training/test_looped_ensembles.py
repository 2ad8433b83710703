"""Networks of an ensemble learn as each would alone, on one thread or on several."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.packing.flat import FlatLayout, flat_vector
from skdeep._engine.training.building import make_network
from skdeep._engine.training.loop import train
from skdeep._engine.training.looped_ensembles import LoopedEnsembles
from skdeep._engine.training.losses import with_networks
from skdeep._engine.training.randomness import RandomStream
from tests.engine.training.members import assert_same, make_validation, with_changes
from tests.engine.training.sequence_members import N_CHANNELS, MeanPooling, make_sequences, rows_of
from tests.engine.training.sequence_members import sequence_member as one_network

N_CLASSES = 3


def data(n=30, seed=0):
    """Sequences of several lengths and classes that follow from their mean."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % N_CLASSES
    items = make_sequences(rng.integers(2, 9, n), rng)
    return rows_of([item + float(c) for item, c in zip(items, y, strict=True)]), y


def network(seed, dropout=0.0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = MeanPooling(N_CLASSES).to(torch.float64)
    net.head = nn.Sequential(nn.Dropout(dropout), net.head)
    return net


def alone(module, seed=0, **changes):
    """A member that trains one network to tell classes apart."""
    X, y = changes.pop("data", data())
    changes = {"loss": "log_loss", "kind": "multiclass", "batch_size": 8, **changes}
    return one_network(X, y, N_CLASSES, seed, module=module, **changes)


def ensemble(networks, seed=0, **changes):
    """A member that trains them side by side."""
    member = alone(NetworkEnsemble([copy.deepcopy(net) for net in networks]), seed, **changes)
    return with_changes(
        member,
        loss=with_networks(member.loss, len(networks)),
        loss_key=(*member.loss_key, len(networks)),
        layer_units=(N_CHANNELS, len(networks) * N_CLASSES),
    )


def parts(flat, networks):
    """The weights of each network of an ensemble, from the vector of all."""
    layout = FlatLayout(NetworkEnsemble(networks))
    views = dict(zip(layout.names, layout.views(torch.from_numpy(flat)[None]), strict=True))
    for i, net in enumerate(networks):
        names = [f"networks.{i}.{name}" for name in FlatLayout(net).names]
        yield torch.cat([views[name].flatten() for name in names])


@pytest.fixture(params=[1, 2])
def n_threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    "changes",
    [
        {"solver": "adam"},
        {"solver": "adamw", "weight_decay": 0.1, "learning_rate": "one_cycle"},
        {"solver": "sgd", "learning_rate_init": 0.1, "alpha": 0.5},
        {"sample_weight": np.linspace(0.5, 2.0, 30)},
    ],
    ids=lambda changes: next(iter(changes.values())) if "solver" in changes else "weights",
)
def test_each_network_learns_as_alone(changes, n_threads):
    networks = [network(1), network(2)]
    (together,) = train([ensemble(networks, **changes)])
    for net, weights in zip(networks, parts(together.weights, networks), strict=True):
        (expected,) = train([alone(net, **changes)])
        torch.testing.assert_close(weights, torch.from_numpy(expected.weights))
        assert not torch.allclose(weights, flat_vector(net), rtol=0.01)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_threads_make_no_difference(dropout):
    before = torch.get_num_threads()
    found = []
    try:
        for n_threads in (1, 2, 3):
            torch.set_num_threads(n_threads)
            found += train([ensemble([network(seed, dropout) for seed in range(3)])])
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert_same(found[0], other, 1e-12)


def test_a_pack_of_ensembles_changes_none(n_threads):
    members = [
        ensemble([network(seed), network(seed + 9)], seed, max_iter=3 + 2 * seed) for seed in (0, 1)
    ]
    assert members[0].pack_key == members[1].pack_key
    net = make_network(members, [RandomStream(member) for member in members])
    assert isinstance(net, LoopedEnsembles)
    assert net.n_networks == 2
    for packed, member in zip(train(members), members, strict=True):
        assert packed.n_iter == member.max_iter
        assert_same(packed, train([member])[0], 1e-12)


def test_an_error_of_a_network_gets_through(n_threads):
    class Failing(MeanPooling):
        def forward(self, x):
            if len(x) > 4:  # more than the rows that a module is tried on
                raise RuntimeError("the network failed")
            return super().forward(x)

    with pytest.raises(RuntimeError, match="the network failed"):
        train([ensemble([Failing(N_CLASSES).double(), Failing(N_CLASSES).double()])])


def test_outputs_stand_side_by_side_in_training_and_are_the_mean_after_it():
    networks = [network(seed) for seed in range(3)]
    module = NetworkEnsemble(networks)
    x = data()[0].chunk(torch.arange(5))
    each = [net(x) for net in networks]
    torch.testing.assert_close(module.train()(x), torch.cat(each, dim=1))
    torch.testing.assert_close(module.eval()(x), sum(each) / 3)


def test_what_is_validated_is_the_mean():
    networks = [network(seed) for seed in range(2)]
    member = ensemble(networks, max_iter=1, learning_rate_init=1e-30)
    X, y = data(seed=1)
    validation = make_validation(member, np.zeros((len(y), 1)), y, "accuracy")
    validation.X = X
    (trained,) = train([with_changes(member, validation=validation)])
    with torch.no_grad():
        mean = sum(net(X.slice(0, len(y))) for net in networks) / 2
    loss = nn.functional.cross_entropy(mean, torch.as_tensor(y))
    assert trained.validation_loss_curve == [pytest.approx(loss.item())]
    accuracy = (mean.argmax(dim=1).numpy() == y).mean()
    assert trained.validation_scores == [pytest.approx(accuracy)]
