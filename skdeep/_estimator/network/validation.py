"""Validation rows: the caller's own, or some held out of the training rows."""

import copy
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._encoding.validation_split import validation_split
from skdeep._encoding.weights import checked_weight, held_weight
from skdeep._engine.training.member import Validation


def make_validation(
    estimator: Any, data: FitData, validation_data: tuple[Any, Any, Any], device: torch.device
) -> tuple[np.ndarray | None, Validation | None]:
    """Rows to train on (None for all), and the validation set (None for none)."""
    X_val, y_val, weight_val = validation_data
    if (X_val is None) != (y_val is None):
        given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{given} was passed without {missing}; pass both or neither.")
    if X_val is not None:
        return data.kept, _own_validation(estimator, data, X_val, y_val, weight_val, device)
    if weight_val is not None:
        raise ValueError("sample_weight_val was passed without X_val and y_val; pass all three.")
    if not estimator.early_stopping:
        return data.kept, None
    return _held_out(estimator, data, device)


def _own_validation(
    estimator: Any, data: FitData, X_val: Any, y_val: Any, weight_val: Any, device: torch.device
) -> Validation:
    try:
        X, y = estimator._validated(X_val, y_val, dtype=data.dtype, reset=False)
        weight = checked_weight(weight_val, X, "sample_weight_val", data.dtype)
    except ValueError as error:
        raise ValueError(f"In X_val, y_val or sample_weight_val: {error}") from error
    codes, weight = estimator._encode_validation_target(y, weight)
    weight = held_weight(weight, data.dtype, "sample_weight_val and class_weight")
    rows = np.arange(X.shape[0]) if weight is None else np.flatnonzero(weight)
    estimator._target.check(codes[rows], data.dtype, "y_val")
    own = replace(data, X=X, y=y, codes=codes, weight=weight)
    return _validation(estimator, own, rows, device)


def _held_out(estimator: Any, data: FitData, device: torch.device) -> tuple[np.ndarray, Validation]:
    kept = np.arange(data.X.shape[0]) if data.kept is None else data.kept
    codes = data.codes[kept]
    classes = None
    if not estimator._is_regressor and codes.ndim == 1:
        classes = codes
        _check_single_rows(estimator, codes)
    train, held_out = validation_split(
        data.X[kept] if data.kept is not None else data.X,
        codes,
        None if data.sample_weight is None else data.sample_weight[kept],
        validation_fraction=estimator.validation_fraction,
        classes=classes,
        seed=estimator._seed,
    )
    return kept[train], _validation(estimator, data, kept[held_out], device)


def _check_single_rows(estimator: Any, codes: np.ndarray) -> None:
    """Raise as scikit-learn does where one of two classes has a single row."""
    counts = np.bincount(codes)
    if len(estimator._target.classes_) != 2 or counts.min() > 1 or counts.sum() < 3:
        return
    try:
        train_test_split(codes, stratify=(codes == 1)[:, None], test_size=0.5)
    except ValueError as error:
        label = estimator._target.classes_.tolist()[counts.argmin()]
        raise ValueError(
            f"{error} That is the class {label!r} of y, which cannot be both trained on and "
            "validated; pass X_val and y_val, or set early_stopping=False."
        ) from None


def _validation(
    estimator: Any, data: FitData, rows: np.ndarray, device: torch.device
) -> Validation:
    dtype = TORCH_DTYPES[data.dtype.name]
    weight = None if data.weight is None else data.weight[rows]
    score: str | Callable[..., float]
    if estimator.scoring is None and not estimator._judges_itself:
        score = "r2" if estimator._is_regressor else "accuracy"
    elif estimator.scoring == "loss":
        score = "loss"
    else:
        score = _scorer(estimator, data.X[rows], data.y[rows], weight)
    return Validation(
        X=data.rows(device),
        y=estimator._target.tensor(data.codes, dtype).to(device),
        sample_weight=None
        if weight is None
        else torch.from_numpy(weight).to(device=device, dtype=dtype),
        rows=torch.from_numpy(rows).to(device),
        score=score,
    )


def _scorer(
    estimator: Any, X: Any, y: np.ndarray, weight: np.ndarray | None
) -> Callable[..., float]:
    """A function from parameters to the score of a scorer, or to that of the estimator itself."""
    own: Callable[..., float] = type(estimator).score
    scorer = own if estimator.scoring is None else get_scorer(estimator.scoring)
    arguments = {}
    if weight is not None:
        accepts = inspect.signature(getattr(scorer, "_score_func", scorer)).parameters
        if "sample_weight" not in accepts:
            raise ValueError(
                f"scoring={estimator.scoring!r} does not take sample_weight, so it cannot judge "
                "weighted rows; choose another scorer, or scoring='loss'."
            )
        arguments["sample_weight"] = weight

    def score(*parameters: Any) -> float:
        fitted = copy.copy(estimator)
        # The rows are an array by now: names would only raise a warning.
        vars(fitted).pop("feature_names_in_", None)
        vars(fitted).update(estimator._weight_attributes(*parameters))
        try:
            return float(scorer(fitted, X, y, **arguments))
        except (AttributeError, ValueError) as error:
            raise ValueError(
                f"scoring={estimator.scoring!r} failed on the validation rows: {error}"
            ) from error

    return score
