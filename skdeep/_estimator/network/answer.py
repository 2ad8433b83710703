"""How y is encoded, which loss learns it, and predictions from outputs."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from skdeep._encoding.fit_data import FitData
from skdeep._engine.training.losses import LOSSES, Loss, make_loss, with_networks
from skdeep._engine.training.own_loss import own_loss, own_loss_key

# Said by scikit-learn's own estimators in these words.
NO_TARGET = "{name} requires y to be passed, but the target y is None."


@dataclass
class Encoded:
    """Targets of a fit, encoded.

    Attributes
    ----------
    target : Target
        The codec, which also decodes outputs.
    codes : ndarray of shape (n, ...)
    weight : ndarray of shape (n,) or None
        Sample weights times class weights.
    """

    target: Any
    codes: np.ndarray
    weight: np.ndarray | None


class Answer(ABC):
    """The kind of target: classes, numbers, masks, boxes.

    It is made of the parameters that concern y and holds no state; what a fit learns of y is a
    `Target`, which the estimator keeps.

    Attributes
    ----------
    is_regressor : bool
        Whether y is numbers.
    score : {"accuracy", "r2"} or None
        What early stopping watches by default; None for the method `score` of the estimator.
    """

    is_regressor = False
    score: str | None = None

    def conflict(self) -> str | None:
        """Error message for parameters that are valid alone but not together, or None."""
        return None

    def why_no_parts(self) -> str | None:
        """Why `partial_fit` cannot learn in parts, or None where it can."""
        return None

    @abstractmethod
    def read(self, y: Any, name: str) -> np.ndarray:
        """Y in a form that can be indexed; `name` is that of the estimator."""

    @abstractmethod
    def encode(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        *,
        known: Any,
        classes: Any,
        warm_start: bool,
    ) -> Encoded:
        """Encode the targets of a fit.

        Parameters
        ----------
        y : ndarray of shape (n, ...)
        weight : ndarray of shape (n,) or None
        kept : ndarray of int or None
            Rows of positive weight; others are not looked at.
        known : Target or None
            That of an earlier fit which goes on.
        classes : array-like or None
            All classes that will ever occur, where rows come in parts.
        warm_start : bool
            Whether the fit is a warm start, whose rows must have the known classes.
        """

    @abstractmethod
    def encode_validation(
        self, y: np.ndarray, weight: np.ndarray | None, target: Any
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Codes of validation targets, and their weights, class weights included."""

    def loss(self, target: Any, data: FitData) -> tuple[Loss, tuple[Any, ...]]:
        """The loss of a fit, and a key that is equal for equal losses."""
        loss, key = self._single_loss(target, data)
        if data.n_networks is None:
            return loss, key
        return with_networks(loss, data.n_networks), (*key, data.n_networks)

    @abstractmethod
    def _single_loss(self, target: Any, data: FitData) -> tuple[Loss, tuple[Any, ...]]:
        """The loss of one network."""

    def attributes(self, target: Any) -> dict[str, Any]:
        """Fitted attributes that describe the target, such as `classes_`."""
        return {}


def single_loss(
    loss: Any, kind: str, data: FitData, hyperparameters: dict[str, float]
) -> tuple[Loss, tuple[Any, ...]]:
    """The loss of one network, by its name or the caller's own, and its key."""
    if callable(loss):
        return own_loss(loss, kind, data.parts), (own_loss_key(loss), kind, data.parts)
    used = {name: hyperparameters[name] for name in LOSSES[loss].parameters}
    return make_loss(loss, kind, **used), (loss, kind, *used.values())
