"""The levels of a categorical column: which values are equal, and how they are written down."""

import datetime
import math
import numbers
from typing import Any, NamedTuple

import numpy as np

Level = str | bool | int | float


class Labels(NamedTuple):
    """A column as numbers of levels; the code of a missing value is -1."""

    codes: np.ndarray  # (n,), int64
    levels: list[Any]


def plain_level(value: Any) -> Level:
    """A level as a string or a number of Python's, which are equal across tables and libraries."""
    if isinstance(value, str):
        return str(value)  # not a subclass
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, np.timedelta64):  # an integer to numpy
        return str(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Number) and not isinstance(value, complex | np.complexfloating):
        return float(value)  # type: ignore[arg-type]  # real numbers and decimals have a float
    return str(value)


def level_order(level: Level) -> tuple[bool, Level]:
    """Key to sort levels by: numbers by value, then strings; those two do not compare."""
    return isinstance(level, str), level


def as_float(value: Any) -> float:
    """A number as a float; infinity where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def is_missing(value: Any) -> bool:
    """Say whether a value is None, NaN, NaT or the NA of pandas."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        # pandas.NA has no truth value; whatever else has none is no level either.
        return type(value).__name__ == "NAType"


def factorize_values(values: list[Any], column: str) -> Labels:
    """Number the distinct values in the order of their first appearance.

    Parameters
    ----------
    values : list
        Hashable values of any types.
    column : str
        For the error.
    """
    try:
        distinct = dict.fromkeys(values)
    except TypeError:
        kind = next(type(v).__name__ for v in values if not _is_hashable(v))
        raise TypeError(
            f"Column {column!r} holds a {kind}: the argument must be a string or a number, or a "
            "date or duration. Turn what it says into columns of such."
        ) from None
    levels = [value for value in distinct if not is_missing(value)]
    number = dict.fromkeys(distinct, -1) | {level: i for i, level in enumerate(levels)}
    codes = np.fromiter(map(number.__getitem__, values), dtype=np.int64, count=len(values))
    return Labels(codes, levels)


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def kind_of_types(types: set[type]) -> str:
    """What a column of such values is: "number", "flag", "moment", "duration" or "text".

    No types, of a column without values, make a number.
    """

    def all_are(*kinds: type) -> bool:
        return all(issubclass(t, kinds) for t in types)

    if any(issubclass(t, complex | np.complexfloating) for t in types):
        raise ValueError("Complex data not supported: pass real and imaginary parts as columns.")
    if types and all_are(bool, np.bool_):
        return "flag"
    # numpy counts durations among the integers.
    if types and all_are(datetime.timedelta, np.timedelta64):
        return "duration"
    if all_are(numbers.Number) and not any(
        issubclass(t, bool | np.bool_ | np.timedelta64) for t in types
    ):
        return "number"
    if all_are(datetime.date, np.datetime64):
        return "moment"
    return "text"
