"""Small sequences for the tests, and estimators that take little time over them."""

import numpy as np

from skdeep import SequenceClassifier, SequenceRegressor

ARCHITECTURES = ("cnn", "rnn", "lstm", "gru", "transformer")
SETTINGS = {
    "width": 4,
    "depth": 1,
    "n_heads": 2,
    "n_estimators": 1,
    "max_iter": 3,
    "batch_size": 8,
    "random_state": 0,
}


def classifier(**changes):
    return SequenceClassifier(**SETTINGS | changes)


def regressor(**changes):
    return SequenceRegressor(**SETTINGS | changes)


def even(n=30, n_channels=2, length=8, n_classes=2, seed=0):
    """An array (n, channels, time), and classes by the mean of the sequence."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    return rng.normal(size=(n, n_channels, length)) + 2.0 * y[:, None, None], y


def ragged(n=30, n_channels=2, n_classes=2, seed=0):
    """A list of arrays (channels, time), of 1 to 12 steps, and classes by their mean."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    lengths = [1, 12, *rng.integers(1, 13, n - 2)]
    return [
        rng.normal(size=(n_channels, length)) + 2.0 * c
        for length, c in zip(lengths, y, strict=True)
    ], y


def levels(X):
    """The mean of each sequence, a target that all networks can follow."""
    return np.array([np.mean(x) for x in X])


def answers(estimator, X):
    return (estimator.predict_proba if hasattr(estimator, "predict_proba") else estimator.predict)(
        X
    )


def assert_same_fit(one, other, X):
    """Assert that two fits went the same way to the same network, to the last bit."""
    assert one.loss_curve_ == other.loss_curve_
    np.testing.assert_array_equal(answers(one, X), answers(other, X))
    np.testing.assert_array_equal(one.transform(X), other.transform(X))
