"""What classifiers that train one network share: parameters of the loss, labels, probabilities."""

from dataclasses import KW_ONLY
from typing import Annotated, Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import unique_labels

from skdeep._engine.training.losses import CLASSIFIER_LOSSES, LOSSES
from skdeep._estimator.availability import available_unless
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.class_answer import ClassAnswer
from skdeep._estimator.network.training_parameters import FRACTION, NOT_NEGATIVE
from skdeep._estimator.parameters import Parameter, one_of, validate_parameters
from skdeep._scikit_learn import StrOptions

CLASSES = """
classes_ : ndarray of shape (n_classes,)
    Class labels; the columns of `predict_proba`.
"""


def check_classes(estimator: Any, classes: Any) -> None:
    """Compare the classes that `partial_fit` is given with those that the estimator has.

    Raises
    ------
    ValueError
        If `classes` is missing in the first call, or differs in a later one.
    """
    known = getattr(estimator, "classes_", None)
    if known is None and classes is None:
        validate_parameters(estimator)
        raise ValueError("classes must be passed on the first call to partial_fit.")
    if known is not None and classes is not None:
        given = unique_labels(classes)
        if not np.array_equal(given, known):
            raise ValueError(
                f"classes={given} is not the same as on the last call to partial_fit, which "
                f"was {known}."
            )


def _has_margins(estimator: "NetworkClassifier") -> bool:
    known = isinstance(estimator.loss, str) and estimator.loss in LOSSES  # it is not checked yet
    return known and not LOSSES[estimator.loss].gives_probabilities


def _has_probabilities(estimator: "NetworkClassifier") -> bool:
    if _has_margins(estimator):
        raise AttributeError(
            f"loss={estimator.loss!r} gives no probabilities; use decision_function, or "
            "loss='log_loss'."
        )
    return True


class NetworkClassifier(ClassifierMixin, BaseNetwork):
    """Base of the classifiers that train one network."""

    _: KW_ONLY
    loss: Annotated[
        str,
        one_of(
            {name: LOSSES[name] for name in CLASSIFIER_LOSSES},
            "Loss. {words}.",
        ),
    ] = "log_loss"
    class_weight: Annotated[
        dict[Any, float] | str | None,
        Parameter(
            """dict, 'balanced' or None

            Weights of the classes, multiplied with the sample weights everywhere: in the loss,
            the curves and the validation score. 'balanced' gives all classes the same total
            weight.""",
            StrOptions({"balanced"}),
            dict,
            None,
        ),
    ] = None
    label_smoothing: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Share of the target that is spread evenly over the classes, with 'log_loss'.""",
            FRACTION,
        ),
    ] = 0.0
    focal_gamma: Annotated[
        float,
        Parameter("float\n\nExponent of the focal loss; 0 makes it 'log_loss'.", NOT_NEGATIVE),
    ] = 2.0

    _target: Any

    @property
    def _answer(self) -> ClassAnswer:
        return ClassAnswer(self.loss, self.class_weight, self.label_smoothing, self.focal_gamma)

    @available_unless(lambda estimator: estimator._check_partial_fit())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train for one epoch on the rows given, going on from the last call.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever occur; required in the first call; in later calls they may be
            left out, or must be the same.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If `classes` is missing in the first call, or differs in a later one.
        """
        check_classes(self, classes)
        return self._train(X, y, sample_weight, incremental=True, classes=classes)

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
        """
        outputs = self._outputs(X)
        return self._target.labels(outputs)

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict probabilities; the columns are those of `classes_`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        predicted = self._outputs(X, activated=True)
        return self._target.probabilities(predicted)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict logarithms of probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @available_if(_has_margins)
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the margins, for the hinge losses.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        outputs = self._outputs(X)
        if len(self.classes_) == 2 and self._target.kind == "multiclass":
            return outputs[:, 1] - outputs[:, 0]
        return outputs[:, 0] if self._target.kind == "binary" else outputs

    def __sklearn_tags__(self) -> Tags:
        tags = self._with_tags_of_reader(super().__sklearn_tags__())
        tags.classifier_tags.multi_label = True
        return tags
