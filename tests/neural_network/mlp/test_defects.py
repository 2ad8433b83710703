"""What is wrong in scikit-learn's MLP as of 1.9 is right in ours."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import make_classification, make_regression
from sklearn.metrics import get_scorer, log_loss, mean_squared_error
from sklearn.model_selection import train_test_split

from skdeep._engine.training.initial_weights import initial_weights
from skdeep.neural_network import MLPClassifier, MLPRegressor

ignores_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("seed", range(4))
def test_split_for_early_stopping_is_stratified_for_several_classes(seed):
    X, y = make_classification(
        400, 6, n_classes=3, n_informative=4, weights=[0.8, 0.15, 0.05], random_state=seed
    )
    held_out = []

    def note_rows(network, X, y):
        held_out.append(y)
        return 0.0

    MLPClassifier(
        early_stopping=True, validation_fraction=0.2, scoring=note_rows, random_state=seed
    ).fit(X, y)
    share = np.bincount(held_out[0]) / np.bincount(y)
    assert len(held_out[0]) == 80
    assert_allclose(np.bincount(held_out[0]), 0.2 * np.bincount(y), atol=1)
    assert_allclose(share, 0.2, atol=0.05)


def first_layer_after_an_epoch_without_data(batch_size, **penalty):
    """Factor on the first layer where X = 0 gives it no gradient; 100 rows, a rate of 0.1."""
    network = MLPRegressor(
        (3,),
        solver="sgd",
        momentum=0,
        learning_rate_init=0.1,
        batch_size=batch_size,
        random_state=0,
        **{"alpha": 0.0} | penalty,
    ).partial_fit(np.zeros((100, 4)), np.arange(100.0))
    first = initial_weights("glorot_uniform", (4, 3, 1), "relu", np.random.RandomState(0))
    return network.coefs_[0] / first[:12].reshape(4, 3)


@pytest.mark.parametrize("batch_size", [5, 20, 100])
def test_weight_decay_of_a_step_does_not_depend_on_the_batch_size(batch_size):
    factor = first_layer_after_an_epoch_without_data(batch_size, weight_decay=0.5)
    n_steps = 100 // batch_size
    assert_allclose(factor, (1 - 0.1 * 0.5) ** n_steps)


@pytest.mark.parametrize("batch_size", [5, 20, 100])
def test_alpha_keeps_the_meaning_it_has_in_scikit_learn(batch_size):
    factor = first_layer_after_an_epoch_without_data(batch_size, alpha=0.5)
    n_steps = 100 // batch_size
    assert_allclose(factor, (1 - 0.1 * 0.5 / batch_size) ** n_steps)


def test_the_first_argument_of_the_regressor_is_its_layers(diabetes):
    network = MLPRegressor((5, 4), max_iter=1000, tol=1e-2, random_state=0).fit(*diabetes)
    assert [coef.shape for coef in network.coefs_] == [(10, 5), (5, 4), (4, 1)]


@pytest.fixture(scope="module")
def shifted():
    """The same target around 0 and between 5e4 and 6e4."""
    X, y = make_regression(300, 8, noise=10, random_state=0)
    y = (y - y.mean()) / y.std()
    shifted = 5.5e4 + 5e3 * y / np.abs(y).max()
    assert shifted.min() > 4.9e4
    assert shifted.max() < 6.1e4
    return X, y, shifted


def relu_network(network, X):
    """Predictions by hand from the attributes."""
    h = X
    for coef, intercept in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
        h = np.maximum(h @ coef + intercept, 0)
    return h @ network.coefs_[-1] + network.intercepts_[-1]


@ignores_convergence
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_large_targets_train_as_well_as_small_ones(shifted, solver):
    X, small, large = shifted
    factor = (large - large.mean()).std()
    parameters = {"solver": solver, "random_state": 0}
    low = MLPRegressor(**parameters).fit(X, small)
    high = MLPRegressor(**parameters).fit(X, large)
    assert high.score(X, large) > 0.95
    assert high.n_iter_ == low.n_iter_
    assert_allclose((high.predict(X) - large.mean()) / factor, low.predict(X), atol=1e-3)
    assert_allclose(np.divide(high.loss_curve_, factor**2), low.loss_curve_, rtol=1e-3)


@ignores_convergence
@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
def test_coefficients_are_in_the_units_of_y(shifted, loss):
    X, _, y = shifted
    network = MLPRegressor((20, 10), loss=loss, max_iter=30, random_state=0).fit(X, y)
    assert 4e4 < network.intercepts_[-1][0] < 7e4
    assert_allclose(network.predict(X), relu_network(network, X)[:, 0], rtol=1e-12)


@ignores_convergence
@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_coefficients_are_in_the_logarithm_of_y(shifted, loss):
    X, _, y = shifted
    network = MLPRegressor((20, 10), loss=loss, max_iter=30, random_state=0).fit(X, y)
    assert_allclose(network.predict(X), np.exp(relu_network(network, X)[:, 0]), rtol=1e-12)


def losses_of(loss, y, predicted):
    residual = y - predicted
    return {
        "squared_error": residual**2 / 2,
        "absolute_error": np.abs(residual),
        "quantile": np.maximum(0.3 * residual, -0.7 * residual),
        "poisson": predicted - y - y * np.log(predicted / y),
        "gamma": np.log(predicted / y) + y / predicted - 1,
    }[loss]


@ignores_convergence
@pytest.mark.parametrize(
    "loss", ["squared_error", "absolute_error", "quantile", "poisson", "gamma"]
)
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_curves_are_in_the_units_of_y(shifted, loss, n_outputs):
    # In one batch, the loss of an epoch is that of the weights before its step.
    X, _, y = shifted
    if n_outputs == 2:
        y = np.column_stack([y, 100 + X[:, 0]])
    settings = {"loss": loss, "quantile": 0.3, "alpha": 0.0, "batch_size": 300, "random_state": 0}
    before = MLPRegressor(max_iter=40, **settings).fit(X, y)
    after = MLPRegressor(max_iter=41, **settings).fit(X, y, X_val=X, y_val=y)
    wanted = losses_of(loss, y, before.predict(X)).mean(axis=0)
    # As in scikit-learn, squared errors are averaged over the outputs; so are all of ours but
    # for the deviances, which scikit-learn sums.
    wanted = wanted.sum() if loss in ("poisson", "gamma") else wanted.mean()
    assert_allclose(after.loss_curve_[-1], wanted, rtol=1e-6)
    assert_allclose(after.validation_loss_curve_[-2], wanted, rtol=1e-6)
    assert after.loss_ == after.loss_curve_[-1]


@ignores_convergence
def test_lbfgs_ends_with_the_loss_of_its_predictions(shifted):
    X, _, y = shifted
    network = MLPRegressor(solver="lbfgs", alpha=0.0, max_iter=30, random_state=0).fit(X, y)
    assert_allclose(network.loss_, mean_squared_error(y, network.predict(X)) / 2, rtol=1e-9)


def test_normalisation_can_be_switched_off(shifted):
    X, _, y = shifted
    network = MLPRegressor(
        normalize_y=False, random_state=0, max_iter=20, tol=1e9, n_iter_no_change=1
    )
    assert network.fit(X, y).score(X, y) < 0  # scikit-learn's way: far away after a few epochs


@pytest.mark.parametrize("labels", [["no", "yes", "maybe"], [7, -1, 5], [True, False, True]])
def test_early_stopping_takes_labels_of_any_type(iris, labels):
    X, y = iris
    y = np.array(labels)[y]
    network = MLPClassifier(
        early_stopping=True,
        scoring="loss",
        learning_rate_init=0.01,
        n_iter_no_change=40,  # 15 rows are held out: a plateau may be chance
        random_state=0,
    ).fit(X, y)
    assert set(network.predict(X)) <= set(labels)
    assert network.score(X, y) > 0.9


@ignores_convergence
@pytest.mark.parametrize("batch_size", [7, 50, 100])
def test_loss_curve_heeds_the_weights_of_rows_across_batches(two_classes, batch_size):
    # Steps of no length: the loss of an epoch is the loss of all rows for the first weights.
    X, y = two_classes
    weight = np.random.RandomState(0).uniform(0, 5, len(y))
    network = MLPClassifier(
        solver="sgd",
        learning_rate_init=1e-300,
        batch_size=batch_size,
        alpha=0.0,
        max_iter=2,
        random_state=0,
    ).fit(X, y, weight)
    wanted = log_loss(y, network.predict_proba(X), sample_weight=weight)
    assert_allclose(network.loss_curve_, wanted, rtol=1e-9)
    assert abs(wanted - log_loss(y, network.predict_proba(X))) > 1e-3


@pytest.mark.parametrize(
    "scoring", ["roc_auc_ovr", "neg_log_loss", "f1_macro", "balanced_accuracy", "accuracy"]
)
def test_early_stopping_watches_any_score_of_classes(iris, scoring):
    X, y = iris
    X, X_val, y, y_val = train_test_split(X, y, stratify=y, random_state=0)
    network = MLPClassifier(
        early_stopping=True, scoring=scoring, learning_rate_init=0.01, random_state=0
    ).fit(X, y, X_val=X_val, y_val=y_val)
    assert network.best_validation_score_ == max(network.validation_scores_)
    assert_allclose(network.best_validation_score_, get_scorer(scoring)(network, X_val, y_val))


@pytest.mark.parametrize("scoring", ["neg_mean_absolute_error", "neg_median_absolute_error", "r2"])
def test_early_stopping_watches_any_score_of_numbers(diabetes, scoring):
    X, y = diabetes
    X, X_val, y, y_val = train_test_split(X, y, random_state=0)
    network = MLPRegressor(
        early_stopping=True, scoring=scoring, learning_rate_init=0.01, random_state=0
    ).fit(X, y, X_val=X_val, y_val=y_val)
    assert network.best_validation_score_ == max(network.validation_scores_)
    assert_allclose(network.best_validation_score_, get_scorer(scoring)(network, X_val, y_val))


def test_early_stopping_watches_the_loss(iris):
    X, y = iris
    X, X_val, y, y_val = train_test_split(X, y, stratify=y, random_state=0)
    network = MLPClassifier(
        early_stopping=True, scoring="loss", learning_rate_init=0.05, random_state=0
    ).fit(X, y, X_val=X_val, y_val=y_val)
    assert_allclose(network.validation_scores_, np.negative(network.validation_loss_curve_))
    wanted = log_loss(y_val, network.predict_proba(X_val))
    assert_allclose(-network.best_validation_score_, wanted)
    assert_allclose(min(network.validation_loss_curve_), wanted)


def test_lbfgs_stops_early_and_keeps_its_curve(two_classes):
    X, y = two_classes
    X, X_val, y, y_val = train_test_split(X, y, stratify=y, random_state=1)
    settings = {"solver": "lbfgs", "alpha": 1e-6, "max_iter": 2000, "tol": 1e-6, "random_state": 0}
    whole = MLPClassifier(**settings).fit(X, y)
    assert len(whole.loss_curve_) == whole.n_iter_
    assert (np.diff(whole.loss_curve_) <= 0).all()
    assert whole.loss_curve_[-1] == whole.loss_ == whole.best_loss_
    stopped = MLPClassifier(early_stopping=True, n_iter_no_change=5, **settings)
    stopped.fit(X, y, X_val=X_val, y_val=y_val)
    assert stopped.n_iter_ < whole.n_iter_
    assert len(stopped.validation_scores_) == len(stopped.loss_curve_) == stopped.n_iter_
    assert stopped.best_validation_score_ == max(stopped.validation_scores_)
    assert stopped.score(X_val, y_val) == stopped.best_validation_score_
    assert stopped.score(X_val, y_val) >= whole.score(X_val, y_val)
