"""Attention over time steps is what the networks compute, recomputed here in numpy."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

from skdeep import SequenceClassifier, SequenceRegressor
from skdeep.inspection import _attention, attention_tokens, attention_weights

SETTINGS = {
    "architecture": "transformer",
    "width": 8,
    "depth": 2,
    "n_heads": 2,
    "n_estimators": 3,
    "max_iter": 1,
    "random_state": 0,
}
LENGTHS = (5, 9, 9, 3, 12, 7)


def ragged():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(2, n)) for n in LENGTHS]


@pytest.fixture(scope="module")
def regressor():
    return SequenceRegressor(**SETTINGS).fit(ragged(), np.arange(6.0))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def first_block(network, x, head_size):
    """Attention of the first block over one standardised sequence (C, T), in float64."""
    held = {k: v.detach().numpy().astype(float) for k, v in network.trunk.state_dict().items()}
    padded = np.pad(x, ((0, 0), (1, 1)))
    kernel = held["stem.convolution.weight"]  # (width, C, 3)
    h = sum(kernel[:, :, k] @ padded[:, k : k + x.shape[1]] for k in range(3)).T
    h = h + held["stem.convolution.bias"]  # (T, width)
    h = (h - h.mean(axis=1, keepdims=True)) / np.sqrt(h.var(axis=1, keepdims=True) + 1e-5)
    h = h * held["blocks.0.before_attention.weight"] + held["blocks.0.before_attention.bias"]
    projected = h @ held["blocks.0.query_key_value.weight"].T
    query, key, _ = np.split(projected + held["blocks.0.query_key_value.bias"], 3, axis=1)
    speed = 10_000.0 ** (-np.arange(0, head_size, 2) / head_size)
    turn = np.exp(1j * np.arange(len(h))[:, None] * speed)  # (T, head_size / 2)
    half = head_size // 2
    maps = []
    for head in range(query.shape[1] // head_size):
        columns = slice(head * head_size, (head + 1) * head_size)
        q, k = (
            (z[:, :half] + 1j * z[:, half:]) * turn for z in (query[:, columns], key[:, columns])
        )
        maps.append(softmax((q @ k.conj().T).real / np.sqrt(head_size)))
    return np.stack(maps)


def test_weights_are_those_that_the_networks_use(regressor):
    X = ragged()
    weights = attention_weights(regressor, X)
    assert weights.shape == (6, 3 * 2, 2, 12, 12)
    assert weights.dtype == np.float32
    steps = np.concatenate(X, axis=1)
    mean, scale = steps.mean(axis=1, keepdims=True), steps.std(axis=1, keepdims=True)
    networks = regressor._built.loaded(
        regressor._weights, regressor._buffers, torch.device("cpu")
    ).networks
    for row, x in enumerate(X):
        for number, network in enumerate(networks):
            expected = first_block(network, (x - mean) / scale, head_size=4)
            n = x.shape[1]
            assert_allclose(weights[row, 2 * number, :, :n, :n], expected, atol=1e-5)


def test_steps_that_exist_look_at_such_steps(regressor):
    weights = attention_weights(regressor, ragged())
    for row, n in zip(weights, LENGTHS, strict=True):
        assert (row >= 0).all()
        assert_allclose(row[:, :, :n].sum(axis=-1), 1, atol=1e-5)
        assert_array_equal(row[:, :, n:], 0)
        assert_array_equal(row[..., n:], 0)


def test_padding_and_chunks_change_nothing(regressor, monkeypatch):
    X = ragged()
    whole = attention_weights(regressor, X)
    for row, x in zip(whole, X, strict=True):
        n = x.shape[1]
        alone = attention_weights(regressor, [x])
        assert alone.shape == (1, 6, 2, n, n)
        assert_allclose(row[:, :, :n, :n], alone[0], atol=1e-5)
    monkeypatch.setattr(_attention, "_MOST_WEIGHTS", 2 * whole[0].size)
    assert_allclose(attention_weights(regressor, X), whole, atol=1e-5)


def test_arrays_and_joined_steps():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 301)), np.arange(20) % 2
    model = SequenceClassifier(**SETTINGS | {"n_estimators": 1, "depth": 1}).fit(X, y)
    weights = attention_weights(model, X[:3])
    assert weights.shape == (3, 1, 2, 101, 101)  # steps in threes
    assert_allclose(weights.sum(axis=-1), 1, atol=1e-4)


def test_what_was_fitted_counts(regressor):
    X = ragged()
    expected = attention_weights(regressor, X)
    fitted = SequenceRegressor(**SETTINGS).fit(X, np.arange(6.0)).set_params(n_heads=1, depth=7)
    assert_allclose(attention_weights(fitted, X), expected, atol=1e-6)


def test_estimators_without_attention(regressor):
    X = ragged()
    with pytest.raises(NotFittedError):
        attention_weights(SequenceRegressor(architecture="transformer"), X)
    cnn = SequenceRegressor(max_iter=1, n_estimators=1).fit(X, np.arange(6.0))
    with pytest.raises(ValueError, match="architecture='cnn', which has no attention: fit it with"):
        attention_weights(cnn, X)
    with pytest.raises(ValueError, match="1 channels"):
        attention_weights(regressor, [x[:1] for x in X])
    with pytest.raises(ValueError, match="tokens are time steps and have no names"):
        attention_tokens(regressor)
