"""Folds of a tabular fit: who trains on which rows, and who judges them."""

from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, check_cv

_MANY_ROWS = 20_000
_VERY_MANY_ROWS = 200_000


def make_splits(
    cv: Any,
    n_folds: int,
    X: Any,
    y: np.ndarray,
    strata: np.ndarray | None,
    groups: np.ndarray | None,
    rng: np.random.Generator,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows to train on and rows to judge by.

    Parameters
    ----------
    cv : int, cross-validation generator, iterable or None
    n_folds : int
        Used where `cv` is None.
    X, y : of n rows
        For generators.
    strata : ndarray of shape (n,) or None
        What folds should have alike: codes of classes, or numbers; None for nothing.
    groups : ndarray of shape (n,) or None
        Rows of a group stay together.
    rng : Generator

    Raises
    ------
    ValueError
        If there are too few rows or groups, or a fold would be empty.
    """
    n_rows = len(y)
    if cv is not None and not isinstance(cv, int | np.integer):
        splits = [(np.asarray(a), np.asarray(b)) for a, b in check_cv(cv).split(X, y, groups)]
        return [(_as_rows(train), _as_rows(test)) for train, test in splits]
    if n_rows < 2:
        raise ValueError(
            f"n_samples={n_rows}: folds need at least two different rows, one to train on and "
            "one to judge by. Pass more rows."
        )
    if cv is None:
        most = 4 if n_rows >= _VERY_MANY_ROWS else 5 if n_rows >= _MANY_ROWS else n_folds
        n_folds = min(n_folds, most, n_rows)
    elif not 2 <= cv <= n_rows:
        raise ValueError(f"cv={cv} folds need 2 <= cv <= n_samples={n_rows}; choose another cv.")
    else:
        n_folds = int(cv)
    if groups is not None:
        return _group_splits(n_folds, y, strata, groups, rng)
    fold = _dealt(n_rows, n_folds, strata, rng)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)]


def _as_rows(index: np.ndarray) -> np.ndarray:
    return np.flatnonzero(index) if index.dtype == bool else index


def _group_splits(
    n_folds: int,
    y: np.ndarray,
    strata: np.ndarray | None,
    groups: np.ndarray,
    rng: np.random.Generator,
) -> list[tuple[np.ndarray, np.ndarray]]:
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise ValueError(f"groups has {n_groups} group; folds need at least two.")
    n_folds, seed = min(n_folds, n_groups), int(rng.integers(1 << 31))
    if strata is None or strata.dtype.kind == "f" or np.bincount(strata).max() < n_folds:
        return list(GroupKFold(n_folds, shuffle=True, random_state=seed).split(y, y, groups))
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    splits = list(splitter.split(y, strata, groups))
    return [pair for pair in splits if len(pair[0]) and len(pair[1])]


def _dealt(
    n_rows: int, n_folds: int, strata: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """Deal rows out like cards, those alike one after the other; number of the fold of each."""
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
