"""The contract of scikit-learn's estimators, for the combiners of predictions."""

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.ensemble import (
    ConvexStackingClassifier,
    ConvexStackingRegressor,
    EnsembleSelectionClassifier,
    EnsembleSelectionRegressor,
)

COMBINERS = [
    ConvexStackingClassifier(),
    ConvexStackingRegressor(),
    EnsembleSelectionClassifier(),
    EnsembleSelectionRegressor(),
    EnsembleSelectionClassifier(scoring="accuracy", max_iter=5),
    EnsembleSelectionRegressor(n_bags=3, n_initial=2, n_iter_no_change=None),
]


# The checks fit columns that are no predictions: their numbers do not divide by those of classes.
@pytest.mark.filterwarnings("default", "ignore:X has .* which is no multiple:UserWarning")
@parametrize_with_checks(COMBINERS)
def test_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("combiner", COMBINERS[:4])
def test_parameters_are_validated(combiner):
    check_param_validation(type(combiner).__name__, combiner)
