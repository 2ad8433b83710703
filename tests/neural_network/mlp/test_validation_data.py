"""Rows that judge: the caller's own, or those that early stopping holds out."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_allclose
from sklearn import config_context
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skdeep.neural_network import MLPClassifier, MLPRegressor

ignores_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SETTINGS = {"hidden_layer_sizes": (10,), "learning_rate_init": 0.02, "random_state": 0}


@pytest.fixture(scope="module")
def binary():
    X, y = make_classification(240, 8, flip_y=0.2, random_state=0)
    return train_test_split(X, y, random_state=0)


@pytest.fixture(scope="module")
def numbers():
    X, y = make_regression(160, 6, noise=60, random_state=0)
    return train_test_split(X, y, random_state=0)


def test_own_rows_are_watched_and_none_are_held_out(binary):
    X, X_val, y, y_val = binary
    network = MLPClassifier(early_stopping=True, **SETTINGS)
    network.fit(X, y, X_val=X_val, y_val=y_val)
    assert network.t_ == len(y) * network.n_iter_
    n_curves = {
        len(network.loss_curve_),
        len(network.validation_scores_),
        len(network.validation_loss_curve_),
    }
    assert n_curves == {network.n_iter_}
    assert network.best_validation_score_ == max(network.validation_scores_)
    assert network.score(X_val, y_val) == network.best_validation_score_
    assert network.best_loss_ is None


@ignores_convergence
def test_without_early_stopping_own_rows_change_nothing_but_the_curves(binary):
    X, X_val, y, y_val = binary
    alone = MLPClassifier(max_iter=20, **SETTINGS).fit(X, y)
    watched = MLPClassifier(max_iter=20, **SETTINGS).fit(X, y, X_val=X_val, y_val=y_val)
    assert np.array_equal(alone.coefs_[0], watched.coefs_[0])
    assert alone.loss_curve_ == watched.loss_curve_
    assert alone.validation_scores_ is None
    assert alone.validation_loss_curve_ is None
    assert watched.best_validation_score_ is None
    assert_allclose(watched.validation_scores_[-1], watched.score(X_val, y_val))
    assert_allclose(
        watched.validation_loss_curve_[-1], log_loss(y_val, watched.predict_proba(X_val))
    )


@pytest.mark.parametrize("container", [scipy.sparse.csr_array, pd.DataFrame, np.ndarray.tolist])
@ignores_convergence
def test_own_rows_come_in_any_container(binary, container):
    X, X_val, y, y_val = binary
    plain = MLPClassifier(max_iter=5, **SETTINGS).fit(X, y, X_val=X_val, y_val=y_val)
    other = MLPClassifier(max_iter=5, **SETTINGS)
    other.fit(container(X), y.tolist(), X_val=container(X_val), y_val=y_val.tolist())
    assert_allclose(other.validation_loss_curve_, plain.validation_loss_curve_)
    assert_allclose(other.validation_scores_, plain.validation_scores_)


@ignores_convergence
def test_own_rows_of_several_targets(several_labels, two_numbers):
    for network, (X, y) in (
        (MLPClassifier(max_iter=20, **SETTINGS), several_labels),
        (MLPRegressor(max_iter=20, **SETTINGS), two_numbers),
    ):
        network.fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:])
        assert_allclose(network.validation_scores_[-1], network.score(X[80:], y[80:]))


@ignores_convergence
def test_own_rows_of_some_classes_alone(iris):
    X, y = iris
    train, some = y >= 0, y < 2
    network = MLPClassifier(max_iter=5, **SETTINGS)
    network.fit(X[train], y[train], X_val=X[some], y_val=y[some])
    assert_allclose(network.validation_scores_[-1], network.score(X[some], y[some]))


@pytest.mark.parametrize("early_stopping", [False, True])
def test_pipeline_transforms_own_rows(binary, early_stopping):
    X, X_val, y, y_val = binary
    shifted, shifted_val = 50 * X + 1000, 50 * X_val + 1000
    settings = SETTINGS | {"early_stopping": early_stopping, "tol": 1e-3, "max_iter": 500}
    with config_context(enable_metadata_routing=True):
        network = MLPClassifier(**settings).set_fit_request(X_val=True, y_val=True)
        pipe = Pipeline(
            [("scale", StandardScaler()), ("network", network)], transform_input=["X_val"]
        )
        pipe.fit(shifted, y, X_val=shifted_val, y_val=y_val)
    scaler = StandardScaler().fit(shifted)
    alone = MLPClassifier(**settings).fit(
        scaler.transform(shifted), y, X_val=scaler.transform(shifted_val), y_val=y_val
    )
    assert pipe[-1].validation_loss_curve_ == alone.validation_loss_curve_
    assert pipe[-1].validation_scores_ == alone.validation_scores_


@ignores_convergence
def test_search_routes_own_rows_and_weights(binary):
    X, X_val, y, y_val = binary
    weight = np.ones(len(y_val))
    with config_context(enable_metadata_routing=True):
        network = MLPClassifier(max_iter=3, **SETTINGS)
        network.set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        search = GridSearchCV(network, {"alpha": [0.0, 1.0]}, cv=2)
        search.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    best = search.best_estimator_
    assert_allclose(best.validation_scores_[-1], best.score(X_val, y_val))


def mean_log_probability(network, X, y):
    return np.log(network.predict_proba(X)[np.arange(len(y)), y]).mean()


@pytest.mark.parametrize(
    ("scoring", "score"),
    [
        (None, lambda network, X, y: accuracy_score(y, network.predict(X))),
        ("accuracy", lambda network, X, y: accuracy_score(y, network.predict(X))),
        ("loss", lambda network, X, y: -log_loss(y, network.predict_proba(X))),
        ("roc_auc", lambda network, X, y: roc_auc_score(y, network.predict_proba(X)[:, 1])),
        (mean_log_probability, mean_log_probability),
    ],
)
def test_the_best_weights_by_any_score_are_kept(binary, scoring, score):
    X, X_val, y, y_val = binary
    network = MLPClassifier((50,), early_stopping=True, scoring=scoring, random_state=0)
    network.set_params(learning_rate_init=0.02).fit(X, y, X_val=X_val, y_val=y_val)
    assert_allclose(score(network, X_val, y_val), network.best_validation_score_)
    assert network.best_validation_score_ == max(network.validation_scores_)
    assert network.validation_scores_[-1] < network.best_validation_score_


@pytest.mark.parametrize("scoring", [None, "loss", "neg_root_mean_squared_error"])
def test_the_best_weights_of_a_regressor_are_kept(numbers, scoring):
    X, X_val, y, y_val = numbers
    network = MLPRegressor((100,), early_stopping=True, scoring=scoring, random_state=0)
    network.set_params(learning_rate_init=0.05).fit(X, y, X_val=X_val, y_val=y_val)
    residual = y_val - network.predict(X_val)
    wanted = {
        None: network.score(X_val, y_val),
        "loss": -((residual**2).mean() / 2),
        "neg_root_mean_squared_error": -np.sqrt((residual**2).mean()),
    }[scoring]
    assert_allclose(network.best_validation_score_, wanted)


def test_a_callable_sees_a_fitted_estimator_and_the_rows_held_out(binary):
    X, _, y, _ = binary
    seen = []

    def scorer(network, X_held_out, y_held_out):
        seen.append((X_held_out, y_held_out))
        assert network.classes_.tolist() == [0, 1]
        return network.score(X_held_out, y_held_out)

    network = MLPClassifier(early_stopping=True, scoring=scorer, **SETTINGS).fit(X, y)
    (X_held_out, y_held_out), *others = seen
    assert len(seen) == network.n_iter_
    assert all(np.array_equal(X_held_out, other) for other, _ in others)
    assert len(y_held_out) == int(np.ceil(0.1 * len(y)))
    # They are rows of X with their labels, each once, and are not trained on.
    places = [np.flatnonzero((row == X).all(axis=1)).item() for row in X_held_out]
    assert len(set(places)) == len(places)
    assert np.array_equal(y[places], y_held_out)
    assert network.t_ == network.n_iter_ * (len(y) - len(y_held_out))
    assert network.score(X_held_out, y_held_out) == network.best_validation_score_


@ignores_convergence
@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.7])
def test_the_fraction_asked_for_is_held_out(binary, fraction):
    X, _, y, _ = binary
    network = MLPClassifier(early_stopping=True, validation_fraction=fraction, **SETTINGS)
    network.fit(X, y)
    assert abs(network.t_ / network.n_iter_ - (1 - fraction) * len(y)) <= 2


@ignores_convergence
@pytest.mark.parametrize("n", range(3, 12))
def test_few_rows_are_enough(n):
    rng = np.random.RandomState(n)
    X = rng.normal(size=(n, 2))
    regressor = MLPRegressor(early_stopping=True, max_iter=3, random_state=0).fit(X, X[:, 0])
    assert np.isfinite(regressor.predict(X)).all()
    y = np.arange(n) % 3
    classifier = MLPClassifier(early_stopping=True, max_iter=3, random_state=0).fit(X, y)
    assert classifier.predict_proba(X).shape == (n, 3)


@ignores_convergence
@pytest.mark.parametrize("seed", range(5))
def test_a_class_of_one_row_is_trained_on(seed):
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(30, 3))
    y = np.array([0] * 15 + [1] * 14 + [2])
    held_out = []

    def scorer(network, X, y):
        held_out.append(y)
        return 0.0

    network = MLPClassifier(early_stopping=True, scoring=scorer, random_state=seed, max_iter=2)
    network.fit(X, y)
    assert network.classes_.tolist() == [0, 1, 2]
    assert 2 not in held_out[0]
    assert {0, 1} <= set(held_out[0])


def test_one_row_against_many_is_refused_with_a_way_out(binary):
    # As scikit-learn does for two classes; the single row cannot serve on both sides.
    X, y = binary[0][:20], np.array([1] + [0] * 19)
    with pytest.raises(ValueError, match=r"class 1 of y.*pass X_val and y_val"):
        MLPClassifier(early_stopping=True).fit(X, y)


def test_equal_rows_stay_on_one_side():
    rng = np.random.RandomState(0)
    X = np.repeat(rng.normal(size=(30, 2)), 3, axis=0)
    y = np.repeat(np.arange(30) % 2, 3)
    held_out = []

    def scorer(network, X, y):
        held_out.append(X)
        return 0.0

    MLPClassifier(early_stopping=True, scoring=scorer, validation_fraction=0.3).fit(X, y)
    _, counts = np.unique(held_out[0], axis=0, return_counts=True)
    assert (counts == 3).all()


@ignores_convergence
def test_warm_start_compares_with_the_best_so_far(binary):
    X, X_val, y, y_val = binary
    settings = SETTINGS | {"early_stopping": True, "warm_start": True, "scoring": "loss"}
    network = MLPClassifier(max_iter=10, n_iter_no_change=np.inf, **settings)
    network.fit(X, y, X_val=X_val, y_val=y_val)
    first = network.best_validation_score_
    network.fit(X, y, X_val=X_val, y_val=y_val)
    assert network.best_validation_score_ >= first
    assert len(network.validation_scores_) == len(network.loss_curve_) == 20
    assert_allclose(-network.best_validation_score_, log_loss(y_val, network.predict_proba(X_val)))


def test_a_scorer_that_gives_nan_stops_the_fit_and_is_named():
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(
        early_stopping=True, scoring=lambda *_: np.nan, n_iter_no_change=3, random_state=0
    )
    with pytest.warns(ConvergenceWarning, match="gave NaN in every epoch"):
        model.fit(X, y)
    assert model.n_iter_ == 4
