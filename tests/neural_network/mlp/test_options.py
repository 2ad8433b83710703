"""Every option does what it says, on data where that can be computed otherwise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression, QuantileRegressor, Ridge
from sklearn.metrics import hinge_loss, log_loss

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.training.initial_weights import WEIGHT_INITS
from skdeep._engine.training.losses import CLASSIFIER_LOSSES, REGRESSOR_LOSSES
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import SOLVERS
from skdeep.neural_network import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RATES = {"adam": 0.01, "adamw": 0.01, "sgd": 0.1, "rmsprop": 0.01, "lbfgs": 0.01}


@pytest.fixture(scope="module")
def moons():
    """Two arcs that no straight line separates."""
    rng = np.random.RandomState(0)
    angle = rng.uniform(0, np.pi, 200)
    y = np.arange(200) % 2
    sign = np.where(y, -1, 1)
    X = np.column_stack([sign * np.cos(angle) + y, sign * np.sin(angle) + 0.5 * y])
    return X + rng.normal(scale=0.05, size=X.shape), y


@pytest.fixture(scope="module")
def wave():
    """A curve with little noise."""
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (200, 2))
    return X, 50 + 10 * np.sin(2 * X[:, 0]) * (1 + X[:, 1] ** 2) + rng.normal(scale=0.1, size=200)


# Everything learns -------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_learn(moons, wave, activation):
    settings = {
        "max_iter": 300,
        "n_iter_no_change": np.inf,
        "learning_rate_init": 0.02,
        "random_state": 0,
    }
    score = MLPClassifier((20, 20), activation, **settings).fit(*moons).score(*moons)
    fitted = MLPRegressor((20, 20), activation, **settings).fit(*wave).score(*wave)
    if activation == "identity":  # a straight line, whatever its layers
        assert 0.8 < score < 0.95
        assert 0.6 < fitted < 0.95
    else:
        assert score > 0.98
        assert fitted > 0.95


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_and_schedules_learn(moons, wave, solver, schedule):
    settings = {
        "solver": solver,
        "learning_rate": schedule,
        "learning_rate_init": RATES[solver],
        "power_t": 0.1,
        "batch_size": 20,
        "max_iter": 150,
        "n_iter_no_change": np.inf,
        "random_state": 0,
    }
    assert MLPClassifier((20,), **settings).fit(*moons).score(*moons) > 0.97
    assert MLPRegressor((20,), **settings).fit(*wave).score(*wave) > 0.9


@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_losses_of_classes_learn(moons, iris, several_labels, loss):
    settings = {
        "loss": loss,
        "learning_rate_init": 0.02,
        "max_iter": 300,
        "n_iter_no_change": np.inf,
        "random_state": 0,
    }
    for X, y in (moons, iris, several_labels):
        assert MLPClassifier((30,), **settings).fit(X, y).score(X, y) > 0.96


@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
def test_losses_of_numbers_learn(wave, loss):
    X, y = wave
    settings = {
        "loss": loss,
        "learning_rate_init": 0.02,
        "max_iter": 300,
        "n_iter_no_change": np.inf,
        "random_state": 0,
    }
    assert MLPRegressor((30,), **settings).fit(X, y).score(X, y) > 0.95
    both = np.column_stack([y, y.max() + 1 - y])
    assert MLPRegressor((30,), **settings).fit(X, both).score(X, both) > 0.95


@pytest.mark.parametrize("weight_init", WEIGHT_INITS)
def test_initial_weights_learn_and_differ(moons, weight_init):
    settings = {
        "learning_rate_init": 0.02,
        "max_iter": 200,
        "n_iter_no_change": np.inf,
        "random_state": 0,
    }
    network = MLPClassifier((30,), weight_init=weight_init, **settings).fit(*moons)
    assert network.score(*moons) > 0.98
    if weight_init != "glorot_uniform":
        default = MLPClassifier((30,), **settings).fit(*moons)
        assert not np.allclose(network.coefs_[0], default.coefs_[0])


def test_schedules_of_steps_end_at_nothing(moons):
    # The last steps of the cosine are short: the end barely moves, a constant rate goes on.
    X, y = moons

    def last_move(schedule):
        moves = []

        def remember(network, X, y):
            moves.append(network.coefs_[0].copy())
            return 0.0

        network = MLPClassifier(
            (10,),
            learning_rate=schedule,
            learning_rate_init=0.02,
            max_iter=60,
            n_iter_no_change=np.inf,
            scoring=remember,
            random_state=0,
        )
        network.fit(X, y, X_val=X, y_val=y)
        return np.abs(moves[-1] - moves[-2]).max()

    for schedule in ("cosine", "one_cycle"):
        assert last_move(schedule) < 0.1 * last_move("constant")


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
@pytest.mark.filterwarnings("error")
def test_schedules_that_end_at_max_iter_do_not_warn_of_it(moons, schedule):
    network = MLPClassifier((5,), learning_rate=schedule, max_iter=8, random_state=0)
    assert network.fit(*moons).n_iter_ == 8


# Regularisation ----------------------------------------------------------------------------------


def test_l1_makes_more_small_weights(diabetes):
    X, y = diabetes

    def small(**penalty):
        network = MLPRegressor((20,), max_iter=600, random_state=0, tol=0.0, **penalty)
        network.set_params(learning_rate_init=0.01).fit(X, y)
        weights = np.abs(np.concatenate([coef.ravel() for coef in network.coefs_[:1]]))
        return (weights < 1e-2).mean()

    assert small(l1=1.0, alpha=0.0) > 0.5
    assert small(l1=0.0, alpha=1.0) < 0.2


@pytest.mark.parametrize("l1", [0.0, 2.0])
@pytest.mark.parametrize("alpha", [0.0, 3.0])
def test_penalties_are_in_the_loss_and_divided_by_the_weight(iris, alpha, l1):
    X, y = iris
    settings = {"solver": "sgd", "learning_rate_init": 1e-300, "max_iter": 1, "random_state": 0}
    network = MLPClassifier((6,), alpha=alpha, l1=l1, **settings).fit(X, y)
    weights = np.concatenate([coef.ravel() for coef in network.coefs_])
    penalty = (0.5 * alpha * (weights**2).sum() + l1 * np.abs(weights).sum()) / len(y)
    assert_allclose(network.loss_, log_loss(y, network.predict_proba(X)) + penalty)


def test_weight_decay_spares_biases():
    # Nothing to learn: only the decay moves anything.
    X, y = np.zeros((40, 3)), np.full(40, 5.0)
    settings = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1, "alpha": 0.0}
    start = MLPRegressor((4,), weight_decay=0.0, max_iter=1, random_state=0, **settings)
    decayed = MLPRegressor((4,), weight_decay=0.5, max_iter=1, random_state=0, **settings)
    start.fit(X, y)
    decayed.fit(X, y)
    assert_allclose(decayed.coefs_[0], 0.95 * start.coefs_[0])
    assert_allclose(decayed.intercepts_[0], start.intercepts_[0])


def test_adamw_decays_by_default_and_adam_does_not(iris):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0}
    adam = MLPClassifier(solver="adam", **settings).fit(*iris)
    adamw = MLPClassifier(solver="adamw", **settings).fit(*iris)
    same = MLPClassifier(solver="adam", weight_decay=0.01, **settings).fit(*iris)
    assert np.array_equal(adamw.coefs_[0], same.coefs_[0])
    assert not np.array_equal(adamw.coefs_[0], adam.coefs_[0])
    none = MLPClassifier(solver="adamw", weight_decay=0.0, **settings).fit(*iris)
    assert np.array_equal(none.coefs_[0], adam.coefs_[0])


@pytest.mark.parametrize("clip", [1e-3, 0.1])
def test_gradient_clip_bounds_a_step(iris, clip):
    X, y = 100 * iris[0], iris[1]
    settings = {"solver": "sgd", "momentum": 0.0, "max_iter": 1, "random_state": 0}

    def parameters(**other):
        network = MLPClassifier((6,), **settings | other).fit(X, y)
        return np.concatenate([a.ravel() for a in network.coefs_ + network.intercepts_])

    start = parameters(learning_rate_init=1e-300)
    free = parameters(learning_rate_init=1.0) - start
    clipped = parameters(learning_rate_init=1.0, gradient_clip=clip) - start
    assert np.linalg.norm(free) > 1
    assert_allclose(np.linalg.norm(clipped), clip)
    assert_allclose(clipped / clip, free / np.linalg.norm(free), atol=1e-9)  # shorter, not turned
    assert_allclose(parameters(learning_rate_init=1.0, gradient_clip=1e9) - start, free)


@pytest.mark.parametrize("case", ["iris", "two_classes", "several_labels"])
def test_label_smoothing_bounds_probabilities(request, case):
    # Where rows can be told apart, the smoothed loss is least at 1 - s + s / k and s / k.
    _, y = request.getfixturevalue(case)
    X = np.eye(len(y))
    network = MLPClassifier(
        (), solver="lbfgs", alpha=0.0, label_smoothing=0.3, tol=1e-8, max_iter=2000, random_state=0
    ).fit(X, y)
    n_classes = 3 if case == "iris" else 2
    probabilities = network.predict_proba(X)
    wanted = np.where(y if y.ndim == 2 else y[:, None] == network.classes_, 1.0, 0.0)
    assert_allclose(probabilities, 0.7 * wanted + 0.3 / n_classes, atol=1e-3)


def test_dropout_keeps_the_mean(diabetes):
    # For a network that is linear in its hidden units the mean over masks is the plain output.
    X, y = diabetes
    settings = {"solver": "sgd", "learning_rate_init": 1e-300, "alpha": 0.0, "random_state": 0}
    settings |= {"activation": "identity", "loss": "squared_error", "max_iter": 400}
    settings |= {"n_iter_no_change": np.inf, "hidden_layer_sizes": (50,)}
    plain = MLPRegressor(**settings).fit(X, y)
    dropped = MLPRegressor(dropout=0.5, **settings).fit(X, y)
    hidden = X @ plain.coefs_[0] + plain.intercepts_[0]
    # Each unit is doubled or left out: its part of the output has its own square as variance.
    variance = (hidden**2 @ plain.coefs_[1] ** 2).mean()
    assert_allclose(np.mean(dropped.loss_curve_), plain.loss_ + variance / 2, rtol=0.02)


# Precision ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("dtype", ["auto", "float32", "float64"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_precision_is_what_was_asked_for(iris, dtype, given, solver):
    X, y = np.round(3 * iris[0]).astype(given), iris[1]
    wanted = np.dtype(dtype if dtype != "auto" else np.float32 if given is np.float32 else "f8")
    for network in (
        MLPClassifier((5,), dtype=dtype, solver=solver, max_iter=5, random_state=0),
        MLPRegressor((5,), dtype=dtype, solver=solver, max_iter=5, random_state=0),
    ):
        network.fit(X, y)
        assert {a.dtype for a in network.coefs_ + network.intercepts_} == {wanted}
        if isinstance(network, MLPRegressor):
            assert network.predict(X).dtype == wanted
        else:
            assert network.predict_proba(X).dtype == wanted
        assert all(type(loss) is float for loss in network.loss_curve_)


@pytest.mark.parametrize("made", [MLPClassifier, MLPRegressor])
def test_precisions_agree(iris, made):
    X, y = iris
    settings = {"max_iter": 20, "batch_size": 30, "random_state": 0, "activation": "tanh"}
    single, double = (made((8,), dtype=d, **settings).fit(X, y) for d in ("float32", "float64"))
    assert_allclose(single.loss_curve_, double.loss_curve_, rtol=1e-4)
    for a, b in zip(single.coefs_, double.coefs_, strict=True):
        assert_allclose(a, b, atol=1e-4)


# Losses against what they are minimised by -------------------------------------------------------


@pytest.fixture(scope="module")
def skewed():
    return np.random.RandomState(0).gamma(2.0, 30.0, 401)


def constant_fit(y, loss, normalize_y=True, **settings):
    """What a network that sees nothing predicts."""
    network = MLPRegressor(
        (),
        loss=loss,
        normalize_y=normalize_y,
        learning_rate="cosine",
        learning_rate_init=0.02 if normalize_y else 1.0,
        batch_size=len(y),
        max_iter=1500,
        n_iter_no_change=np.inf,
        random_state=0,
        **settings,
    ).fit(np.zeros((len(y), 1)), y)
    (predicted,) = set(network.predict(np.zeros((3, 1))))
    return predicted


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_quantile_loss_gives_the_quantile(skewed, level):
    predicted = constant_fit(skewed, "quantile", quantile=level)
    assert_allclose(predicted, np.quantile(skewed, level), rtol=0.01)


def test_absolute_error_gives_the_median(skewed):
    assert_allclose(constant_fit(skewed, "absolute_error"), np.median(skewed), rtol=0.01)


@pytest.mark.parametrize("loss", ["squared_error", "poisson", "gamma"])
@pytest.mark.parametrize("normalize_y", [True, False])
def test_deviances_give_the_mean(skewed, loss, normalize_y):
    if not normalize_y:
        skewed = skewed / 30
    predicted = constant_fit(skewed, loss, normalize_y)
    assert_allclose(predicted, skewed.mean(), rtol=1e-3)


@pytest.mark.parametrize("delta", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("normalize_y", [True, False])
def test_huber_loss_gives_the_root_of_its_derivative(skewed, delta, normalize_y):
    if not normalize_y:
        skewed = skewed / 30
    predicted = constant_fit(skewed, "huber", normalize_y, huber_delta=delta)
    unit = skewed.std() if normalize_y else 1.0
    assert abs(np.clip(skewed - predicted, -delta * unit, delta * unit).mean()) < 2e-3 * unit
    if delta == 10:
        assert_allclose(predicted, skewed.mean(), rtol=1e-3)


def test_quantiles_of_a_line_are_those_of_linear_programming():
    rng = np.random.RandomState(0)
    X = rng.uniform(0, 1, (300, 1))
    y = 10 * X[:, 0] + (1 + 3 * X[:, 0]) * rng.normal(size=300)
    for level in (0.2, 0.8):
        wanted = QuantileRegressor(quantile=level, alpha=0).fit(X, y).predict(X)
        network = MLPRegressor((), loss="quantile", quantile=level, learning_rate="cosine")
        network.set_params(learning_rate_init=0.02, max_iter=1500, n_iter_no_change=np.inf)
        assert_allclose(network.fit(X, y).predict(X), wanted, atol=0.25)


def test_predictions_of_positive_losses_are_positive(wave):
    X, y = wave
    for loss in ("poisson", "gamma"):
        network = MLPRegressor((5,), loss=loss, max_iter=5, random_state=0).fit(X, y - 30)
        assert (network.predict(10 * X) > 0).all()
        assert network.out_activation_ == "exp"


# Linear models -----------------------------------------------------------------------------------

EXACT = {"solver": "lbfgs", "tol": 1e-9, "max_iter": 5000, "max_fun": 50000, "random_state": 0}


@pytest.mark.parametrize("alpha", [0.0, 1.0, 30.0])
@pytest.mark.parametrize("case", ["diabetes", "two_numbers"])
def test_without_hidden_layers_it_is_ridge(request, case, alpha):
    X, y = request.getfixturevalue(case)
    ridge = Ridge(alpha=alpha).fit(X, y)
    network = MLPRegressor((), alpha=alpha, **EXACT).fit(X, y)
    assert_allclose(network.coefs_[0].T.reshape(ridge.coef_.shape), ridge.coef_, atol=1e-2)
    assert_allclose(network.intercepts_[0], ridge.intercept_, rtol=1e-4)
    assert_allclose(network.predict(X), ridge.predict(X), atol=5e-2)


@pytest.mark.parametrize("alpha", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("case", ["two_classes", "iris"])
def test_without_hidden_layers_it_is_logistic_regression(request, case, alpha):
    X, y = request.getfixturevalue(case)
    linear = LogisticRegression(C=1 / alpha, tol=1e-9, max_iter=5000).fit(X, y)
    network = MLPClassifier((), alpha=alpha, **EXACT).fit(X, y)
    assert_allclose(network.predict_proba(X), linear.predict_proba(X), atol=1e-4)
    assert_allclose(network.coefs_[0].T, linear.coef_, atol=5e-3)


def test_without_hidden_layers_adam_gets_there_too(two_classes):
    X, y = two_classes
    linear = LogisticRegression(C=1.0).fit(X, y)
    network = MLPClassifier((), alpha=1.0, learning_rate="cosine", learning_rate_init=0.05)
    network.set_params(max_iter=600, random_state=0, n_iter_no_change=np.inf).fit(X, y)
    assert_allclose(network.predict_proba(X), linear.predict_proba(X), atol=1e-3)


# Losses of classes -------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("case", ["two_classes", "iris", "several_labels"])
def test_hinge_has_margins_and_no_probabilities(request, case, loss):
    X, y = request.getfixturevalue(case)
    network = MLPClassifier((20,), loss=loss, max_iter=60, learning_rate_init=0.02)
    network.set_params(random_state=0).fit(X, y)
    margins = network.decision_function(X)
    assert margins.shape == (
        (len(y),) if case == "two_classes" else (len(y), y.max() + 1 if y.ndim == 1 else 2)
    )
    if case == "iris":
        assert np.array_equal(network.predict(X), margins.argmax(axis=1))
    else:
        assert np.array_equal(network.predict(X), (margins > 0).astype(int))
    assert network.out_activation_ == "identity"
    for method in ("predict_proba", "predict_log_proba"):
        assert not hasattr(network, method)
    assert not hasattr(MLPClassifier().fit(X, y), "decision_function")


@pytest.mark.parametrize("case", ["two_classes", "iris"])
def test_hinge_loss_is_that_of_scikit_learn(request, case):
    X, y = request.getfixturevalue(case)
    network = MLPClassifier((10,), loss="hinge", alpha=0.0, max_iter=20, random_state=0)
    network.fit(X, y, X_val=X, y_val=y)
    wanted = hinge_loss(y, network.decision_function(X))
    assert_allclose(network.validation_loss_curve_[-1], wanted)


def test_focal_loss_without_its_exponent_is_log_loss(iris):
    settings = {"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0}
    focal = MLPClassifier(loss="focal", focal_gamma=0.0, **settings).fit(*iris)
    plain = MLPClassifier(**settings).fit(*iris)
    assert_allclose(focal.predict_proba(iris[0]), plain.predict_proba(iris[0]), rtol=1e-9)


@pytest.mark.parametrize("case", ["two_classes", "iris"])
def test_focal_loss_by_its_definition(request, case):
    X, y = request.getfixturevalue(case)
    network = MLPClassifier((8,), loss="focal", focal_gamma=2.0, alpha=0.0, max_iter=20)
    network.set_params(random_state=0).fit(X, y, X_val=X, y_val=y)
    p = network.predict_proba(X)[np.arange(len(y)), y]
    assert_allclose(network.validation_loss_curve_[-1], (-((1 - p) ** 2) * np.log(p)).mean())
