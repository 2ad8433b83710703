"""How rows of a module of the caller's own are read: one array of any shape, or several by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.utils import Tags, check_array, check_consistent_length
from sklearn.utils.validation import validate_data

from skdeep._encoding.named_arrays import NamedArrays
from skdeep._encoding.reader import Reader
from skdeep._estimator.network.module_maker import ModuleMaker

_INTEGERS = (np.int64, np.int32, np.int16, np.int8, np.uint32, np.uint16, np.uint8)


class ModuleReader(Reader):
    """Reads dense or sparse arrays, integers as they are, and `NamedArrays`.

    Parameters
    ----------
    maker : ModuleMaker or None
        Of the module that was fitted, which says what rows and numbers it takes.
    """

    def __init__(self, maker: ModuleMaker | None):
        self.maker = maker

    def read(self, estimator: Any, X: Any, *, dtype: Any, reset: bool) -> Any:
        """X, in the numbers that it came in on `reset`, else in those that the module takes."""
        X, is_array = self._prepared(estimator, X, dtype, reset)
        if is_array:
            X = self._validated(estimator, X, "no_validation", dtype=dtype, reset=reset)
        return X if reset else self._as_the_module_takes_it(X, estimator)

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
        """X and y, in one go where X is one array: errors are then those of scikit-learn."""
        of_target = {"multi_output": True, "y_numeric": y_numeric}
        X, is_array = self._prepared(estimator, X, dtype, reset)
        if is_array:
            X, y = self._validated(estimator, X, y, dtype=dtype, reset=reset, **of_target)
        else:
            y = validate_data(estimator, y=y, reset=reset, **of_target)
            check_consistent_length(X, y)
        return X if reset else self._as_the_module_takes_it(X, estimator), y

    def training_dtype(self, X: Any, accepted: Any) -> np.dtype:
        """That of the floats among X, or the one asked for."""
        arrays = X.arrays.values() if isinstance(X, NamedArrays) else [X]
        floats = [array.dtype for array in arrays if array.dtype.kind == "f"]
        if floats:
            return np.result_type(*floats)
        return np.dtype(accepted[0] if isinstance(accepted, tuple) else accepted)

    def describe(self, tags: Tags) -> None:
        """Sparse matrices are read."""
        tags.input_tags.sparse = True

    def _as_the_module_takes_it(self, X: Any, estimator: Any) -> Any:
        assert self.maker is not None
        self.maker.rows.check(X, type(estimator).__name__)
        return self.maker.cast(X)

    def _prepared(self, estimator: Any, X: Any, dtype: Any, reset: bool) -> tuple[Any, bool]:
        """Several arrays, checked, or one that is yet to be; and whether it is one."""
        if isinstance(X, dict) and not scipy.sparse.issparse(X):  # a DOK matrix is a dict
            X = NamedArrays(X)
        if isinstance(X, NamedArrays):
            return self._validated_arrays(estimator, X, _dtypes(dtype), reset), False
        return _array_of_integers(X) if isinstance(X, list | tuple) else X, True

    def _validated(self, estimator: Any, X: Any, y: Any, *, dtype: Any, **options: Any) -> Any:
        options |= {"accept_sparse": "csr", "dtype": _dtypes(dtype), "order": "C", "allow_nd": True}
        # Numbers too large for the dtype raise an error all the same.
        with np.errstate(over="ignore", invalid="ignore"):
            return validate_data(estimator, X, y, **options)

    def _validated_arrays(
        self, estimator: Any, X: NamedArrays, dtypes: list[Any], reset: bool
    ) -> NamedArrays:
        for name in ("n_features_in_", "feature_names_in_"):
            if reset and hasattr(estimator, name):  # of a fit to a single array
                delattr(estimator, name)
        arrays = {}
        for name, array in X.arrays.items():
            try:
                with np.errstate(over="ignore", invalid="ignore"):
                    arrays[name] = check_array(
                        array,
                        dtype=dtypes,
                        order="C",
                        ensure_2d=False,
                        allow_nd=True,
                        estimator=estimator,
                        input_name=f"X[{name!r}]",
                    )
            except (TypeError, ValueError) as error:
                raise ValueError(f"In X[{name!r}]: {error}") from error
        return NamedArrays(arrays)


def _dtypes(dtype: Any) -> list[Any]:
    """What arrays may hold: the floats asked for, and integers, which may be wanted as they are."""
    return [*(dtype if isinstance(dtype, tuple) else (dtype,)), *_INTEGERS]


def _array_of_integers(X: Any) -> Any:
    """An array where all of a list are integers, which scikit-learn would take for floats."""
    try:
        array = np.asarray(X)
    except ValueError:  # rows of several lengths; it says so better
        return X
    return array if array.dtype.kind in "iu" else X
