"""Scores of predictions that have been made already."""

import copy
import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline
from sklearn.utils.metaestimators import available_if

from skdeep._scikit_learn import safe_indexing
from skdeep.ensemble._combiners.checks import Kind


def _asked_for(method: str) -> Callable[[Callable[..., Any]], Any]:
    return available_if(lambda self: self.method == method)


class GivenClasses(ClassifierMixin, BaseEstimator):
    """A classifier that returns predictions made before, whatever X is.

    Parameters
    ----------
    answer : ndarray of shape (n_samples, n_columns)
        Columns as `AnswerLayout.arranged_columns` leaves them.
    method : str
        The method that made them.
    classes : list of ndarray
        The classes as users write them, one array a label.
    multilabel : bool
        Whether there are labels instead of classes.
    """

    def __init__(
        self, answer: np.ndarray, method: str, classes: list[np.ndarray], multilabel: bool
    ) -> None:
        self.answer = answer
        self.method = method
        self.classes = classes
        self.multilabel = multilabel

    @property
    def classes_(self) -> np.ndarray | list[np.ndarray]:
        """Classes as users write them."""
        return self.classes if self.multilabel else self.classes[0]

    def _columns(self) -> np.ndarray:
        """A column a class, or a column a label."""
        if self.multilabel:
            return self.answer
        width, n_classes = self.answer.shape[1], len(self.classes[0])
        if self.method == "predict_proba" and width == 1:
            return np.hstack([1 - self.answer, self.answer])
        if width not in (1, n_classes):
            raise ValueError(f"{width} columns for {n_classes} classes cannot be scored.")
        return self.answer

    def predict(self, X: Any) -> np.ndarray:
        """Return the classes that the predictions imply."""
        columns = self._columns()
        if self.multilabel:
            positive = columns > (0 if self.method == "decision_function" else 0.5)
            codes = (positive & [len(labels) == 2 for labels in self.classes]).astype(np.intp)
            return np.array([c[k] for c, k in zip(self.classes, codes.T, strict=True)]).T
        if columns.shape[1] > 1:
            return self.classes_[columns.argmax(axis=1)]
        threshold = 0 if self.method == "decision_function" else 0.5
        chosen = columns[:, 0] if self.method == "predict" else columns[:, 0] > threshold
        return self.classes_[chosen.astype(np.intp)]

    @_asked_for("predict_proba")
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the answer with a column for each class or label."""
        return self._columns()

    @_asked_for("decision_function")
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the answer, flat if there are two classes."""
        columns = self._columns()
        return columns[:, 0] if columns.shape[1] == 1 else columns


class GivenNumbers(RegressorMixin, BaseEstimator):
    """A regressor that returns predictions made before."""

    def __init__(self, answer: np.ndarray) -> None:
        self.answer = answer

    def predict(self, X: Any) -> np.ndarray:
        """Return the answer."""
        return self.answer[:, 0] if self.answer.shape[1] == 1 else self.answer


def decides_pairs(model: Any) -> bool:
    """Whether the decisions of a classifier are between pairs of classes."""
    while isinstance(model, Pipeline):
        model = model.steps[-1][1]
    return getattr(model, "decision_function_shape", None) == "ovo"


class Scoring:
    """The scorer and the true targets.

    Parameters
    ----------
    scoring : str, callable or None
        As in the stackers.
    X : array-like of shape (n_samples, n_features)
        Handed to scorers that look at it.
    y : ndarray
        Targets as they are learnt: classes as codes.
    kind, classes : str, list of ndarray
        Of the target.
    params : dict
        Keyword arguments with a value for each row, such as weights.
    """

    def __init__(
        self,
        scoring: str | Callable[..., Any] | None,
        X: Any,
        y: np.ndarray,
        kind: Kind,
        classes: list[np.ndarray],
        params: Mapping[str, Any],
    ) -> None:
        self.scorer = get_scorer(scoring) if isinstance(scoring, str) else scoring
        self.X = X
        self.kind = kind
        self.classes = classes
        self.params = {k: np.asarray(v) for k, v in params.items() if self._takes(k)}
        self.truth = y
        if kind == "classes":
            self.truth = classes[0][y]
        elif kind == "labels":
            self.truth = np.array([c[k] for c, k in zip(classes, y.T, strict=True)]).T
        self.unscored: dict[str, str] = {}

    @property
    def labels(self) -> np.ndarray | list[Any]:
        """The classes for messages, [] if there are none or many sets of them."""
        return self.classes[0] if self.kind == "classes" else []

    def silent(self) -> "Scoring":
        """A copy that has nothing to warn of."""
        other = copy.copy(self)
        other.unscored = {}
        return other

    def _takes(self, name: str) -> bool:
        if self.scorer is None:
            return name == "sample_weight"
        function = getattr(self.scorer, "_score_func", self.scorer)
        arguments = inspect.signature(function).parameters.values()
        return any(a.name == name or a.kind == a.VAR_KEYWORD for a in arguments)

    def __call__(
        self, name: str, model: Any, method: str, answer: np.ndarray, rows: np.ndarray
    ) -> float:
        """The score of what a model answered to `rows`; NaN if it has none."""
        params = {key: value[rows] for key, value in self.params.items()}
        if not np.isfinite(answer.astype(float, copy=False)).all():
            return np.nan  # such columns raise an error where they are read
        if "sample_weight" in params and not np.any(params["sample_weight"]):
            return np.nan
        if self.kind == "numbers" or not is_classifier(model):
            given = GivenNumbers(answer)
            if self.scorer is None and (self.kind != "numbers" or len(rows) < 2):
                return np.nan  # numbers are no classes, and one row has no R2
        else:
            given = GivenClasses(answer, method, self.classes, self.kind == "labels")
        truth = self.truth[rows]
        try:
            if method == "decision_function" and answer.shape[1] > 1 and decides_pairs(model):
                raise ValueError("its decisions are between pairs of classes.")
            if self.scorer is None:
                return given.score(None, truth, **params)
            return float(self.scorer(given, self._take_rows(rows), truth, **params))
        except (AttributeError, TypeError, ValueError) as error:
            self.unscored[name] = str(error)
            return np.nan

    def _take_rows(self, rows: np.ndarray) -> Any:
        # scikit-learn's scorers look at the predictions only; a function may look at the rows.
        return None if hasattr(self.scorer, "_score_func") else safe_indexing(self.X, rows)

    def warn_of_unscored(self) -> None:
        """Warn of bases that `scoring` could not score."""
        for name, reason in self.unscored.items():
            warnings.warn(
                f"scoring={self.scorer!r} cannot score the base estimator {name!r} in some split, "
                f"so base_scores_ has NaN there: {reason}",
                UserWarning,
                stacklevel=2,
            )
