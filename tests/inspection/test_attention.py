"""Attention is what the networks compute: recomputed here in numpy from their weights."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
import torch
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

from skdeep import TabularClassifier, TabularRegressor
from skdeep.inspection import _attention, attention_tokens, attention_weights

SETTINGS = {
    "architecture": "transformer",
    "effort": "fast",
    "hidden_layer_sizes": (8,),
    "random_state": 0,
}


def mixed_table(n=120):
    """Numbers with gaps, a category of two levels and one of many, and an answer."""
    rng = np.random.default_rng(0)
    x, many = rng.normal(size=n), rng.integers(12, size=n)
    X = np.empty((n, 3), dtype=object)
    X[:, 0] = np.where(rng.random(n) < 0.2, np.nan, x)
    X[:, 1] = np.where(rng.random(n) < 0.5, "red", "blue")
    X[:, 2] = [f"level {code}" for code in many]
    return X, x + (many > 6)


@pytest.fixture(scope="module")
def regressor():
    return TabularRegressor(**SETTINGS, max_iter=7).fit(*mixed_table())


def as_tensor(values):
    return torch.from_numpy(np.asarray(values, dtype=np.float32))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def first_block(candidate, fold, matrix, n_heads):
    """Attention of the first block of one network, from its weights."""
    buffers = {name: value[[fold]] for name, value in candidate.buffers.items()}
    pack = replace(candidate, weights=candidate.weights[[fold]], buffers=buffers).pack()
    plan, held = pack.network.plan, pack._tensors

    def tensor(*path):
        part = held
        for name in path:
            part = part[name]
        return part[0].detach().numpy().astype(float)

    encoded = pack.network.encode(held, matrix[None])
    values = encoded.features[0].detach().numpy().astype(float)
    position = tensor("tokens", "position")
    tokens = [np.broadcast_to(position[:1], (len(values), *position[:1].shape))]
    tokens.append(values[:, :, None] * tensor("tokens", "direction") + position[1:])
    if encoded.embedded is not None:
        tokens.append(encoded.embedded[0].detach().numpy().reshape(len(values), -1, plan.width))
    h = np.concatenate(tokens, axis=1)
    h = (h - h.mean(axis=-1, keepdims=True)) / np.sqrt(h.var(axis=-1, keepdims=True) + 1e-5)
    block = pack.network.trunk.blocks[0].query_key_value
    flat = h.reshape(-1, plan.width)
    projected = block(held["trunk"]["blocks"]["0"]["query_key_value"], as_tensor(flat)[None])
    query, key, _ = np.split(projected[0].detach().numpy(), 3, axis=1)
    size = plan.width // n_heads
    shape = (*h.shape[:2], n_heads, size)
    query, key = query.reshape(shape), key.reshape(shape)
    return softmax(np.einsum("nthd,nshd->nhts", query, key) / np.sqrt(size))


def test_weights_are_those_that_the_networks_use(regressor):
    X, _ = mixed_table()
    weights = attention_weights(regressor, X[:20])
    matrix = as_tensor(regressor._encoder.transform(X[:20]))
    expected = 0.0
    for candidate in regressor._candidates:
        n_folds = len(candidate.weights)
        for fold in range(n_folds):
            part = first_block(candidate, fold, matrix, n_heads=4)
            expected = expected + candidate.share / n_folds * part
    assert weights.shape == (20, 1, 4, expected.shape[-1], expected.shape[-1])
    assert weights.dtype == np.float32
    assert_allclose(weights[:, 0], expected, atol=1e-5)


def test_what_is_looked_at_sums_to_one(regressor):
    weights = attention_weights(regressor, mixed_table()[0])
    assert (weights >= 0).all()
    assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)


def test_a_token_for_the_answer_and_each_column(regressor):
    names = attention_tokens(regressor)
    assert names == ["[answer]", "x0", "x0_missing", "x1=red", "x2"]
    assert attention_weights(regressor, mixed_table()[0][:1]).shape[-1] == len(names)


def test_rows_come_in_chunks(regressor, monkeypatch):
    X, _ = mixed_table()
    whole = attention_weights(regressor, X)
    monkeypatch.setattr(_attention, "_MOST_WEIGHTS", 7 * whole[0].size * 4)
    assert_allclose(attention_weights(regressor, X), whole, atol=1e-6)
    monkeypatch.setattr(_attention, "_MOST_WEIGHTS", 1)
    assert_allclose(attention_weights(regressor, X[:3]), whole[:3], atol=1e-6)


def test_a_row_is_treated_alike_wherever_it_is(regressor):
    X, _ = mixed_table()
    weights = attention_weights(regressor, X[:9])
    assert_allclose(attention_weights(regressor, X[8:0:-1]), weights[8:0:-1], atol=1e-6)


def test_answers_look_at_the_column_that_matters():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    settings = SETTINGS | {"hidden_layer_sizes": (16, 16), "max_iter": 60}
    model = TabularRegressor(**settings).fit(X, np.abs(X[:, 2]))
    assert attention_weights(model, X).shape == (300, 2, 4, 5, 5)
    looked_at = attention_weights(model, X)[:, :, :, 0, 1:].mean(axis=(0, 1, 2))
    assert looked_at.argmax() == 2


def test_sparse_rows():
    X, y = load_iris(return_X_y=True)
    model = TabularClassifier(**SETTINGS, max_iter=1).fit(scipy.sparse.csr_array(X), y)
    assert_allclose(
        attention_weights(model, scipy.sparse.csr_array(X[:5])), attention_weights(model, X[:5])
    )


def test_estimators_without_attention():
    X, y = load_iris(return_X_y=True)
    for function in (attention_tokens, lambda estimator: attention_weights(estimator, X)):
        with pytest.raises(NotFittedError):
            function(TabularClassifier(architecture="transformer"))
        with pytest.raises(ValueError, match="estimator is a Ridge, which has no attention: give"):
            function(Ridge())
    model = TabularClassifier(effort="fast", max_iter=1, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="architecture='mlp', which has no attention: fit it with"):
        attention_weights(model, X)
    model = TabularClassifier(**SETTINGS, max_iter=1).fit(X, y)
    with pytest.raises(ValueError, match="X has 3 features, but TabularClassifier is expecting 4"):
        attention_weights(model, X[:, :3])
