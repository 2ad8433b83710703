"""The contract of scikit-learn's estimators, over the settings that change what fit does."""

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.neural_network import MLPClassifier, MLPRegressor

# Every setting once a kind at least, some of them together.
BOTH = [
    {},
    {"solver": "rmsprop"},
    {"solver": "lbfgs", "max_iter": 20},
    {"solver": "sgd", "dtype": "float64"},
    {"warm_start": True},
]
NETWORKS = [
    *(MLPClassifier(**settings) for settings in BOTH),
    MLPClassifier(early_stopping=True),
    MLPClassifier(dropout=0.5),
    MLPClassifier(class_weight="balanced", solver="adamw"),
    *(MLPRegressor(**settings) for settings in BOTH),
    MLPRegressor(early_stopping=True, dropout=0.5),
    MLPRegressor(solver="adamw"),
]
FITS_TWICE = (
    "fits one object twice, on a y of one shape and then of another, and expects equal fits; "
    "with warm_start=True the second goes on from the first"
)


def excepted(network):
    if not network.warm_start:
        return {}
    names = ["check_supervised_y_2d"]
    if isinstance(network, MLPClassifier):
        names.append("check_classifiers_multilabel_representation_invariance")
    return dict.fromkeys(names, FITS_TWICE)


@pytest.mark.filterwarnings("default")  # the checks fit a few epochs of degenerate data
@parametrize_with_checks(NETWORKS, expected_failed_checks=excepted)
def test_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("network", [MLPClassifier(), MLPRegressor()])
def test_parameters_are_validated(network):
    check_param_validation(type(network).__name__, network)
