"""What users of scikit-learn's MLP and of skorch have complained of in public, a test a thread."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor, BaggingRegressor
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import log_loss, recall_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.neural_network import MLPClassifier as ScikitLearnMLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from skdeep.neural_network import MLPClassifier, MLPRegressor

ignores_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FAST = {"learning_rate_init": 0.01, "max_iter": 500, "random_state": 0}


def equal_weights(a, b):
    return all(
        np.array_equal(p, q)
        for p, q in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True)
    )


@ignores_convergence
def test_class_weight():
    """scikit-learn#9113: no class_weight in the MLP."""
    X, y = make_classification(600, 5, weights=[0.95], class_sep=0.5, random_state=0)
    recalls = {
        class_weight: recall_score(
            y, MLPClassifier((20,), class_weight=class_weight, **FAST).fit(X, y).predict(X)
        )
        for class_weight in (None, "balanced")
    }
    assert recalls["balanced"] > 0.8 > 0.6 > recalls[None]


@ignores_convergence
def test_dropout():
    """scikit-learn#6175: no dropout in the MLP."""
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(60, 10)), rng.randint(0, 2, 60)  # nothing to learn but by heart
    settings = {"learning_rate_init": 0.01, "max_iter": 150, "random_state": 0}
    by_heart = MLPClassifier((100,), **settings).fit(X, y)
    dropped = MLPClassifier((100,), dropout=0.7, **settings).fit(X, y)
    assert by_heart.score(X, y) == 1
    assert log_loss(y, dropped.predict_proba(X)) > 3 * log_loss(y, by_heart.predict_proba(X))
    # Nothing is dropped in prediction, and with all units the loss is lower than in training.
    assert np.array_equal(dropped.predict_proba(X), dropped.predict_proba(X))
    assert log_loss(y, dropped.predict_proba(X)) < dropped.loss_


@ignores_convergence
def test_sample_weight_and_boosting(two_classes, diabetes):
    """skorch#203: sample_weight does not reach the loss, AdaBoost is impossible."""
    X, y = two_classes
    kept = np.arange(len(y)) % 3 > 0
    # What weighs nothing has no say, whatever it says.
    wrong = np.where(kept, y, 1 - y)
    weighted = MLPClassifier((20,), **FAST).fit(X, wrong, sample_weight=kept.astype(float))
    assert weighted.score(X[kept], y[kept]) > 0.9
    boosted = AdaBoostClassifier(MLPClassifier((5,), **FAST), n_estimators=3, random_state=0).fit(
        X, y
    )
    assert boosted.score(X, y) > 0.9
    X, y = diabetes
    boosted = AdaBoostRegressor(MLPRegressor((5,), **FAST), n_estimators=3, random_state=0).fit(
        X, y
    )
    assert boosted.score(X, y) > 0.4


@ignores_convergence
@pytest.mark.parametrize(
    "as_user_has_it",
    [
        lambda X: X.astype(np.float32),
        lambda X: X.astype(np.float16),
        lambda X: X.astype(np.longdouble),
        lambda X: X.astype(int),
        lambda X: X > 0,
        lambda X: X.astype(np.uint8),
        lambda X: X.tolist(),
        lambda X: X.astype(object),
        lambda X: np.asfortranarray(X),
        lambda X: X[::-1][::-1],
        lambda X: X.astype(">f8"),
    ],
)
def test_dtypes_of_rows(iris, as_user_has_it):
    """skorch#824: "expected Float but found Double" and the like on plain arrays."""
    X, y = iris
    X = np.round(4 * np.abs(X))
    given = as_user_has_it(X)
    network = MLPClassifier((10,), max_iter=20, random_state=0).fit(given, y)
    alike = MLPClassifier((10,), max_iter=20, random_state=0).fit(
        np.asarray(given).astype(np.float64), y
    )
    assert_allclose(
        network.predict_proba(given),
        alike.predict_proba(X * 0 + np.asarray(given).astype(float)),
        atol=1e-4,
    )


@ignores_convergence
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.int8, bool, str])
def test_dtypes_of_targets(iris, dtype):
    """skorch#554 and #518: y must be Long for one loss and Float for another."""
    X, y = iris
    y = (y > 0).astype(dtype)
    network = MLPClassifier((10,), **FAST).fit(X, y)
    assert network.predict(X).dtype == y.dtype
    assert network.score(X, y) > 0.95
    if dtype is not str:
        assert MLPRegressor((10,), **FAST).fit(X, y).score(X, y) > 0.5


@ignores_convergence
def test_number_of_features_is_inferred():
    """skorch#584: the number of features has to be given by hand."""
    rng = np.random.RandomState(0)
    network = MLPClassifier((3,), max_iter=2)
    for n_features in (1, 4, 9):
        network.fit(rng.normal(size=(20, n_features)), np.arange(20) % 2)
        assert network.n_features_in_ == n_features
        assert network.coefs_[0].shape == (n_features, 3)
    with pytest.raises(ValueError, match="X has 2 features, but MLPClassifier is expecting 9"):
        network.predict(rng.normal(size=(5, 2)))


@ignores_convergence
@pytest.mark.parametrize("library", [pd, pl])
def test_data_frames(iris, library):
    """skorch#853: a DataFrame gives "unexpected keyword argument '0'"."""
    X, y = iris
    columns = dict(zip(["a", "b", "c", "d"], X.T, strict=True))
    frame = library.DataFrame(columns)
    network = MLPClassifier((10,), max_iter=10, random_state=0)
    network.fit(frame, library.Series(y), X_val=frame, y_val=library.Series(y))
    assert list(network.feature_names_in_) == list("abcd")
    alike = clone(network).fit(X, y)
    assert equal_weights(network, alike)
    assert np.array_equal(network.predict_proba(frame), alike.predict_proba(X))
    with pytest.raises(ValueError, match="feature names should match"):
        network.predict(frame[["b", "a", "c", "d"]])


@ignores_convergence
def test_one_dimensional_y_is_not_broadcast(diabetes):
    """skorch#972: y must be 2-D; a 1-D y silently broadcasts the squared error."""
    X, y = diabetes
    settings = {"hidden_layer_sizes": (10,), "max_iter": 30, "random_state": 0}
    flat = MLPRegressor(**settings).fit(X, y)
    assert flat.predict(X).shape == y.shape
    with pytest.warns(DataConversionWarning, match="column-vector"):
        column = MLPRegressor(**settings).fit(X, y[:, None])
    assert equal_weights(flat, column)
    both = MLPRegressor(**settings).fit(X, np.column_stack([y, y]))
    assert both.predict(X).shape == (len(y), 2)
    # Broadcast to (n, n), the loss would be about the variance of y whatever is learned.
    assert MLPRegressor((10,), **FAST).fit(X, y).loss_ < 0.4 * y.var() / 2


def test_meta_estimators_take_the_regressor(diabetes):
    """skorch#701 and #728: Bagging, TransformedTargetRegressor, cross_val_score break."""
    X, y = diabetes
    network = MLPRegressor((10,), alpha=1.0, learning_rate_init=0.01, max_iter=800, tol=1e-3)
    network.set_params(random_state=0)
    bag = BaggingRegressor(network, n_estimators=3, random_state=0).fit(X, y)
    assert bag.score(X, y) > 0.5
    logarithmic = TransformedTargetRegressor(network, func=np.log, inverse_func=np.exp).fit(X, y)
    assert logarithmic.predict(X).shape == y.shape
    assert logarithmic.score(X, y) > 0.4
    scores = cross_val_score(network, X, y, cv=3)
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()
    assert cross_val_predict(network, X, y, cv=3).shape == y.shape


@ignores_convergence
def test_random_state(iris):
    """skorch#33: no random_state, results differ from run to run."""
    X, y = iris
    settings = {"hidden_layer_sizes": (10,), "dropout": 0.3, "early_stopping": True, "max_iter": 10}
    fits = []
    for global_seed in (0, 1):
        torch.manual_seed(global_seed)
        fits.append(MLPClassifier(random_state=3, **settings).fit(X, y))
    assert equal_weights(*fits)
    assert not equal_weights(fits[0], MLPClassifier(random_state=4, **settings).fit(X, y))


@ignores_convergence
def test_own_validation_set(iris):
    """scikit-learn#18748 and skorch#551: how do I pass my own validation set."""
    X, y = iris
    network = MLPClassifier((10,), early_stopping=True, max_iter=30, random_state=0)
    network.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
    assert network.best_validation_score_ == network.score(X[100:], y[100:])
    # All of X is trained on: nothing is held out besides.
    assert network.t_ == 100 * network.n_iter_


def test_early_stopping_gives_the_best_weights_back():
    """skorch#808: early stopping leaves the last weights."""
    rng = np.random.RandomState(0)
    X, X_val = rng.normal(size=(80, 10)), rng.normal(size=(200, 10))
    y, y_val = (Z[:, 0] + rng.normal(size=len(Z)) for Z in (X, X_val))
    network = MLPRegressor((100,), early_stopping=True, **FAST)
    network.fit(X, y, X_val=X_val, y_val=y_val)
    assert network.validation_scores_[-1] < max(network.validation_scores_)
    assert_allclose(network.score(X_val, y_val), max(network.validation_scores_))


@ignores_convergence
def test_validation_loss(iris):
    """scikit-learn#18507: no validation loss, and the validation score is not the loss."""
    X, y = iris
    network = MLPClassifier((10,), max_iter=15, random_state=0)
    network.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
    assert len(network.validation_loss_curve_) == network.n_iter_ == 15
    wanted = log_loss(y[100:], network.predict_proba(X[100:]))
    assert_allclose(network.validation_loss_curve_[-1], wanted)
    assert_allclose(network.validation_scores_[-1], network.score(X[100:], y[100:]))


@ignores_convergence
@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop"])
def test_warm_start_keeps_the_state_of_the_solver(iris, solver):
    """scikit-learn#6091: a warm start loses the state of Adam."""
    X, y = iris
    settings = {
        "hidden_layer_sizes": (10,),
        "solver": solver,
        "batch_size": 40,
        "n_iter_no_change": np.inf,
        "dropout": 0.2,
        "random_state": 0,
    }
    whole = MLPClassifier(max_iter=16, **settings).fit(X, y)
    parts = MLPClassifier(max_iter=10, warm_start=True, **settings).fit(X, y)
    parts.set_params(max_iter=6).fit(X, y)
    assert equal_weights(whole, parts)
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.t_ == whole.t_


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        ("leaky_relu", torch.nn.functional.leaky_relu),
        ("elu", torch.nn.functional.elu),
        ("selu", torch.nn.functional.selu),
        ("gelu", torch.nn.functional.gelu),
        ("silu", torch.nn.functional.silu),
        ("mish", torch.nn.functional.mish),
    ],
)
@ignores_convergence
def test_other_activations(diabetes, activation, function):
    """scikit-learn#11952: other activations than four."""
    X, y = diabetes
    network = MLPRegressor((8, 6), activation, max_iter=30, random_state=0).fit(X, y)
    h = torch.from_numpy(X)
    for coef, intercept in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
        h = function(h @ torch.from_numpy(coef) + torch.from_numpy(intercept))
    wanted = h.numpy() @ network.coefs_[-1][:, 0] + network.intercepts_[-1]
    assert_allclose(network.predict(X), wanted, rtol=1e-10)


def test_early_stopping_with_text_labels(iris):
    """scikit-learn#33760: early_stopping=True crashes on labels that are texts."""
    X, y = iris
    y = np.array(["setosa", "versicolor", "virginica"])[y]
    # 15 rows are held out: few enough for a plateau to be chance.
    network = MLPClassifier((10,), early_stopping=True, n_iter_no_change=40, **FAST).fit(X, y)
    assert network.score(X, y) > 0.85


@ignores_convergence
def test_fitted_on_a_gpu_loads_without_one(iris, monkeypatch):
    """skorch#70: what was fitted on CUDA cannot be loaded without it."""
    X, y = iris
    fitted = MLPClassifier((10,), max_iter=5, random_state=0).fit(X, y)
    on_gpu = pickle.dumps(fitted.set_params(device="cuda"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    loaded = pickle.loads(on_gpu)
    with pytest.warns(UserWarning, match="device='cuda' is not on this machine"):
        predicted = loaded.predict_proba(X)
    assert np.array_equal(predicted, fitted.set_params(device="cpu").predict_proba(X))
    assert np.array_equal(predicted, loaded.set_params(device="auto").predict_proba(X))


@ignores_convergence
def test_parallel_searches_give_what_one_process_gives(iris):
    """skorch#714: n_jobs > 1 hangs, runs out of memory or cannot pickle."""
    X, y = iris
    grid = {"alpha": [1e-4, 1.0], "dropout": [0.0, 0.3]}
    network = MLPClassifier((10,), max_iter=10, random_state=0)
    one, two = (GridSearchCV(network, grid, cv=2, n_jobs=n_jobs).fit(X, y) for n_jobs in (None, 2))
    assert np.array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])
    assert equal_weights(one.best_estimator_, two.best_estimator_)


@ignores_convergence
def test_set_params_neither_trains_nor_forgets(iris):
    """skorch#784: set_params re-initialises the network silently."""
    X, y = iris
    network = MLPClassifier((10,), max_iter=10, random_state=0).fit(X, y)
    before = pickle.dumps(network.coefs_), network.predict_proba(X)
    network.set_params(alpha=1.0, learning_rate_init=0.1, dropout=0.5, hidden_layer_sizes=(3,))
    network.set_params(activation="tanh")
    assert pickle.dumps(network.coefs_) == before[0]
    assert np.array_equal(network.predict_proba(X), before[1])
    assert isinstance(network.module_.layers[0], torch.nn.Linear)
    parameters = network.get_params()
    network.fit(X, y)
    assert network.get_params() == parameters
    assert network.coefs_[0].shape == (4, 3)


@ignores_convergence
def test_clone_of_a_fitted_network_can_be_partially_fitted(iris):
    """skorch#328: partial_fit after clone."""
    X, y = iris
    network = MLPClassifier((10,), random_state=0)
    fresh = clone(network).partial_fit(X, y, classes=[0, 1, 2])
    again = clone(network.fit(X[:50], y[:50])).partial_fit(X, y, classes=[0, 1, 2])
    assert equal_weights(fresh, again)


@pytest.mark.parametrize("network", [MLPClassifier(dropout=0.3), MLPRegressor(l1=0.1)])
def test_tags_and_clones(network):
    """scikeras#332 and skorch#1076: is_classifier is False, tags crash, clone loses parameters."""
    assert is_classifier(network) == isinstance(network, MLPClassifier)
    assert is_regressor(network) == isinstance(network, MLPRegressor)
    model = make_pipeline(StandardScaler(), network)
    assert get_tags(model).estimator_type == get_tags(network).estimator_type
    assert get_tags(network).input_tags.sparse
    assert not get_tags(network).input_tags.allow_nan
    assert get_tags(network).target_tags.required
    assert clone(network).get_params() == network.get_params()
    assert type(network)(**network.get_params()).get_params() == network.get_params()
    assert repr(network) in ("MLPClassifier(dropout=0.3)", "MLPRegressor(l1=0.1)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "dropout" in network._repr_html_()


@ignores_convergence
def test_labels_are_aligned_with_probabilities(two_classes):
    """skorch#465: labels {5, 7} give an 8-column head and predictions that are no labels."""
    X, y = two_classes
    network = MLPClassifier((10,), **FAST).fit(X, np.array([5, 7])[y])
    assert network.classes_.tolist() == [5, 7]
    probabilities = network.predict_proba(X)
    assert probabilities.shape == (len(y), 2)
    assert_allclose(probabilities.sum(axis=1), 1)
    assert np.array_equal(network.predict(X), network.classes_[probabilities.argmax(axis=1)])
    assert_allclose(np.exp(network.predict_log_proba(X)), probabilities)


@ignores_convergence
def test_several_labels_keep_their_shape(several_labels):
    """skorch#546: shapes of several labels are wrong."""
    X, y = several_labels
    ours = MLPClassifier((10,), max_iter=10, random_state=0).fit(X, y)
    theirs = ScikitLearnMLPClassifier((10,), max_iter=10, random_state=0).fit(X, y)
    assert ours.predict_proba(X).shape == theirs.predict_proba(X).shape == y.shape
    assert np.array_equal(ours.predict(X), theirs.predict(X))
    assert np.array_equal(ours.classes_, theirs.classes_)
