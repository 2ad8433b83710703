"""A fitted network is numpy arrays and plain values, and can be kept in any way."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
import skops.io
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdeep
from skdeep.neural_network import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CASES = ["two_classes", "iris", "several_labels", "texts", "diabetes", "two_numbers"]
SETTINGS = {
    "defaults": {},
    "early stopping": {"early_stopping": True, "scoring": "loss"},
    "dropout": {"dropout": 0.3, "weight_decay": 0.1, "solver": "adamw"},
    "lbfgs": {"solver": "lbfgs"},
    "warm start": {"warm_start": True},
}


@pytest.fixture
def texts(iris):
    return iris[0], np.array(["a", "b", "c"], dtype=object)[iris[1]]


@pytest.fixture(params=SETTINGS)
def settings(request):
    return {"hidden_layer_sizes": (6, 5), "max_iter": 8, "random_state": 0} | SETTINGS[
        request.param
    ]


@pytest.fixture(params=CASES)
def fitted(request, settings):
    X, y = request.getfixturevalue(request.param)
    made = MLPRegressor if request.param in ("diabetes", "two_numbers") else MLPClassifier
    return made(**settings).fit(X, y), X, y


def through_pickle(network):
    return pickle.loads(pickle.dumps(network))


def through_joblib(network):
    file = io.BytesIO()
    joblib.dump(network, file)
    file.seek(0)
    return joblib.load(file)


def through_skops(network):
    data = skops.io.dumps(network)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith("skdeep.") for name in untrusted), untrusted
    return skops.io.loads(data, trusted=untrusted)


WAYS = [through_pickle, through_joblib, through_skops, copy.deepcopy, copy.copy]


def outputs(network, X):
    method = "predict_proba" if isinstance(network, MLPClassifier) else "predict"
    return getattr(network, method)(X)


@pytest.mark.parametrize("way", WAYS)
def test_a_kept_network_predicts_the_same(fitted, way):
    network, X, _ = fitted
    kept = way(network)
    assert type(kept) is type(network)
    assert np.array_equal(outputs(kept, X), outputs(network, X))
    assert np.array_equal(kept.predict(X), network.predict(X))
    assert kept.get_params() == network.get_params()
    assert kept.loss_curve_ == network.loss_curve_
    assert vars(kept).keys() == vars(network).keys()


@pytest.mark.parametrize("way", WAYS)
def test_a_kept_network_goes_on_training(iris, way):
    X, y = iris
    network = MLPClassifier((6,), batch_size=30, dropout=0.2, random_state=0)
    network.partial_fit(X, y, classes=[0, 1, 2])
    kept = way(network)
    network.partial_fit(X, y)
    assert not np.array_equal(outputs(kept, X), outputs(network, X))  # it has its own weights
    kept.partial_fit(X, y)
    assert np.array_equal(outputs(kept, X), outputs(network, X))


@pytest.mark.parametrize("way", WAYS)
def test_an_unfitted_network_can_be_kept(way):
    network = MLPClassifier((3,), dropout=0.1, device="cpu")
    assert way(network).get_params() == network.get_params()


def test_a_pipeline_can_be_kept(iris):
    X, y = iris
    pipe = make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=5)).fit(X, y)
    for way in WAYS:
        assert np.array_equal(way(pipe).predict_proba(X), pipe.predict_proba(X))


def test_clone_forgets_the_fit_alone(fitted):
    network, _, _ = fitted
    fresh = clone(network)
    assert fresh.get_params() == network.get_params()
    assert vars(fresh).keys() == network.get_params().keys()


def everything_in(value, seen=None):
    """All values reachable through attributes and containers."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if isinstance(value, dict):
        children = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set):
        children = list(value)
    else:
        children = list(getattr(value, "__dict__", {}).values())
    for child in children:
        yield from everything_in(child, seen)


def test_the_state_is_numpy_arrays_and_plain_values(fitted):
    network, _, _ = fitted
    for value in everything_in(vars(network)):
        module = type(value).__module__
        assert module.split(".")[0] in ("builtins", "numpy", "skdeep"), type(value)
        assert not callable(value)


def test_the_data_are_not_in_the_state(fitted):
    network, X, y = fitted
    for value in everything_in(vars(network)):
        if isinstance(value, np.ndarray):
            assert not np.shares_memory(value, X)
            assert value.shape[:1] != (len(y),) or network.warm_start


def test_a_pickle_is_about_as_large_as_the_weights_and_the_memory_of_the_solver():
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(5000, 20)), rng.randint(0, 2, 5000)
    network = MLPClassifier((100, 100), max_iter=2, random_state=0).fit(X, y)
    size = sum(w.nbytes for w in network.coefs_ + network.intercepts_)
    network.module_.eval()
    assert len(pickle.dumps(network)) < 3 * size + 8000
    network.set_params(solver="lbfgs").fit(X, y)
    assert len(pickle.dumps(network)) < size + 8000


def test_a_pickle_carries_its_version(iris):
    network = MLPClassifier((3,), max_iter=2).fit(*iris)
    state = network.__getstate__()
    assert state["_skdeep_version"] == skdeep.__version__
    older = MLPClassifier()
    with pytest.warns(
        InconsistentVersionWarning, match="pickled by skdeep 0.0.0.*loaded by"
    ) as seen:
        older.__setstate__(state | {"_skdeep_version": "0.0.0"})
    assert len(seen) == 1
    assert skdeep.__version__ in str(seen[0].message)
    assert np.array_equal(older.predict(iris[0]), network.predict(iris[0]))
    with pytest.warns(InconsistentVersionWarning, match="unknown"):
        MLPClassifier().__setstate__({k: v for k, v in state.items() if k != "_skdeep_version"})
    assert "_skdeep_version" not in vars(through_pickle(network))  # and warns of nothing


@pytest.mark.parametrize("way", WAYS)
def test_a_network_for_a_gpu_loads_without_one(iris, way, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    X, y = iris
    network = MLPClassifier((3,), max_iter=2, random_state=0).fit(X, y).set_params(device="cuda:3")
    kept = way(network)
    assert kept.device == "cuda:3"
    with pytest.warns(UserWarning, match="device='cuda:3' is not on this machine; predicting on"):
        predicted = kept.predict(X)
    assert np.array_equal(predicted, network.set_params(device="cpu").predict(X))
    assert kept.module_(torch.from_numpy(X)).shape == (150, 3)


def test_module_is_the_network(fitted):
    network, X, _ = fitted
    module = network.module_
    assert isinstance(module, torch.nn.Module)
    assert not module.training
    with torch.no_grad():
        raw = module(torch.from_numpy(X))
        assert torch.equal(raw, module(torch.from_numpy(X)))  # no dropout in eval mode
        activated = {
            "softmax": lambda z: torch.softmax(z, dim=1),
            "logistic": torch.sigmoid,
            "identity": lambda z: z,
        }[network.out_activation_](raw).numpy()
    wanted = outputs(network, X)
    if network.out_activation_ == "logistic" and wanted.shape[1] != activated.shape[1]:
        wanted = wanted[:, 1:]
    assert_allclose(activated.reshape(wanted.shape), wanted, rtol=1e-10)


def test_module_is_built_on_demand_and_is_nobody_elses(iris):
    X, y = iris
    network = MLPClassifier((6,), max_iter=3, dropout=0.5, random_state=0).fit(X, y)
    before = pickle.dumps(network), network.predict_proba(X)
    module = network.module_
    assert pickle.dumps(network) == before[0]
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    assert np.array_equal(network.predict_proba(X), before[1])
    assert any(isinstance(layer, torch.nn.Dropout) for layer in module.modules())
    optimizer = torch.optim.SGD(network.module_.parameters(), lr=0.1)
    assert len(optimizer.param_groups[0]["params"]) == 4
    with pytest.raises(AttributeError, match="not fitted"):
        _ = MLPClassifier().module_
    assert not hasattr(MLPClassifier(), "module_")
