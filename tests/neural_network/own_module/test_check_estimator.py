"""The contract of scikit-learn's estimators, for modules of several kinds."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.neural_network import NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.own_module.own_modules import Dropping, Flat, Net, Normalized, SkorchNet

DOUBLE = {"dtype": "float64", "learning_rate_init": 0.01}
# Every setting and module once, of the classifier or of the regressor.
NETWORKS = [
    NeuralNetClassifier(SkorchNet, outputs="probabilities", learning_rate_init=0.01),
    NeuralNetClassifier(Normalized, learning_rate_init=0.01),
    NeuralNetClassifier(Dropping, class_weight="balanced", **DOUBLE),
    NeuralNetRegressor(Net, early_stopping=True, learning_rate_init=0.02, module__units=30),
    NeuralNetRegressor(Net, dtype="auto", solver="lbfgs", max_iter=20),
]


@pytest.mark.filterwarnings("default")  # the checks fit a few epochs of degenerate data
@parametrize_with_checks(NETWORKS)
def test_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_weights_are_repeated_rows_in_float32_too(iris):
    X, y = iris
    weight = np.arange(150) % 4
    settings = {"random_state": 0, "solver": "lbfgs", "max_iter": 10, "alpha": 1.0}
    weighted = NeuralNetClassifier(Net, **settings).fit(X, y, sample_weight=weight)
    repeated = NeuralNetClassifier(Net, **settings).fit(X.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-3, atol=1e-5
    )


@pytest.mark.parametrize("network", [NeuralNetClassifier(Net), NeuralNetRegressor(Flat)])
def test_parameters_are_validated(network):
    check_param_validation(type(network).__name__, network)
