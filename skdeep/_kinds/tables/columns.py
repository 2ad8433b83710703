"""Columns of arrays and frames, read as numbers, as labels or as moments."""

from typing import Protocol

import numpy as np

from skdeep._kinds.tables.levels import (
    Labels,
    as_float,
    factorize_values,
    kind_of_types,
    plain_level,
)


class Column(Protocol):
    """One column of a table."""

    name: str

    @property
    def kind(self) -> str:
        """What it holds: "number", "flag" (true or false), "moment", "duration" or "text"."""

    def numbers(self) -> np.ndarray:
        """Numbers, flags as 0 and 1, durations in seconds; float64, NaN where missing."""

    def labels(self) -> Labels:
        """Codes, and levels as `plain_level` gives them."""

    def moments(self) -> np.ndarray:
        """Dates and times by the clock of their zone; datetime64, NaT where missing."""


class ArrayColumn:
    """A column of a numpy array of any dtype but object.

    Parameters
    ----------
    values : ndarray of shape (n,)
    name : str
    """

    def __init__(self, values: np.ndarray, name: str):
        self.values = values
        self.name = name

    @property
    def kind(self) -> str:
        """What it holds; a column of strings that are all numbers holds numbers.

        An array of strings is what numpy makes of a table of numbers and strings.
        """
        kinds = {"b": "flag", "M": "moment", "m": "duration"}
        if self.values.dtype.kind in "US":
            try:
                self.values.astype(np.float64)
            except ValueError:
                return "text"
        return kinds.get(self.values.dtype.kind, "number")

    def numbers(self) -> np.ndarray:
        """Values as float64."""
        if self.values.dtype.kind == "m":
            return self.values / np.timedelta64(1, "s")
        return self.values.astype(np.float64)

    def labels(self) -> Labels:
        """Codes and levels; NaN is missing."""
        if self.values.dtype.kind not in "iufb":
            codes, raw = factorize_values(list(self.values), self.name)
            return Labels(codes, [plain_level(level) for level in raw])
        present = ~np.isnan(self.values)
        levels, inverse = np.unique(self.values[present], return_inverse=True)
        codes = np.full(len(self.values), -1, dtype=np.int64)
        codes[present] = inverse
        return Labels(codes, levels.tolist())

    def moments(self) -> np.ndarray:
        """Values as they are; none if they are no dates."""
        if self.values.dtype.kind == "M":
            return self.values
        return np.full(len(self.values), np.datetime64("NaT"))


class ObjectColumn:
    """A column of Python objects, read by their types.

    Parameters
    ----------
    values : ndarray of shape (n,), object
    name : str
    """

    def __init__(self, values: np.ndarray, name: str):
        self.values = values
        self.name = name
        self._factorized: Labels | None = None

    @property
    def kind(self) -> str:
        """What its values are, the missing ones aside; "text" if of several kinds."""
        types = set(map(type, self.values.tolist()))
        if types <= {int, float, np.float64, np.float32, np.int64, np.int32}:
            return "number"  # NaN is one too
        flags = {t for t in types if issubclass(t, bool | np.bool_)}
        # 1 and True are one level, of the type that came first.
        return kind_of_types(flags | {type(level) for level in self._distinct().levels})

    def numbers(self) -> np.ndarray:
        """Values as float64, durations in seconds."""
        kind = self.kind
        if self._factorized is None:
            try:
                return self.values.astype(np.float64)
            except OverflowError:
                return np.array([as_float(value) for value in self.values])
        codes, levels = self._factorized
        if kind == "duration":
            table = np.array(levels, dtype="timedelta64[us]") / np.timedelta64(1, "s")
        else:
            table = np.array([as_float(level) for level in levels])
        return np.append(table, np.nan)[codes]

    def labels(self) -> Labels:
        """Codes and levels."""
        codes, levels = self._distinct()
        return Labels(codes, [plain_level(level) for level in levels])

    def moments(self) -> np.ndarray:
        """Dates and times as datetime64, to the microsecond."""
        codes, levels = self._distinct()
        # numpy would turn them into UTC, and warn.
        naive = [m.replace(tzinfo=None) if getattr(m, "tzinfo", None) else m for m in levels]
        table = np.array([*naive, np.datetime64("NaT")], dtype="datetime64[us]")
        return table[codes]

    def _distinct(self) -> Labels:
        if self._factorized is None:
            self._factorized = factorize_values(self.values.tolist(), self.name)
        return self._factorized
