"""Validation rows: the caller's own, or some held out of the training rows."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.memory import TORCH_DTYPES
from skdeep._encoding.validation_split import validation_split
from skdeep._engine.training.member import Validation
from skdeep._estimator.network.answer import Answer

# From the parameters of a network, as training gives them, to an estimator that has them.
AtParameters = Callable[..., Any]


@dataclass
class Held:
    """Which rows are trained on, and which are for validation.

    Attributes
    ----------
    rows : ndarray of int or None
        Rows to train on; None for all.
    validation : Validation or None
    """

    rows: np.ndarray | None
    validation: Validation | None


def check_validation_data(X_val: Any, y_val: Any, sample_weight_val: Any) -> None:
    """Raise if only some of the validation arguments are given."""
    if (X_val is None) != (y_val is None):
        given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{given} was passed without {missing}; pass both or neither.")
    if X_val is None and sample_weight_val is not None:
        raise ValueError("sample_weight_val was passed without X_val and y_val; pass all three.")


def hold_out(
    data: FitData,
    target: Any,
    answer: Answer,
    settings: Any,
    seed: int,
    device: torch.device,
    at_parameters: AtParameters,
) -> Held:
    """Hold rows out where early stopping asks for it and the caller has given none.

    Parameters
    ----------
    data : FitData
    target : Target
    answer : Answer
    settings : estimator
        Its parameters `early_stopping`, `validation_fraction` and `scoring` are used.
    seed : int
    device : torch.device
    at_parameters : callable
        For scorers, which ask a fitted estimator.
    """
    rows, judges, places = data.kept, data.validation, None
    if judges is not None:
        weight = judges.weight
        places = np.arange(judges.X.shape[0]) if weight is None else np.flatnonzero(weight)
    elif settings.early_stopping:
        rows, places = _split(data, target, answer, settings, seed)
        judges = data
    if judges is None or places is None:
        return Held(rows, None)
    weight = None if judges.weight is None else judges.weight[places]
    score = _score(answer, settings, judges, places, weight, at_parameters)
    dtype = TORCH_DTYPES[data.dtype.name]
    validation = Validation(
        X=judges.rows(device),
        y=target.tensor(judges.codes, dtype).to(device),
        sample_weight=None
        if weight is None
        else torch.from_numpy(weight).to(device=device, dtype=dtype),
        rows=torch.from_numpy(places).to(device),
        score=score,
    )
    return Held(rows, validation)


def _split(
    data: FitData, target: Any, answer: Answer, settings: Any, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows held out."""
    kept = data.kept_rows
    codes = data.codes[kept]
    classes = None
    if not answer.is_regressor and codes.ndim == 1:
        classes = codes
        _check_single_rows(target, codes)
    train, held_out = validation_split(
        data.X[kept] if data.kept is not None else data.X,
        codes,
        None if data.sample_weight is None else data.sample_weight[kept],
        validation_fraction=settings.validation_fraction,
        classes=classes,
        seed=seed,
    )
    return kept[train], kept[held_out]


def _check_single_rows(target: Any, codes: np.ndarray) -> None:
    """Raise as scikit-learn does where one of two classes has a single row."""
    counts = np.bincount(codes)
    if len(target.classes_) != 2 or counts.min() > 1 or counts.sum() < 3:
        return
    try:
        train_test_split(codes, stratify=(codes == 1)[:, None], test_size=0.5)
    except ValueError as error:
        label = target.classes_.tolist()[counts.argmin()]
        raise ValueError(
            f"{error} That is the class {label!r} of y, which cannot be both trained on and "
            "validated; pass X_val and y_val, or set early_stopping=False."
        ) from None


def _score(
    answer: Answer,
    settings: Any,
    judges: FitData,
    places: np.ndarray,
    weight: np.ndarray | None,
    at_parameters: AtParameters,
) -> str | Callable[..., float]:
    """What is monitored, by name or as a function of parameters."""
    if settings.scoring is None and answer.score is not None:
        return answer.score
    if settings.scoring == "loss":
        return "loss"
    return _scorer(settings, judges.X[places], judges.y[places], weight, at_parameters)


def _scorer(
    settings: Any,
    X: Any,
    y: np.ndarray,
    weight: np.ndarray | None,
    at_parameters: AtParameters,
) -> Callable[..., float]:
    """A function from parameters to the score of a scorer, or to that of the estimator itself."""
    own: Callable[..., float] = type(settings).score
    scorer = own if settings.scoring is None else get_scorer(settings.scoring)
    arguments = {}
    if weight is not None:
        accepts = inspect.signature(getattr(scorer, "_score_func", scorer)).parameters
        if "sample_weight" not in accepts:
            raise ValueError(
                f"scoring={settings.scoring!r} does not take sample_weight, so it cannot judge "
                "weighted rows; choose another scorer, or scoring='loss'."
            )
        arguments["sample_weight"] = weight

    def score(*parameters: Any) -> float:
        try:
            return float(scorer(at_parameters(*parameters), X, y, **arguments))
        except (AttributeError, ValueError) as error:
            raise ValueError(
                f"scoring={settings.scoring!r} failed on the validation rows: {error}"
            ) from error

    return score
