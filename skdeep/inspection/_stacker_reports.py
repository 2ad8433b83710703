"""Reports of a fitted stacker about its bases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from skdeep._scikit_learn import num_samples
from skdeep.ensemble import StackingClassifier, StackingRegressor, diversity_report
from skdeep.ensemble._stacking.scoring import GivenClasses


def read_stacker(stacker: Any, y: Any, score_name: str | None) -> dict[str, Any]:
    """The data of a StackingDisplay.

    Parameters
    ----------
    stacker : StackingClassifier or StackingRegressor
        Fitted.
    y : array-like or None
        Targets of `fit`, for the correlation of errors.
    score_name : str or None
        Replaces that of the stacker.
    """
    if not isinstance(stacker, StackingClassifier | StackingRegressor):
        raise ValueError(
            f"estimator is a {type(stacker).__name__}: give a fitted StackingClassifier or "
            "StackingRegressor of skdeep, or the data to StackingDisplay itself."
        )
    check_is_fitted(stacker)
    last = stacker.layers_[-1]
    weights, weight_name = base_weights(stacker.final_estimator_, last.n_columns)
    scoring = stacker.scoring
    return {
        "names": last.names,
        "scores": [stacker.base_scores_[name] for name in last.names],
        "weights": weights,
        "weight_name": weight_name,
        "error_correlation": None if y is None else _correlation(stacker, last, y),
        "ensemble_scores": getattr(stacker, "ensemble_scores_", None),
        "score_name": score_name or (scoring if isinstance(scoring, str) else "score"),
    }


def base_weights(final_estimator: Any, widths: Sequence[int]) -> tuple[np.ndarray | None, str]:
    """A weight for each base, and its name; None if the second layer has none.

    Parameters
    ----------
    final_estimator : estimator
        The fitted second layer.
    widths : list of int
        Number of columns of each base.
    """
    weights = getattr(final_estimator, "weights_", None)
    if weights is not None and np.shape(weights) == (len(widths),):
        return np.asarray(weights), "weight"
    starts, n_columns = np.cumsum([0, *widths[:-1]]), sum(widths)
    coef = getattr(final_estimator, "coef_", None)
    if coef is not None and np.shape(coef)[-1] >= n_columns:
        coef = np.atleast_2d(coef)[:, :n_columns]  # columns passed through come after them
        if coef.shape == (1, len(widths)):
            return coef[0], "coefficient"
        return np.add.reduceat(abs(coef).sum(axis=0), starts), "sum of |coefficients|"
    importances = getattr(final_estimator, "feature_importances_", None)
    if importances is not None and len(importances) >= n_columns:
        return np.add.reduceat(importances[:n_columns], starts), "importance"
    return None, "weight"


def _correlation(
    stacker: StackingClassifier | StackingRegressor, layer: Bunch, y: Any
) -> np.ndarray:
    if layer.predictions is None:
        raise ValueError(
            "y was given to correlate the errors of the bases, but the stacker has not kept what "
            "they predicted: fit it with store_cv_predictions=True, or leave y at None."
        )
    rows = layer.indices
    if rows[-1] >= num_samples(y):
        raise ValueError(
            f"y has {num_samples(y)} rows, but the stacker was fitted on row {rows[-1]}: give the "
            "y of fit, followed by y_val if there were any."
        )
    y = np.asarray(y)[rows]
    answers = np.split(layer.predictions, np.cumsum(layer.n_columns)[:-1], axis=1)
    task, labels = "regression", None
    if is_classifier(stacker):
        task, classes = "classification", stacker.classes_
        labels = np.unique(y) if isinstance(classes, list) else classes
        answers = [
            _probabilities_or_classes(block, method, classes)
            for block, method in zip(answers, layer.stack_method, strict=True)
        ]
    report = diversity_report(answers, y, names=layer.names, labels=labels, task=task)
    return report["error_correlation"]


def _probabilities_or_classes(
    block: np.ndarray, method: str, classes: np.ndarray | list[np.ndarray]
) -> np.ndarray:
    """Probabilities as they are, and classes for whatever else was predicted."""
    if method == "predict_proba":
        return block[:, 0] if block.shape[1] == 1 else block
    multilabel = isinstance(classes, list)
    if method == "predict" and not multilabel and block.shape[1] == 1:
        block = np.clip(np.rint(block), 0, len(classes) - 1)  # a regressor may lie beyond them
    label_sets = classes if isinstance(classes, list) else [classes]
    return GivenClasses(block, method, label_sets, multilabel).predict(None)
