"""A fitted module is arrays and the way it is made; `module_` makes it again.

How estimators are kept, whatever they are, is in the contract suite.
"""

import pickle

import numpy as np
import pytest
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


@pytest.fixture(params=CASES, ids=lambda module: module.__name__)
def fitted(request):
    X, y = request.getfixturevalue(CASES[request.param])
    net = NeuralNetClassifier(request.param, max_iter=4, random_state=0)
    return net.fit(X, y), X, y


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
