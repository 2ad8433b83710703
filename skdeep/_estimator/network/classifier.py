"""What classifiers that train one network share: parameters of the loss, labels, probabilities."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target, unique_labels

from skdeep._encoding.targets import ClassTarget, column_target
from skdeep._encoding.weights import with_class_weight
from skdeep._engine.training.losses import CLASSIFIER_LOSSES, Loss, make_loss
from skdeep._estimator.availability import UnavailableMethodError, available_unless
from skdeep._estimator.network.base import BaseNetwork
from skdeep._estimator.network.known_classes import check_classes
from skdeep._estimator.network.training_parameters import FRACTION, NOT_NEGATIVE
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import StrOptions


def _is_hinge(estimator: "NetworkClassifier") -> bool:
    return estimator.loss in ("hinge", "squared_hinge")


def _has_probabilities(estimator: "NetworkClassifier") -> bool:
    if _is_hinge(estimator):
        raise AttributeError(
            f"loss={estimator.loss!r} gives no probabilities; use decision_function, or "
            "loss='log_loss'."
        )
    return True


@estimator
class NetworkClassifier(ClassifierMixin, BaseNetwork):
    """Base of the classifiers that train one network."""

    _: KW_ONLY
    loss: Annotated[
        str,
        Parameter(
            """{'log_loss', 'hinge', 'squared_hinge', 'focal'}

            Loss. The hinge losses are surrogates of the error rate (with the margin of Crammer
            and Singer for several classes) and give no probabilities; 'focal' plays down rows
            that are right already.""",
            StrOptions(set(CLASSIFIER_LOSSES)),
        ),
    ] = "log_loss"
    class_weight: Annotated[
        dict[Any, float] | str | None,
        Parameter(
            """dict, 'balanced' or None

            Weights of the classes, multiplied with the sample weights everywhere: in the loss,
            the curves and the validation score. 'balanced' makes classes count the same.""",
            StrOptions({"balanced"}),
            dict,
            None,
        ),
    ] = None
    label_smoothing: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Part of the target that is spread evenly over the classes; for 'log_loss'.""",
            FRACTION,
        ),
    ] = 0.0
    focal_gamma: Annotated[
        float,
        Parameter("float\n\nExponent of the focal loss; 0 is 'log_loss'.", NOT_NEGATIVE),
    ] = 2.0

    @property
    def _is_regressor(self) -> bool:
        return False

    def _check_combinations(self) -> None:
        super()._check_combinations()
        if self.label_smoothing and self.loss != "log_loss":
            raise ValueError(
                f"label_smoothing={self.label_smoothing} goes with loss='log_loss' alone, not "
                f"with loss={self.loss!r}; set label_smoothing=0."
            )

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        kind = self._target.loss_kind
        loss = make_loss(self.loss, kind, focal_gamma=self.focal_gamma)
        return loss, (self.loss, kind, self.focal_gamma if self.loss == "focal" else None)

    def _encode_target(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        continuing: bool,
        classes: Any,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        y = column_target(y)
        seen = y if kept is None else y[kept]
        known = getattr(self, "_target", None) if continuing else None
        if known is None:
            several = type_of_target(seen).startswith("multilabel")
            known = ClassTarget(seen if classes is None or several else np.asarray(classes))
            if classes is not None and several:
                known.classes_ = unique_labels(classes)
        elif self.warm_start and known.kind != "multilabel":
            labels = np.unique(seen)
            if set(labels) != set(known.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the "
                    f"previous call to fit. Previously got {known.classes_}, `y` has {labels}"
                )
        if kept is not None and known.kind != "multilabel":
            # Rows of weight 0 may have labels that no other row has; they are not looked at.
            y = np.where(np.isin(y, known.classes_), y, known.classes_[0])
        self._target: ClassTarget = known
        self.classes_ = known.classes_
        codes = known.codes(y)
        return codes, self._weighted(codes, y, weight)

    def _encode_validation_target(
        self, y: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        y = column_target(y)
        codes = self._target.codes(y, "y_val")
        return codes, self._weighted(codes, y, weight)

    def _weighted(
        self, codes: np.ndarray, y: np.ndarray, weight: np.ndarray | None
    ) -> np.ndarray | None:
        if self._target.kind != "multilabel":
            return with_class_weight(weight, self.class_weight, self._target.classes_, y)
        if self.class_weight is None:
            return weight
        counted = np.ones(len(y)) if weight is None else weight
        product = counted
        for label in codes.T:  # as in scikit-learn, the weights of the labels are multiplied
            column = with_class_weight(counted, self.class_weight, np.arange(2), label)
            assert column is not None
            product = product * np.divide(column, counted, out=np.ones(len(y)), where=counted > 0)
        return product

    def _check_partial_fit(self) -> None:
        super()._check_partial_fit()
        if self.class_weight == "balanced":
            raise UnavailableMethodError(
                "class_weight='balanced' needs all rows at once and partial_fit sees a few; pass "
                "the weights as a dict, computed by sklearn.utils.compute_class_weight."
            )

    @available_unless(lambda estimator: estimator._check_partial_fit())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None):
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
            All classes that will ever occur; needed in the first call, to be left out or equal in
            later ones.

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

    @available_if(_is_hinge)
    def decision_function(self, X: Any) -> np.ndarray:
        """Margins, for the hinge losses.

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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
