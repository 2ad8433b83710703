"""A function of outputs and targets is a loss like any other."""

import pickle
from functools import partial

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from torch import nn

import skdeep._engine.training.pack
from skdeep import MLPClassifier, NeuralNetClassifier, NeuralNetRegressor
from skdeep._engine.training.own_loss import own_loss_key
from tests.neural_network.own_module.own_modules import Flat, Net, Normalized, SkorchNet

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {"dtype": "float64", "random_state": 0, "max_iter": 15}


def half_square(outputs, targets):
    return 0.5 * (outputs - targets) ** 2


def cross_entropy(outputs, targets):
    return nn.functional.cross_entropy(outputs, targets, reduction="none")


def binary_cross_entropy(outputs, targets):
    return nn.functional.binary_cross_entropy_with_logits(outputs, targets, reduction="none")


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize(
    ("case", "function"),
    [
        ("iris", cross_entropy),
        ("two_classes", binary_cross_entropy),
        ("several_labels", binary_cross_entropy),
        ("diabetes", half_square),
        ("two_numbers", half_square),
    ],
)
def test_a_function_that_is_a_known_loss_trains_the_same(request, case, function, solver):
    X, y = request.getfixturevalue(case)
    is_regression = function is half_square
    made = NeuralNetRegressor if is_regression else NeuralNetClassifier
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    known, ours = (
        made(Net, **SETTINGS, **loss, solver=solver, batch_size=40).fit(X, y, sample_weight=weight)
        for loss in ({}, {"loss": function})
    )
    method = "predict" if is_regression else "predict_proba"
    np.testing.assert_allclose(getattr(ours, method)(X), getattr(known, method)(X), rtol=1e-6)
    if y.ndim == 1 and not is_regression:
        np.testing.assert_allclose(ours.loss_curve_, known.loss_curve_)


def test_it_is_validated_and_packed_too(iris):
    net = NeuralNetClassifier(Normalized, loss=cross_entropy, early_stopping=True, **SETTINGS)
    net.fit(*iris)
    assert len(net.validation_loss_curve_) == net.n_iter_
    search = GridSearchCV(net, {"learning_rate_init": [0.001, 0.01]}, cv=3, scoring="neg_log_loss")
    alone = search.fit(*iris).cv_results_["mean_test_score"]
    with joblib.parallel_config("skdeep"):
        together = search.fit(*iris).cv_results_["mean_test_score"]
    np.testing.assert_allclose(together, alone)


def fitted(X, y, made=NeuralNetClassifier, module=Net, weight=None, **settings):
    return made(module, **SETTINGS | settings).fit(X, y, sample_weight=weight)


@pytest.mark.parametrize(
    ("case", "known", "losses"),
    [
        (
            "iris",
            {},
            [
                nn.CrossEntropyLoss,
                nn.CrossEntropyLoss(),
                nn.CrossEntropyLoss(reduction="sum"),
                nn.functional.cross_entropy,
                partial(nn.functional.cross_entropy, reduction="mean"),
            ],
        ),
        ("two_classes", {"module__n_outputs": 2}, [nn.CrossEntropyLoss, nn.CrossEntropyLoss()]),
        ("two_classes", {}, [nn.BCEWithLogitsLoss, nn.BCEWithLogitsLoss()]),
        ("several_labels", {}, [nn.BCEWithLogitsLoss()]),
        ("diabetes", {"loss": "absolute_error"}, [nn.L1Loss, nn.functional.l1_loss]),
        ("diabetes", {"loss": "huber", "huber_delta": 0.5}, [nn.HuberLoss(delta=0.5)]),
        ("two_numbers", {"loss": "squared_error", "learning_rate_init": 2e-3}, [nn.MSELoss()]),
    ],
)
def test_losses_of_torch_as_skorch_users_write_them(request, case, known, losses):
    X, y = request.getfixturevalue(case)
    made = NeuralNetRegressor if "loss" in known else NeuralNetClassifier
    # Steps that grow with the loss; half a squared error is half of torch's.
    shared = {"made": made, "solver": "sgd", "alpha": 0.0, "learning_rate_init": 1e-3}
    shared["weight"] = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    method = "predict" if "loss" in known else "predict_proba"
    expected = getattr(fitted(X, y, **shared | known), method)(X)
    for loss in losses:
        ours = fitted(X, y, **shared, loss=loss)
        np.testing.assert_allclose(getattr(ours, method)(X), expected, rtol=1e-9)
        assert pickle.loads(pickle.dumps(clone(ours))).fit(X, y).loss_ > 0


@pytest.mark.parametrize("case", ["two_classes", "iris"])
def test_negative_log_likelihood_of_probabilities(request, case):  # skorch's default criterion
    X, y = request.getfixturevalue(case)
    shared = {"module": SkorchNet, "module__n_outputs": len(set(y)), "outputs": "probabilities"}
    ours = fitted(X, y, loss=nn.NLLLoss, **shared)
    np.testing.assert_allclose(ours.predict_proba(X), fitted(X, y, **shared).predict_proba(X))


def test_weights_of_classes_in_a_loss_of_torch(two_classes):  # skorch#673
    X, y = two_classes
    # They scale the loss of a row; ours are what the loss is divided by too, here by twice as much.
    shared = {"solver": "sgd", "alpha": 0.0, "batch_size": 100}
    weight = torch.tensor([1.0, 3.0])  # float32, and the module is of float64
    for loss, n_outputs in (
        (nn.BCEWithLogitsLoss(pos_weight=weight[1:]), 1),
        (nn.CrossEntropyLoss(weight=weight), 2),
    ):
        ours = fitted(X, y, loss=loss, learning_rate_init=0.01, **shared)
        known = {"class_weight": {0: 1, 1: 3}, "module__n_outputs": n_outputs}
        expected = fitted(X, y, **shared, **known, learning_rate_init=0.02)
        assert ours.n_outputs_ == n_outputs
        np.testing.assert_allclose(ours.predict_proba(X), expected.predict_proba(X), rtol=1e-9)


def mean_of_rows(outputs, targets, weights):
    return (weights * cross_entropy(outputs, targets)).sum() / weights.sum()


def mean_by_keyword(outputs, targets, *, sample_weight):
    return mean_of_rows(outputs, targets, sample_weight)


def weighted_rows(outputs, targets, w):
    return w * cross_entropy(outputs, targets)


class AsModule(nn.Module):
    def forward(self, outputs, targets, weights):
        return weighted_rows(outputs, targets, weights)[:, None]


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("loss", [mean_of_rows, mean_by_keyword, weighted_rows, AsModule])
def test_a_loss_that_weighs_rows_itself(iris, loss, solver):
    X, y = iris
    weight = np.random.default_rng(0).uniform(0.5, 2.0, 150)
    settings = {"solver": solver, "batch_size": 40, "early_stopping": True, "alpha": 0.1}
    for weights in (None, weight):
        ours, known = (
            fitted(X, y, weight=weights, class_weight={1: 2.0}, **settings, loss=loss)
            for loss in (loss, "log_loss")
        )
        np.testing.assert_allclose(ours.predict_proba(X), known.predict_proba(X), rtol=1e-6)
        np.testing.assert_allclose(ours.loss_curve_, known.loss_curve_)
        np.testing.assert_allclose(ours.validation_loss_curve_, known.validation_loss_curve_)


def one_minus_correlation(outputs, targets, weights):
    """A loss that knows no rows, only the batch."""
    share = weights[:, None] / weights.sum()
    a, b = (z - (share * z).sum() for z in (outputs, targets))
    return 1 - (share * a * b).sum() / ((share * a**2).sum() * (share * b**2).sum()).sqrt()


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_a_loss_of_the_batch(diabetes, solver):
    X, y = diabetes
    settings = {"made": NeuralNetRegressor, "loss": one_minus_correlation, "alpha": 0.0}
    settings |= {"solver": solver, "max_iter": 60, "learning_rate_init": 0.1}
    net = fitted(X, y, **settings)
    expected = 1 - np.corrcoef(net.predict(X), y)[0, 1]
    assert expected < 0.4
    if solver == "lbfgs":  # which reports the loss after the last step
        assert net.loss_ == pytest.approx(expected, rel=1e-6)
    # A row of weight 0 is left out, one of weight 2 is there twice.
    weight = np.arange(120) % 3
    weighted = fitted(X, y, weight=weight, **settings | {"max_iter": 10})
    repeated = fitted(X.repeat(weight, 0), y.repeat(weight), **settings | {"max_iter": 10})
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-5)


def test_a_loss_of_the_batch_is_packed_batch_by_batch(diabetes):
    net = NeuralNetRegressor(Net, loss=one_minus_correlation, batch_size=25, **SETTINGS)
    grid = {"learning_rate_init": [0.001, 0.01], "alpha": [0.0, 1.0]}
    search = GridSearchCV(net, grid, cv=2)
    alone = search.fit(*diabetes).cv_results_["mean_test_score"]
    with joblib.parallel_config("skdeep"):
        together = search.fit(*diabetes).cv_results_["mean_test_score"]
    np.testing.assert_allclose(together, alone)


def test_copies_of_a_loss_share_a_pack(iris, monkeypatch):
    sizes, plain = [], skdeep._engine.training.pack.make_network

    def make_network(members, streams):
        sizes.append(len(members))
        return plain(members, streams)

    monkeypatch.setattr(skdeep._engine.training.pack, "make_network", make_network)
    net = NeuralNetClassifier(Net, loss=nn.CrossEntropyLoss(weight=torch.ones(3)), **SETTINGS)
    with joblib.parallel_config("skdeep"):
        GridSearchCV(net, {"alpha": [0.1, 1.0, 2.0]}, cv=2, refit=False).fit(*iris)
    assert max(sizes) >= 3
    weights = [[1.0, 1.0, 1.0], [1.0, 1.0, 2.0]]
    losses = [nn.CrossEntropyLoss(weight=torch.tensor(w)) for w in [*weights, weights[0]]]
    keys = [own_loss_key(loss) for loss in losses]
    assert keys[0] == keys[2] != keys[1]


def test_losses_that_are_no_loss_a_row_are_refused(iris):
    net = NeuralNetClassifier(Net, loss=lambda z, t: cross_entropy(z, t).mean())
    with pytest.raises(
        ValueError, match=r"gave \(\) for \d+ rows.*of shape \(\d+,\).*`weights` as"
    ):
        net.fit(*iris)
    net.set_params(loss=lambda z, t, weights: cross_entropy(z, t)[:3])
    with pytest.raises(ValueError, match=r"gave \(3,\) for \d+ rows: a single number, or a tensor"):
        net.fit(*iris)
    net.set_params(loss="log_loss", label_smoothing=0.1).fit(*iris)
    with pytest.raises(ValueError, match=r"label_smoothing=0\.1 goes with loss='log_loss' alone"):
        net.set_params(loss=cross_entropy).fit(*iris)
    with pytest.raises(ValueError, match="The 'loss' parameter of MLPClassifier must be a str"):
        MLPClassifier(loss=cross_entropy).fit(*iris)


def test_losses_of_torch_that_do_not_fit_are_refused(two_classes):
    for loss in (nn.BCELoss, nn.BCELoss(), nn.functional.binary_cross_entropy):
        with pytest.raises(ValueError, match="takes probabilities, and losses are given raw outp"):
            NeuralNetClassifier(Net, loss=loss).fit(*two_classes)
    with pytest.raises(ValueError, match=r"\(4,\) for 4 rows: \(4, 2\) was expected, for 2 clas"):
        NeuralNetClassifier(Flat, loss=nn.CrossEntropyLoss).fit(*two_classes)

    class Learned(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(()))

        def forward(self, outputs, targets):
            return self.scale * (outputs - targets) ** 2

    with pytest.raises(ValueError, match="has parameters of its own, which would not be trained"):
        NeuralNetClassifier(Net, loss=Learned()).fit(*two_classes)
