"""Each architecture fits what the parameters say, in either precision, and learns from it."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from tests.neural_network.sequence.recordings import (
    ARCHITECTURES,
    assert_same_fit,
    classifier,
    even,
    levels,
    ragged,
    regressor,
)


def networks(estimator):
    return list(estimator._built.template(torch.device("cpu")).networks)


def n_weights(estimator):
    return sum(p.numel() for network in networks(estimator) for p in network.parameters())


@pytest.mark.parametrize(("data", "dtype"), [(even, "float64"), (ragged, "float32")])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_they_learn(architecture, dtype, data):
    X, y = data(n=40)
    settings = {"architecture": architecture, "dtype": dtype, "max_iter": 15, "width": 8}
    net = classifier(learning_rate_init=0.03, **settings).fit(X, y)
    assert net.predict_proba(X).dtype == np.dtype(dtype)
    assert net.score(X, y) > 0.85
    assert net.loss_curve_[-1] < 0.7 * net.loss_curve_[0]
    number = regressor(learning_rate_init=0.03, **settings).fit(X, levels(X))
    assert number.score(X, levels(X)) > 0.5


@pytest.mark.parametrize(("given", "trained"), [("float32", "float32"), ("float64", "float64")])
def test_precision_is_that_of_the_data_on_request(given, trained):
    X, y = even()
    for dtype, expected in (("auto", trained), ("float32", "float32")):
        net = classifier(dtype=dtype).fit(X.astype(given), y)
        assert net.predict_proba(X).dtype == expected
    assert classifier().dtype == "float32"


@pytest.mark.parametrize(
    ("architecture", "layer"),
    [
        ("cnn", nn.Conv1d),
        ("rnn", nn.RNN),
        ("lstm", nn.LSTM),
        ("gru", nn.GRU),
        ("transformer", nn.LayerNorm),
    ],
)
def test_architecture_and_number_are_those_asked_for(architecture, layer):
    X, y = even()
    net = classifier(architecture=architecture, n_estimators=3).fit(X, y)
    made = networks(net)
    assert len(made) == 3
    assert all(any(isinstance(m, layer) for m in network.modules()) for network in made)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_width_and_depth_add_weights(architecture):
    X, y = even()
    sizes = [
        n_weights(classifier(architecture=architecture, max_iter=1, **sizes).fit(X, y))
        for sizes in ({}, {"width": 8}, {"depth": 2})
    ]
    assert sizes[0] < min(sizes[1:])


@pytest.mark.parametrize("architecture", ["rnn", "lstm", "gru"])
def test_one_direction_reads_forward(architecture):
    X, y = even(length=12)
    both, one = (
        classifier(architecture=architecture, bidirectional=b, pooling="last").fit(X, y)
        for b in (True, False)
    )
    assert both.transform(X).shape == (30, 8)
    assert one.transform(X).shape == (30, 4)
    # The last step of a forward pass sees the start; 'last' of the other direction is the first.
    changed = X.copy()
    changed[:, :, 0] += 1.0
    assert np.abs(one.transform(changed) - one.transform(X)).max() > 1e-4


def test_networks_start_apart_and_their_mean_is_the_answer():
    X, _ = even()
    net = regressor(n_estimators=3, normalize_y=False, dtype="float64").fit(X, levels(X))
    loaded = net._built.loaded(net._weights, net._buffers, torch.device("cpu"))
    mean, scale = (part[None, :, None] for part in net._view)
    x = torch.from_numpy(np.concatenate([(X - mean) / scale, np.ones((30, 1, 8))], axis=1))
    each = [network(x).numpy()[:, 0] for network in loaded.networks]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    assert_allclose(net.predict(X), np.mean(each, axis=0))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_step_is_read(architecture):
    X, y = even(length=60)
    net = classifier(architecture=architecture, max_iter=1).fit(X, y)
    (network,) = networks(net)
    features, _ = network.trunk(torch.zeros(1, 2, 60), None)
    assert features.shape[2] == 60


@pytest.mark.parametrize("pooling", ["mean", "max", "last", "attention"])
def test_poolings_differ(pooling):
    X, y = even()
    named = classifier(architecture="lstm", pooling=pooling).fit(X, y).predict_proba(X)
    automatic = classifier(architecture="lstm").fit(X, y).predict_proba(X)
    assert np.array_equal(named, automatic) == (pooling == "attention")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_dropout_acts_in_training_alone(architecture):
    X, y = even()
    plain, one, same = (
        classifier(architecture=architecture, dropout=dropout).fit(X, y)
        for dropout in (0.0, 0.4, 0.4)
    )
    assert plain.loss_curve_ != one.loss_curve_
    assert np.abs(plain.predict_proba(X) - one.predict_proba(X)).max() > 1e-6
    assert_same_fit(one, same, X)
    assert_array_equal(one.predict_proba(X), one.predict_proba(X))


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop", "lbfgs"])
def test_solvers(solver):
    X, y = even()
    net = classifier(architecture="gru", solver=solver, max_iter=10, learning_rate_init=0.02)
    assert net.fit(X, y).loss_curve_[-1] < net.loss_curve_[0]


class AtOnce:
    """Notes how many epochs are planned, and stops the fit."""

    def setup(self, estimator, context):
        self.planned = context.max_subtasks

    def on_fit_task_begin(self, estimator, context, **data):
        pass

    def on_fit_task_end(self, estimator, context, **data):
        return True

    def teardown(self, estimator, context):
        pass


@pytest.mark.parametrize(
    ("n", "batch_size", "planned"),
    [(30, "auto", 200), (12, "auto", 400), (600, "auto", 16), (900, 20, 10)],
)
def test_automatic_training_is_bounded_by_steps_and_epochs(n, batch_size, planned):
    X, y = even(n=n, length=1)
    stopping = AtOnce()
    net = classifier(architecture="rnn", max_iter="auto", batch_size=batch_size)
    assert net.set_callbacks(stopping).fit(X, y).n_iter_ == 1
    assert stopping.planned == planned
