"""Estimators whose X or y scikit-learn's `check_estimator` has no rows for, each with data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from skdeep import TextClassifier, TextRegressor
from tests.neural_network.localization.scenes import boxed, detector, plates, segmenter


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
    answers : callable
        Takes a fitted estimator and X, returns numbers (n, ...) that depend on all weights.
    drawn : dict
        Parameters by which training draws at random.
    """

    make: Callable[..., Any]
    X: list[Any]
    y: np.ndarray
    containers: tuple[Callable[[list[Any]], Any], ...]
    answers: Callable[[Any, Any], np.ndarray]
    drawn: dict[str, Any]

    @property
    def has_labels(self):
        """Whether y is an array of labels, of rows or of pixels."""
        return hasattr(self.make(), "predict_proba")

    @property
    def reads_texts(self):
        return isinstance(self.X[0], str)

    @property
    def methods(self):
        return [name for name in ("predict", "transform") if hasattr(self.make(), name)]


def probabilities(net, X):
    return net.predict_proba(X)


def numbers(net, X):
    return net.predict(X)


def surest_boxes(net, X):
    """The box and the score of what each image shows most likely."""
    return np.array([[*boxes[0], scores[0]] for boxes, _, scores in net.predict_scores(X)])


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
    answers = numbers if made is TextRegressor else probabilities
    return Case(make, X, y, containers, answers, {"dropout": 0.2})


def parts(made):
    """Images with plates, of which masks or boxes are learned."""
    X, y = plates(n_classes=2) if made is segmenter else boxed()
    if made is detector:
        targets = np.empty(len(y), dtype=object)
        targets[:] = y
        y = targets
    answers = probabilities if made is segmenter else surest_boxes
    return Case(made, list(X), y, (np.array, tuple), answers, {"flip": True})


CASES = {
    f"{made.__name__}-{architecture}": case(made, architecture)
    for made in (TextClassifier, TextRegressor)
    for architecture in ("bag", "cnn", "lstm", "transformer")
} | {"ImageSegmenter": parts(segmenter), "ObjectDetector": parts(detector)}
