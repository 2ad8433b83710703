"""Which rows train a base and which it predicts, decided once for all bases."""

import copy
import numbers
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit, check_cv
from sklearn.utils import check_random_state

from skdeep._scikit_learn import num_samples

# Indices of the rows that train, and of those that are predicted.
Split = tuple[np.ndarray, np.ndarray]
Splits = list[Split]


def make_splits(
    cv: Any,
    X: Any,
    y: np.ndarray,
    *,
    stratify: bool,
    random_state: Any,
    split_params: Mapping[str, Any],
) -> Splits:
    """The list of (train, test) index arrays that `cv` stands for.

    Parameters
    ----------
    cv : None, int, float, splitter or iterable
        As in the stackers, less "prefit".
    X : array-like of shape (n_samples, n_features)
        Rows to be split.
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        Targets; classes as codes.
    stratify : bool
        Whether `y` holds classes whose shares the default splits should keep.
    random_state : None, int or RandomState
        Decides a held-out split, and seeds a splitter that has no random state of its own.
    split_params : dict
        Metadata for the splitter, such as groups.

    Returns
    -------
    splits : list of tuple of ndarray
        Integer indices.
    """
    n_samples = num_samples(X)
    if n_samples < 2:
        raise ValueError(
            f"cv={cv} cannot hold rows out of n_samples={n_samples}: give two or more."
        )
    is_share = isinstance(cv, numbers.Real) and not isinstance(cv, numbers.Integral)
    if is_share:
        return [held_out(y, cv, n_samples, stratify=stratify, random_state=random_state)]
    if cv is None or isinstance(cv, numbers.Integral) or hasattr(cv, "split"):
        splits = _ask_splitter(cv, X, y, stratify, random_state, split_params)
    else:
        splits = list(cv)
    if not splits:
        raise ValueError(
            f"cv={cv} gave no split. A generator is empty after its first use: give a list."
        )
    return [_check_split(i, split, n_samples) for i, split in enumerate(splits)]


def _ask_splitter(
    cv: Any,
    X: Any,
    y: np.ndarray,
    stratify: bool,
    random_state: Any,
    split_params: Mapping[str, Any],
) -> list[Any]:
    # A copy, so that neither the caller's splitter nor a generator inside it moves on.
    splitter = copy.deepcopy(check_cv(cv, y, classifier=stratify))
    if getattr(splitter, "random_state", 0) is None:
        splitter.random_state = private_generator(random_state)
    try:
        return list(splitter.split(X, y, **split_params))
    except ValueError as error:
        if "groups" in str(error):
            error.add_note(
                f"cv={cv} needs groups: pass groups= to fit, or give cv=list(cv.split(X, y, "
                "groups))."
            )
        raise


def private_generator(random_state: Any) -> np.random.RandomState:
    """A generator for `random_state` that is never numpy's global one."""
    return np.random.RandomState() if random_state is None else check_random_state(random_state)


def held_out(
    y: np.ndarray, test_size: float, n_samples: int, *, stratify: bool, random_state: Any
) -> Split:
    """The (train, test) indices of one held-out split that keeps every class on both sides.

    Where it can be, this is the split of StratifiedShuffleSplit (of ShuffleSplit without
    `stratify`) for the same random state. Rows of a class of one stay in training; a class of two
    or more that the split left out of one side gets one row there.
    """
    rng = private_generator(random_state)
    if not stratify:
        test_size = _n_test(test_size, n_samples)
        return next(
            ShuffleSplit(1, test_size=test_size, random_state=rng).split(np.empty(n_samples))
        )
    counts = np.bincount(y)
    alone = np.flatnonzero(counts[y] == 1)
    rows = np.flatnonzero(counts[y] > 1)
    if not len(rows):
        raise ValueError(
            f"cv={test_size} cannot hold rows out where each class has one row only "
            f"(n_samples={n_samples}): give X_val and y_val, or more rows."
        )
    if len(alone):
        warnings.warn(
            f"{len(alone)} of {np.count_nonzero(counts)} classes have a single row, which trains "
            "the base estimators and is not held out: the final estimator learns nothing of them.",
            UserWarning,
            stacklevel=2,
        )
    train, test = _stratified(y[rows], test_size, rng)
    train, test = rows[train], rows[test]
    train, test = _give_one_row_of_each_class(y, train, test, rng)
    test, train = _give_one_row_of_each_class(y, test, train, rng)
    return np.concatenate([train, alone]), test


def _n_test(test_size: float, n_samples: int) -> int:
    """How many rows scikit-learn's splitters take for a share, fewer if none were left."""
    return min(int(np.ceil(test_size * n_samples)), n_samples - 1)


def _stratified(y: np.ndarray, test_size: float, rng: np.random.RandomState) -> Split:
    n_classes = np.count_nonzero(np.bincount(y))
    n_test = _n_test(test_size, len(y))
    small = min(n_test, len(y) - n_test) < n_classes  # StratifiedShuffleSplit would refuse
    splitter = ShuffleSplit if small else StratifiedShuffleSplit
    return next(splitter(1, test_size=n_test, random_state=rng).split(np.empty(len(y)), y))


def _give_one_row_of_each_class(
    y: np.ndarray, giving: np.ndarray, taking: np.ndarray, rng: np.random.RandomState
) -> Split:
    """Move one row of each class that only `giving` has, and has twice, over to `taking`."""
    counts = np.bincount(y[giving], minlength=y.max() + 1)
    counts[y[taking]] = 0
    moved = [rng.choice(giving[y[giving] == k]) for k in np.flatnonzero(counts > 1)]
    if not moved:
        return giving, taking
    return giving[~np.isin(giving, moved)], np.concatenate([taking, moved])


def _check_split(number: int, split: Any, n_samples: int) -> Split:
    try:
        parts = [_indices(part, n_samples) for part in split]
        train, test = parts
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(
            f"Split {number} of cv is not a pair of index arrays into the {n_samples} rows "
            f"of X: {error}"
        ) from error
    for part, rows in (("train", train), ("test", test)):
        if not len(rows):
            raise ValueError(f"Split {number} of cv has an empty {part} part.")
    if np.intersect1d(train, test).size:
        warnings.warn(
            f"Split {number} of cv trains on rows that it predicts: the final estimator will trust "
            "the bases that fit them closest.",
            UserWarning,
            stacklevel=2,
        )
    return train, test


def _indices(part: Any, n_samples: int) -> np.ndarray:
    part = np.asarray(part)
    if part.dtype == bool:
        if part.shape != (n_samples,):
            raise IndexError(f"a mask of shape {part.shape}")
        return np.flatnonzero(part)
    if part.ndim != 1 or (part.size and part.dtype.kind not in "iu"):
        raise TypeError(f"an array of shape {part.shape} and type {part.dtype}")
    if part.size and not 0 <= part.min() <= part.max() < n_samples:
        raise IndexError(f"indices from {part.min()} to {part.max()}")
    return part.astype(np.intp)
