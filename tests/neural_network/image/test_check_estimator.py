"""The contract of scikit-learn's estimators, for tables as images of height 1."""

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.neural_network import ImageClassifier, ImageRegressor

SMALL = {"n_estimators": 1, "depth": 1, "learning_rate_init": 0.02}
NETWORKS = [
    ImageClassifier(**SMALL, width=8, max_iter=20, architecture="mlp"),
    ImageRegressor(**SMALL, width=4, max_iter=15),
]


@pytest.mark.filterwarnings("default")  # the checks fit a few epochs of degenerate data
@parametrize_with_checks(NETWORKS)
def test_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("network", [ImageClassifier(), ImageRegressor()])
def test_parameters_are_validated(network):
    check_param_validation(type(network).__name__, network)
