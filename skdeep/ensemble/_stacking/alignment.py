"""From predictions of estimators to arrays whose columns mean the same for all of them."""

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import is_classifier

from skdeep.ensemble._combiners.checks import Kind


def as_columns(answer: Any) -> np.ndarray:
    """An array with a row a sample, whatever container the estimator returned."""
    answer = answer.toarray() if sp.issparse(answer) else np.asarray(answer)
    return answer.reshape(-1, 1) if answer.ndim == 1 else answer


class AnswerLayout:
    """What the bases learn: numbers, one of some classes, or several labels at once.

    Parameters
    ----------
    kind : {"numbers", "classes", "labels"}
        "labels" is a multilabel target.
    known : list of ndarray
        The classes as the bases write them, one array for "classes" and one a label for "labels".
        Codes 0, 1, ... unless the bases were fitted elsewhere.
    votes : bool
        Whether a predicted class becomes one column a class, so that it can be averaged.
    labels : list of ndarray, default=None
        The classes as the user writes them, for frozen bases: they were fitted on these.
    """

    def __init__(
        self,
        kind: Kind,
        known: list[np.ndarray],
        *,
        votes: bool = False,
        labels: list[np.ndarray] | None = None,
    ) -> None:
        self.kind = kind
        self.known = known
        self.votes = votes
        self.labels = known if labels is None else labels

    @property
    def n_classes(self) -> int:
        """Number of classes; 0 where something else is learnt."""
        return len(self.known[0]) if self.kind == "classes" else 0

    def positions(self, classes: Any, known: int = 0) -> np.ndarray:
        """Where each of a model's classes stands in ours; -1 for one that we lack."""
        classes = np.asarray(classes).tolist()
        found = places(classes, self.known[known])
        if (found < 0).any():  # fitted elsewhere: on the user's labels, or on codes
            by_label = places(classes, self.labels[known])
            if (by_label >= 0).all():
                return by_label
            if classes == list(range(len(self.known[known]))):
                return np.arange(len(classes))
        return found

    def missing(self, model: Any) -> list[int]:
        """The positions of the classes that the model has never seen, [] if unknown."""
        classes = getattr(model, "classes_", None)
        if classes is None or self.kind != "classes" or not is_classifier(model):
            return []
        return sorted(set(range(self.n_classes)).difference(self.positions(classes).tolist()))

    def check_known(self, model: Any, method: str) -> list[int]:
        """Refuse a model fitted elsewhere on other classes; return those that it has not seen."""
        classes = getattr(model, "classes_", None)
        if classes is None or self.kind != "classes" or not is_classifier(model):
            return []
        strange = np.asarray(classes)[self.positions(classes) < 0].tolist()
        if len(strange) == len(classes) or (strange and method == "predict"):
            raise ValueError(
                f"it was fitted on the classes {np.asarray(classes).tolist()}, of which {strange} "
                f"are not in y: fit it and the stacker on the same labels."
            )
        if strange:
            warnings.warn(
                f"{type(model).__name__} knows the classes {strange}, which y does not hold: what "
                "it predicts for them is left out.",
                UserWarning,
                stacklevel=2,
            )
        return self.missing(model)

    def columns(self, model: Any, method: str, X: Any) -> np.ndarray:
        """What `aligned` returns, without a column that the others determine."""
        return self.arranged_columns(model, method, getattr(model, method)(X))

    def arranged_columns(self, model: Any, method: str, answer: Any) -> np.ndarray:
        """What `arranged` returns, without a column that the others determine."""
        answer = self.arranged(model, method, answer)
        two = method == "predict_proba" and self.n_classes == 2 and answer.shape[1] == 2
        return answer[:, 1:] if two else answer

    def aligned(self, model: Any, method: str, X: Any) -> np.ndarray:
        """The answers of a model to X as an array of shape (n_samples, n_columns)."""
        return self.arranged(model, method, getattr(model, method)(X))

    def arranged(self, model: Any, method: str, answer: Any) -> np.ndarray:
        """What a model answered as an array of shape (n_samples, n_columns)."""
        if self.kind == "labels":
            return self._of_labels(model, answer)
        if isinstance(answer, list) and method != "predict":
            raise ValueError(f"{method} answered a list, as for several targets at once.")
        answer = as_columns(answer)
        if self.kind == "numbers" or not is_classifier(model):
            return answer
        if method == "predict":
            return self._of_predicted(model, answer)
        return self._by_class(model, method, answer)

    def _by_class(self, model: Any, method: str, answer: np.ndarray) -> np.ndarray:
        """Put the columns of a model that knows other classes than ours in our order."""
        classes = getattr(model, "classes_", None)
        if classes is None:
            return answer
        at = self.positions(classes)
        if np.array_equal(at, np.arange(self.n_classes)):
            return answer
        if method == "decision_function" and len(at) == 2 and answer.shape[1] == 1:
            answer = np.hstack([-answer, answer])
        if answer.shape[1] != len(at):
            raise ValueError(
                f"{method} has {answer.shape[1]} columns for {len(at)} of {self.n_classes} "
                "classes, so they cannot be told apart: give cv splits with every class in every "
                "training part, or stack_method='predict'."
            )
        answer = spread(answer, at, self.n_classes, method)
        if method == "decision_function" and self.n_classes == 2:
            return answer[:, 1:] - answer[:, :1]  # one column, as from models that know both
        return answer

    def _of_predicted(self, model: Any, answer: np.ndarray) -> np.ndarray:
        """Codes of predicted classes, or one vote a class."""
        codes = np.arange(self.n_classes)
        written = np.asarray(getattr(model, "classes_", self.known[0]))
        if not np.array_equal(self.known[0], codes) or (places(written, codes) < 0).any():
            place = dict(zip(written.tolist(), self.positions(written).tolist(), strict=True))
            answer = np.array([[place.get(label, -1)] for label in answer[:, 0].tolist()])
            if (answer < 0).any():
                raise ValueError("it predicts a class that y does not hold.")
        if self.votes and self.n_classes > 2:
            return np.eye(self.n_classes)[answer[:, 0].astype(np.intp)]
        return answer

    def _of_labels(self, model: Any, answer: Any) -> np.ndarray:
        if not isinstance(answer, list):
            answer = as_columns(answer)
            if answer.shape[1] != len(self.known):
                raise ValueError(
                    f"it answers with {answer.shape[1]} columns for {len(self.known)} labels."
                )
            return answer
        # One array of probabilities a label; without the first class of each, as they add to one.
        classes = getattr(model, "classes_", self.known)
        wide = np.zeros((len(answer[0]), len(self.known)))
        for k, (p, c) in enumerate(zip(answer, classes, strict=True)):
            if len(self.known[k]) > 1:  # else all rows had this label, or none
                wide[:, k] = spread(p, self.positions(c, k), 2, "predict_proba")[:, 1]
        return wide


def places(classes: Any, known: np.ndarray) -> np.ndarray:
    """Where each class stands among the known ones; -1 for one that is not there."""
    place = {label: i for i, label in enumerate(np.asarray(known).tolist())}
    return np.array([place.get(label, -1) for label in np.asarray(classes).tolist()], np.intp)


def spread(answer: np.ndarray, positions: np.ndarray, n_classes: int, method: str) -> np.ndarray:
    """Columns for all classes; those that the model lacks get the lowest value.

    The lowest probability is 0. The lowest decision lies as far below the smallest of its row as
    that lies below the largest: it ranks last, but is not too extreme for a second layer.
    """
    if np.array_equal(positions, np.arange(n_classes)):
        return answer
    least = 0.0
    if method == "decision_function":
        least = 2 * answer.min(axis=1, keepdims=True) - answer.max(axis=1, keepdims=True)
    wide = np.empty((len(answer), n_classes), dtype=answer.dtype)
    wide[:] = least
    known = positions >= 0
    wide[:, positions[known]] = answer[:, known]
    return wide
