"""y as users have it -> tensors, and network outputs back to labels, probabilities and numbers."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse
import torch
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from torch import Tensor

from skdeep._engine.training.losses import loss_entry

_LINKS: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": partial(torch.softmax, dim=-1),
    "logistic": Tensor.sigmoid_,
    "exp": Tensor.exp_,
    "identity": lambda outputs: outputs,
}


def link(outputs: Tensor, out_activation: str) -> Tensor:
    """Apply an output activation to raw outputs, in place where it can."""
    return _LINKS[out_activation](outputs)


class Target:
    """What training needs to know of a target; here that it is learned as it is."""

    n_outputs: int

    @property
    def loss_kind(self) -> str:
        """Kind of loss that it is learned by."""
        return "regression"

    @property
    def loss_unit(self) -> np.ndarray:
        """Factor from the loss of an output, as trained, to the units of y."""
        return np.ones(1)

    def check(self, y: np.ndarray, dtype: np.dtype, name: str = "y") -> None:
        """Raise where a network in `dtype`, or its loss, cannot take encoded targets."""

    def for_outputs(self, n_outputs: int) -> "Target":
        """The same target, learned by a network with that many outputs."""
        return self

    def in_units(self, outputs: Tensor) -> Tensor:
        """Raw outputs in the units of y, from raw outputs as trained."""
        return outputs

    def absorb(self, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The last layer in the units of y, from the last layer as trained."""
        return weight, bias

    def extract(self, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The last layer as trained, from the last layer in the units of y."""
        return weight, bias


class ClassTarget(Target):
    """Labels and their codes.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, n_labels)
        Labels, or an indicator matrix of several labels.

    Attributes
    ----------
    classes_ : ndarray
        Sorted labels; the numbers of the columns where there are several labels a row.
    kind : {"binary", "multiclass", "multilabel"}
    """

    def __init__(self, y: Any):
        check_classification_targets(y)
        y_type = type_of_target(y, input_name="y")
        if y_type == "multilabel-indicator":
            self.kind = "multilabel"
            self.classes_ = np.arange(y.shape[1])
        elif "multioutput" in y_type:
            raise ValueError(
                f"y has {np.shape(y)[1]} columns of more than two values each; only indicator "
                "matrices of 0 and 1 are supported. Use MultiOutputClassifier for several targets."
            )
        else:
            self.classes_ = np.unique(y)
            self.kind = "binary" if len(self.classes_) <= 2 else "multiclass"
        self.n_outputs = 1 if self.kind == "binary" else len(self.classes_)

    def for_outputs(self, n_outputs: int) -> "ClassTarget":
        """The same target; two classes may have one output or two."""
        if self.kind != "binary" or n_outputs != 2:
            return self
        other = copy.copy(self)
        other.kind, other.n_outputs = "multiclass", 2
        return other

    @property
    def loss_kind(self) -> str:
        """Kind of loss: several labels are several binary outputs."""
        return "multiclass" if self.kind == "multiclass" else "binary"

    def codes(self, y: Any, name: str = "y") -> np.ndarray:
        """Class numbers of shape (n,), or 0/1 indicators of shape (n, n_labels)."""
        if self.kind == "multilabel":
            dense = y.toarray() if scipy.sparse.issparse(y) else np.asarray(y)
            if dense.ndim != 2 or dense.shape[1] != len(self.classes_):
                raise ValueError(
                    f"{name} has shape {dense.shape}; an indicator matrix with "
                    f"{len(self.classes_)} columns was expected."
                )
            return (dense != 0).astype(np.int64)
        if y.ndim != 1:
            raise ValueError(f"{name} has shape {y.shape}; one label a row was expected.")
        labels = np.unique(y)
        unknown = np.setdiff1d(labels, self.classes_)
        if len(unknown):
            raise ValueError(
                f"`{name}` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes_}. '{name}' has {labels}."
            )
        return np.searchsorted(self.classes_, y)

    def tensor(self, codes: np.ndarray, dtype: torch.dtype) -> Tensor:
        """Codes as the loss takes them: numbers of several classes, or a column of 0/1 each."""
        if self.kind == "multiclass":
            return torch.from_numpy(codes.astype(np.int64))
        return torch.from_numpy(codes.reshape(len(codes), -1)).to(dtype)

    def labels(self, outputs: np.ndarray) -> np.ndarray:
        """Labels of raw outputs (n, n_outputs)."""
        if self.kind == "multilabel":
            return (outputs > 0).astype(np.int64)
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(outputs))
        if self.kind == "multiclass":
            return self.classes_[outputs.argmax(axis=1)]
        return self.classes_[(outputs[:, 0] > 0).astype(np.int64)]

    def probabilities(self, predicted: np.ndarray) -> np.ndarray:
        """Probabilities of shape (n, n_classes) from activated outputs (n, n_outputs)."""
        if self.kind == "multiclass":
            return predicted if len(self.classes_) > 1 else np.ones_like(predicted[:, :1])
        # Rounding turns very sure predictions into 0 and 1, whose logarithms would be infinite.
        eps = np.finfo(predicted.dtype).eps
        predicted = predicted.clip(eps, 1 - eps)
        if self.kind == "multilabel":
            return predicted
        if len(self.classes_) == 1:
            return np.ones_like(predicted)
        return np.hstack([1 - predicted, predicted])


def numeric_target(y: np.ndarray, name: str = "y") -> np.ndarray:
    """Targets of a regressor as numbers.

    Raises
    ------
    ValueError
        If they are something else, or not finite.
    """
    if y.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} has dtype {y.dtype}.")
    if y.dtype.kind not in "fiub":
        try:
            y = y.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                f"{name} must hold numbers, but {y.ravel()[:1].tolist()[0]!r} is in it. "
                "Convert them, or use a classifier for labels."
            ) from None
    if not np.isfinite(y).all():
        raise ValueError(f"Input {name} contains NaN or infinity.")
    return y


def column_target(y: Any) -> Any:
    """A single column as a vector, with scikit-learn's warning; anything else as it is."""
    if y.ndim == 2 and y.shape[1] == 1:
        return column_or_1d(y, warn=True)
    return y


class RegressionTarget(Target):
    """Numbers, standardised for training.

    The network learns (y - shift) / scale; `absorb` and `extract` move shift and scale between
    the target and the last layer, so that coefficients and curves are in the units of y.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, n_outputs)
    weight : ndarray of shape (n,) or None
    loss : str or callable
    normalize_y : bool

    Attributes
    ----------
    ndim : int
        1 or 2, of y.
    shift, scale : ndarray of shape (n_outputs,)
    """

    def __init__(self, y: np.ndarray, weight: np.ndarray | None, loss: Any, normalize_y: bool):
        self.ndim = y.ndim
        self.loss = loss
        columns = y.reshape(len(y), -1).astype(np.float64)
        self.n_outputs = columns.shape[1]
        self.shift = np.zeros(self.n_outputs)
        self.scale = np.ones(self.n_outputs)
        refusal = loss_entry(loss).refusal(columns, all_of_it=True)
        if refusal is not None:
            raise ValueError(refusal)
        if not normalize_y:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            mean = np.average(columns, axis=0, weights=weight)
            if self.is_positive:
                self.scale = mean
            else:
                spread = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weight))
                self.shift = mean
                # Rounding errors give a constant y a spread above 0.
                constant = spread <= 10 * np.finfo(np.float64).eps * np.abs(mean)
                self.scale = np.where(constant, 1.0, spread)
            if not np.isfinite([self.shift, self.scale, self.loss_unit]).all():
                raise ValueError(
                    f"y has values as large as {np.abs(columns).max():g}, too large to be "
                    "standardised. Divide y by a power of ten."
                )

    def for_loss(self, loss: Any) -> "RegressionTarget":
        """The same target, learned with another loss from here on.

        Raises
        ------
        ValueError
            If one network predicts numbers and the other their logarithm.
        """
        if loss == self.loss:
            return self
        other = copy.copy(self)
        other.loss = loss
        if other.is_positive != self.is_positive:
            raise ValueError(
                f"The fitted network has learned loss={self.loss!r} and cannot go on with "
                f"loss={loss!r}: one predicts y, the other its logarithm. Set warm_start=False "
                "(or clone the estimator) to start anew."
            )
        return other

    @property
    def is_positive(self) -> bool:
        """Whether the network predicts the logarithm."""
        return loss_entry(self.loss).predicts_logarithm

    @property
    def loss_unit(self) -> np.ndarray:
        """Factor from the loss of an output, as trained, to the units of y."""
        return self.scale ** loss_entry(self.loss).unit_power

    def check(self, y: np.ndarray, dtype: np.dtype, name: str = "y") -> None:
        """Raise where the network, its loss or its precision cannot take y.

        Raises
        ------
        ValueError
        """
        columns = y.reshape(len(y), -1)
        if columns.shape[1] != self.n_outputs or y.ndim > 2:
            raise ValueError(
                f"{name} has shape {y.shape}, but the network has n_outputs_={self.n_outputs}."
            )
        refusal = loss_entry(self.loss).refusal(y, name)
        if refusal is not None:
            raise ValueError(refusal)
        largest = np.abs(columns.astype(np.float64)).max()
        if largest > np.finfo(dtype).max:
            raise ValueError(
                f"{name} has values as large as {largest:g}, more than {np.dtype(dtype).name} can "
                "hold. Divide them, or use dtype='float64'."
            )

    def tensor(self, y: np.ndarray, dtype: torch.dtype) -> Tensor:
        """Standardised targets of shape (n, n_outputs)."""
        columns = y.reshape(len(y), -1).astype(np.float64)
        return torch.from_numpy((columns - self.shift) / self.scale).to(dtype)

    def in_units(self, outputs: Tensor) -> Tensor:
        """Raw outputs in the units of y, from raw outputs as trained."""
        # In double precision: y may be far from 0.
        shift, scale = (torch.from_numpy(a).to(outputs.device) for a in (self.shift, self.scale))
        return outputs + scale.log() if self.is_positive else outputs * scale + shift

    def absorb(self, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The last layer in the units of y, from the last layer as trained."""
        if self.is_positive:
            return weight, (bias + np.log(self.scale)).astype(bias.dtype)
        return (
            (weight * self.scale).astype(weight.dtype),
            (bias * self.scale + self.shift).astype(bias.dtype),
        )

    def extract(self, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The last layer as trained, from the last layer in the units of y."""
        if self.is_positive:
            return weight, (bias - np.log(self.scale)).astype(bias.dtype)
        return (
            (weight / self.scale).astype(weight.dtype),
            ((bias - self.shift) / self.scale).astype(bias.dtype),
        )
