"""What was fitted can be kept, gone on from, and made again from a seed."""

import copy
import os
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from tests.neural_network.sequence.recordings import (
    ARCHITECTURES,
    answers,
    classifier,
    even,
    levels,
    ragged,
    regressor,
)

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("made", [classifier, regressor])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_copies_answer_alike(made, architecture):
    X, y = ragged()
    net = made(architecture=architecture, n_estimators=2).fit(
        X, levels(X) if made is regressor else y
    )
    expected = answers(net, X)
    for other in (pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        assert_array_equal(answers(other, X), expected)
        assert_array_equal(other.transform(X), net.transform(X))
    again = clone(net)
    assert not hasattr(again, "n_iter_")
    assert again.get_params() == net.get_params()


SCRIPT = """
import pickle, sys
estimators, X = pickle.load(open(sys.argv[1], "rb"))
answers = []
for net in estimators:
    first = net.predict_proba(X), net.transform(X)
    answers.append((*first, net.partial_fit(X, net.predict(X)).predict_proba(X)))
pickle.dump(answers, open(sys.argv[1], "wb"))
"""


def test_pickles_answer_and_go_on_in_another_process(tmp_path):
    X, y = ragged()
    nets = [classifier(architecture=a).fit(X, y) for a in ("cnn", "lstm", "transformer")]
    file = tmp_path / "nets.pickle"
    file.write_bytes(pickle.dumps((nets, X)))
    environment = os.environ | {"PYTHONPATH": os.getcwd(), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", SCRIPT, str(file)]
    subprocess.run(command, env=environment, check=True, timeout=120)
    for net, (probabilities, features, later) in zip(
        nets, pickle.loads(file.read_bytes()), strict=True
    ):
        assert_allclose(probabilities, net.predict_proba(X), rtol=1e-6)
        assert_allclose(features, net.transform(X), rtol=1e-5, atol=1e-7)
        net.partial_fit(X, net.predict(X))
        assert_allclose(later, net.predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_warm_start_goes_on(architecture):
    X, y = ragged()
    settings = {"architecture": architecture, "warm_start": True, "learning_rate": "constant"}
    net = classifier(**settings).fit(X, y)
    first = net._weights.copy()
    net.fit(X, y)
    assert len(net.loss_curve_) == 6
    assert net.loss_curve_[3] < net.loss_curve_[0]
    assert not np.array_equal(net._weights, first)
    cold = classifier(**settings | {"warm_start": False}).fit(X, y)
    assert_array_equal(cold._weights, first)
    assert_array_equal(cold.fit(X, y)._weights, first)


@pytest.mark.parametrize(
    ("name", "value"),
    [("width", 8), ("depth", 2), ("architecture", "gru"), ("n_estimators", 2), ("pooling", "max")],
)
def test_warm_start_refuses_other_networks(name, value):
    X, y = even()
    net = classifier(warm_start=True).fit(X, y)
    before = net.predict_proba(X)
    with pytest.raises(ValueError, match=f"{name}=.*now it is {value!r}.*warm_start=False"):
        net.set_params(**{name: value}).fit(X, y)
    assert_array_equal(net.predict_proba(X), before)


def test_warm_start_takes_other_dropout():
    X, y = even()
    net = classifier(warm_start=True).fit(X, y).set_params(dropout=0.5).fit(X, y)
    assert len(net.loss_curve_) == 6


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_partial_fits_are_a_fit(architecture):
    X, y = ragged()
    # One batch: the rows of several are shuffled otherwise.
    settings = {"architecture": architecture, "learning_rate": "constant", "batch_size": 30}
    settings["dtype"] = "float64"
    whole = classifier(**settings).fit(X, y)
    net = classifier(**settings)
    for _ in range(3):
        net.partial_fit(X, y, classes=[0, 1])
    assert_allclose(net._weights, whole._weights, rtol=1e-6, atol=1e-9)
    assert net.t_ == whole.t_ == 90


def test_partial_fit_of_parts():
    X, y = ragged()
    net = classifier(architecture="gru").partial_fit(X[::2], y[::2], classes=[0, 1, 2])
    assert_array_equal(net.classes_, [0, 1, 2])
    scaling = [part.copy() for part in net._view]
    before = net.predict_proba(X)
    net.partial_fit([10.0 * x for x in X[1::2]], y[1::2])
    assert_array_equal(net._view, scaling)  # that of the first part
    assert not np.array_equal(net.predict_proba(X), before)
    with pytest.raises(ValueError, match="channels"):
        net.partial_fit(even(n_channels=3)[0], y)
    with pytest.raises(ValueError, match="classes must be passed"):
        classifier().partial_fit(X, y)


def test_partial_fit_of_a_regressor():
    X, _ = even()
    net = regressor(architecture="gru").partial_fit(X, levels(X)).partial_fit(X, levels(X))
    assert len(net.loss_curve_) == 2


SEEDED = [
    *({"architecture": a} for a in ARCHITECTURES),
    {"dropout": 0.3, "jitter": 0.1, "crop": 0.3, "masking": 0.2, "mixup": 0.5},
    {"architecture": "lstm", "dropout": 0.3, "n_estimators": 2, "depth": 2},
    {"early_stopping": True},
]


@pytest.mark.parametrize("settings", SEEDED, ids=str)
def test_the_seed_decides_and_global_generators_do_not(settings):
    X, y = ragged()
    fits = []
    for seed in (0, 99):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        before = torch.get_rng_state(), repr(np.random.get_state()), random.getstate()
        fits.append(classifier(**settings).fit(X, y))
        fits[-1].predict(X)
        assert torch.equal(torch.get_rng_state(), before[0])
        assert repr(np.random.get_state()) == before[1]
        assert random.getstate() == before[2]
    assert_array_equal(fits[0]._weights, fits[1]._weights)
    assert fits[0].loss_curve_ == fits[1].loss_curve_
    other = classifier(**settings | {"random_state": 1}).fit(X, y)
    assert not np.array_equal(other._weights, fits[0]._weights)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_threads_change_nothing(dropout):
    X, y = ragged()
    before, found = torch.get_num_threads(), []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            found.append(classifier(n_estimators=2, dropout=dropout).fit(X, y)._weights)
            assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    assert_allclose(found[0], found[1], rtol=1e-4, atol=1e-6)
