"""`module__x` are parameters like any other."""

from functools import partial

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from skdeep import NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.own_module.own_modules import Flat, Net

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def n_units(net):
    return net.module_[0].out_features


def test_get_and_set_and_clone():
    net = NeuralNetClassifier(Net, module__units=7, max_iter=3)
    assert net.get_params()["module__units"] == net.get_params(deep=False)["module__units"] == 7
    copy = clone(net).set_params(module__units=8, alpha=0.1)
    assert copy.get_params() == net.get_params() | {"module__units": 8, "alpha": 0.1}
    assert net.get_params()["module__units"] == 7
    assert clone(copy).get_params() == copy.get_params()
    assert "module__units=7" in repr(net)
    assert "module__units" in net._repr_html_()


def test_unknown_names_are_refused_where_they_can_be(iris):
    with pytest.raises(TypeError, match="unexpected keyword argument 'units'"):
        NeuralNetClassifier(Net, units=3)
    with pytest.raises(ValueError, match="Invalid parameter 'units'"):
        NeuralNetClassifier(Net).set_params(units=3)
    net = NeuralNetClassifier(Net, module__unit=3)  # its module may change before fit
    expected = r"module__unit=3: module=Net has no argument 'unit'; it takes n_features, n_outputs"
    with pytest.raises(ValueError, match=expected + r", units. Did you mean module__units\?"):
        net.fit(*iris)
    assert vars(net).keys() == vars(clone(net)).keys()


def test_set_params_alone_changes_nothing_fitted(iris):  # skorch#784, skorch#349
    net = NeuralNetClassifier(Net, max_iter=3, random_state=0).fit(*iris)
    before = net.predict_proba(iris[0])
    net.set_params(module__units=3)
    np.testing.assert_array_equal(net.predict_proba(iris[0]), before)
    assert n_units(net) == 10
    assert n_units(net.fit(*iris)) == 3


def test_search_over_the_module(iris):
    pipe = make_pipeline(StandardScaler(), NeuralNetClassifier(Net, max_iter=30, random_state=0))
    grid = {"neuralnetclassifier__module__units": [1, 20]}
    search = GridSearchCV(pipe, grid, cv=3).fit(*iris)
    assert search.best_params_ == {"neuralnetclassifier__module__units": 20}
    assert n_units(search.best_estimator_[-1]) == 20


def test_search_over_modules(diabetes):
    search = GridSearchCV(NeuralNetRegressor(Net, max_iter=3), {"module": [Net, Flat]}, cv=2)
    assert {type(m) for m in search.fit(*diabetes).cv_results_["param_module"]} == {type}


def test_sizes_are_filled_in(iris):  # skorch#584, skorch#670
    net = NeuralNetClassifier(Net, max_iter=1).fit(*iris)
    assert (net.module_[0].in_features, net.module_[2].out_features) == (4, 3)
    assert net.n_features_in_ == 4
    assert net.n_outputs_ == 3
    net.set_params(module__n_features=2)  # what is given counts
    with pytest.raises(ValueError, match="module=Net does not take rows of shape"):
        net.fit(*iris)


def test_functions_make_modules_too(iris):
    def build(n_features, n_outputs, **kwargs):
        assert kwargs == {"depth": 2}
        return nn.Linear(n_features, n_outputs)

    NeuralNetClassifier(build, module__depth=2, max_iter=1).fit(*iris)
    shape = NeuralNetClassifier(partial(Net, units=4), max_iter=1).fit(*iris)
    assert n_units(shape) == 4
    with pytest.raises(TypeError, match=r"module=dict returned \{\}: a torch.nn.Module was exp"):
        NeuralNetClassifier(dict).fit(*iris)
    with pytest.raises(ValueError, match="module=Linear needs in_features, out_features: pass"):
        NeuralNetClassifier(nn.Linear).fit(*iris)


def test_a_module_is_where_training_starts_and_stays_as_it_was(iris):
    module = Net(4, 3)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    nets = [NeuralNetClassifier(module, max_iter=2, random_state=k, shuffle=False) for k in (0, 1)]
    first, other = (net.fit(*iris).predict_proba(iris[0]) for net in nets)
    np.testing.assert_array_equal(first, other)
    np.testing.assert_array_equal(clone(nets[0]).fit(*iris).predict_proba(iris[0]), first)
    assert all((before[name] == value).all() for name, value in module.state_dict().items())
    assert module.training
    with pytest.raises(ValueError, match="module__units=3 cannot be heeded: module=Net is init"):
        NeuralNetClassifier(module, module__units=3).fit(*iris)


def test_what_is_no_module_is_refused(iris):
    with pytest.raises(ValueError, match="The 'module' parameter of NeuralNetClassifier must be"):
        NeuralNetClassifier("mlp").fit(*iris)
