"""Initial weights against theory, and against the start of scikit-learn's networks."""

import math
import warnings

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.training.initial_weights import (
    WEIGHT_INITS,
    WeightInit,
    initial_layer,
    initial_weights,
)
from skdeep._engine.training.loop import train
from tests.engine.training.members import make_data, make_member, with_changes

FAN_IN, FAN_OUT = 300, 200


def layer(scheme, activation="relu", shape=(FAN_IN, FAN_OUT), seed=0):
    return initial_layer(scheme, *shape, activation, np.random.RandomState(seed))


def start_of(scheme, layer_units, activation, seed):
    return initial_weights(scheme, layer_units, activation, np.random.RandomState(seed))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("scheme", WEIGHT_INITS)
def test_variances_are_those_of_theory(scheme, activation):
    weight, _ = layer(scheme, activation)
    gain = ACTIVATIONS[activation].gain
    if scheme.startswith("glorot"):
        # scikit-learn takes a third of the variance for the logistic function.
        variance = (2 / 3 if activation == "logistic" else 2) / (FAN_IN + FAN_OUT)
    elif scheme.startswith("he"):
        variance = gain**2 / FAN_IN
    else:
        variance = gain**2 / max(FAN_IN, FAN_OUT)
    assert weight.var() == pytest.approx(variance, rel=0.03)
    assert abs(weight.mean()) < 4 * math.sqrt(variance / weight.size)


@pytest.mark.parametrize(
    ("scheme", "bound"),
    [
        ("glorot_uniform", math.sqrt(6 / (FAN_IN + FAN_OUT))),
        ("he_uniform", math.sqrt(6 / FAN_IN)),
    ],
)
def test_uniform_schemes_fill_their_interval(scheme, bound):
    weight, _ = layer(scheme)
    assert np.abs(weight).max() <= bound
    assert weight.max() > 0.999 * bound
    assert weight.min() < -0.999 * bound


@pytest.mark.parametrize("scheme", ["glorot_normal", "he_normal"])
def test_normal_schemes_have_the_tails_of_a_normal(scheme):
    weight, _ = layer(scheme)
    standardised = weight / weight.std()
    assert (standardised**4).mean() == pytest.approx(3, abs=0.15)


@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (25, 25), (7, 1), (1, 7)])
def test_orthogonal_is_orthogonal(shape):
    weight, bias = layer("orthogonal", "tanh", shape)
    assert weight.shape == shape
    small = weight if shape[0] <= shape[1] else weight.T
    np.testing.assert_allclose(small @ small.T, (5 / 3) ** 2 * np.eye(min(shape)), atol=1e-12)
    np.testing.assert_array_equal(bias, 0.0)


def test_orthogonal_matrices_are_drawn_evenly():
    # Mezzadri (2007): QR alone prefers signs; the trace of Haar-distributed matrices has mean 0
    # and variance 1.
    rng = np.random.RandomState(0)
    traces = [np.trace(initial_layer("orthogonal", 6, 6, "selu", rng)[0]) for _ in range(3000)]
    assert np.mean(traces) == pytest.approx(0.0, abs=0.08)
    assert np.var(traces) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("scheme", WEIGHT_INITS)
def test_biases(scheme):
    _, bias = layer(scheme)
    if scheme.startswith("glorot"):  # scikit-learn's
        assert 0.9 < np.abs(bias).max() / math.sqrt(6 / (FAN_IN + FAN_OUT)) <= 1.0
    else:
        np.testing.assert_array_equal(bias, 0.0)


@pytest.mark.parametrize("scheme", WEIGHT_INITS)
def test_a_seed_gives_one_start_and_another_seed_another(scheme):
    draw = [start_of(scheme, (4, 3, 2), "tanh", seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert (draw[0] != draw[2]).sum() >= 18


def flat_start(mlp):
    return np.concatenate([a.ravel() for a in (*mlp.coefs_, *mlp.intercepts_)])


@pytest.mark.parametrize("seed", [0, 42, 2**32 - 1])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_the_default_starts_where_scikit_learn_starts(kind, activation, seed):
    n_outputs = {"regression": 2, "binary": 1, "multiclass": 3}[kind]
    X, y = make_data(kind, "", 20, 4, n_outputs, np.random.default_rng(0))
    estimator = MLPRegressor if kind == "regression" else MLPClassifier
    reference = estimator(
        hidden_layer_sizes=(5, 3),
        activation=activation,
        random_state=seed,
        max_iter=1,
        learning_rate_init=1e-300,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        reference.fit(X, y.ravel() if kind == "binary" else y)
    start = start_of("glorot_uniform", (4, 5, 3, n_outputs), activation, seed)
    np.testing.assert_allclose(start, flat_start(reference), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("scheme", WEIGHT_INITS)
def test_precisions_start_from_the_same_point(scheme):
    X, y = make_data("regression", "squared_error", 20, 4, 1, np.random.default_rng(0))
    member = make_member(X, y, weight_init=scheme, learning_rate_init=0.0, max_iter=1)
    (double,) = train([member])
    (single,) = train(
        [
            make_member(
                X, y, dtype=torch.float32, weight_init=scheme, learning_rate_init=0.0, max_iter=1
            )
        ]
    )
    assert single.weights.dtype == np.float32
    np.testing.assert_array_equal(single.weights, double.weights.astype(np.float32))
    expected = start_of(scheme, member.layer_units, "relu", 0)
    np.testing.assert_array_equal(double.weights, expected)
    (other,) = train([with_changes(member, seed=1)])
    assert not np.array_equal(other.weights, double.weights)


def test_a_new_scheme_needs_an_entry_alone(monkeypatch):
    def lecun_normal(fan_in, fan_out, activation, rng):
        return rng.normal(size=(fan_in, fan_out)) / math.sqrt(fan_in), np.full(fan_out, 0.5)

    monkeypatch.setitem(WEIGHT_INITS, "lecun_normal", WeightInit(lecun_normal))
    X, y = make_data("regression", "squared_error", 20, 400, 1, np.random.default_rng(0))
    (trained,) = train(
        [make_member(X, y, weight_init="lecun_normal", learning_rate_init=0.0, max_iter=1)]
    )
    assert trained.weights[: 400 * 6].var() == pytest.approx(1 / 400, rel=0.1)
    np.testing.assert_array_equal(trained.weights[-7:], 0.5)
