"""Combiners and predictions for the tests of both."""

import numpy as np
import pytest

from skdeep.ensemble import (
    ConvexStackingClassifier,
    ConvexStackingRegressor,
    EnsembleSelectionClassifier,
    EnsembleSelectionRegressor,
)

CLASSIFIERS = [ConvexStackingClassifier(), EnsembleSelectionClassifier(max_iter=20)]
REGRESSORS = [ConvexStackingRegressor(), EnsembleSelectionRegressor(max_iter=20)]
ALL = [*CLASSIFIERS, *REGRESSORS]

classifiers = pytest.mark.parametrize("combiner", CLASSIFIERS, ids=["convex", "selection"])
regressors = pytest.mark.parametrize("combiner", REGRESSORS, ids=["convex", "selection"])
combiners = pytest.mark.parametrize("combiner", ALL, ids=lambda c: type(c).__name__)


def probabilities(n_rows, n_bases, n_classes, seed=0):
    """Return an array (bases, rows, classes) and the true classes."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_rows) % n_classes)
    skill = rng.uniform(0.3, 2, size=(n_bases, 1, 1))
    logits = skill * np.eye(n_classes)[y] + rng.normal(size=(n_bases, n_rows, n_classes))
    return np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True), y


def data_for(combiner, n_rows=60):
    """Return predictions of four bases and a target of the combiner's kind."""
    p, y = probabilities(n_rows, 4, 2)
    X = p[:, :, 1].T
    return (X, y) if combiner in CLASSIFIERS else (X * 10, y * 7.0 + X[:, 0])


def answer_of(fitted, X):
    """Return the probability of the second class, or the prediction."""
    return fitted.predict_proba(X)[:, 1] if hasattr(fitted, "classes_") else fitted.predict(X)
