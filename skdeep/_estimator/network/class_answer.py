"""Classes as the answer: labels to codes, losses of classifiers, class weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.multiclass import type_of_target, unique_labels

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.targets import ClassTarget, column_target
from skdeep._encoding.weights import with_class_weight
from skdeep._engine.training.losses import Loss, loss_entry
from skdeep._estimator.network.answer import NO_TARGET, Answer, Encoded, single_loss


def check_same_classes(known: Any, labels: np.ndarray) -> None:
    """Raise where a warm start would go on with other classes."""
    if not np.array_equal(labels, known):
        raise ValueError(
            "warm_start can only be used where `y` has the same classes as in the previous call "
            f"to fit. Previously got {known}, `y` has {labels}"
        )


@dataclass(frozen=True)
class ClassAnswer(Answer):
    """One label a row, or several.

    Attributes
    ----------
    loss_name : str or callable
    class_weight : dict, "balanced" or None
    label_smoothing : float
    focal_gamma : float
    """

    loss_name: Any
    class_weight: Any
    label_smoothing: float
    focal_gamma: float

    score = "accuracy"

    def conflict(self) -> str | None:
        """Smoothed labels are for losses that take soft labels."""
        if not self.label_smoothing or loss_entry(self.loss_name).takes_soft_labels:
            return None
        return (
            f"label_smoothing={self.label_smoothing} goes with loss='log_loss' alone, not "
            f"with loss={self.loss_name!r}; set label_smoothing=0."
        )

    def why_no_parts(self) -> str | None:
        """Balanced weights need all rows."""
        if self.class_weight != "balanced":
            return None
        return (
            "class_weight='balanced' needs all rows at once and partial_fit sees a few; pass "
            "the weights as a dict, computed by sklearn.utils.compute_class_weight."
        )

    def read(self, y: Any, name: str) -> np.ndarray:
        """Labels, of one column or an indicator matrix."""
        if y is None:
            raise ValueError(NO_TARGET.format(name=name))
        y = check_array(y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y")
        return y

    def encode(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        *,
        known: ClassTarget | None,
        classes: Any,
        warm_start: bool,
    ) -> Encoded:
        """Number the classes; weights are those of rows times those of their classes."""
        y = column_target(y)
        seen = y if kept is None else y[kept]
        if known is None:
            known = self._new_target(seen, classes)
        elif warm_start and known.kind != "multilabel":
            check_same_classes(known.classes_, np.unique(seen))
        if kept is not None and known.kind != "multilabel":
            # Rows of weight 0 may have labels that no other row has; they are not looked at.
            y = np.where(np.isin(y, known.classes_), y, known.classes_[0])
        codes = known.codes(y)
        return Encoded(known, codes, self._weighted(known, codes, y, weight))

    def _new_target(self, seen: np.ndarray, classes: Any) -> ClassTarget:
        several = type_of_target(seen).startswith("multilabel")
        target = ClassTarget(seen if classes is None or several else np.asarray(classes))
        if classes is not None and several:
            target.classes_ = unique_labels(classes)
        return target

    def encode_validation(
        self, y: np.ndarray, weight: np.ndarray | None, target: ClassTarget
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Codes of known classes, and weights."""
        y = column_target(y)
        codes = target.codes(y, "y_val")
        return codes, self._weighted(target, codes, y, weight)

    def _weighted(
        self, target: ClassTarget, codes: np.ndarray, y: np.ndarray, weight: np.ndarray | None
    ) -> np.ndarray | None:
        if target.kind != "multilabel":
            return with_class_weight(weight, self.class_weight, target.classes_, y)
        if self.class_weight is None:
            return weight
        counted = np.ones(len(y)) if weight is None else weight
        product = counted
        for label in codes.T:  # as in scikit-learn, the weights of the labels are multiplied
            column = with_class_weight(counted, self.class_weight, np.arange(2), label)
            assert column is not None
            product = product * np.divide(column, counted, out=np.ones(len(y)), where=counted > 0)
        return product

    def _single_loss(self, target: ClassTarget, data: FitData) -> tuple[Loss, tuple[Any, ...]]:
        return single_loss(
            self.loss_name, target.loss_kind, data, {"focal_gamma": self.focal_gamma}
        )

    def attributes(self, target: ClassTarget) -> dict[str, Any]:
        """The classes."""
        return {"classes_": target.classes_}
