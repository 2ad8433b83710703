"""Reports of a fitted tabular estimator about its networks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skdeep.inspection._tabular_panels import (
    Calibration,
    Importances,
    KindOfNetwork,
    LossCurves,
    Panel,
    PredictionErrors,
)
from skdeep.neural_network import TabularClassifier, TabularRegressor

PANELS = ("curves", "calibration", "importances")


def read_tabular(
    estimator: Any, X: Any, y: Any, panels: Sequence[str] | None, max_features: int
) -> dict[str, Panel]:
    """The panels of a TabularDisplay, by name.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        Fitted.
    X : {array-like, sparse matrix, DataFrame} or None
        Rows to predict instead of what was predicted out of fold.
    y : array-like or None
        Targets of X, or of the rows of `fit`.
    panels : sequence of str or None
        Names; None for all that can be drawn.
    max_features : int
        Importances to draw.
    """
    if not isinstance(estimator, TabularClassifier | TabularRegressor):
        raise ValueError(
            f"estimator is a {type(estimator).__name__}: give a fitted TabularClassifier or "
            "TabularRegressor."
        )
    check_is_fitted(estimator)
    chosen = _checked_panels(panels, X, y)
    readers = {
        "curves": lambda: loss_curves(estimator),
        "calibration": lambda: predictions_and_truth(estimator, X, y),
        "importances": lambda: importances(estimator, max_features),
    }
    return {name: readers[name]() for name in chosen}


def _checked_panels(panels: Sequence[str] | None, X: Any, y: Any) -> list[str]:
    if panels is None:
        panels = [name for name in PANELS if name != "calibration" or y is not None]
    panels = [panels] if isinstance(panels, str) else list(panels)
    unknown = [name for name in panels if name not in PANELS]
    if unknown or not panels or len(set(panels)) != len(panels):
        raise ValueError(
            f"panels={panels!r} must be some of {', '.join(map(repr, PANELS))}, each once; "
            "None draws all."
        )
    if y is None and (X is not None or "calibration" in panels):
        raise ValueError(
            "y=None: the panel 'calibration' compares predictions with the truth; pass the y of "
            "fit, or X and y of other rows, or leave X and the panel out."
        )
    return panels


def loss_curves(estimator: TabularClassifier | TabularRegressor) -> LossCurves:
    """The training curves by kind of network, and the losses out of fold."""
    out_of_fold, candidates = estimator.validation_loss_curves_, list(estimator.candidates_)
    n_networks = sum(map(len, out_of_fold)) // len(candidates)  # of each kind, on all folds
    kinds = []
    for first in range(0, len(out_of_fold), n_networks):
        n_cycles = len(out_of_fold[first])
        ends, candidates = candidates[:n_cycles], candidates[n_cycles:]
        parts = [ends[0]["architecture"], *ends[0]["features"], *ends[0]["unlabeled"]]
        kinds.append(
            KindOfNetwork(
                name=", ".join(parts).replace("_", " "),
                curves=estimator.loss_curves_[first : first + n_networks],
                epochs=np.array([end["n_iter"] for end in ends]),
                losses=np.array([end["loss"] for end in ends]),
                shares=np.array([end["share"] for end in ends]),
            )
        )
    return LossCurves(kinds)


def importances(estimator: TabularClassifier | TabularRegressor, max_features: int) -> Importances:
    """The importances with the names of the features."""
    values = estimator.feature_importances_
    names = getattr(estimator, "feature_names_in_", [f"x{j}" for j in range(len(values))])
    return Importances([str(name) for name in names], values, max_features)


def predictions_and_truth(
    estimator: TabularClassifier | TabularRegressor, X: Any, y: Any
) -> Calibration | PredictionErrors:
    """Probabilities or numbers predicted for rows not seen, and the true values."""
    y = y.toarray() if scipy.sparse.issparse(y) else np.asarray(y)
    if is_classifier(estimator):
        predicted = estimator.oof_predict_proba_ if X is None else estimator.predict_proba(X)
    else:
        predicted = estimator.oof_prediction_ if X is None else estimator.predict(X)
    predicted = predicted.reshape(len(predicted), -1)
    if len(y) != len(predicted):
        rows = "the estimator was fitted on" if X is None else "X has"
        raise ValueError(
            f"y has {len(y)} rows, but {rows} {len(predicted)}: pass the targets of these rows, in "
            "their order."
        )
    judged = ~np.isnan(predicted).any(axis=1)  # rows of weight 0, and first ones in time, are not
    predicted, y = predicted[judged], y[judged].reshape(judged.sum(), -1)
    is_one_class = (
        isinstance(estimator, TabularClassifier) and estimator._answer.target.kind != "multilabel"
    )
    n_columns = 1 if is_one_class else predicted.shape[1]
    if y.shape[1] != n_columns:
        raise ValueError(
            f"y has {y.shape[1]} columns, but the y of fit had {n_columns}: pass one like that."
        )
    if not is_classifier(estimator):
        return PredictionErrors(y.astype(float), predicted)
    if not is_one_class:
        return Calibration(y > 0, predicted, [f"label {j}" for j in range(y.shape[1])])
    return _one_against_rest(estimator.classes_, y, predicted)


def _one_against_rest(classes: np.ndarray, y: np.ndarray, probabilities: np.ndarray) -> Calibration:
    truth = y == classes
    strange = y[~truth.any(axis=1), 0]
    if len(strange):
        raise ValueError(f"y holds {strange[0]!r}, which is no class of the estimator: {classes}.")
    # The curve of one of two classes is that of the other, upside down.
    shown = slice(1, None) if len(classes) == 2 else slice(None)
    names = [str(name) for name in classes[shown]]
    return Calibration(truth[:, shown], probabilities[:, shown], names)
