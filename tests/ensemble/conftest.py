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
    X, y = iris
    hard = y > 0
    return X[hard], y[hard] - 1


@pytest.fixture(scope="session")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return X[:200], y[:200]
