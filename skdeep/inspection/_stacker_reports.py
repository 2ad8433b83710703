"""What a fitted stacker tells of its bases."""

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import _num_samples, check_is_fitted

from skdeep.ensemble import StackingClassifier, StackingRegressor, diversity_report


def read_stacker(stacker, y, score_name):
    """Return the data of a StackingDisplay.

    Parameters
    ----------
    stacker : StackingClassifier or StackingRegressor
        Fitted.

    y : array-like or None
        Targets of `fit`, for the correlation of errors.

    score_name : str or None
        Stands for that of the stacker.
    """
    if not isinstance(stacker, StackingClassifier | StackingRegressor):
        raise ValueError(
            f"estimator is a {type(stacker).__name__}: give a fitted StackingClassifier or "
            "StackingRegressor of skdeep, or the data to StackingDisplay itself."
        )
    check_is_fitted(stacker)
    if not hasattr(stacker, "base_scores_"):
        raise ValueError(
            "The stacker holds no scores of its bases (base_scores_), so there is nothing to draw: "
            "fit it again with this version of skdeep."
        )
    names, widths, methods = _last_layer(stacker)
    scoring = getattr(stacker, "scoring", None)
    weights, weight_name = base_weights(stacker.final_estimator_, widths)
    correlation = None if y is None else _correlation(stacker, names, widths, methods, y)
    return {
        "names": names,
        "scores": [np.asarray(stacker.base_scores_[name]) for name in names],
        "weights": weights,
        "weight_name": weight_name,
        "error_correlation": correlation,
        "ensemble_scores": getattr(stacker, "ensemble_scores_", None),
        "score_name": score_name or (scoring if isinstance(scoring, str) else "score"),
    }


def _last_layer(stacker):
    """Return the names, numbers of columns and methods of the bases that the second layer reads."""
    features = stacker._features
    last = features[-1] if isinstance(features, list) else features
    return list(last.names), list(last.widths), list(last.methods)


def base_weights(final_estimator, widths):
    """Return a weight for each base, and what it is; None where the second layer has none.

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


def _correlation(stacker, names, widths, methods, y):
    blocks = getattr(stacker, "meta_features_", None)
    if blocks is None:
        raise ValueError(
            "y was given to correlate the errors of the bases, but the stacker has not kept what "
            "they predicted: fit it with store_cv_predictions=True, or leave y at None."
        )
    rows = stacker.meta_indices_
    if rows[-1] >= _num_samples(y):
        raise ValueError(
            f"y has {_num_samples(y)} rows, but the stacker was fitted on row {rows[-1]}: give the "
            "y of fit, followed by y_val if there were any."
        )
    y = np.asarray(y)[rows]
    blocks = np.split(blocks, np.cumsum(widths)[:-1], axis=1)
    if not is_classifier(stacker):
        return diversity_report(blocks, y, names=names, task="regression")["error_correlation"]
    classes = stacker.classes_
    labels = np.unique(y) if isinstance(classes, list) else classes
    answers = [
        _as_classes(block, method, labels, y.ndim > 1)
        for block, method in zip(blocks, methods, strict=True)
    ]
    return diversity_report(answers, y, names=names, labels=labels, task="classification")[
        "error_correlation"
    ]


def _as_classes(block, method, labels, multilabel):
    """Return probabilities as they are, and classes for whatever else was predicted."""
    one = block.shape[1] == 1
    if method == "predict_proba":
        return block[:, 0] if one else block
    if multilabel:
        return labels[(block > (0 if method == "decision_function" else 0.5)).astype(int)]
    if not one:
        return labels[block.argmax(axis=1)]
    if method == "decision_function":
        return labels[(block[:, 0] > 0).astype(int)]
    codes = np.clip(np.rint(block[:, 0]), 0, len(labels) - 1)  # a regressor may lie beyond them
    return labels[codes.astype(int)]
