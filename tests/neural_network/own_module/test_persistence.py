"""A fitted module is arrays and the way it is made, and can be kept in any way."""

import copy
import pickle

import numpy as np
import pytest
import skops.io
import torch
from sklearn.base import clone

from skdeep import NeuralNetClassifier
from tests.neural_network.own_module.own_modules import (
    Dropping,
    LastStep,
    Net,
    Normalized,
    SkorchNet,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CASES = {Net: "iris", Normalized: "iris", Dropping: "iris", LastStep: "sequences"}


def through_pickle(net):
    return pickle.loads(pickle.dumps(net))


def through_skops(net):
    data = skops.io.dumps(net)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith(("skdeep.", "tests.")) for name in untrusted), untrusted
    return skops.io.loads(data, trusted=untrusted)


def everything_in(value, seen=None):
    """All values reachable through attributes and containers, but for the module's arguments."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if isinstance(value, dict):
        children = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set):
        children = list(value)
    elif isinstance(value, type):
        children = []
    else:
        children = list(getattr(value, "__dict__", {}).values())
    for child in children:
        yield from everything_in(child, seen)


@pytest.fixture(params=CASES, ids=lambda module: module.__name__)
def fitted(request):
    X, y = request.getfixturevalue(CASES[request.param])
    net = NeuralNetClassifier(request.param, max_iter=4, random_state=0)
    return net.fit(X, y), X, y


@pytest.mark.parametrize("way", [through_pickle, through_skops, copy.deepcopy, copy.copy])
def test_a_kept_network_predicts_the_same_and_goes_on(fitted, way):
    net, X, y = fitted
    kept = way(net)
    np.testing.assert_array_equal(kept.predict_proba(X), net.predict_proba(X))
    kept.partial_fit(X, y)
    before = net.predict_proba(X)
    net.partial_fit(X, y)
    assert not np.array_equal(before, net.predict_proba(X))
    np.testing.assert_allclose(kept.predict_proba(X), net.predict_proba(X), atol=1e-6)


def test_the_state_holds_no_tensors(fitted):  # skorch#70, skorch#426: pickles of a GPU
    net, X, _ = fitted
    kept = through_pickle(net)
    kinds = {type(value) for value in everything_in(vars(kept))}
    assert not any(issubclass(kind, torch.Tensor | torch.nn.Module) for kind in kinds)
    assert not any(np.shares_memory(v, X) for v in everything_in(vars(net)) if type(v) is type(X))
    assert b"torch" not in pickle.dumps(net)


def test_a_fitted_lazy_module_is_made_again(iris):
    net = NeuralNetClassifier(SkorchNet, module__n_outputs=3, outputs="probabilities", max_iter=3)
    net.fit(*iris)
    kept = through_pickle(net)
    np.testing.assert_array_equal(kept.predict_proba(iris[0]), net.predict_proba(iris[0]))
    assert kept.module_.dense0.in_features == 4


def test_frozen_parameters_drawn_at_random_are_kept(iris):
    net = NeuralNetClassifier(frozen_net, max_iter=3).fit(*iris)
    kept = through_pickle(net)
    kept._built.maker.arguments["n_features"] = 4
    object.__setattr__(kept._built.maker, "seed", 99)  # another version of torch draws others
    np.testing.assert_array_equal(kept.predict_proba(iris[0]), net.predict_proba(iris[0]))


def frozen_net(n_features, n_outputs):
    module = Net(n_features, n_outputs)
    module[0].requires_grad_(False)
    return module


def test_frozen_parameters_survive_a_warm_start(iris):
    net = NeuralNetClassifier(frozen_net, max_iter=3, warm_start=True).fit(*iris)
    frozen = net.module_[0].weight
    net = through_pickle(net.set_params(module__n_features=4).fit(*iris))  # made anew, twice
    assert torch.equal(net.module_[0].weight, frozen)


def test_module_is_a_copy_of_the_fitted_one(fitted):
    net, X, _ = fitted
    module, before = net.module_, net.predict_proba(X)
    assert type(module) is net.module
    assert not module.training
    raw = module(torch.as_tensor(X, dtype=torch.float32).clone()).detach()
    if net.n_outputs_ == 1:
        given = torch.sigmoid(raw)[:, 0].numpy()
        np.testing.assert_allclose(given, before[:, 1], rtol=1e-5)
    else:
        np.testing.assert_allclose(torch.softmax(raw, 1).numpy(), before, rtol=1e-5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    np.testing.assert_array_equal(net.predict_proba(X), before)
    assert all(parameter.requires_grad for parameter in net.module_.parameters())


def test_an_unfitted_network_has_no_module():
    net = NeuralNetClassifier(Net)
    assert not hasattr(net, "module_")
    assert through_pickle(net).get_params() == net.get_params()
    assert clone(net).get_params() == net.get_params()


@pytest.mark.filterwarnings("default")
def test_a_network_for_a_gpu_predicts_without_one(iris, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    net = (
        NeuralNetClassifier(Net, max_iter=2, random_state=0).fit(*iris).set_params(device="cuda:3")
    )
    with pytest.warns(UserWarning, match="device='cuda:3' is not on this machine; predicting on"):
        predicted = through_pickle(net).predict(iris[0])
    np.testing.assert_array_equal(predicted, net.set_params(device="cpu").predict(iris[0]))
