"""The contract of scikit-learn's estimators, for modules of several kinds."""

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.neural_network import NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.neural_net.own_modules import Dropping, Flat, Net, SkorchNet

SETTINGS = [
    {},
    {"early_stopping": True, "learning_rate_init": 0.02, "module__units": 30},
    {"dtype": "float64", "solver": "adamw"},
    {"solver": "lbfgs", "max_iter": 20, "dtype": "auto"},
    {"module__units": 30},
]
NETWORKS = [
    *(NeuralNetClassifier(Net, **settings) for settings in SETTINGS),
    NeuralNetClassifier(SkorchNet, outputs="probabilities", learning_rate_init=0.01),
    NeuralNetClassifier(Net, class_weight="balanced"),
    NeuralNetClassifier(Dropping, learning_rate_init=0.01),
    *(NeuralNetRegressor(Net, **settings) for settings in SETTINGS),
    NeuralNetRegressor(Dropping, learning_rate_init=0.02, module__p=0.1),
]
DRAWS = "what a module draws hangs on the batch: a row that is there twice is dropped out twice"


def excepted(network):
    if network.module is not Dropping:
        return {}
    kinds = ("dense", "sparse")
    return {f"check_sample_weight_equivalence_on_{kind}_data": DRAWS for kind in kinds}


@pytest.mark.filterwarnings("default")  # the checks fit a few epochs of degenerate data
@parametrize_with_checks(NETWORKS, expected_failed_checks=excepted)
def test_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("network", [NeuralNetClassifier(Net), NeuralNetRegressor(Flat)])
def test_parameters_are_validated(network):
    check_param_validation(type(network).__name__, network)
