"""A function of outputs and targets is a loss like any other."""

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from torch import nn

from skdeep import MLPClassifier, NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.neural_net.own_modules import Net, Normalized

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


def test_losses_that_are_no_loss_a_row_are_refused(iris):
    net = NeuralNetClassifier(Net, loss=nn.CrossEntropyLoss())
    with pytest.raises(ValueError, match=r"gave \(\) for \d+ rows.*of shape \(\d+,\).*reduction="):
        net.fit(*iris)
    NeuralNetClassifier(Net, loss=nn.CrossEntropyLoss(reduction="none"), max_iter=2).fit(*iris)
    with pytest.raises(ValueError, match=r"label_smoothing=0\.1 goes with loss='log_loss' alone"):
        net.set_params(label_smoothing=0.1).fit(*iris)
    with pytest.raises(ValueError, match="The 'loss' parameter of MLPClassifier must be a str"):
        MLPClassifier(loss=cross_entropy).fit(*iris)
