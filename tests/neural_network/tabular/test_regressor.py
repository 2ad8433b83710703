"""Numbers, intervals around them, and losses for counts and positive targets."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binom, skew
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import mean_poisson_deviance

from skdeep.neural_network import TabularRegressor
from skdeep.neural_network._tabular.number_answer import _shrinkage, _skewness
from tests.neural_network.tabular.tables import ONE_CANDIDATE, QUICK

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
Y = 50 + 10 * X[:, 0] + RNG.normal(size=80)
LEARNING = {**QUICK, "max_iter": 15, "learning_rate_init": 0.1, "batch_size": 16}


@pytest.mark.parametrize("architecture", ["mlp", "resnet", "tabm", "transformer"])
def test_numbers_are_learned_in_their_units(architecture):
    model = TabularRegressor(**LEARNING, architecture=architecture).fit(X, Y)
    assert model.score(X, Y) > 0.5
    assert np.corrcoef(model.oof_prediction_, Y)[0, 1] > 0.6
    assert model.oof_prediction_.shape == model.predict(X).shape == (80,)


def test_units_of_y_are_those_of_the_answers():
    one = TabularRegressor(**QUICK).fit(X, Y)
    other = TabularRegressor(**QUICK).fit(X, 1e6 * Y - 3e6)

    def gap(ask):  # rows come in another order, and so do the steps of training
        return np.abs(ask(other) / 1e6 + 3 - ask(one)).mean()

    assert gap(lambda model: model.predict(X)) < 0.4 * Y.std()
    assert gap(lambda model: model.oof_prediction_) < 0.4 * Y.std()
    assert gap(lambda model: model.predict_interval(X)) < 0.8 * Y.std()
    ratio = other.predict(X, return_std=True)[1] / one.predict(X, return_std=True)[1]
    assert np.median(ratio) == pytest.approx(1e6, rel=0.2)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "poisson", "gamma"])
def test_losses_are_in_units_of_y(loss):
    """Networks that hardly move predict the mean of their training rows."""
    half_deviance = {
        "squared_error": lambda y, mean: 0.5 * (y - mean) ** 2,
        "absolute_error": lambda y, mean: np.abs(y - mean),
        "poisson": lambda y, mean: mean - y + y * np.log(y / mean),
        "gamma": lambda y, mean: np.log(mean / y) + y / mean - 1,
    }[loss]
    settings = {**QUICK, "max_iter": 1, "learning_rate_init": 1e-12, "loss": loss}
    model = TabularRegressor(**settings).fit(X, Y)
    for i, curve in enumerate(model.loss_curves_):
        train, test = model.splits_[i % len(model.splits_)]
        mean = Y[train].mean()
        np.testing.assert_allclose(curve, half_deviance(Y[train], mean).mean(), rtol=1e-4)
        judged = model.validation_loss_curves_[i]
        np.testing.assert_allclose(judged, half_deviance(Y[test], mean).mean(), rtol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "int64", "float64", "object"])
def test_targets_of_any_dtype(dtype):
    y = np.round(Y).astype(dtype)
    model = TabularRegressor(**QUICK).fit(X, y)
    plain = TabularRegressor(**QUICK).fit(X, np.round(Y))
    np.testing.assert_allclose(model.predict(X), plain.predict(X), rtol=1e-5)


def test_predictions_stay_within_the_range_of_y():
    model = TabularRegressor(**LEARNING).fit(X, Y)
    far = model.predict(100 * X)
    assert far.min() >= Y.min()
    assert far.max() <= Y.max()


def test_several_outputs():
    both = np.column_stack([Y, -3 * X[:, 1] ** 2])
    model = TabularRegressor(**LEARNING).fit(X, both)
    assert model.predict(X).shape == model.oof_prediction_.shape == (80, 2)
    assert model.score(X, both) > 0.3
    mean, std = model.predict(X, return_std=True)
    assert mean.shape == std.shape == (80, 2)
    assert model.predict_interval(X).shape == (80, 2, 2)
    assert model.predict_quantiles(X, [0.2, 0.5, 0.7]).shape == (80, 2, 3)


def test_a_column_of_numbers_is_taken_as_scikit_learn_takes_it():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        column = TabularRegressor(**QUICK).fit(X, Y[:, None])
    assert np.array_equal(column.predict(X), TabularRegressor(**QUICK).fit(X, Y).predict(X))


def heteroscedastic(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(n, 2))
    noise = (0.2 + 1.5 * np.abs(x[:, 0])) * rng.standard_normal(n)
    return x, 2 * x[:, 1] + noise


@pytest.fixture(scope="module")
def on_noise():
    return TabularRegressor(**{**LEARNING, "cv": 4, "batch_size": 64}).fit(*heteroscedastic(600, 0))


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_intervals_cover_what_they_promise(on_noise, coverage):
    x, y = heteroscedastic(4_000, 1)
    lower, upper = on_noise.predict_interval(x, coverage=coverage).T
    inside = ((lower <= y) & (y <= upper)).sum()
    # The promise holds over draws of the training rows: 600 residuals have an error of their own.
    spread = np.sqrt(coverage * (1 - coverage) * (1 / 600 + 1 / 4_000))
    assert abs(inside / 4_000 - coverage) < 4 * spread
    assert binom.cdf(inside, 4_000, coverage - 4 * spread) > 1e-3


def test_intervals_are_wide_where_noise_is(on_noise):
    x, y = heteroscedastic(2_000, 2)
    lower, upper = on_noise.predict_interval(x, coverage=0.8).T
    quiet, loud = np.abs(x[:, 0]) < 0.2, np.abs(x[:, 0]) > 0.8
    assert (upper - lower)[loud].mean() > 1.5 * (upper - lower)[quiet].mean()
    mean, std = on_noise.predict(x, return_std=True)
    assert np.array_equal(mean, on_noise.predict(x))
    assert std[loud].mean() > 1.5 * std[quiet].mean()
    assert np.sqrt(np.mean((y - mean) ** 2)) == pytest.approx(np.sqrt(np.mean(std**2)), rel=0.15)


def test_quantiles_rise_with_their_levels(on_noise):
    x, y = heteroscedastic(2_000, 3)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    quantiles = on_noise.predict_quantiles(x, levels)
    assert (np.diff(quantiles, axis=1) >= 0).all()
    below = (y[:, None] <= quantiles).mean(axis=0)
    np.testing.assert_allclose(below, levels, atol=0.08)
    for coverage in (0.5, 0.9):
        tail = (1 - coverage) / 2
        bounds = on_noise.predict_quantiles(x, [tail, 1 - tail])
        np.testing.assert_allclose(on_noise.predict_interval(x, coverage), bounds)


@pytest.mark.parametrize("coverage", [0.0, 1.0, 1.5, -1])
def test_coverage_is_a_probability(on_noise, coverage):
    with pytest.raises(ValueError, match=r"coverage=.*give a probability between 0 and 1"):
        on_noise.predict_interval(X[:, :2], coverage)


@pytest.mark.parametrize("levels", [[0.5, 1.0], [0.0], [-0.1], [2.0]])
def test_levels_are_probabilities(on_noise, levels):
    with pytest.raises(ValueError, match="is not between 0 and 1, both excluded"):
        on_noise.predict_quantiles(X[:, :2], levels)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_positive_targets(loss):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    mean = np.exp(1 + x[:, 0])
    y = rng.poisson(mean) if loss == "poisson" else mean * rng.gamma(4, 1 / 4, size=200)
    model = TabularRegressor(**LEARNING, loss=loss).fit(x, y)
    assert (model.predict(x) > 0).all() or y.min() == 0
    deviance = mean_poisson_deviance(mean, np.maximum(model.predict(x), 1e-6))
    assert deviance < 0.5 * mean_poisson_deviance(mean, np.full(200, y.mean()))
    assert np.isfinite(model.predict_interval(x)).all()


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        ("poisson", Y - 60, "loss='poisson' needs y >= 0"),
        ("poisson", 0 * Y, "is 0 throughout"),
        ("gamma", np.abs(np.round(X[:, 0])), "loss='gamma' needs y > 0"),
        ("hinge", Y, "The 'loss' parameter"),
        ("squared_error", np.where(Y > 50, np.nan, Y), "NaN"),
        ("squared_error", np.where(Y > 50, np.inf, Y), "infinity"),
        ("squared_error", Y[:7], "inconsistent numbers of samples"),
        ("squared_error", None, "the target y is None"),
    ],
    ids=["negative", "zero", "zeros", "name", "nan", "infinite", "short", "none"],
)
def test_targets_that_a_loss_cannot_take(loss, y, message):
    with pytest.raises(ValueError, match=message):
        TabularRegressor(**QUICK, loss=loss).fit(X, y)


def test_a_constant_target_is_predicted():
    model = TabularRegressor(**QUICK).fit(X, np.full(80, 7.0))
    assert np.array_equal(model.predict(X), np.full(80, 7.0))
    assert np.array_equal(model.oof_prediction_, np.full(80, 7.0))


def test_the_absolute_error_finds_the_median():
    """Of a target that no column explains, in the presence of outliers."""
    rng = np.random.default_rng(0)
    y = np.where(rng.uniform(size=300) < 0.1, 100.0, rng.normal(size=300))
    settings = {**LEARNING, "max_iter": 31}
    x = rng.normal(size=(300, 1))
    median = TabularRegressor(**settings, loss="absolute_error").fit(x, y).predict(x)
    mean = TabularRegressor(**settings).fit(x, y).predict(x)
    assert abs(np.median(median) - np.median(y)) < 3
    assert abs(np.median(mean) - np.mean(y)) < 5
    assert np.median(mean) - np.median(median) > 3


def scattered(k, matrix):
    """What a fold predicts: a number that is common to all, plus one of its own."""
    own = np.random.default_rng(k).normal(scale=[3.0, 0.0], size=(5000, 2))
    return matrix + own[: len(matrix)]


@pytest.mark.parametrize("every_row_once", [True, False])
def test_residuals_shrink_by_what_folds_differ(every_row_once):
    n, n_folds = 5000, 5
    rows = SimpleNamespace(matrix=np.zeros((n, 2)), codes=np.zeros(n))
    judged = SimpleNamespace(
        n_folds=n_folds,
        rows=np.arange(n) if every_row_once else np.arange(n) // 2,
        fold=np.arange(n) % n_folds,
        weight=np.ones(n),
    )
    residuals = np.full((n, 2), 5.0)
    found = _shrinkage(residuals, SimpleNamespace(rows=rows, judged=judged, of_fold=scattered))
    # 16 of 25 are common to all folds; of the other 9, the mean of five keeps a fifth.
    expected = [np.sqrt(16 + 9 / 5) / 5, 1.0] if every_row_once else [1.0, 1.0]
    np.testing.assert_allclose(found, expected, rtol=0.01)


SKEWED = np.exp(0.1 * Y - 5)


def kept_loss(model):
    """Mean squared error out of fold of what predicts."""
    return np.mean((SKEWED - model.oof_prediction_) ** 2)


def test_skewed_positive_numbers_are_learned_by_their_logarithm():
    assert skew(SKEWED) > 1
    plain = TabularRegressor(**ONE_CANDIDATE).fit(X, SKEWED)
    counts = TabularRegressor(**ONE_CANDIDATE, loss="poisson").fit(X, SKEWED)
    np.testing.assert_allclose(plain.predict(X), counts.predict(X))
    # Networks that judge by a squared error have curves in its unit.
    mean = [SKEWED[train].mean() for train, _ in plain.splits_]
    for own, other, scale in zip(plain.loss_curves_, counts.loss_curves_, mean, strict=True):
        np.testing.assert_allclose(own, scale * np.asarray(other), rtol=1e-5)
    assert plain.candidates_[0]["loss"] == pytest.approx(kept_loss(plain) / 2)


@pytest.mark.parametrize(
    "y", [SKEWED - 0.1, -SKEWED, Y - Y.min()], ids=["negative", "left", "even"]
)
def test_other_numbers_are_learned_as_they_are(y):
    assert y.min() < 0 or skew(y) < 1
    model = TabularRegressor(**{**QUICK, "max_iter": 1, "learning_rate_init": 1e-12}).fit(X, y)
    for i, curve in enumerate(model.loss_curves_):
        train, _ = model.splits_[i % len(model.splits_)]
        np.testing.assert_allclose(curve, y[train].var() / 2, rtol=1e-4)


def test_skewness_is_that_of_copies():
    rng = np.random.default_rng(0)
    y, weight = rng.gamma(2, size=(40, 2)) * [1e-9, 1e30], rng.integers(1, 4, 40)
    copies = skew(np.repeat(y, weight, axis=0))
    np.testing.assert_allclose(_skewness(y, weight.astype(float)), copies)
    np.testing.assert_array_equal(_skewness(np.full((5, 1), 0.1), None), [0.0])
    np.testing.assert_array_equal(_skewness(np.zeros((5, 1)), None), [0.0])


def test_a_fold_may_have_nothing_but_zeros():
    y = np.zeros(80)
    y[:10] = np.arange(1, 11)
    splits = [(np.arange(20, 80), np.arange(20)), (np.arange(20), np.arange(20, 80))]
    model = TabularRegressor(**QUICK | {"cv": splits}).fit(X, y)
    np.testing.assert_array_equal(model.oof_prediction_[:20], 0.0)
    assert np.isfinite(model.predict(X)).all()
    assert model.predict(X).min() >= 0
