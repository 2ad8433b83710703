"""What fitted tabular estimators answer with."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from skdeep._engine.training.threads import safe_after_fork
from skdeep._kinds.tables.encoder import TableEncoder
from skdeep.neural_network._tabular.fit.candidates import (
    Candidate,
    mean_predictions,
    representations,
)


class TabularAnswers(TransformerMixin):
    """Predictions and representations of the networks that were kept."""

    _candidates: list[Candidate]
    _encoder: TableEncoder
    _shares_of_folds: np.ndarray  # (n_folds, n_candidates)

    def _predicted(self, outputs: Tensor) -> Tensor:
        """Predictions from raw outputs, of the same shape."""
        raise NotImplementedError

    def _of_fold(self, k: int) -> Any:
        """A copy that predicts with the networks of one fold."""
        alone = copy.copy(self)
        alone._candidates = [
            replace(candidate.of_fold(k), share=float(share))
            for candidate, share in zip(self._candidates, self._shares_of_folds[k], strict=True)
        ]
        return alone

    def _mean_prediction(self, X: Any) -> np.ndarray:
        """Mean prediction of the networks; (n, n_outputs)."""
        return self._encoded_prediction(self._matrix(X))

    def _encoded_prediction(self, matrix: Any) -> np.ndarray:
        """The same for rows that are encoded."""
        with safe_after_fork():
            return mean_predictions(self._candidates, matrix, self._predicted)

    def _matrix(self, X: Any) -> Any:
        """Encode rows to predict."""
        check_is_fitted(self)
        # Names first: columns in another order would be taken for values of the wrong kind.
        validate_data(self, X, skip_check_array=True, ensure_2d=False, reset=False)
        return self._encoder.transform(X)

    def transform(self, X: Any) -> np.ndarray:
        """Learned representation: last hidden layers of the networks with the largest share.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_folds * width)
        """
        matrix = self._matrix(X)
        with safe_after_fork():
            return representations(self._main_candidate, matrix)

    @property
    def _main_candidate(self) -> Candidate:
        deep = [c for c in self._candidates if c.plan["depth"]] or self._candidates
        return max(deep, key=lambda candidate: candidate.share)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns of `transform`.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Not used; here for scikit-learn.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        width = representations(self._main_candidate, self._blank_rows()).shape[1]
        stem = type(self).__name__.lower()
        return np.asarray([f"{stem}{i}" for i in range(width)], dtype=object)

    def _blank_rows(self) -> np.ndarray:
        return np.zeros((1, self._encoder.width_), dtype=np.float32)
