"""The contract of scikit-learn's estimators, over the settings that change what fit does."""

import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdeep.ensemble import StackingClassifier, StackingRegressor
from skdeep.model_selection import LastBlockSplit

SETTINGS = [
    {"cv": 5},
    {"cv": 0.2},
    {"cv": 5, "refit": False},
    {"cv": 0.2, "refit": False},
    {"cv": 2, "passthrough": True, "store_cv_predictions": True},
    {"cv": TimeSeriesSplit(2)},
    # Neither warm_start, which refuses other data, nor error_score='drop', which turns the errors
    # of the bases into warnings, can do what some checks ask for.
    {"cv": 2, "passthrough": [0]},
]
CLASSIFIERS = [
    ("tree", DecisionTreeClassifier(max_depth=3, random_state=0)),
    ("bayes", GaussianNB()),
]
REGRESSORS = [("tree", DecisionTreeRegressor(max_depth=3, random_state=0)), ("ridge", Ridge())]
FINAL_CLASSIFIER = DecisionTreeClassifier(max_depth=3, random_state=0)
LAYERED = [{}, {"cv": (0.5, 2), "passthrough": (True, False)}, {"refit": False}]
STACKERS = [
    # Every setting once, of the classifier or of the regressor; blending of both.
    *(StackingClassifier(CLASSIFIERS, FINAL_CLASSIFIER, **setting) for setting in SETTINGS[::2]),
    *(StackingRegressor(REGRESSORS, LinearRegression(), **setting) for setting in SETTINGS[1::2]),
    StackingClassifier(CLASSIFIERS, FINAL_CLASSIFIER, cv=0.2),
    *(
        StackingClassifier(
            [CLASSIFIERS, [("near", KNeighborsClassifier(1)), ("nb", GaussianNB())]],
            FINAL_CLASSIFIER,
            **{"cv": 2} | setting,
        )
        for setting in LAYERED[:2]
    ),
    *(
        StackingRegressor(
            [REGRESSORS, [("near", KNeighborsRegressor(1)), ("least", LinearRegression())]],
            LinearRegression(),
            **{"cv": 2} | setting,
        )
        for setting in LAYERED[1:]
    ),
    # The default final estimators, of folds and of a held-out part.
    StackingClassifier(CLASSIFIERS[:1]),
    StackingRegressor(REGRESSORS),
    StackingClassifier(CLASSIFIERS[:1], cv=0.2, refit=False),
    StackingRegressor(REGRESSORS, cv=LastBlockSplit()),
    StackingClassifier([CLASSIFIERS, [("near", KNeighborsClassifier(1))]], cv=(0.5, 2)),
]


@pytest.mark.filterwarnings("default")  # the checks fit degenerate data and look at errors only
@parametrize_with_checks(STACKERS)
def test_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("stacker", [STACKERS[0], STACKERS[4]])
def test_parameters_are_validated(stacker):
    check_param_validation(type(stacker).__name__, stacker)
