"""The split into training and validation rows that early stopping makes for itself."""

from typing import Any

import numpy as np

from skdeep._encoding.row_keys import row_groups, row_keys

# Beyond this many copies of each distinct row the copies are split one by one.
_MOST_COPIES = 8


def validation_split(
    X: Any,
    y: np.ndarray,
    weight: np.ndarray | None,
    *,
    validation_fraction: float,
    classes: np.ndarray | None,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose validation rows, in proportion in every class.

    Equal rows stay together, and the choice depends on the content and the weight of rows, not on
    their order or on whether a row occurs twice or has weight 2. Classes of a single distinct row
    stay in the training part.

    Parameters
    ----------
    X : ndarray of shape (n, ...), CSR matrix of shape (n, features) or SequenceArray
    y : ndarray of shape (n, ...)
        Encoded targets.
    weight : ndarray of shape (n,) or None
    validation_fraction : float
    classes : ndarray of shape (n,) or None
        Class codes to stratify by; None for no strata.
    seed : int

    Returns
    -------
    train, validation : ndarray of int
        Row numbers in increasing order.

    Raises
    ------
    ValueError
        If there are fewer than three distinct rows.
    """
    n = X.shape[0]
    groups = row_groups(row_keys(X, y))
    if (groups.max() + 1) * _MOST_COPIES < n:
        groups = np.arange(n)
    mass = np.bincount(groups, weights=weight)
    n_groups = len(mass)
    n_chosen = max(2, int(np.ceil(validation_fraction * n_groups)))
    if n_chosen >= n_groups:
        raise ValueError(
            "The validation set is too small. early_stopping=True takes at least two distinct rows "
            f"for it and trains on the rest, but n_samples={n} and validation_fraction="
            f"{validation_fraction}. Pass more rows, pass X_val and y_val, or set "
            "early_stopping=False."
        )
    strata = np.zeros(n_groups, dtype=np.int64)
    if classes is not None:
        strata[groups] = classes
    chosen = _systematic_sample(mass, strata, n_chosen, np.random.RandomState(seed))
    in_validation = chosen[groups]
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation)


def _systematic_sample(
    mass: np.ndarray, strata: np.ndarray, n_chosen: int, rng: np.random.RandomState
) -> np.ndarray:
    """Mark `n_chosen` groups, spread evenly over the strata laid end to end by mass."""
    shuffled = rng.permutation(len(mass))
    size = np.bincount(strata)[strata]
    single = (size == 1) & (size.max() > 1)
    order = shuffled[np.argsort(strata[shuffled], kind="stable")]
    order = order[~single[order]]
    edges = np.cumsum(mass[order])
    points = (np.arange(n_chosen) + rng.uniform()) / n_chosen * edges[-1]
    picked = np.unique(np.minimum(np.searchsorted(edges, points, side="right"), len(order) - 1))
    chosen = np.zeros(len(mass), dtype=bool)
    chosen[order[picked]] = True
    # A heavy group may catch several points; the next ones in line make up the number.
    for group in order[np.argsort(chosen[order], kind="stable")]:
        if chosen.sum() >= min(2, len(order) - 1):
            break
        chosen[group] = True
    if size.max() == 1:
        return chosen  # each class has one row: holding it out would leave its class unlearned
    # No class may leave the training part.
    for stratum in np.unique(strata[chosen]):
        inside = np.flatnonzero(strata == stratum)
        if chosen[inside].all():
            chosen[inside[0]] = False
    return chosen
