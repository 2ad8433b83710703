"""Convex combinations of numbers."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_array

from skdeep.ensemble._combiners.base import BaseCombination, Problem
from skdeep.ensemble._combiners.checks import Kind
from skdeep.ensemble._combiners.losses import SquaredError, shares_of_cells


class CombinationRegressor(RegressorMixin, BaseCombination):
    """The targets of a combination, and its squared error."""

    def _read_target(self, y: Any) -> tuple[np.ndarray, Kind, int]:
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y", estimator=self)
        if y.ndim > 2:
            raise ValueError(f"y has the shape {y.shape}: give one target, or one a column.")
        self._one_target = y.ndim == 1
        return y, "numbers", 1 if self._one_target else y.shape[1]

    def _encode(self, y: np.ndarray, kind: Kind, n_outputs: int) -> np.ndarray:
        return y.reshape(len(y), n_outputs)

    def _default_loss(self, problem: Problem) -> SquaredError:
        errors = problem.predictions - problem.truth
        errors = errors.reshape(len(errors), -1)
        return SquaredError(errors, shares_of_cells(problem.row_weights, errors.shape[1]))

    def _fixed(self, predictions: np.ndarray) -> "FixedRegressor":
        return FixedRegressor(predictions[:, 0] if self._one_target else predictions)

    def predict(self, X: Any) -> np.ndarray:
        """Return the weighted mean of the predictions of the bases.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_columns)
            Predictions of the bases, with the columns of `fit`.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predicted targets.
        """
        mean = self._combine(X)
        return mean[:, 0] if self._one_target else mean

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class FixedRegressor(RegressorMixin, BaseEstimator):
    """Returns given values, for a scorer."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def predict(self, X: Any) -> np.ndarray:
        """Return the given values."""
        return self.values
