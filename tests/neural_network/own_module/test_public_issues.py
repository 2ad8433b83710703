"""What users of skorch and its like have complained of in public, for modules of one's own."""

import pickle
import time
from statistics import median

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from torch import nn

from skdeep import NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.own_module.own_modules import Flat, Net, SkorchNet

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N_EPOCHS, BATCH_SIZE = 5, 32


def a_loop_by_hand(X, y):
    net = Net(X.shape[1], 3)
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(N_EPOCHS):
        for rows in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()
            optimizer.step()


def seconds(function, *args):
    begin = time.perf_counter()
    function(*args)
    return time.perf_counter() - begin


def test_small_tables_take_no_longer_than_a_loop():
    """skorch#433 and skorch#1100: slower than a plain loop of torch on small tables."""
    X = np.random.default_rng(0).normal(size=(1500, 10)).astype(np.float32)
    y = X[:, :3].argmax(axis=1)
    net = NeuralNetClassifier(Net, max_iter=N_EPOCHS, batch_size=BATCH_SIZE)
    tensors = torch.from_numpy(X), torch.from_numpy(y)
    # Pairs run side by side: what else the machine does slows both.
    ratios = [seconds(net.fit, X, y) / seconds(a_loop_by_hand, *tensors) for _ in range(5)]
    assert median(ratios) < 1.3  # 0.6 where nothing disturbs


@pytest.mark.parametrize("module", [Net, SkorchNet])
def test_parallel_searches_give_what_one_process_gives(iris, module):
    """skorch#714 and skorch#95: n_jobs > 1 hangs, or cannot pickle the module."""
    X, y = iris
    if module is SkorchNet:
        net = NeuralNetClassifier(module, module__n_outputs=3, outputs="probabilities")
        grid = {"module__num_units": [3, 8]}
    else:
        net, grid = NeuralNetClassifier(module), {"module__units": [3, 8]}
    net.set_params(max_iter=5, random_state=0)
    alone, beside = (GridSearchCV(net, grid, cv=2, n_jobs=n).fit(X, y) for n in (None, 2))
    np.testing.assert_array_equal(
        alone.cv_results_["mean_test_score"], beside.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(alone.predict_proba(X), beside.predict_proba(X))


def test_fits_leave_threads_and_generators_alone(iris):
    """skorch#95 and scikit-learn#34070: nested threads fight for the cores."""
    n_threads, state = torch.get_num_threads(), torch.get_rng_state()
    net = NeuralNetClassifier(Net, max_iter=3, random_state=0)
    expected = clone(net).fit(*iris).predict_proba(iris[0])
    with joblib.parallel_config("threading", n_jobs=2):
        nets = joblib.Parallel()(joblib.delayed(clone(net).fit)(*iris) for _ in range(4))
    for fitted in nets:
        np.testing.assert_array_equal(fitted.predict_proba(iris[0]), expected)
    assert torch.get_num_threads() == n_threads
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_lazy_modules_are_searched_and_packed(iris, n_jobs):
    X, y = iris
    settings = {"module__n_outputs": 3, "outputs": "probabilities", "dtype": "float64"}
    net = NeuralNetClassifier(SkorchNet, max_iter=5, random_state=0, **settings)
    grid = {"module__num_units": [4, 7], "learning_rate_init": [0.001, 0.03]}
    search = GridSearchCV(net, grid, cv=3, scoring="neg_log_loss")
    alone = clone(search).fit(X, y)
    with joblib.parallel_config("skdeep", n_jobs=n_jobs):
        together = clone(search).fit(X, y)
    np.testing.assert_allclose(
        together.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"], rtol=1e-7
    )
    assert together.best_params_ == alone.best_params_
    assert together.best_estimator_.module_.dense0.in_features == 4
    assert not together.best_estimator_._built.maker.draws  # but for its weights, once
    # Another number of columns makes another module of the same class.
    assert clone(net).fit(X[:, :2], y).module_.dense0.in_features == 2


@pytest.mark.parametrize(
    "network",
    [NeuralNetClassifier(Net, module__units=3), NeuralNetRegressor(Flat, input_dtype="float")],
)
def test_tags_and_clones(network):
    """scikeras#332 and skorch#1076: is_classifier is False, tags crash, clone loses parameters."""
    is_for_classes = isinstance(network, NeuralNetClassifier)
    assert is_classifier(network) == is_for_classes
    assert is_regressor(network) != is_for_classes
    model = make_pipeline(StandardScaler(), network)
    assert get_tags(model).estimator_type == get_tags(network).estimator_type
    assert get_tags(network).target_tags.required
    assert get_tags(network).input_tags.sparse
    assert clone(network).get_params() == network.get_params()
    assert type(network)(**network.get_params()).get_params() == network.get_params()
    assert pickle.loads(pickle.dumps(network)).get_params() == network.get_params()


def test_meta_estimators_set_parameters_of_the_module(iris):
    """DeepTab#410: a search runs to its end and never changes a hyperparameter."""
    net = NeuralNetClassifier(Net, max_iter=3, random_state=0)
    bag = BaggingClassifier(net, n_estimators=2, random_state=0)
    search = GridSearchCV(bag, {"estimator__module__units": [2, 9]}, cv=2).fit(*iris)
    widths = {member.module_[0].out_features for member in search.best_estimator_.estimators_}
    assert widths == {search.best_params_["estimator__module__units"]}
    seeds = {member.random_state for member in search.best_estimator_.estimators_}
    assert len(seeds) == 2
    assert len(cross_val_score(clone(search.best_estimator_), *iris, cv=2)) == 2


def test_partial_fit_after_clone(iris):
    """skorch#328: partial_fit after clone goes on from the fit it was cloned from."""
    net = NeuralNetClassifier(Net, random_state=0)
    fresh = clone(net).partial_fit(*iris, classes=[0, 1, 2])
    again = clone(net.fit(*iris)).partial_fit(*iris, classes=[0, 1, 2])
    np.testing.assert_array_equal(fresh.predict_proba(iris[0]), again.predict_proba(iris[0]))


def test_history_grows_by_training_alone(iris):
    """skorch#434 and skorch#496: histories and parameters change behind one's back."""
    net = NeuralNetClassifier(Net, max_iter=4, random_state=0, warm_start=True)
    assert not hasattr(net, "loss_curve_")
    given = net.get_params()
    net.fit(*iris)
    curve = list(net.loss_curve_)
    net.predict(iris[0])
    clone(net.set_params(alpha=0.5)).fit(*iris)
    assert net.loss_curve_ == curve
    net.fit(*iris)
    assert net.loss_curve_[:4] == curve
    assert len(net.loss_curve_) == 8
    assert net.get_params() == given | {"alpha": 0.5}
