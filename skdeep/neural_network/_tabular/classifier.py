"""TabularClassifier."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags

from skdeep._estimator.network.training_parameters import FRACTION
from skdeep._estimator.parameters import Parameter, estimator, shared_docstring
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._tabular.base import BaseTabular
from skdeep.neural_network._tabular.class_answer import ClassAnswer
from skdeep.neural_network._tabular.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class TabularClassifier(ClassifierMixin, BaseTabular):
    """Classify the rows of a table as they are: numbers, categories, dates, missing values.

    One fit trains networks of several kinds on every fold of a cross-validation, all at once. Each
    network is judged by the fold that it has not seen; the kinds, and the times to stop, that
    predict these rows best make up the ensemble. So one fit gives bagging, variety, early stopping,
    calibrated probabilities and honest out-of-fold predictions.

    Numbers are scaled robustly [1]_ and spread out by piecewise-linear encodings [2]_ or cosines
    [3]_; categories are one-hot columns where few, else embeddings. All that is learned of a column
    is learned on the training rows of a fold.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    oof_predict_proba_ : ndarray of shape (n_samples, n_classes)
        Calibrated probabilities of every training row, by networks that have not seen it; NaN for
        rows of weight 0 and for rows that no fold judged.
    temperature_ : float
        What the logarithms of the probabilities of new rows are divided by, so that they are
        calibrated [9]_. Those out of fold, which come from fewer networks, have one of their own.

    See Also
    --------
    TabularRegressor : The same for numbers.
    MLPClassifier : One perceptron, for rows that are numbers already.

    References
    ----------
    {references}
    .. [9] C. Guo et al. (2017), "On calibration of modern neural networks", arXiv:1706.04599.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdeep.neural_network import TabularClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = TabularClassifier(effort="fast", random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.95)
    True
    >>> model.oof_predict_proba_.shape
    (150, 3)
    """

    _: KW_ONLY
    class_weight: Annotated[
        dict[Any, float] | str | None,
        Parameter(
            """dict, 'balanced' or None

            Weights of the classes, multiplied with the sample weights.""",
            StrOptions({"balanced"}),
            dict,
            None,
        ),
    ] = None
    label_smoothing: Annotated[
        float,
        Parameter(
            "float in [0, 1)\n\nPart of the target that is spread evenly over the classes.",
            FRACTION,
        ),
    ] = 0.0

    def _set_answer(self) -> None:
        self._answer: ClassAnswer = ClassAnswer(
            self.class_weight, self.label_smoothing, self.unlabeled_label, type(self).__name__
        )

    def _take_out_of_fold(self, predictions: np.ndarray) -> None:
        self.classes_ = self._answer.target.classes_
        self.temperature_ = 1.0 / self._answer.sharpness
        self.oof_predict_proba_ = predictions

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict calibrated probabilities; the columns are those of `classes_`.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        predictions = self._mean_predictions(self._matrix(X))
        return self._answer.probabilities(predictions)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict logarithms of calibrated probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
        """
        probabilities = self.predict_proba(X)
        return self._answer.labels(probabilities)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
