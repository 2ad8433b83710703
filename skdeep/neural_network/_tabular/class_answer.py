"""Classes as the answer of a table: probabilities, calibrated on out-of-fold rows."""

from typing import Any

import numpy as np
import torch
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
from skdeep.neural_network._tabular.fit.answer import Answer, HeldOut
from skdeep.neural_network._tabular.fit.unlabeled import unlabeled_rows


class ClassAnswer(Answer):
    """Labels, or several of them a row.

    Parameters
    ----------
    class_weight, label_smoothing, unlabeled_label
        As in TabularClassifier.
    estimator_name : str
        For errors.

    Attributes
    ----------
    target : ClassTarget
    sharpness : float
        What the logarithms of probabilities of new rows are multiplied by.
    """

    is_numeric = False
    activation = "selu"
    target: ClassTarget

    def __init__(
        self, class_weight: Any, label_smoothing: float, unlabeled_label: Any, estimator_name: str
    ):
        self.label_smoothing = float(label_smoothing)
        self._class_weight, self._unlabeled_label = class_weight, unlabeled_label
        self._estimator_name = estimator_name
        self.sharpness = 1.0

    def checked(self, y: Any) -> np.ndarray:
        """Targets as an array."""
        options = {
            "ensure_2d": False,
            "dtype": None,
            "input_name": "y",
            "estimator": self._estimator_name,
        }
        label = self._unlabeled_label
        if not (isinstance(label, float) and np.isnan(label)):
            return column_target(check_array(y, accept_sparse=True, **options))
        y = check_array(y, ensure_all_finite="allow-nan", **options)
        unknown = unlabeled_rows(y, label)
        check_array(y if unknown is None else y[~unknown], ensure_min_samples=0, **options)
        return column_target(y)

    def encode(
        self, y: np.ndarray, weight: np.ndarray | None, kept: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Numbers of the classes, and the weights with those of the classes."""
        self.target = ClassTarget(y if kept is None else y[kept])
        classes = self.target.classes_
        if kept is not None and self.target.kind != "multilabel":
            # Rows of weight 0 may have labels that no other row has; they are not looked at.
            y = np.where(np.isin(y, classes), y, classes[0])
        codes = self.target.codes(y)
        if self.target.kind == "multilabel":
            if self._class_weight is not None:
                raise ValueError(
                    f"class_weight={self._class_weight!r} is for one label a row; y has "
                    f"{codes.shape[1]}. Pass sample_weight."
                )
            return codes, weight
        return codes, with_class_weight(weight, self._class_weight, classes, y)

    @property
    def _is_one_of_many(self) -> bool:
        """Whether classes exclude each other and each has an output of its own."""
        return self.target.kind == "multiclass"

    def loss(self) -> tuple[Loss, tuple[Any, ...]]:
        """The log-loss."""
        kind = self.target.loss_kind
        return make_loss("log_loss", kind), ("log_loss", kind)

    @property
    def combination_loss(self) -> str:
        """The log-loss of classes, or of each label."""
        return "log_loss" if self._is_one_of_many else "independent"

    def strata(self, codes: np.ndarray) -> np.ndarray | None:
        """Classes should be as frequent in each fold, where a row has one."""
        return codes if codes.ndim == 1 else None

    def start(self, codes: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
        """Frequencies of the classes, as raw outputs; (n_outputs,)."""
        truth = self.truth(codes)
        weight = np.ones(len(codes)) if weight is None else weight
        n_rows = weight.sum()
        counts = weight @ truth
        if self._is_one_of_many:
            return np.log((counts + 0.5) / (n_rows + 0.5 * truth.shape[1]))
        return np.log((counts + 0.5) / (n_rows - counts + 0.5))

    def truth(self, codes: np.ndarray) -> np.ndarray:
        """1 for the true class or label, else 0; (n, n_outputs)."""
        if self._is_one_of_many:
            return np.eye(len(self.target.classes_))[codes]
        return codes.reshape(len(codes), -1).astype(np.float64)

    def predicted(self, outputs: Tensor) -> Tensor:
        """Probabilities."""
        return torch.softmax(outputs, dim=-1) if self._is_one_of_many else torch.sigmoid(outputs)

    def pseudo_labels(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The likeliest classes, and their probabilities."""
        if self._is_one_of_many:
            return predictions.argmax(axis=1), predictions.max(axis=1)
        is_likely = predictions > 0.5
        sureness = np.where(is_likely, predictions, 1.0 - predictions).min(axis=1)
        codes = is_likely.astype(np.int64)
        return codes if self.target.kind == "multilabel" else codes[:, 0], sureness

    def calibrate(self, held_out: HeldOut) -> np.ndarray:
        """Learn the temperature; return calibrated probabilities (n_given, n_classes)."""
        judged = held_out.judged
        fit = fit_temperature if self._is_one_of_many else fit_temperature_independent
        codes = judged.truth.argmax(axis=1) if self._is_one_of_many else judged.truth
        sharpness = fit(held_out.combined, codes, judged.weight)
        alone = fit(held_out.of_one, codes, judged.weight)
        # The mean of all networks is less confident than that of the few that predict out of fold.
        self.sharpness = max(judged.for_all_networks(alone, sharpness), sharpness)
        if judged.n_repeats == 1:  # nothing tells how much less
            self.sharpness = max(sharpness, 1.0)
        return self._calibrated(
            held_out.rows.by_given_row(held_out.combined, judged.rows), sharpness
        )

    def probabilities(self, predictions: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of new rows, (n, n_classes), from mean predictions."""
        return self._calibrated(predictions.astype(np.float64), self.sharpness)

    def _calibrated(self, predictions: np.ndarray, sharpness: float) -> np.ndarray:
        calibrate = tempered if self._is_one_of_many else tempered_independent
        return self.target.probabilities(calibrate(predictions, sharpness))

    def labels(self, probabilities: np.ndarray) -> np.ndarray:
        """The likeliest labels."""
        if self.target.kind == "multilabel":
            return (probabilities > 0.5).astype(np.int64)
        return self.target.classes_[probabilities.argmax(axis=1)]
