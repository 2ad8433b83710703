"""The contract of scikit-learn's estimators, for tables as sequences of one channel."""

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.neural_network import SequenceClassifier, SequenceRegressor

# Small, of few steps, and done soon where a check asks for 1,000 epochs.
SMALL = {"width": 4, "depth": 1, "n_estimators": 1, "max_iter": 15, "learning_rate_init": 0.03}
QUICK = {**SMALL, "batch_size": 32, "n_iter_no_change": 5, "tol": 0.01}
NETWORKS = [SequenceClassifier(architecture="gru", **QUICK), SequenceRegressor(**QUICK)]


@pytest.mark.filterwarnings("default")  # the checks fit a few epochs of degenerate data
@parametrize_with_checks(NETWORKS)
def test_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("network", [SequenceClassifier(), SequenceRegressor()])
def test_parameters_are_validated(network):
    check_param_validation(type(network).__name__, network)
