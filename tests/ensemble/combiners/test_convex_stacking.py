"""Optimal convex weights against solvers of scipy, closed forms and optimality conditions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import LinearConstraint, lsq_linear, minimize, minimize_scalar
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, mean_squared_error

from skdeep.ensemble import ConvexStackingClassifier, ConvexStackingRegressor

some = settings(max_examples=40, deadline=None)
shapes = st.tuples(st.integers(1, 8), st.integers(2, 60), st.integers(0, 10_000))


def regression(n_bases, n_rows, seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n_rows)
    X = y[:, None] + rng.normal(size=(n_rows, 1)) + rng.normal(size=(n_rows, n_bases))
    return X + rng.normal(size=n_bases), y, rng.uniform(0.1, 3, size=n_rows)


def two_classes(n_bases, n_rows, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % 2
    logits = (2 * y[:, None] - 1) * rng.uniform(-0.5, 2, size=n_bases)
    return 1 / (1 + np.exp(-logits - rng.normal(size=logits.shape))), y, rng.uniform(0.1, 3, n_rows)


def by_slsqp(loss, gradient, n_bases):
    """Return the least loss on the simplex that scipy finds from the middle."""
    simplex = LinearConstraint(np.ones(n_bases), 1, 1)
    found = minimize(
        loss,
        np.full(n_bases, 1 / n_bases),
        jac=gradient,
        method="SLSQP",
        bounds=[(0, 1)] * n_bases,
        constraints=simplex,
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    return found.fun


def check_simplex(weights):
    assert weights.min() >= 0
    assert_allclose(weights.sum(), 1, rtol=1e-14)


def check_optimal(weights, gradient, atol):
    """Check the conditions of Karush, Kuhn and Tucker: equal slopes, and no lower one outside."""
    multiplier = weights @ gradient
    assert_allclose(gradient[weights > 1e-6], multiplier, atol=atol)
    assert gradient.min() >= multiplier - atol


@some
@given(shapes)
def test_squared_error_is_the_least(shape):
    X, y, sample_weight = regression(*shape)
    convex = ConvexStackingRegressor().fit(X, y, sample_weight)
    a = sample_weight / sample_weight.sum()
    check_simplex(convex.weights_)
    gradient = 2 * (X - y[:, None]).T @ (a * (X @ convex.weights_ - y))
    check_optimal(convex.weights_, gradient, atol=1e-10)
    least = by_slsqp(
        lambda w: a @ (X @ w - y) ** 2,
        lambda w: 2 * X.T @ (a * (X @ w - y)),
        X.shape[1],
    )
    loss = mean_squared_error(y, convex.predict(X), sample_weight=sample_weight)
    assert_allclose(convex.loss_, loss, atol=1e-30)
    assert loss <= least + 1e-9
    assert 0 <= convex.dual_gap_ < 1e-10


def test_squared_error_with_the_sum_as_a_heavy_row():
    # Least squares with bounds, where a row of large weight says that the weights sum to one.
    X, y, _ = regression(6, 40, 0)
    heavy = 1e5
    A, b = np.vstack([X, np.full(6, heavy)]), np.append(y, heavy)
    expected = lsq_linear(A, b, bounds=(0, np.inf), tol=1e-14).x
    assert_allclose(ConvexStackingRegressor().fit(X, y).weights_, expected, atol=1e-6)


@some
@given(st.integers(2, 40), st.integers(0, 10_000))
def test_two_regressors_have_a_closed_form(n_rows, seed):
    X, y, a = regression(2, n_rows, seed)
    first, second = (X - y[:, None]).T
    share = (a * second) @ (second - first) / (a @ (second - first) ** 2)
    expected = np.clip([share, 1 - share], 0, 1)
    assert_allclose(ConvexStackingRegressor().fit(X, y, a).weights_, expected, atol=1e-8)


@some
@given(shapes)
def test_log_loss_is_the_least(shape):
    X, y, sample_weight = two_classes(*shape)
    convex = ConvexStackingClassifier(columns_per_base=1).fit(X, y, sample_weight)
    a = sample_weight / sample_weight.sum()
    observed = np.where(y[:, None] == 1, X, 1 - X)
    check_simplex(convex.weights_)
    check_optimal(convex.weights_, -observed.T @ (a / (observed @ convex.weights_)), atol=1e-6)
    least = by_slsqp(
        lambda w: -(a @ np.log(observed @ w)),
        lambda w: -observed.T @ (a / (observed @ w)),
        X.shape[1],
    )
    loss = log_loss(y, convex.predict_proba(X), sample_weight=sample_weight)
    assert_allclose(convex.loss_, loss)
    assert loss <= least + 1e-9
    assert 0 <= convex.dual_gap_ <= 1e-10


def test_log_loss_is_that_of_expectation_maximisation():
    # The weights are the shares of a mixture whose components are known: EM finds them, slowly.
    X, y, a = two_classes(5, 80, 1)
    observed = np.where(y[:, None] == 1, X, 1 - X)
    a = a / a.sum()
    weights = np.full(5, 0.2)
    for _ in range(20_000):
        weights = weights * (observed.T @ (a / (observed @ weights)))
    assert_allclose(ConvexStackingClassifier().fit(X, y, a).weights_, weights, atol=1e-5)


@some
@given(st.integers(2, 40), st.integers(0, 10_000))
def test_two_classifiers_on_a_line(n_rows, seed):
    X, y, _ = two_classes(2, n_rows, seed)
    line = minimize_scalar(
        lambda t: log_loss(y, t * X[:, 0] + (1 - t) * X[:, 1]),
        bounds=(0, 1),
        method="bounded",
        options={"xatol": 1e-12},
    )
    convex = ConvexStackingClassifier(columns_per_base=1).fit(X, y)
    assert convex.loss_ <= line.fun + 1e-12


@pytest.mark.parametrize("n_bases", [2, 5, 30])
def test_bases_that_answer_with_certainty(n_bases):
    # Each is wrong on some row, where its log-loss alone is that of scikit-learn's clipping.
    rng = np.random.default_rng(n_bases)
    y = np.arange(40) % 2
    X = np.where(rng.uniform(size=(40, n_bases)) < 0.2, 1 - y[:, None], y[:, None]).astype(float)
    convex = ConvexStackingClassifier(columns_per_base=1).fit(X, y)
    assert convex.dual_gap_ <= 1e-10
    check_simplex(convex.weights_)
    alone = [log_loss(y, X[:, base]) for base in range(n_bases)]
    assert convex.loss_ < min(alone)


@pytest.mark.parametrize("make", [regression, two_classes])
def test_copies_of_a_base_share_its_weight(make):
    X, y, _ = make(3, 50, 2)
    Convex = ConvexStackingRegressor if make is regression else ConvexStackingClassifier
    convex = Convex().fit(X, y)
    copied = Convex().fit(X[:, [0, 1, 2, 0, 1, 1]], y)
    assert_allclose(copied.loss_, convex.loss_, rtol=1e-9)
    assert copied.dual_gap_ < 1e-8
    merged = np.bincount([0, 1, 2, 0, 1, 1], weights=copied.weights_)
    assert_allclose(merged, convex.weights_, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e100])
def test_weights_do_not_depend_on_the_unit_of_y(scale):
    X, y, _ = regression(4, 30, 3)
    expected = ConvexStackingRegressor().fit(X, y).weights_
    assert_allclose(ConvexStackingRegressor().fit(X * scale, y * scale).weights_, expected)


def test_a_perfect_base_takes_all():
    X, y, _ = regression(4, 30, 4)
    X[:, 2] = y
    convex = ConvexStackingRegressor().fit(X, y)
    assert_allclose(convex.weights_, [0, 0, 1, 0], atol=1e-12)
    assert_array_equal(ConvexStackingRegressor().fit(X[:, [2, 2]], y).weights_.sum(), 1)


def test_fewer_rows_than_bases():
    X, y, _ = regression(30, 5, 5)
    convex = ConvexStackingRegressor().fit(X, y)
    check_simplex(convex.weights_)
    assert convex.dual_gap_ < 1e-12


def test_too_few_iterations_are_warned_about():
    X, y, _ = two_classes(5, 200, 0)
    with pytest.warns(ConvergenceWarning, match=r"after 1 iterations: increase max_iter=1 or tol"):
        convex = ConvexStackingClassifier(max_iter=1).fit(X, y)
    assert convex.dual_gap_ > 1e-10
    best = ConvexStackingClassifier().fit(X, y)
    assert convex.loss_ - convex.dual_gap_ <= best.loss_ <= convex.loss_


@some
@given(st.integers(1, 40), st.integers(2, 60), st.integers(0, 10_000), st.booleans())
def test_answers_are_proven_where_bases_agree_on_most_rows(n_bases, n_rows, seed, hard):
    # Few different columns, nearly flat directions, probabilities of 0 for the true class.
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % 2
    X = abs(y[:, None] - (rng.uniform(size=(n_rows, n_bases)) < 0.2))
    if not hard:
        X = np.where(rng.uniform(size=X.shape) < 0.3, 0.5 + 1e-3 * rng.normal(size=X.shape), X)
    convex = ConvexStackingClassifier(columns_per_base=1).fit(X, y)
    assert convex.dual_gap_ <= 1e-10
    check_simplex(convex.weights_)
