"""How X is read: what is accepted, and what networks see of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils import Tags
from sklearn.utils.validation import check_consistent_length, validate_data

from skdeep._encoding.channel_array import RowArray
from skdeep._encoding.fit_data import FitData, with_equal_rows_merged


class Reader(ABC):
    """Reads one kind of input. It does not depend on the estimator.

    Reading has two steps. `read` checks X and leaves its values as they are; `seen` turns it into
    what networks see, by a *view* that `learn` has learned from the rows of the first fit.
    """

    @abstractmethod
    def read(self, estimator: Any, X: Any, *, dtype: Any, reset: bool) -> Any:
        """X as an array that can be indexed by row.

        Parameters
        ----------
        estimator : estimator
            On `reset`, the layout of X is noted on it; else X is compared with that.
        X : object
        dtype : dtype or tuple of dtype
            What numbers become; of several, the first where they are none of them.
        reset : bool
        """

    def read_both(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        check_target: Callable[[Any], np.ndarray],
        *,
        y_numeric: bool,
        dtype: Any,
        reset: bool,
    ) -> tuple[Any, np.ndarray]:
        """X and y of as many rows.

        A reader that has scikit-learn check both at once uses `y_numeric`, whether targets are
        numbers, in place of `check_target`.
        """
        array = self.read(estimator, X, dtype=dtype, reset=reset)
        y = check_target(y)
        check_consistent_length(array, y)
        return array, y

    def training_dtype(self, X: Any, accepted: Any) -> np.dtype:
        """What training computes in, for X as it was read."""
        dtype: np.dtype = X.dtype
        return dtype

    def learn(self, data: FitData, view: Any) -> tuple[FitData, Any]:
        """The data as networks see them, and the view by which they do.

        Parameters
        ----------
        data : FitData
            As it was read.
        view : object or None
            The view of an earlier fit that is continued; None to learn one from the data.
        """
        return data, None

    def seen(self, X: Any, view: Any, dtype: np.dtype) -> Any:
        """What networks of that dtype see of X."""
        return X

    def attributes(self, view: Any) -> dict[str, Any]:
        """Fitted attributes that say what was learned of X."""
        return {}

    def describe(self, tags: Tags) -> None:
        """Set scikit-learn's tags for what is read."""
        tags.input_tags.sparse = False


class ArrayReader(Reader):
    """Reads tables of numbers, dense or sparse, as scikit-learn does."""

    def read(self, estimator: Any, X: Any, *, dtype: Any, reset: bool) -> Any:
        """X, a dense array or a CSR matrix."""
        return self._validated(estimator, X, "no_validation", dtype=dtype, reset=reset)

    def read_both(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        check_target: Callable[[Any], np.ndarray],
        *,
        y_numeric: bool,
        dtype: Any,
        reset: bool,
    ) -> tuple[Any, np.ndarray]:
        """X and y, in one go: errors are those of scikit-learn's own estimators."""
        both: tuple[Any, np.ndarray] = self._validated(
            estimator, X, y, dtype=dtype, reset=reset, multi_output=True, y_numeric=y_numeric
        )
        return both

    def _validated(self, estimator: Any, X: Any, y: Any, **options: Any) -> Any:
        # Numbers too large for the dtype raise an error all the same.
        with np.errstate(over="ignore", invalid="ignore"):
            return validate_data(estimator, X, y, accept_sparse="csr", order="C", **options)

    def describe(self, tags: Tags) -> None:
        """Sparse matrices are read."""
        tags.input_tags.sparse = True


class ChannelReader(Reader):
    """Base of the readers of rows of channels, which networks see standardised.

    A view is the mean and the scale of each channel.
    """

    def learn(self, data: FitData, view: Any) -> tuple[FitData, Any]:
        """Equal rows are put together; a first fit learns the statistics of the channels."""
        data = with_equal_rows_merged(data)
        if view is None:
            view = data.X.channel_statistics(data.weight)
        return replace(data, X=data.X.standardized(*view)), view

    def seen(self, X: RowArray, view: Any, dtype: np.dtype) -> RowArray:
        """The rows, standardised."""
        return X.standardized(*view)

    def describe(self, tags: Tags) -> None:
        """Rows have two dimensions, or one."""
        super().describe(tags)
        tags.input_tags.three_d_array = True
