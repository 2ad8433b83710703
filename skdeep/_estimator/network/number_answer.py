"""Numbers as the answer: their units, and the losses of regressors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.targets import RegressionTarget, column_target, numeric_target
from skdeep._engine.training.losses import Loss
from skdeep._estimator.network.answer import NO_TARGET, Answer, Encoded, single_loss


@dataclass(frozen=True)
class NumberAnswer(Answer):
    """One number a row, or several.

    Attributes
    ----------
    loss_name : str or callable
    normalize_y : bool
    huber_delta, quantile : float
    """

    loss_name: Any
    normalize_y: bool
    huber_delta: float
    quantile: float

    is_regressor = True
    score = "r2"

    def read(self, y: Any, name: str) -> np.ndarray:
        """Numbers, of one column or several."""
        if y is None:
            raise ValueError(NO_TARGET.format(name=name))
        y = check_array(y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y")
        return y.astype(np.float64) if y.dtype.kind == "O" else y

    def encode(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        *,
        known: RegressionTarget | None,
        classes: Any,
        warm_start: bool,
    ) -> Encoded:
        """Learn the units of y, or take those that are known."""
        y = column_target(numeric_target(y))
        if known is None:
            rows = slice(None) if kept is None else kept
            seen_weight = None if weight is None else weight[rows]
            known = RegressionTarget(y[rows], seen_weight, self.loss_name, self.normalize_y)
        return Encoded(known.for_loss(self.loss_name), y, weight)

    def encode_validation(
        self, y: np.ndarray, weight: np.ndarray | None, target: RegressionTarget
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Numbers, and weights as they are."""
        return column_target(numeric_target(y, "y_val")), weight

    def _single_loss(self, target: RegressionTarget, data: FitData) -> tuple[Loss, tuple[Any, ...]]:
        hyperparameters = {"huber_delta": self.huber_delta, "quantile": self.quantile}
        return single_loss(self.loss_name, target.loss_kind, data, hyperparameters)
