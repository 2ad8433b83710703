"""One split of rows in the order of time."""

import math
import numbers
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils.validation import indexable

from skdeep._scikit_learn import num_samples


class LastBlockSplit(BaseCrossValidator):
    """Train on the earlier rows, test on the last block of them.

    For rows in the order of time. :class:`~sklearn.model_selection.TimeSeriesSplit` needs two
    splits at least, the first of which train on few rows; this is the single split that blending
    and a final hold-out ask for.

    Parameters
    ----------
    test_size : float or int, default=0.2
        Size of the last block: a share of the rows in (0, 1), rounded up, or a number of rows.

    gap : int, default=0
        Number of rows before the last block that are left out of the training part, for targets
        that look ahead and features that look back.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : Several such splits, one after another.
    skdeep.ensemble.StackingRegressor : Takes any splitter as `cv`.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep.model_selection import LastBlockSplit
    >>> splitter = LastBlockSplit(test_size=0.3, gap=2)
    >>> splitter
    LastBlockSplit(gap=2, test_size=0.3)
    >>> for train, test in splitter.split(np.zeros((10, 1))):
    ...     print(train, test)
    [0 1 2 3 4] [7 8 9]

    Blending on the newest fifth of the rows, a day's 24 rows after the training part:

    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skdeep.ensemble import StackingRegressor
    >>> bases = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(max_depth=3))]
    >>> stack = StackingRegressor(bases, cv=LastBlockSplit(0.2, gap=24))
    >>> X = np.arange(200.0)[:, None]
    >>> len(stack.fit(X, X[:, 0]).meta_indices_)
    40
    """

    def __init__(self, test_size: Any = 0.2, *, gap: Any = 0) -> None:
        kinds = (numbers.Integral, numbers.Real)
        whole, real = (isinstance(test_size, k) and test_size is not True for k in kinds)
        if not (test_size >= 1 if whole else real and 0 < test_size < 1):
            raise ValueError(
                f"test_size={test_size!r} is no size of a block: give a share in (0, 1), such as "
                "0.2, or a number of rows of 1 or more."
            )
        if not isinstance(gap, numbers.Integral) or gap is True or gap < 0:
            raise ValueError(f"gap={gap!r} is no number of rows: give an int of 0 or more.")
        self.test_size = test_size
        self.gap = gap

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Generate the indices of the one split.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows, earliest first.

        y : array-like of shape (n_samples,), default=None
            Always ignored, exists for API compatibility.

        groups : array-like of shape (n_samples,), default=None
            Always ignored, exists for API compatibility.

        Yields
        ------
        train : ndarray
            Indices of the rows before the gap.

        test : ndarray
            Indices of the last block.

        Raises
        ------
        ValueError
            If there are too few rows for the block, the gap and one row to train on.
        """
        X, y, groups = indexable(X, y, groups)
        n_samples = num_samples(X)
        whole = isinstance(self.test_size, numbers.Integral)
        n_test = self.test_size if whole else math.ceil(self.test_size * n_samples)
        n_train = n_samples - n_test - self.gap
        if n_train < 1:
            raise ValueError(
                f"test_size={self.test_size} and gap={self.gap} leave no row of n_samples="
                f"{n_samples} to train on: {n_test} are tested and {self.gap} left out before "
                "them. Make either smaller."
            )
        yield np.arange(n_train), np.arange(n_samples - n_test, n_samples)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits, which is 1.

        Parameters
        ----------
        X : array-like, default=None
            Always ignored, exists for API compatibility.

        y : array-like, default=None
            Always ignored, exists for API compatibility.

        groups : array-like, default=None
            Always ignored, exists for API compatibility.

        Returns
        -------
        n_splits : int
            1.
        """
        return 1
