"""Exponents against a brute-force grid, and what calibrated probabilities promise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, softmax
from sklearn.metrics import log_loss

from skdeep._calibration.temperature import (
    expected_calibration_error,
    fit_temperature,
    fit_temperature_independent,
    tempered,
    tempered_independent,
)


def drawn(n, beta, n_classes=4, seed=0):
    """Probabilities whose power `beta` is the truth, and classes drawn from that."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, n_classes)) * 2
    truth = softmax(beta * logits, axis=1)
    codes = (truth.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return softmax(logits, axis=1), codes


def penalised_loss(beta, probabilities, codes, weight):
    power = probabilities**beta
    chosen = power[np.arange(len(codes)), codes] / power.sum(axis=1)
    return -(weight * np.log(chosen)).sum() + 5 * (beta - 1 - np.log(beta))


@pytest.mark.parametrize("beta", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_exponent_is_the_best_of_a_fine_grid(beta, weighted):
    probabilities, codes = drawn(300, beta)
    weight = np.random.default_rng(1).integers(0, 4, 300) if weighted else None
    found = fit_temperature(probabilities, codes, weight)
    grid = np.linspace(0.2, 5, 4801)
    counts = np.ones(300) if weight is None else weight
    losses = [penalised_loss(b, probabilities, codes, counts) for b in grid]
    assert_allclose(found, grid[np.argmin(losses)], atol=0.0006)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_many_rows_find_the_truth(beta, dtype):
    probabilities, codes = drawn(50_000, beta)
    found = fit_temperature(probabilities.astype(dtype), codes)
    assert_allclose(found, beta, rtol=0.03)
    after = tempered(probabilities, found)
    assert expected_calibration_error(after, codes) < 0.01
    if beta != 1:
        assert log_loss(codes, after) < log_loss(codes, probabilities) - 0.01
        assert expected_calibration_error(probabilities, codes) > 0.04


def test_few_rows_move_it_little():
    probabilities = np.array([[0.9, 0.1], [0.1, 0.9]])
    assert 1 < fit_temperature(probabilities, np.array([0, 1])) < 1.15
    assert 0.5 < fit_temperature(probabilities, np.array([1, 0])) < 1
    many = np.tile([[0.6, 0.4], [0.4, 0.6]], (5000, 1))
    assert fit_temperature(many, np.tile([0, 1], 5000)) == 8
    assert fit_temperature(many, np.tile([1, 0], 5000)) == 1 / 8


def test_nothing_to_learn_is_an_exponent_of_one():
    probabilities, _ = drawn(50, 1)
    assert fit_temperature(probabilities, np.full(50, 2)) == 1
    assert fit_temperature(probabilities[:0], np.zeros(0, int)) == 1
    assert fit_temperature(probabilities[:1], np.zeros(1, int)) == 1
    assert fit_temperature(np.ones((5, 1)), np.zeros(5, int)) == 1
    assert fit_temperature(probabilities, np.arange(50) % 4, np.zeros(50)) == 1
    assert_allclose(fit_temperature(np.full((50, 4), 0.25), np.arange(50) % 4), 1)
    only_one_counts = (np.arange(50) % 4 == 1).astype(float)
    assert fit_temperature(probabilities, np.arange(50) % 4, only_one_counts) == 1


def test_whole_weights_are_copies_of_rows():
    probabilities, codes = drawn(80, 0.5)
    weight = np.random.default_rng(2).integers(0, 4, 80)
    rows = np.repeat(np.arange(80), weight)
    assert_allclose(
        fit_temperature(probabilities, codes, weight),
        fit_temperature(probabilities[rows], codes[rows]),
        rtol=1e-7,
    )
    assert_allclose(
        expected_calibration_error(probabilities, codes, weight),
        expected_calibration_error(probabilities[rows], codes[rows]),
    )
    indicators = np.eye(4)[codes]
    assert_allclose(
        fit_temperature_independent(probabilities, indicators, weight),
        fit_temperature_independent(probabilities[rows], indicators[rows]),
        rtol=1e-7,
    )


def test_equal_weights_that_are_shares_count_as_rows():
    probabilities, codes = drawn(80, 0.5)
    plain = fit_temperature(probabilities, codes)
    for unit in (1 / 80, 1e-200):
        assert_allclose(fit_temperature(probabilities, codes, np.full(80, unit)), plain, rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tempered_is_a_power(dtype):
    probabilities = drawn(100, 1)[0].astype(dtype)
    for beta in (0.125, 0.7, 1.0, 3.0, 8.0):
        after = tempered(probabilities, beta)
        power = probabilities.astype(float) ** beta
        assert after.dtype == dtype
        assert_allclose(after, power / power.sum(axis=1, keepdims=True), rtol=5e-5)
        assert_allclose(after.sum(axis=1), 1, rtol=1e-6)
        assert (after.argmax(axis=1) == probabilities.argmax(axis=1)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_zeros_and_ones_stay_finite(dtype):
    certain = np.array([[1, 0], [0, 1]], dtype=dtype)
    for beta in (0.125, 1.0, 8.0):
        assert_allclose(tempered(certain, beta), certain, atol=1e-4)
        independent = tempered_independent(certain, beta)
        assert independent.dtype == dtype
        assert (np.diff(independent, axis=1) * [[-1], [1]] > 0.89).all()
    always_wrong = fit_temperature(np.tile(certain, (50, 1)), np.tile([1, 0], 50))
    assert always_wrong == 1 / 8


def test_labels_are_rows_of_two_classes():
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(400, 3)) * 2
    indicators = (rng.random((400, 3)) < expit(0.6 * logits)).astype(int)
    probabilities = expit(logits)
    found = fit_temperature_independent(probabilities, indicators)
    flat = probabilities.ravel()
    two_classes = np.column_stack([1 - flat, flat])
    assert_allclose(found, fit_temperature(two_classes, indicators.ravel()), rtol=1e-7)
    assert_allclose(found, 0.6, rtol=0.15)
    assert_allclose(tempered_independent(probabilities, 0.6), expit(0.6 * logits), rtol=1e-9)
    assert fit_temperature_independent(probabilities, np.zeros((400, 3))) == 1


def test_calibration_error_by_hand():
    confidence = np.array([0.6, 0.6, 0.9, 0.9])
    probabilities = np.column_stack([confidence, 1 - confidence])
    codes = np.array([0, 1, 0, 0])  # right in one of two, and in two of two
    assert_allclose(expected_calibration_error(probabilities, codes, n_bins=2), (0.1 + 0.1) / 2)
    assert_allclose(expected_calibration_error(probabilities, codes, n_bins=1), 0)
    weight = np.array([3, 1, 0, 1])  # right in three of four, and in one of one
    error = expected_calibration_error(probabilities, codes, weight, n_bins=5)
    assert_allclose(error, (4 * 0.15 + 1 * 0.1) / 5)


def test_the_bins_hold_the_same_weight():
    rng = np.random.default_rng(4)
    confidence = np.sort(rng.uniform(0.5, 1, 60))
    right = rng.random(60) < confidence**2
    gaps = (right - confidence).reshape(15, 4).mean(axis=1)
    shuffled = rng.permutation(60)
    probabilities = np.column_stack([confidence, 1 - confidence])[shuffled]
    error = expected_calibration_error(probabilities, np.where(right, 0, 1)[shuffled])
    assert_allclose(error, np.abs(gaps).mean())
