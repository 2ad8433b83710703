"""Several arrays of the same rows: the X of a network with several inputs."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import scipy.sparse
import torch

from skdeep._engine.modules.named_inputs import Field


class NamedArrays:
    """Arrays by name, which scikit-learn can split, shuffle and index by their rows.

    Networks of your own (`NeuralNetClassifier`, `NeuralNetRegressor`) take it as X and hand each
    array to the `forward` of their module by its name.

    Parameters
    ----------
    arrays : mapping of str to array-like, default=None
        Arrays by name. The columns of a DataFrame count as such.
    **named : array-like of shape (n_samples, ...)
        Further arrays. All must have the same rows; shapes and types may differ.

    Attributes
    ----------
    arrays : dict of str to ndarray
        All of them.

    Raises
    ------
    ValueError
        If there are no arrays, a name occurs twice or is not a Python identifier, or the arrays
        differ in their number of rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import train_test_split
    >>> from skdeep import NamedArrays
    >>> X = NamedArrays(image=np.zeros((10, 8, 8)), price=np.arange(10))
    >>> X[:3]
    NamedArrays(n_samples=3, image=float64 (8, 8), price=int64 ())
    >>> train, test = train_test_split(X, random_state=0)
    >>> len(train), test["price"]
    (7, array([2, 8, 4]))
    """

    def __init__(self, arrays: Mapping[str, Any] | None = None, /, **named: Any):
        given = {} if arrays is None else dict(arrays)
        twice = given.keys() & named
        if twice:
            raise ValueError(f"NamedArrays was given {sorted(twice)[0]!r} twice; choose two names.")
        self.arrays = {name: _array(name, value) for name, value in (given | named).items()}
        if not self.arrays:
            raise ValueError("NamedArrays has no array; pass some, as NamedArrays(image=..., ...).")
        lengths = {name: len(array) for name, array in self.arrays.items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise ValueError(f"All arrays need the same rows, but of these {said}.")

    @property
    def shape(self) -> tuple[int]:
        """Number of rows, as a tuple."""
        return (len(self),)

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def __getitem__(self, key: Any) -> Any:
        """The array of a name, or the rows of a slice, of numbers or of a mask.

        Raises
        ------
        KeyError
            If there is no array of the name.
        TypeError
            If the key is a single number: a row alone is no array.
        """
        if isinstance(key, str):
            return self.arrays[key]
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
            key = key[0]  # so scikit-learn asks
        if isinstance(key, tuple) or (not isinstance(key, slice) and np.ndim(key) != 1):
            raise TypeError(
                f"NamedArrays cannot be indexed by {key!r}: pass the name of an array, or a slice, "
                "list, array or mask of rows."
            )
        return NamedArrays({name: array[key] for name, array in self.arrays.items()})

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(
            "NamedArrays is no single array. NeuralNetClassifier and NeuralNetRegressor take it as "
            f"it is; for anything else pick one, as X[{next(iter(self.arrays))!r}]."
        )

    def __repr__(self) -> str:
        said = [f"{name}={a.dtype.name} {a.shape[1:]}" for name, a in self.arrays.items()]
        return f"NamedArrays(n_samples={len(self)}, {', '.join(said)})"


def _array(name: Any, value: Any) -> np.ndarray:
    if not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(
            f"NamedArrays was given the name {name!r}: an argument of `forward` was expected, a "
            "str such as 'image'. Rename it."
        )
    if scipy.sparse.issparse(value):
        raise ValueError(
            f"The array {name!r} is sparse; pass it dense, as {name}.toarray(), or pass a sparse "
            "matrix alone as X."
        )
    array = np.asarray(value)
    if array.ndim == 0:
        raise ValueError(f"The array {name!r} is {value!r}; one value or more a row was expected.")
    return array


def packed_fields(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, Any]) -> list[Field]:
    """Where arrays stand in a row that holds them all.

    A row has the type of the arrays if it is the same for all, else int64: all bits of all arrays
    are kept.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Of one row.
    dtypes : mapping of str to dtype
        Of 4 or 8 bytes.
    """
    unit = _packed_dtype(dtypes.values()).itemsize
    fields, start = [], 0
    for name, shape in shapes.items():
        dtype = np.dtype(dtypes[name])
        stop = start + -(-math.prod(shape) * dtype.itemsize // unit)
        torch_dtype = torch.from_numpy(np.empty(0, dtype)).dtype
        fields.append(Field(name, shape, torch_dtype, start, stop))
        start = stop
    return fields


def packed(X: NamedArrays) -> np.ndarray:
    """All arrays in one, (n, width), as `packed_fields` says."""
    dtypes = {name: array.dtype for name, array in X.arrays.items()}
    fields = packed_fields({name: a.shape[1:] for name, a in X.arrays.items()}, dtypes)
    out = np.zeros((len(X), fields[-1].stop), _packed_dtype(dtypes.values()))
    for field in fields:
        block = X[field.name].reshape(len(X), math.prod(field.shape))
        out[:, field.start : field.stop].view(block.dtype)[:, : block.shape[1]] = block
    return out


def side_by_side(X: NamedArrays) -> np.ndarray:
    """All numbers of a row as columns, (n, columns), float64 unless all are of one type."""
    return np.hstack([array.reshape(len(X), -1) for array in X.arrays.values()])


def _packed_dtype(dtypes: Iterable[Any]) -> np.dtype:
    distinct = set(map(np.dtype, dtypes))
    return distinct.pop() if len(distinct) == 1 else np.dtype(np.int64)
