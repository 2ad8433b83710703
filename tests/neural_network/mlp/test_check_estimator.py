"""The contract of scikit-learn's estimators, over the settings that change what fit does."""

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.neural_network import MLPClassifier, MLPRegressor

# Every setting once, of the classifier or of the regressor, some of them together.
NETWORKS = [
    MLPClassifier(),
    MLPClassifier(solver="lbfgs", max_iter=20),
    MLPClassifier(solver="sgd", dtype="float64"),
    MLPClassifier(warm_start=True),
    MLPClassifier(class_weight="balanced", solver="rmsprop"),
    MLPRegressor(),
    MLPRegressor(solver="lbfgs", max_iter=20),
    MLPRegressor(early_stopping=True, dropout=0.5),
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
