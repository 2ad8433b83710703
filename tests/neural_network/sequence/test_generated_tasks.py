"""Each architecture learns, from the defaults, a task that a model without its gift cannot."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdeep import SequenceClassifier

N_TEST = 500


def net(architecture, **settings):
    return SequenceClassifier(
        architecture=architecture, n_estimators=1, width=32, random_state=0, **settings
    )


def summaries(X):
    """Means, deviations and extremes of the channels."""
    return np.hstack([f(X, axis=2) for f in (np.mean, np.std, np.min, np.max)])


def flat(X):
    return X.reshape(len(X), -1)


def shares_right(task, n_train, *models):
    """The part of unseen sequences that each model labels right."""
    X, y = task(n_train, 1)
    unseen, labels = task(N_TEST, 2)
    return [model.fit(X, y).score(unseen, labels) for model in models]


def slopes(n, seed):
    """A ramp that rises or falls, anywhere in noise."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, 60))
    ramp = np.linspace(-2.0, 2.0, 8)
    for row, sign, start in zip(X, 2 * y - 1, rng.integers(0, 52, n), strict=True):
        row[start : start + 8] += sign * ramp
    return X, y


def order(n, seed, n_steps, gap):
    """Two peaks in noise, of other signs and at least `gap` steps apart: which comes first."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, 2, n_steps))
    width = (n_steps - gap) // 2
    early, late = rng.integers(0, width, (2, n))
    X[np.arange(n), 1, early] += 4.0 * (2 * y - 1)
    X[np.arange(n), 1, n_steps - width + late] -= 4.0 * (2 * y - 1)
    return X, y


def lookup(n, seed, n_keys=4):
    """Keys and values in turn, then the key whose value is the label."""
    rng = np.random.default_rng(seed)
    keys = rng.permuted(np.tile(np.arange(n_keys), (n, 1)), axis=1)
    values = rng.integers(0, n_keys, (n, n_keys))
    asked = rng.integers(0, n_keys, n)
    pairs = np.stack([keys, values + n_keys], axis=2).reshape(n, -1)
    symbols = np.column_stack([pairs, keys[np.arange(n), asked]])
    return np.eye(2 * n_keys)[symbols].transpose(0, 2, 1), values[np.arange(n), asked]


def test_convolutions_find_a_shape_anywhere():
    able, unable = shares_right(slopes, 400, net("cnn"), LogisticRegression())
    assert able > 0.75
    assert unable < 0.6


def test_simple_cells_tell_what_came_first():
    def task(n, seed):
        return order(n, seed, n_steps=20, gap=8)

    forest = make_pipeline(FunctionTransformer(summaries), RandomForestClassifier(random_state=0))
    able, unable = shares_right(task, 400, net("rnn"), forest)
    assert able > 0.9
    assert unable < 0.6


@pytest.mark.parametrize("architecture", ["lstm", pytest.param("gru", marks=pytest.mark.slow)])
def test_gated_cells_remember_for_50_steps(architecture):
    def task(n, seed):
        return order(n, seed, n_steps=80, gap=50)

    able, unable = shares_right(task, 600, net(architecture, depth=1), net("cnn", depth=1))
    assert able > 0.85
    assert unable < 0.7


def test_transformers_look_up():
    linear = make_pipeline(FunctionTransformer(flat), LogisticRegression())
    able, *unable = shares_right(lookup, 800, net("transformer"), net("lstm"), linear)
    assert able > 0.95
    assert max(unable) < 0.7
