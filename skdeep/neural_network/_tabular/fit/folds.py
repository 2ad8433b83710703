"""Folds of a tabular fit: rows to train on, and rows to evaluate on."""

from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, check_cv

from skdeep._engine.training.rows import row_numbers

Splits = list[tuple[np.ndarray, np.ndarray]]

_MANY_ROWS = 20_000
_VERY_MANY_ROWS = 200_000


def given_splits(
    cv: Any,
    n_folds: int,
    X: Any,
    y: np.ndarray,
    strata: np.ndarray | None,
    groups: np.ndarray | None,
    seed: int,
) -> Splits | None:
    """Splits from a splitter or groups; None where rows may be assigned to folds freely.

    Parameters
    ----------
    cv : int, cross-validation generator, iterable or None
    n_folds : int
        Used where `cv` is None.
    X, y : of n rows
        For splitters.
    strata : ndarray of shape (n,) or None
        Values to stratify by: codes of classes, or numbers; None for no strata.
    groups : ndarray of shape (n,) or None
        Rows of a group stay together.
    seed : int

    Raises
    ------
    ValueError
        If there are too few groups, or a fold would be empty.
    """
    if cv is None or isinstance(cv, int | np.integer):
        if groups is None:
            return None
        return _group_splits(n_folds if cv is None else int(cv), y, strata, groups, seed)
    splits = [(_as_rows(a), _as_rows(b)) for a, b in check_cv(cv).split(X, y, groups)]
    if not splits or any(not len(train) or not len(test) for train, test in splits):
        raise ValueError(
            f"cv={cv!r} gave {len(splits)} splits, of which some have no rows; every fold needs "
            "rows to train on and rows to judge by."
        )
    return splits


def dealt_splits(
    cv: int | None,
    n_folds: int,
    strata: np.ndarray | None,
    units: np.ndarray,
    rng: np.random.Generator,
) -> Splits:
    """Splits with shuffled rows.

    Parameters
    ----------
    cv : int or None
    n_folds : int
        Used where `cv` is None; fewer where rows are many.
    strata : ndarray of shape (n,) or None
        As above.
    units : ndarray of shape (n,)
        Rows of equal numbers stay together.
    rng : Generator

    Raises
    ------
    ValueError
        If there are fewer rows than folds.
    """
    n_units = len(np.unique(units))
    if n_units < 2:
        raise ValueError(
            f"n_samples={n_units}: folds need at least two different rows, one to train on and "
            "one to judge by. Pass more rows."
        )
    if cv is None:
        most = 4 if n_units >= _VERY_MANY_ROWS else 5 if n_units >= _MANY_ROWS else n_folds
        n_folds = min(n_folds, most, n_units)
    elif not 2 <= cv <= n_units:
        raise ValueError(
            f"cv={cv} folds need 2 <= cv <= n_samples, and there are {n_units} different rows; "
            "choose another cv."
        )
    else:
        n_folds = int(cv)
    fold = _dealt_units(n_folds, strata, units, rng)
    rows = row_numbers(len(fold))
    return [(rows[fold != k], rows[fold == k]) for k in range(n_folds)]


def _as_rows(index: Any) -> np.ndarray:
    index = np.asarray(index)
    return np.flatnonzero(index) if index.dtype == bool else index


def _group_splits(
    n_folds: int,
    y: np.ndarray,
    strata: np.ndarray | None,
    groups: np.ndarray,
    seed: int,
) -> Splits:
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise ValueError(f"groups has {n_groups} group; folds need at least two.")
    n_folds = min(n_folds, n_groups)
    if strata is None or strata.dtype.kind == "f" or np.bincount(strata).max() < n_folds:
        return list(GroupKFold(n_folds, shuffle=True, random_state=seed).split(y, y, groups))
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    splits = list(splitter.split(y, strata, groups))
    return [pair for pair in splits if len(pair[0]) and len(pair[1])]


def _dealt_units(
    n_folds: int, strata: np.ndarray | None, units: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Number of the fold of each row, where rows of a unit stay together."""
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    of_units = None if strata is None else strata[first]
    return _dealt(len(first), n_folds, of_units, rng)[unit]


def _dealt(
    n_rows: int, n_folds: int, strata: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """Assign rows to folds in turn, sorted by strata; number of the fold of each."""
    order = rng.permutation(n_rows)
    if strata is not None:
        order = order[np.argsort(strata[order], kind="stable")]
    n_rounds = -(-n_rows // n_folds)
    is_number = strata is not None and strata.dtype.kind == "f"
    if is_number:  # else the first fold would get the least of every round
        hands = rng.permuted(np.tile(np.arange(n_folds), (n_rounds, 1)), axis=1).ravel()
    else:
        hands = np.tile(rng.permutation(n_folds), n_rounds)
    fold = np.empty(n_rows, dtype=np.int64)
    fold[order] = hands[:n_rows]
    return fold
