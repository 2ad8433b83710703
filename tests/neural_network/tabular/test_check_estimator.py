"""The contract of scikit-learn's estimators, over the settings that change what fit does."""

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.neural_network import TabularClassifier, TabularRegressor

SMALL = {"cv": 2, "max_iter": 3, "hidden_layer_sizes": (8,)}
FAST = {"effort": "fast", **SMALL}
TABLES = [
    TabularClassifier(cv=2, max_iter=3),
    TabularClassifier(**FAST),
    TabularClassifier(effort="best", architecture="transformer", **SMALL),
    TabularClassifier(architecture="resnet", **FAST),
    TabularClassifier(architecture="tabm", **FAST),
    TabularClassifier(interactions="cross", **FAST),
    TabularRegressor(cv=2, max_iter=3),
    TabularRegressor(effort="best", architecture="tabm", **SMALL),
    TabularRegressor(architecture="resnet", **FAST),
    TabularRegressor(architecture="transformer", **FAST),
    TabularRegressor(interactions="cross", loss="absolute_error", **FAST),
    TabularRegressor(loss="poisson", **FAST),
    TabularRegressor(loss="gamma", **FAST),
]


@pytest.mark.filterwarnings("default")  # the checks fit a few epochs of degenerate data
@parametrize_with_checks(TABLES)
def test_check_estimator(estimator, check):
    if check.func.__name__ == "check_class_weight_classifiers":
        # It asks for 1,000 epochs.
        estimator.set_params(max_time=1)
    check(estimator)


@pytest.mark.parametrize("table", [TABLES[0], TABLES[6]])
def test_parameters_are_validated(table):
    check_param_validation(type(table).__name__, table)
