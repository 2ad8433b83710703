"""A kept perceptron is small, and its torch module is made on demand.

How estimators are kept, whatever they are, is in the contract suite.
"""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
import skops.io
import torch
from numpy.testing import assert_allclose
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

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


def test_a_pipeline_can_be_kept(texts):
    X, y = texts
    pipe = make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=5)).fit(X, y)
    for way in WAYS:
        assert np.array_equal(way(pipe).predict_proba(X), pipe.predict_proba(X))
        assert np.array_equal(way(pipe).predict(X), pipe.predict(X))


def test_the_module_of_a_gpu_is_loaded_without_one(iris, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    network = MLPClassifier((3,), max_iter=2).fit(*iris).set_params(device="cuda:3")
    assert through_pickle(network).module_(torch.from_numpy(iris[0])).shape == (150, 3)


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


def test_the_data_are_not_in_the_state(fitted):
    network, _, y = fitted
    for value in everything_in(vars(network)):
        if isinstance(value, np.ndarray):
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
