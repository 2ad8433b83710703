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

from tests.neural_network.image.pictures import (
    ARCHITECTURES,
    answers,
    bytes_of,
    classifier,
    flat,
    levels,
    noise,
    regressor,
)

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = noise()


@pytest.mark.parametrize("made", [classifier, regressor])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_copies_answer_alike(made, architecture):
    net = made(architecture=architecture, n_estimators=2).fit(
        X, levels(X) if made is regressor else Y
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
    nets = [classifier(architecture=a).fit(bytes_of(X), Y) for a in ARCHITECTURES]
    file = tmp_path / "nets.pickle"
    file.write_bytes(pickle.dumps((nets, bytes_of(X))))
    environment = os.environ | {"PYTHONPATH": os.getcwd(), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", SCRIPT, str(file)]
    subprocess.run(command, env=environment, check=True, timeout=120)
    for net, (probabilities, features, later) in zip(
        nets, pickle.loads(file.read_bytes()), strict=True
    ):
        assert_allclose(probabilities, net.predict_proba(bytes_of(X)), rtol=1e-6)
        assert_allclose(features, net.transform(bytes_of(X)), rtol=1e-5, atol=1e-7)
        net.partial_fit(bytes_of(X), net.predict(bytes_of(X)))
        assert_allclose(later, net.predict_proba(bytes_of(X)), rtol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_warm_start_goes_on(architecture):
    settings = {"architecture": architecture, "warm_start": True, "learning_rate": "constant"}
    net = classifier(**settings).fit(X, Y)
    first = net._weights.copy()
    net.fit(X, Y)
    assert len(net.loss_curve_) == 6
    assert not np.array_equal(net._weights, first)
    cold = classifier(**settings | {"warm_start": False}).fit(X, Y)
    assert_array_equal(cold._weights, first)
    assert_array_equal(cold.fit(X, Y)._weights, first)


@pytest.mark.parametrize(
    ("name", "value"),
    [("width", 8), ("depth", 2), ("architecture", "mlp"), ("n_estimators", 2), ("patch_size", 3)],
)
def test_warm_start_refuses_other_networks(name, value):
    net = classifier(warm_start=True).fit(X, Y)
    before = net.predict_proba(X)
    with pytest.raises(ValueError, match=f"{name}=.*now it is {value!r}.*warm_start=False"):
        net.set_params(**{name: value}).fit(X, Y)
    assert_array_equal(net.predict_proba(X), before)


def test_warm_start_refuses_other_images_and_takes_other_dropout():
    net = classifier(warm_start=True).fit(X, Y).set_params(dropout=0.5).fit(X, Y)
    assert len(net.loss_curve_) == 6
    with pytest.raises(ValueError, match="fitted on height 6, width 8"):
        net.fit(X[:, :5], Y)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_partial_fits_are_a_fit(architecture):
    # One batch: the rows of several are shuffled otherwise.
    settings = {"architecture": architecture, "learning_rate": "constant", "batch_size": 30}
    settings["dtype"] = "float64"
    whole = classifier(**settings).fit(X, Y)
    net = classifier(**settings)
    for _ in range(3):
        net.partial_fit(X, Y, classes=[0, 1])
    assert_allclose(net._weights, whole._weights, rtol=1e-6, atol=1e-9)
    assert net.t_ == whole.t_ == 90


def test_partial_fit_of_parts():
    net = classifier(architecture="mlp").partial_fit(X[::2], Y[::2], classes=[0, 1, 2])
    assert_array_equal(net.classes_, [0, 1, 2])
    scaling = [part.copy() for part in net._view]
    before = net.predict_proba(X)
    net.partial_fit(flat(X)[1::2] / 2, Y[1::2])
    assert_array_equal(net._view, scaling)  # that of the first part
    assert not np.array_equal(net.predict_proba(X), before)
    with pytest.raises(ValueError, match="fitted on height 6, width 8"):
        net.partial_fit(X[:, :5], Y)
    with pytest.raises(ValueError, match="classes must be passed"):
        classifier().partial_fit(X, Y)


def test_partial_fit_of_a_regressor():
    net = regressor().partial_fit(X, levels(X)).partial_fit(X, levels(X))
    assert len(net.loss_curve_) == 2


SEEDED = [
    *({"architecture": a} for a in ARCHITECTURES),
    {"dropout": 0.3, "shift": 0.2, "crop": 0.3, "flip": True, "cutout": 0.2, "mixup": 0.5},
    {"early_stopping": True, "n_estimators": 2},
]


@pytest.mark.parametrize("settings", SEEDED, ids=str)
def test_the_seed_decides_and_global_generators_do_not(settings):
    fits = []
    for seed in (0, 99):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        before = torch.get_rng_state(), repr(np.random.get_state()), random.getstate()
        fits.append(classifier(**settings).fit(X, Y))
        fits[-1].predict(X)
        assert torch.equal(torch.get_rng_state(), before[0])
        assert repr(np.random.get_state()) == before[1]
        assert random.getstate() == before[2]
    assert_array_equal(fits[0]._weights, fits[1]._weights)
    assert fits[0].loss_curve_ == fits[1].loss_curve_
    other = classifier(**settings | {"random_state": 1}).fit(X, Y)
    assert not np.array_equal(other._weights, fits[0]._weights)


def test_threads_change_nothing():
    before, found = torch.get_num_threads(), []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            found.append(classifier(n_estimators=2).fit(X, Y)._weights)
            assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    assert_allclose(found[0], found[1], rtol=1e-4, atol=1e-6)
