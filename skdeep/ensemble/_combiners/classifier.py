"""Convex combinations of probabilities."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags

from skdeep.ensemble._combiners.base import BaseCombination, Problem
from skdeep.ensemble._combiners.base_predictions import normalise
from skdeep.ensemble._combiners.checks import Kind, check_two_classes, read_class_target
from skdeep.ensemble._combiners.losses import LogLoss, shares_of_cells

# Of a multilabel y, those of each label.
Classes = np.ndarray | list[np.ndarray]


class CombinationClassifier(ClassifierMixin, BaseCombination):
    """The classes of a combination, and its log-loss."""

    classes_: Classes

    def _read_target(self, y: Any) -> tuple[np.ndarray, Kind, int]:
        y, kind = read_class_target(self, y)
        if kind == "labels":
            self.classes_ = [np.array([0, 1])] * y.shape[1]
            return y.astype(np.intp), kind, y.shape[1]
        self.classes_ = np.unique(y)
        check_two_classes(self, self.classes_)
        return y, kind, len(self.classes_)

    def _encode(self, y: np.ndarray, kind: Kind, n_outputs: int) -> np.ndarray:
        if kind == "labels":
            return y
        if n_outputs > len(self.classes_):  # numbers of columns, of which y lacks some
            self.classes_ = np.arange(n_outputs)
        return np.eye(n_outputs)[np.searchsorted(self.classes_, y)]

    def _default_loss(self, problem: Problem) -> LogLoss:
        came_true = problem.truth > 0
        if isinstance(self.classes_, list):
            observed = np.where(came_true, problem.predictions, 1 - problem.predictions)
        else:
            observed = problem.predictions[:, came_true]
        observed = observed.reshape(len(observed), -1)
        # As scikit-learn's log_loss does, lest one row outweigh all others.
        observed = np.maximum(observed, np.finfo(np.float64).eps)
        return LogLoss(observed, shares_of_cells(problem.row_weights, observed.shape[1]))

    def _fixed(self, predictions: np.ndarray) -> "FixedClassifier":
        return FixedClassifier(self.classes_, predictions)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the weighted mean of the probabilities of the bases.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_columns)
            Predictions of the bases, with the columns of `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
            One column for each of `classes_`; if y is multilabel, the probability of each label.
        """
        mean = self._combine(X)
        return mean if isinstance(self.classes_, list) else normalise(mean)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_columns)
            Predictions of the bases, with the columns of `fit`.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Classes; if y is multilabel, 1 for the labels that are more probable than not.
        """
        return most_probable(self.predict_proba(X), self.classes_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class FixedClassifier(ClassifierMixin, BaseEstimator):
    """Returns given probabilities, for a scorer."""

    def __init__(self, classes: Classes, probabilities: np.ndarray) -> None:
        self.classes_ = classes
        self.probabilities = probabilities

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the given probabilities."""
        return self.probabilities

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable classes."""
        return most_probable(self.probabilities, self.classes_)


def most_probable(probabilities: np.ndarray, classes: Classes) -> np.ndarray:
    """The first of the most probable classes, or 0 and 1 for each label."""
    if isinstance(classes, list):
        return (probabilities > 0.5).astype(np.intp)
    return classes[probabilities.argmax(axis=1)]
