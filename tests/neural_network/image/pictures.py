"""Small images for the tests, and estimators that take little time over them."""

import numpy as np

from skdeep import ImageClassifier, ImageRegressor

ARCHITECTURES = ("cnn", "mlp", "vit")
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
    return ImageClassifier(**SETTINGS | changes)


def regressor(**changes):
    return ImageRegressor(**SETTINGS | changes)


def noise(n=30, shape=(6, 8, 2), n_classes=2, seed=0):
    """Images of floats, and classes by how bright they are."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    return rng.normal(size=(n, *shape)) + 2.0 * y.reshape(-1, *[1] * len(shape)), y


def bytes_of(X):
    """The images as bytes."""
    return np.clip(40 * X + 100, 0, 255).astype(np.uint8)


def levels(X):
    """How bright each image is, a target that all networks can follow."""
    return X.reshape(len(X), -1).mean(axis=1)


def flat(X):
    """Rows of pixels."""
    return X.reshape(len(X), -1)


def answers(estimator, X):
    return (estimator.predict_proba if hasattr(estimator, "predict_proba") else estimator.predict)(
        X
    )


def assert_same_fit(one, other, X):
    """Assert that two fits went the same way to the same network, to the last bit."""
    assert one.loss_curve_ == other.loss_curve_
    np.testing.assert_array_equal(answers(one, X), answers(other, X))
    np.testing.assert_array_equal(one.transform(X), other.transform(X))
