"""TabularClassifier."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
import torch
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_array
from torch import Tensor

from skdeep._calibration.temperature import (
    fit_temperature,
    fit_temperature_independent,
    tempered,
    tempered_independent,
)
from skdeep._encoding.targets import ClassTarget, column_target
from skdeep._encoding.weights import with_class_weight
from skdeep._engine.training.losses import Loss, make_loss
from skdeep._estimator.network.training_parameters import FRACTION
from skdeep._estimator.parameters import Parameter, estimator, shared_docstring
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._tabular.base import BaseTabular
from skdeep.neural_network._tabular.fit.combination import OutOfFold
from skdeep.neural_network._tabular.fit.rows import FitRows
from skdeep.neural_network._tabular.fit.unlabeled import unlabeled_rows
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

    @property
    def _is_regressor(self) -> bool:
        return False

    def _checked_target(self, y: Any) -> np.ndarray:
        options = {"ensure_2d": False, "dtype": None, "input_name": "y", "estimator": self}
        label = self.unlabeled_label
        if not (isinstance(label, float) and np.isnan(label)):
            return column_target(check_array(y, accept_sparse=True, **options))
        y = check_array(y, ensure_all_finite="allow-nan", **options)
        unknown = unlabeled_rows(y, label)
        check_array(y if unknown is None else y[~unknown], ensure_min_samples=0, **options)
        return column_target(y)

    def _encode_target(
        self, y: np.ndarray, weight: np.ndarray | None, kept: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        target = ClassTarget(y if kept is None else y[kept])
        self._target: ClassTarget = target
        self.classes_ = target.classes_
        if kept is not None and target.kind != "multilabel":
            # Rows of weight 0 may have labels that no other row has; they are not looked at.
            y = np.where(np.isin(y, target.classes_), y, target.classes_[0])
        codes = target.codes(y)
        if target.kind == "multilabel":
            if self.class_weight is not None:
                raise ValueError(
                    f"class_weight={self.class_weight!r} is for one label a row; y has "
                    f"{codes.shape[1]}. Pass sample_weight."
                )
            return codes, weight
        return codes, with_class_weight(weight, self.class_weight, self.classes_, y)

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        kind = self._target.loss_kind
        return make_loss("log_loss", kind), ("log_loss", kind)

    def _strata(self, codes: np.ndarray) -> np.ndarray | None:
        return codes if codes.ndim == 1 else None

    def _start(self, codes: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
        truth = self._truth(codes)
        weight = np.ones(len(codes)) if weight is None else weight
        n_rows = weight.sum()
        counts = weight @ truth
        if self._combination_loss == "log_loss":
            return np.log((counts + 0.5) / (n_rows + 0.5 * truth.shape[1]))
        return np.log((counts + 0.5) / (n_rows - counts + 0.5))

    def _predicted(self, outputs: Tensor) -> Tensor:
        if self._target.kind == "multiclass":
            return torch.softmax(outputs, dim=-1)
        return torch.sigmoid(outputs)

    def _guesses(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._target.kind == "multiclass":
            return predictions.argmax(axis=1), predictions.max(axis=1)
        guessed = predictions > 0.5
        sureness = np.where(guessed, predictions, 1.0 - predictions).min(axis=1)
        codes = guessed.astype(np.int64)
        return codes if self._target.kind == "multilabel" else codes[:, 0], sureness

    def _truth(self, codes: np.ndarray) -> np.ndarray:
        if self._target.kind == "multiclass":
            return np.eye(len(self.classes_))[codes]
        return codes.reshape(len(codes), -1).astype(np.float64)

    @property
    def _combination_loss(self) -> str:
        return "log_loss" if self._target.kind == "multiclass" else "independent"

    def _take_out_of_fold(
        self, combined: np.ndarray, of_one: np.ndarray, rows: FitRows, judged: OutOfFold
    ) -> None:
        fit = (
            fit_temperature if self._combination_loss == "log_loss" else fit_temperature_independent
        )
        truth = judged.truth
        codes = truth.argmax(axis=1) if self._combination_loss == "log_loss" else truth
        sharpness = fit(combined, codes, judged.weight)
        alone = fit(of_one, codes, judged.weight)
        # The mean of many networks is less sure than that of those that predict out of fold.
        self._sharpness = max(judged.for_all_networks(alone, sharpness), sharpness)
        if judged.n_repeats == 1:  # nothing tells how much less
            self._sharpness = max(sharpness, 1.0)
        self.temperature_ = 1.0 / self._sharpness
        calibrated = self._calibrated(rows.by_given_row(combined, judged.rows), sharpness)
        self.oof_predict_proba_ = self._target.probabilities(calibrated)

    def _calibrated(self, probabilities: np.ndarray, sharpness: float) -> np.ndarray:
        if self._combination_loss == "log_loss":
            return tempered(probabilities, sharpness)
        return tempered_independent(probabilities, sharpness)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict calibrated probabilities; the columns are those of `classes_`.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        calibrated = self._calibrated(self._mean_prediction(X).astype(np.float64), self._sharpness)
        return self._target.probabilities(calibrated)

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
        if self._target.kind == "multilabel":
            return (probabilities > 0.5).astype(np.int64)
        return self.classes_[probabilities.argmax(axis=1)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
