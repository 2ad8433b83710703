"""Whatever scikit-learn does with networks, it comes to the same with packs and without."""

import joblib
import numpy as np
import pytest
import scipy.stats
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.ensemble import StackingClassifier as PeerStacking
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (it enables by import)
from sklearn.feature_selection import RFECV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    ShuffleSplit,
    cross_val_predict,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep import MLPClassifier, MLPRegressor, StackingClassifier, StackingRegressor

from .conftest import SETTINGS

X, Y = load_iris(return_X_y=True)
X_NUMBERS, Y_NUMBERS = (part[:120] for part in load_diabetes(return_X_y=True))
X_LABELS, Y_LABELS = make_multilabel_classification(90, 5, n_classes=3, random_state=0)
GRID = {"mlpclassifier__learning_rate_init": [0.001, 0.01], "mlpclassifier__alpha": [1e-4, 1.0]}
FOREST = RandomForestClassifier(5, random_state=0)
TOLERANCE = {"rtol": 1e-7, "atol": 1e-9}


def network(**changes):
    return MLPClassifier(**(SETTINGS | changes))


def numbers_network(**changes):
    return MLPRegressor(**(SETTINGS | changes))


def pipeline(**changes):
    return make_pipeline(StandardScaler(), network(**changes))


def bases(network=network):
    return [
        ("a", network()),
        ("b", network(random_state=1)),
        ("lr", LogisticRegression(max_iter=1000)),
    ]


def with_weights_of_features(estimator):
    """What RFECV ranks features by."""
    return np.abs(estimator.coefs_[0]).sum(axis=1)


FITTED = {
    "GridSearchCV": (GridSearchCV(pipeline(), GRID, cv=3), X, Y),
    "GridSearchCV, early stopping": (
        GridSearchCV(pipeline(early_stopping=True, n_iter_no_change=2, max_iter=30), GRID, cv=3),
        X,
        Y,
    ),
    "GridSearchCV, shapes": (
        GridSearchCV(
            network(),
            {
                "hidden_layer_sizes": [(5,), (4, 3)],
                "activation": ["relu", "tanh"],
                "solver": ["adam", "sgd"],
                "batch_size": [20, 50],
            },
            cv=2,
        ),
        X,
        Y,
    ),
    "GridSearchCV, lbfgs": (
        GridSearchCV(network(solver="lbfgs", tol=1e-2, max_iter=200), {"alpha": [0.1, 1.0]}, cv=3),
        X,
        Y,
    ),
    "GridSearchCV, other estimators": (
        GridSearchCV(
            make_pipeline(StandardScaler(), network()),
            [
                {
                    "mlpclassifier": [
                        LogisticRegression(),
                        RandomForestClassifier(5, random_state=0),
                    ]
                },
                {"mlpclassifier__dropout": [0.0, 0.3]},
            ],
            cv=3,
        ),
        X,
        Y,
    ),
    "GridSearchCV, a stack": (
        GridSearchCV(
            PeerStacking(bases(), cv=2),
            {"a__alpha": [1e-4, 1.0], "final_estimator__C": [0.1]},
            cv=2,
        ).set_params(estimator__final_estimator=LogisticRegression()),
        X,
        Y,
    ),
    "GridSearchCV, a stack of ours": (
        GridSearchCV(StackingClassifier(bases(), cv=2), {"a__alpha": [1e-4, 1.0]}, cv=2),
        X,
        Y,
    ),
    "RandomizedSearchCV": (
        RandomizedSearchCV(
            pipeline(),
            {"mlpclassifier__alpha": scipy.stats.loguniform(1e-4, 1)},
            n_iter=5,
            cv=3,
            random_state=0,
        ),
        X,
        Y,
    ),
    "HalvingGridSearchCV": (
        HalvingGridSearchCV(
            network(),
            {"alpha": [1e-4, 1e-2, 1.0], "learning_rate_init": [0.01, 0.1]},
            cv=2,
            resource="max_iter",
            min_resources=2,
            max_resources=12,
            random_state=0,
        ),
        X,
        Y,
    ),
    "HalvingRandomSearchCV": (
        HalvingRandomSearchCV(
            network(), {"alpha": scipy.stats.loguniform(1e-4, 1)}, cv=2, random_state=0
        ),
        X,
        Y,
    ),
    "BaggingClassifier": (BaggingClassifier(network(), 6, max_samples=0.8, random_state=0), X, Y),
    "BaggingRegressor": (
        BaggingRegressor(numbers_network(), 6, random_state=0),
        X_NUMBERS,
        Y_NUMBERS,
    ),
    "OneVsRestClassifier": (OneVsRestClassifier(network()), X, Y),
    "OneVsOneClassifier": (OneVsOneClassifier(network()), X, Y),
    "MultiOutputClassifier": (MultiOutputClassifier(network()), X_LABELS, Y_LABELS),
    "MultiOutputRegressor": (
        MultiOutputRegressor(numbers_network()),
        X_NUMBERS,
        np.column_stack([Y_NUMBERS, Y_NUMBERS**2 / 100]),
    ),
    "StackingClassifier": (PeerStacking(bases(), cv=3), X, Y),
    "StackingClassifier of ours": (StackingClassifier(bases(), cv=3), X, Y),
    "StackingClassifier of ours, blending": (
        StackingClassifier(bases(), cv=0.3, random_state=0),
        X,
        Y,
    ),
    "StackingRegressor of ours": (
        StackingRegressor([("a", numbers_network()), ("b", numbers_network(random_state=1))], cv=3),
        X_NUMBERS,
        Y_NUMBERS,
    ),
    "VotingClassifier": (VotingClassifier(bases(), voting="soft"), X, Y),
    "CalibratedClassifierCV": (CalibratedClassifierCV(network(), cv=3), X, Y),
    "RFECV": (
        RFECV(network(), cv=3, importance_getter=with_weights_of_features, n_jobs=-1),
        X,
        Y,
    ),
}


def all_weights(fitted):
    """The weights of every network inside a fitted estimator, in a fixed order."""
    if hasattr(fitted, "coefs_"):
        return [*fitted.coefs_, *fitted.intercepts_]
    inner = []
    for name in ("best_estimator_", "final_estimator_", "estimator_", "estimator"):
        inner.append(getattr(fitted, name, None))
    inner += list(getattr(fitted, "estimators_", []))
    inner += list(getattr(fitted, "calibrated_classifiers_", []))
    inner += [step for _, step in getattr(fitted, "steps", [])]
    return [array for part in inner if part is not None for array in all_weights(part)]


@pytest.mark.parametrize("name", FITTED)
def test_fitted_estimators_are_the_same(name, packs):
    estimator, X, y = FITTED[name]
    n_jobs = {"n_jobs": 1} if "n_jobs" in estimator.get_params() else {}
    alone = clone(estimator).set_params(**n_jobs).fit(X, y)
    packs.clear()  # stackers of ours pack by themselves
    with joblib.parallel_config("skdeep"):
        together = clone(estimator).fit(X, y)
    assert packs
    assert "lbfgs" in name or max(map(len, packs)) > 1
    for method in ("predict", "predict_proba"):
        if hasattr(alone, method):
            expected = getattr(alone, method)(X)
            np.testing.assert_allclose(getattr(together, method)(X), expected, **TOLERANCE)
    expected = all_weights(alone)
    assert expected or "other" in name
    for weights, other in zip(all_weights(together), expected, strict=True):
        np.testing.assert_allclose(weights, other, **TOLERANCE)
    for key, value in getattr(alone, "cv_results_", {}).items():
        if "score" in key and "time" not in key:
            np.testing.assert_allclose(together.cv_results_[key], value, **TOLERANCE)


FUNCTIONS = {
    "cross_validate": lambda: cross_validate(pipeline(), X, Y, cv=4)["test_score"],
    "cross_val_predict": lambda: cross_val_predict(pipeline(), X, Y, cv=4, method="predict_proba"),
    "learning_curve": lambda: learning_curve(
        pipeline(), X, Y, train_sizes=[0.4, 0.7, 1.0], cv=3, shuffle=True, random_state=0
    )[1:3],
    "learning_curve, incremental": lambda: learning_curve(
        network(),
        X,
        Y,
        train_sizes=[0.4, 1.0],
        cv=ShuffleSplit(3, random_state=0),
        exploit_incremental_learning=True,
    )[1:3],
    "validation_curve": lambda: validation_curve(
        network(), X, Y, param_name="alpha", param_range=[1e-4, 0.1, 1.0], cv=3
    ),
    "permutation_test_score": lambda: permutation_test_score(
        network(), X, Y, n_permutations=6, cv=2, random_state=0
    )[:2],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_return_the_same(name, packs):
    expected = FUNCTIONS[name]()
    assert not packs
    with joblib.parallel_config("skdeep"):
        together = FUNCTIONS[name]()
    assert max(map(len, packs)) > 1
    for result, other in zip(together, expected, strict=True):
        np.testing.assert_allclose(result, other, **TOLERANCE)


def test_single_precision_is_the_same_to_its_rounding(packs):
    search = GridSearchCV(pipeline(activation="tanh"), GRID, cv=3)
    alone = clone(search).fit(X.astype(np.float32), Y)
    with joblib.parallel_config("skdeep"):
        together = clone(search).fit(X.astype(np.float32), Y)
    assert packs
    for weights, other in zip(all_weights(together), all_weights(alone), strict=True):
        assert weights.dtype == np.float32
        np.testing.assert_allclose(weights, other, rtol=1e-3, atol=1e-4)


def test_everything_that_can_vary_in_a_pack_does(packs):
    grid = {
        "learning_rate_init": [0.001, 0.01],
        "alpha": [1e-4, 1.0],
        "dropout": [0.0, 0.2],
        "l1": [0.0, 0.1],
        "gradient_clip": [None, 0.5],
        "label_smoothing": [0.0, 0.1],
        "random_state": [0, 1],
    }
    expected = GridSearchCV(network(), grid, cv=2).fit(X, Y)
    with joblib.parallel_config("skdeep"):
        search = GridSearchCV(network(), grid, cv=2).fit(X, Y)
    assert len({member.pack_key for pack in packs for member in pack}) == 1
    assert len(packs) <= 2 * 2**7 / 8
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
