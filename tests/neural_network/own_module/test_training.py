"""Training is that of the perceptrons and of a plain loop of torch, alone and in packs."""

import joblib
import numpy as np
import pytest
import torch
from sklearn.callback import ScoringMonitor
from sklearn.model_selection import GridSearchCV
from torch import nn

import skdeep._engine.training.pack
from skdeep import MLPClassifier, MLPRegressor, NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.own_module.own_modules import Dropping, LastStep, Net, Normalized, Words

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DOUBLE = {"dtype": "float64", "random_state": 0}


def module_like(mlp):
    """A module at the weights that a perceptron has after no step, or a tiny one."""
    module = Net(mlp.n_features_in_, mlp.n_outputs_).double()
    with torch.no_grad():
        for layer, weight, bias in zip(
            (module[0], module[2]), mlp.coefs_, mlp.intercepts_, strict=True
        ):
            layer.weight.copy_(torch.from_numpy(weight.T))
            layer.bias.copy_(torch.from_numpy(bias))
    return module


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "lbfgs"])
@pytest.mark.parametrize("case", ["iris", "two_classes", "several_labels", "diabetes"])
def test_a_perceptron_of_one_s_own_is_ours(request, case, solver):
    X, y = request.getfixturevalue(case)
    is_regression = case == "diabetes"
    mlp_class = MLPRegressor if is_regression else MLPClassifier
    net_class = NeuralNetRegressor if is_regression else NeuralNetClassifier
    settings = DOUBLE | {"solver": solver, "alpha": 0.01, "shuffle": False}
    plain = {"normalize_y": False} if is_regression else {}
    start = mlp_class((10,), **settings | plain, max_iter=1, learning_rate_init=1e-300, max_fun=1)
    module = module_like(start.fit(X, y))
    settings |= {"max_iter": 15, "n_iter_no_change": 30, "warm_start": True}
    rate = 1e-4 if is_regression else 0.01
    start.set_params(**settings, max_fun=15000, learning_rate_init=rate)
    start._optimizer = None  # its memory and its order
    start.fit(X, y)
    ours = net_class(module, **settings, **plain, learning_rate_init=rate).fit(X, y)
    np.testing.assert_allclose(ours.loss_curve_, start.loss_curve_[-len(ours.loss_curve_) :])
    method = "predict" if is_regression else "predict_proba"
    np.testing.assert_allclose(getattr(ours, method)(X), getattr(start, method)(X), rtol=1e-6)


def test_training_is_that_of_a_plain_loop(diabetes):
    X, y = diabetes
    module = Net(10, 1).double()
    settings = {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False, "alpha": 0.0}
    net = NeuralNetRegressor(module, max_iter=20, shuffle=False, batch_size=30, **settings)
    net.set_params(normalize_y=False, learning_rate_init=1e-4, **DOUBLE).fit(X, y)
    plain = module_copy = Net(10, 1).double()
    plain.load_state_dict(module.state_dict())
    rows, targets = torch.from_numpy(X), torch.from_numpy(y)[:, None]
    optimizer = torch.optim.SGD(module_copy.parameters(), lr=1e-4)
    for _ in range(20):
        for start in range(0, 120, 30):
            optimizer.zero_grad()
            residual = plain(rows[start : start + 30]) - targets[start : start + 30]
            (0.5 * residual**2).mean().backward()
            optimizer.step()
    np.testing.assert_allclose(net.predict(X), plain(rows).detach()[:, 0], rtol=1e-9)


CASES = {
    Net: "iris",
    Normalized: "iris",
    Dropping: "iris",
    LastStep: "sequences",
    Words: "tokens",
}


def network(module, **settings):
    return NeuralNetClassifier(module, **{"max_iter": 6, "random_state": 0} | settings)


@pytest.mark.parametrize("module", CASES)
def test_random_state_decides_all_and_touches_nothing(request, module):  # skorch#33, skorch#280
    X, y = request.getfixturevalue(CASES[module])
    torch.manual_seed(1)
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = network(module).fit(X, y).predict_proba(X)
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)
    torch.manual_seed(2)
    np.testing.assert_array_equal(network(module).fit(X, y).predict_proba(X), first)
    other = network(module, random_state=1).fit(X, y).predict_proba(X)
    assert not np.allclose(other, first)


@pytest.mark.parametrize("module", CASES)
def test_warm_start_goes_on(request, module):  # skorch#808
    X, y = request.getfixturevalue(CASES[module])
    settings = {"dtype": "float64", "learning_rate_init": 0.01}
    whole = network(module, max_iter=8, **settings).fit(X, y)
    halves = network(module, max_iter=4, warm_start=True, **settings).fit(X, y).fit(X, y)
    np.testing.assert_allclose(halves.loss_curve_, whole.loss_curve_)
    np.testing.assert_allclose(halves.predict_proba(X), whole.predict_proba(X), atol=1e-9)
    steps = network(module, **settings)
    for _ in range(8):
        steps.partial_fit(X, y, classes=np.unique(y))
    np.testing.assert_allclose(steps.predict_proba(X), whole.predict_proba(X), atol=1e-9)


def test_warm_start_needs_the_same_parameters(iris):
    net = network(Net, warm_start=True).fit(*iris)
    net.set_params(module__units=10).fit(*iris)
    with pytest.raises(ValueError, match=r"(?s)has parameters \{'0.weight': \(10, 4\).*\(3, 4\)"):
        net.set_params(module__units=3).fit(*iris)
    net.set_params(warm_start=False).fit(*iris)


def test_warm_start_of_a_module_goes_on_from_the_fit(iris):
    net = network(Net(4, 3), warm_start=True).fit(*iris)
    before = net.loss_curve_[-1]
    assert net.fit(*iris).loss_curve_[-1] < before
    assert len(net.loss_curve_) == 12


@pytest.mark.parametrize("scoring", [None, "loss", "neg_log_loss"])
@pytest.mark.parametrize("module", CASES)
def test_early_stopping_gives_back_the_best_weights(request, module, scoring):  # skorch#809
    X, y = request.getfixturevalue(CASES[module])
    settings = {"max_iter": 40, "n_iter_no_change": 3, "learning_rate_init": 0.3}
    net = network(module, early_stopping=True, scoring=scoring, **settings)
    net.fit(X[20:], y[20:], X_val=X[:20], y_val=y[:20])  # skorch#551
    assert net.best_validation_score_ == max(net.validation_scores_)
    probabilities = net.predict_proba(X[:20])
    loss = -np.log(probabilities[np.arange(20), y[:20]].clip(1e-12)).mean()
    best = {
        None: np.mean(net.predict(X[:20]) == y[:20]),
        "loss": -loss,
        "neg_log_loss": -loss,
    }[scoring]
    assert best == pytest.approx(net.best_validation_score_, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("module", CASES)
def test_packs_change_nothing(request, module, monkeypatch):
    X, y = request.getfixturevalue(CASES[module])
    sizes, plain = [], skdeep._engine.training.pack.make_network

    def make_network(members, streams):
        sizes.append(len(members))
        return plain(members, streams)

    monkeypatch.setattr(skdeep._engine.training.pack, "make_network", make_network)
    grid = {"learning_rate_init": [0.001, 0.01, 0.03], "alpha": [0.0, 0.1]}
    search = GridSearchCV(network(module, dtype="float64"), grid, cv=2, scoring="neg_log_loss")
    alone = search.fit(X, y).cv_results_["mean_test_score"]
    assert set(sizes) == {1}
    with joblib.parallel_config("skdeep"):
        together = search.fit(X, y).cv_results_["mean_test_score"]
    assert max(sizes) >= 6
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_other_structures_do_not_share_a_pack(iris):
    grid = {"module__units": [3, 4], "module": [Net]}
    search = GridSearchCV(network(Net), grid, cv=3)
    alone = search.fit(*iris).cv_results_["mean_test_score"]
    with joblib.parallel_config("skdeep"):
        np.testing.assert_allclose(search.fit(*iris).cv_results_["mean_test_score"], alone)


def test_predictions_do_not_depend_on_the_batch(sequences):
    X, y = sequences
    net = network(LastStep, dtype="float64").fit(X, y)
    one_by_one = np.vstack([net.predict_proba(X[i : i + 1]) for i in range(10)])
    np.testing.assert_allclose(one_by_one, net.predict_proba(X)[:10], rtol=1e-9)


def test_a_module_that_draws_in_prediction_says_the_same_twice(iris):
    class AlwaysDropping(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 3)

        def forward(self, x):
            return self.linear(nn.functional.dropout(x, 0.5, training=True))

    net = network(AlwaysDropping).fit(*iris)
    state = torch.get_rng_state()
    np.testing.assert_array_equal(net.predict_proba(iris[0]), net.predict_proba(iris[0]))
    assert torch.equal(torch.get_rng_state(), state)


def test_frozen_parameters_stay(iris):
    module = Net(4, 3)
    module[0].requires_grad_(False)
    net = network(module).fit(*iris)
    assert torch.equal(net.module_[0].weight, module[0].weight)
    assert not torch.equal(net.module_[2].weight, module[2].weight)


def test_callbacks_see_every_epoch(iris):
    monitor = ScoringMonitor(scoring="accuracy")
    net = network(Normalized).set_callbacks(monitor).fit(*iris)
    assert len(net.loss_curve_) == 6
