"""Which features are categories, from the parameter that says so."""

from typing import Any

import numpy as np


def declared_categories(
    categorical_features: Any, n_features: int, feature_names: list | None
) -> np.ndarray | None:
    """A mask over the features, or None if their dtypes are to decide.

    Parameters
    ----------
    categorical_features : "from_dtype", None or array-like of bool, int or str
    n_features : int
    feature_names : list or None
        Names of the features, where they have any.

    Raises
    ------
    ValueError
        If it names features that are not there, or is something else.
    """
    if isinstance(categorical_features, str) and categorical_features == "from_dtype":
        return None
    mask = np.zeros(n_features, dtype=bool)
    if categorical_features is None:
        return mask
    chosen = np.asarray(categorical_features)
    if chosen.size == 0:
        return mask
    kinds = {type(item) for item in chosen.ravel().tolist()}
    if chosen.ndim != 1 or kinds not in ({bool}, {int}, {str}):
        raise ValueError(
            f"categorical_features={categorical_features!r} must be 'from_dtype', None or an "
            "array-like of bool, int or str with one dimension."
        )
    if kinds == {bool}:
        return _checked_mask(chosen, n_features)
    if kinds == {int}:
        return _marked(mask, chosen.astype(np.int64))
    if feature_names is None:
        raise ValueError(
            f"categorical_features={categorical_features!r} names features, but X has no feature "
            "names; pass integer indices or a boolean mask, or X as a DataFrame."
        )
    unknown = [name for name in chosen.tolist() if name not in feature_names]
    if unknown:
        raise ValueError(
            f"categorical_features has the item {unknown[0]!r}, which is not a feature name of the "
            f"training data. Observed feature names: {list(feature_names)}"
        )
    return np.isin(np.array(feature_names, dtype=object), chosen.astype(object))


def _checked_mask(mask: np.ndarray, n_features: int) -> np.ndarray:
    if len(mask) != n_features:
        raise ValueError(
            "categorical_features set as a boolean mask must have shape (n_features,), here "
            f"({n_features},), got: {mask.shape}."
        )
    return mask.astype(bool)


def _marked(mask: np.ndarray, indices: np.ndarray) -> np.ndarray:
    if indices.min() < 0 or indices.max() >= len(mask):
        raise ValueError(
            f"categorical_features set as integer indices must be in [0, n_features - 1], here "
            f"[0, {len(mask) - 1}], got: {indices.tolist()}."
        )
    mask[indices] = True
    return mask
