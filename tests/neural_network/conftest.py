import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.preprocessing import scale


@pytest.fixture(scope="session")
def iris():
    """Three classes, shuffled: 150 rows, 4 columns."""
    X, y = load_iris(return_X_y=True)
    order = np.random.RandomState(0).permutation(len(y))
    return scale(X)[order], y[order]


@pytest.fixture(scope="session")
def two_classes(iris):
    """Two classes that overlap a little: 100 rows."""
    X, y = iris
    hard = y > 0
    return X[hard], y[hard] - 1


@pytest.fixture(scope="session")
def several_labels(iris):
    """Two labels a row."""
    X, y = iris
    return X, np.column_stack([y > 0, X[:, 0] > 0]).astype(int)


@pytest.fixture(scope="session")
def diabetes():
    """Numbers between 25 and 346: 120 rows, 10 columns."""
    X, y = load_diabetes(return_X_y=True)
    return scale(X)[:120], y[:120]


@pytest.fixture(scope="session")
def two_numbers(diabetes):
    X, y = diabetes
    return X, np.column_stack([y, 10 * X[:, 2] ** 2 - 3])


@pytest.fixture(scope="session")
def sequences():
    """Rows of shape (time, channels), two classes by the sign of the mean."""
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    return rng.normal(size=(80, 5, 2)) + (2 * y - 1)[:, None, None], y


@pytest.fixture(scope="session")
def tokens():
    """Rows of 6 words among 20, two classes by how many are below 10."""
    X = np.random.default_rng(0).integers(20, size=(120, 6))
    return X, ((X < 10).mean(axis=1) > 0.5).astype(int)
