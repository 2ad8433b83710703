"""Stacked regression."""

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.linear_model import RidgeCV
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import column_or_1d

from skdeep._estimator.parameters import estimator, shared_docstring
from skdeep.ensemble._combiners.checks import Kind
from skdeep.ensemble._combiners.selection import EnsembleSelectionRegressor
from skdeep.ensemble._stacking.base import BaseStacking, final_has
from skdeep.ensemble._stacking.layered_estimators import tags_of
from skdeep.ensemble._stacking.parameters import ATTRIBUTES, NOTES, PROCEDURE, REFERENCES


@shared_docstring(procedure=PROCEDURE, attributes=ATTRIBUTES, notes=NOTES, references=REFERENCES)
@estimator
class StackingRegressor(RegressorMixin, BaseStacking):
    """Regressor that learns how to combine the predictions of several regressors.

    A drop-in for :class:`sklearn.ensemble.StackingRegressor`.

    {procedure}

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    StackingClassifier : The same for classification.
    blend : Shorthand for a stacker with one held-out split.
    EnsembleSelectionRegressor, ConvexStackingRegressor : Second layers that weigh the bases.

    Notes
    -----
    {notes}

    A target of several columns is learnt as it is, by bases and a final estimator that take one;
    :class:`~sklearn.multioutput.MultiOutputRegressor` wraps those that do not.

    In regression, weights of the base estimators that cannot be negative serve best, as Breiman
    found [3]_: ``final_estimator=LinearRegression(positive=True, fit_intercept=False)``, or, with
    weights that sum to 1 besides, :class:`ConvexStackingRegressor`.

    References
    ----------
    {references}
    .. [3] L. Breiman, "Stacked regressions", Machine Learning 24, 1996.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from skdeep.ensemble import StackingRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> estimators = [("ridge", Ridge(alpha=0.1)), ("near", KNeighborsRegressor(20))]
    >>> stack = StackingRegressor(estimators).fit(X[:300], y[:300])
    >>> stack.score(X[300:], y[300:]) > 0.45
    True

    Rows in the order of time are predicted from earlier rows only:

    >>> stack = StackingRegressor(estimators, cv=TimeSeriesSplit(3)).fit(X[:300], y[:300])
    >>> int(stack.meta_indices_[0])  # the rows before have no past to be predicted from
    75
    """

    @staticmethod
    def _default_final_estimator(selects: bool) -> EnsembleSelectionRegressor | RidgeCV:
        return EnsembleSelectionRegressor() if selects else RidgeCV()

    def _encode_target(self, y: Any) -> tuple[np.ndarray, Kind, list[np.ndarray]]:
        y = check_array(
            y, ensure_2d=False, dtype=None, estimator=self, input_name="y", ensure_min_samples=0
        )
        if y.dtype.kind == "O":
            y = y.astype(np.float64)
        return y if y.ndim == 2 and y.shape[1] > 1 else column_or_1d(y, warn=True), "numbers", []

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        parts = tags_of([*self._pairs, ("final_estimator", self._second_layer())])
        tags.target_tags.multi_output = all(part.target_tags.multi_output for part in parts)
        return tags

    @final_has("predict")
    def predict(self, X: Any, **predict_params: Any) -> Any:
        """Predict numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        **predict_params : dict
            Arguments of the final estimator's `predict`, such as `return_std`; with metadata
            routing, those that it requests.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predicted targets, or whatever else the final estimator is asked to return.
        """
        return self._predict(X, predict_params)
