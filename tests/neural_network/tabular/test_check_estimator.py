"""The contract of scikit-learn's estimators, over the settings that change what fit does."""

import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.neural_network import TabularClassifier, TabularRegressor

# Small, and in enough steps for what the checks want to see learned.
SMALL = {"cv": 2, "max_iter": 3, "hidden_layer_sizes": (8,), "batch_size": 8}
FAST = {"effort": "fast", "learning_rate_init": 0.1, **SMALL}
# Without losses for positive targets: scikit-learn gives regressors of many outputs, and
# transformers, negative ones whatever their tags say.
# Every setting once, of the classifier or of the regressor.
TABLES = [
    TabularClassifier(interactions="cross", **FAST),
    TabularClassifier(effort="best", architecture="transformer", **SMALL),
    TabularRegressor(effort="fast", cv=2, max_iter=7),
    TabularRegressor(architecture="tabm", loss="absolute_error", **FAST),
]


@pytest.mark.filterwarnings("default")  # the checks fit a few epochs of degenerate data
@parametrize_with_checks(TABLES)
def test_check_estimator(estimator, check):
    if check.func.__name__ == "check_class_weight_classifiers":
        # It asks for 1,000 epochs, in which steps made for three would go astray.
        estimator = clone(estimator).set_params(max_time=0.8, learning_rate_init="auto")
    check(estimator)


@pytest.mark.parametrize("table", [TabularClassifier(), TabularRegressor()])
def test_parameters_are_validated(table):
    check_param_validation(type(table).__name__, table)
