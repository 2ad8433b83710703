"""How rows reach a module: as one array, or as several by name."""

from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Any, Protocol

import numpy as np
import scipy.sparse
import torch
from torch import Tensor, nn

from skdeep._encoding.named_arrays import NamedArrays, packed_fields
from skdeep._encoding.rows import as_rows
from skdeep._engine.modules.named_inputs import NamedInputs

# Ways to cast several arrays that a module is tried with.
_MOST_WAYS = 64


class RowFormat(Protocol):
    """The shape of rows, and the numbers in which a module takes them."""

    @property
    def integers(self) -> Any:
        """What stays integers; false where nothing does."""

    @property
    def offered(self) -> dict[str, Any]:
        """What constructors are told of it, by name."""

    def in_words(self, rows: Any) -> str:
        """What the module is called with."""

    def candidates(self, rows: Any, input_dtype: str) -> list[Any]:
        """Formats to try, the best first."""

    def check(self, X: Any, fitted: str) -> None:
        """Raise where validated X has other rows than those that `fitted` was fitted on."""

    def cast(self, X: Any, module: str) -> Any:
        """X in the numbers that the module of that name takes."""

    def tensor(self, rows: Any, module: str) -> Tensor:
        """A few rows as they are gathered."""

    def blank(self) -> Any:
        """A row of zeros."""

    def adapted(self, module: nn.Module) -> nn.Module:
        """The module with one argument, rows as they are gathered."""


@dataclass(frozen=True)
class SingleArray:
    """Rows of one array.

    Attributes
    ----------
    shape : tuple of int
        Of a row.
    dtype : {"float32", "float64"}
        What numbers are that do not stay integers.
    integers : bool
        Whether they stay integers.
    """

    shape: tuple[int, ...]
    dtype: str
    integers: bool = False

    def __str__(self) -> str:
        return "int64" if self.integers else self.dtype

    @property
    def offered(self) -> dict[str, Any]:
        """What constructors are told of it, by name."""
        return {"n_features": self.shape[0], "input_shape": self.shape}

    def in_words(self, rows: Any) -> str:
        """What the module is called with."""
        shape = tuple(rows.shape)
        return f"of shape {shape}; its forward pass is called with one tensor, the rows"

    def candidates(self, rows: Any, input_dtype: str) -> list[Any]:
        """Integers as they are, if the module takes them: nothing is rounded."""
        if input_dtype == "auto" and rows.dtype.kind in "iu":
            return [replace(self, integers=True), self]
        return [replace(self, integers=input_dtype == "int64")]

    def check(self, X: Any, fitted: str) -> None:
        """Raise where validated X has other rows than those that `fitted` was fitted on."""
        if isinstance(X, NamedArrays):
            raise ValueError(f"X is several arrays, but {fitted} was fitted on one array.")
        if X.shape[1:] != self.shape:
            raise ValueError(
                f"X has rows of shape {X.shape[1:]}, but {fitted} was fitted on rows of shape "
                f"{self.shape}."
            )

    def cast(self, X: Any, module: str) -> Any:
        """X in the numbers that the module of that name takes."""
        return _whole(X, "X", module) if self.integers else X.astype(self.dtype, copy=False)

    def tensor(self, rows: Any, module: str) -> Tensor:
        """A few rows as they are gathered."""
        rows = rows.toarray() if scipy.sparse.issparse(rows) else np.asarray(rows)
        return torch.from_numpy(np.array(self.cast(rows, module)))

    def blank(self) -> Any:
        """A row of zeros."""
        return np.zeros((1, *self.shape))

    def adapted(self, module: nn.Module) -> nn.Module:
        """The module itself."""
        return module


@dataclass(frozen=True)
class SeveralArrays:
    """Rows of several arrays.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        Of a row of each array.
    dtype : {"float32", "float64"}
        What numbers are that do not stay integers.
    integers : tuple of str
        Arrays that stay integers.
    """

    shapes: dict[str, tuple[int, ...]]
    dtype: str
    integers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ", ".join(f"{name} {dtype}" for name, dtype in self._dtypes.items())

    @property
    def offered(self) -> dict[str, Any]:
        """What constructors are told of it, by name."""
        return {"input_shapes": dict(self.shapes)}

    def in_words(self, rows: Any) -> str:
        """What the module is called with."""
        shapes = ", ".join(f"{name} {array.shape}" for name, array in rows.arrays.items())
        return f"of shapes {shapes}; its forward pass is called with these by name"

    def candidates(self, rows: Any, input_dtype: str) -> list[Any]:
        """With as many arrays of integers as they are as the module takes."""
        names = [name for name, array in rows.arrays.items() if array.dtype.kind in "iu"]
        if input_dtype == "int64":
            return [replace(self, integers=tuple(self.shapes))]
        if input_dtype == "float":
            return [self]
        ways = (kept for n in range(len(names), -1, -1) for kept in combinations(names, n))
        return [replace(self, integers=kept) for kept in islice(ways, _MOST_WAYS)]

    def check(self, X: Any, fitted: str) -> None:
        """Raise where validated X has other rows than those that `fitted` was fitted on."""
        expected = f"but {fitted} was fitted on NamedArrays with {', '.join(self.shapes)}."
        if not isinstance(X, NamedArrays):
            raise ValueError(f"X is a single array, {expected}")
        for word, names in (
            ("lacks", self.shapes.keys() - X.arrays),
            ("also has", X.arrays.keys() - self.shapes),
        ):
            if names:
                raise ValueError(f"X {word} {', '.join(sorted(names))}, {expected}")
        for name, shape in self.shapes.items():
            if X[name].shape[1:] != shape:
                raise ValueError(
                    f"X[{name!r}] has rows of shape {X[name].shape[1:]}, but {fitted} was fitted "
                    f"on rows of shape {shape}."
                )

    def cast(self, X: Any, module: str) -> Any:
        """X in the numbers that the module of that name takes, its arrays in the order of fit."""
        return NamedArrays(
            {
                name: _whole(X[name], f"X[{name!r}]", module)
                if name in self.integers
                else X[name].astype(self.dtype, copy=False)
                for name in self.shapes
            }
        )

    def tensor(self, rows: Any, module: str) -> Tensor:
        """A few rows as they are gathered."""
        return as_rows(self.cast(rows, module), torch.device("cpu")).slice(0, len(rows))

    def blank(self) -> Any:
        """A row of zeros."""
        return NamedArrays({name: np.zeros((1, *shape)) for name, shape in self.shapes.items()})

    def adapted(self, module: nn.Module) -> nn.Module:
        """The module, called with its arrays by name."""
        return NamedInputs(module, packed_fields(self.shapes, self._dtypes))

    @property
    def _dtypes(self) -> dict[str, str]:
        return {name: "int64" if name in self.integers else self.dtype for name in self.shapes}


def row_format(X: Any, dtype: str) -> RowFormat:
    """The format of validated X, before it is known what the module takes."""
    if isinstance(X, NamedArrays):
        return SeveralArrays({name: a.shape[1:] for name, a in X.arrays.items()}, dtype)
    return SingleArray(tuple(X.shape[1:]), dtype)


def _whole(X: Any, name: str, module: str) -> Any:
    """X as int64.

    Raises
    ------
    ValueError
        If a number is none.
    """
    if X.dtype.kind == "f":
        values = X.data if scipy.sparse.issparse(X) else X
        broken = values[values != np.floor(values)]
        if broken.size:
            raise ValueError(
                f"module={module} takes integers, but {name} has {broken.flat[0]:g}. Pass whole "
                "numbers, or choose input_dtype='float'."
            )
    return X.astype(np.int64, copy=False)
