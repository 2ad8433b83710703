"""TabularRegressor."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from skdeep._estimator.parameters import Parameter, estimator, shared_docstring
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._tabular.base import BaseTabular
from skdeep.neural_network._tabular.number_answer import NUMBER_LOSSES, NumberAnswer
from skdeep.neural_network._tabular.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class TabularRegressor(RegressorMixin, BaseTabular):
    """Predict numbers from the rows of a table as they are, with intervals.

    One fit trains networks of several kinds on every fold of a cross-validation, all at once. Each
    network is judged by the fold that it has not seen; the kinds, and the times to stop, that
    predict these rows best make up the ensemble. What is left of y out of fold gives intervals
    whose coverage holds: their width follows from how large a residual is to be expected of a row.

    Numbers are scaled robustly [1]_ and spread out by piecewise-linear encodings [2]_ or cosines
    [3]_; categories are one-hot columns where few, else embeddings. All that is learned of a column
    is learned on the training rows of a fold. Predictions stay within the range of y.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}
    oof_prediction_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Prediction of every training row by networks that have not seen it; NaN for rows of weight 0
        and for rows that no fold judged.

    See Also
    --------
    TabularClassifier : The same for classes.
    MLPRegressor : One perceptron, for rows that are numbers already.

    References
    ----------
    {references}
    .. [9] R. Barber, E. Candes, A. Ramdas and R. Tibshirani (2021), "Predictive inference with the
       jackknife+", Annals of Statistics 49; here with the mean of the networks in their middle.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skdeep.neural_network import TabularRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TabularRegressor(effort="fast", random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.4)
    True
    >>> model.predict_interval(X, coverage=0.9).shape
    (442, 2)
    """

    _: KW_ONLY
    loss: Annotated[
        str,
        Parameter(
            f"""{{{", ".join(map(repr, NUMBER_LOSSES))}}}

            Loss: half the squared error, the absolute error, or half the Poisson or gamma
            deviance (the networks then predict the logarithm), for counts and positive numbers.
            With 'squared_error', where y is nowhere negative and skewed to the right (a skewness
            above 1), networks learn the logarithm of the mean by the Poisson deviance, times
            the mean of y; they are chosen by the squared error as ever.""",
            StrOptions(set(NUMBER_LOSSES)),
        ),
    ] = "squared_error"

    def _set_answer(self) -> None:
        self._answer: NumberAnswer = NumberAnswer(self.loss, self.unlabeled_label)

    def _take_out_of_fold(self, predictions: np.ndarray) -> None:
        self.oof_prediction_ = predictions

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        return_std : bool, default=False
            Whether to return a standard deviation of y around its prediction as well.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        y_std : ndarray of the same shape
            Only if `return_std` is True. In units of y.
        """
        matrix = self._matrix(X)
        predicted, answer = self._mean_predictions(matrix), self._answer
        mean = answer.in_dimensions_of_y(predicted)
        if not return_std:
            return mean
        deviation = answer.residuals.std(answer.scales(predicted, matrix))
        return mean, answer.in_dimensions_of_y(deviation)

    def predict_interval(self, X: Any, coverage: float = 0.9) -> np.ndarray:
        """Predict bounds between which y lies with a given probability [9]_.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        coverage : float, default=0.9
            Between 0 and 1. Over all rows; y is as likely above as below.

        Returns
        -------
        ndarray of shape (n_samples, 2) or (n_samples, n_outputs, 2)
            Lower and upper bounds.

        Raises
        ------
        ValueError
            If `coverage` is not between 0 and 1.
        """
        matrix = self._matrix(X)
        predicted, answer = self._mean_predictions(matrix), self._answer
        scale = answer.scales(predicted, matrix)
        return answer.in_dimensions_of_y(answer.residuals.interval(predicted, coverage, scale))

    def predict_quantiles(self, X: Any, quantiles: Any = (0.1, 0.5, 0.9)) -> np.ndarray:
        """Predict quantiles of y.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        quantiles : array-like of float of shape (n_quantiles,), default=(0.1, 0.5, 0.9)
            Levels between 0 and 1.

        Returns
        -------
        ndarray of shape (n_samples, n_quantiles) or (n_samples, n_outputs, n_quantiles)

        Raises
        ------
        ValueError
            If a level is not between 0 and 1.
        """
        matrix = self._matrix(X)
        predicted, answer = self._mean_predictions(matrix), self._answer
        scale = answer.scales(predicted, matrix)
        return answer.in_dimensions_of_y(answer.residuals.quantiles(predicted, quantiles, scale))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        loss = NUMBER_LOSSES.get(self.loss)  # which is checked in `fit`
        tags.target_tags.positive_only = loss is not None and loss.positive_only
        return tags
