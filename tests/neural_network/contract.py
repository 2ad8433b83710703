"""Estimators whose X scikit-learn's `check_estimator` has no rows for, each with data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from skdeep import TextClassifier, TextRegressor


@dataclass(frozen=True)
class Case:
    """An estimator and rows that it learns something from.

    Attributes
    ----------
    make : callable
        Takes parameters, returns the estimator.
    X : list
    y : ndarray
    containers : tuple of callable
        Each makes of a list of rows another container of the same.
    """

    make: Callable[..., Any]
    X: list[Any]
    y: np.ndarray
    containers: tuple[Callable[[list[Any]], Any], ...]

    @property
    def is_classifier(self):
        return hasattr(self.make(), "predict_proba")

    def answers(self, net, X):
        return net.predict_proba(X) if self.is_classifier else net.predict(X)


GOOD, BAD = ["fine", "lovely", "great"], ["awful", "poor", "bad"]


def texts():
    """Return 24 distinct texts in random order, and whether they praise."""
    rng = np.random.default_rng(0)
    y = rng.permutation(24) % 2
    fillers = ["the day", "a film", "this soup", "my flat"]
    words = [f"{rng.choice(GOOD if good else BAD)} {rng.choice(fillers)}" for good in y]
    return [f"{text} number {i}" for i, text in enumerate(words)], y


def case(made, architecture):
    X, y = texts()

    def make(**parameters):
        defaults = {"architecture": architecture, "width": 8, "n_heads": 2, "max_iter": 3}
        return made(**{**defaults, "random_state": 0, **parameters})

    if made is TextRegressor:
        y = y + 0.5
    containers = (np.array, lambda rows: np.array(rows, dtype=object), tuple, pd.Series, pl.Series)
    return Case(make, X, y, containers)


CASES = {
    f"{made.__name__}-{architecture}": case(made, architecture)
    for made in (TextClassifier, TextRegressor)
    for architecture in ("bag", "cnn", "lstm", "transformer")
}
