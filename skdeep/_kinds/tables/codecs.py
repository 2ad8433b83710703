"""How networks see one column: numbers, plain columns of -1, 0 and 1, and codes.

A codec learns from the training rows and keeps plain values only. Its `outputs` are the kinds and
name endings of the columns that `encode` yields, one after the other.
"""

from collections.abc import Iterator

import numpy as np

from skdeep._kinds.tables.levels import Labels, level_order

NUMBER, PLAIN, CODE = 0, 1, 2

_LARGEST = float(np.finfo(np.float32).max)
# Rows at even distances give quartiles that are good enough for scaling.
_MOST_QUANTILE_ROWS = 100_000
# Codes are stored as float32, which is exact up to 2**24.
_MOST_LEVELS = 1 << 20


def is_constant(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Say whether values from low to high differ by no more than rounding in float64.

    Halves, as the range itself may be beyond the largest number. Anything wider may be signal:
    seconds since 1970 differ in the tenth digit.
    """
    largest = np.maximum(np.abs(low), np.abs(high))
    return high / 2 - low / 2 <= 5 * np.finfo(np.float64).eps * largest


class NumberCodec:
    """Numbers, shifted and scaled in float64 before they become float32.

    Otherwise small differences would be lost beside large offsets. The columns are scaled again in
    every fold, which cancels this affine step.

    Parameters
    ----------
    values : ndarray of shape (n,), float64
    tell_missing : bool
        Whether an indicator of missing values is an output.
    """

    def __init__(self, values: np.ndarray, tell_missing: bool = True):
        missing = np.isnan(values)
        present = values[~missing] if missing.any() else values
        self.shift, self.scale, self.two_valued, self.tells_missing = 0.0, 1.0, False, False
        self.outputs: list[tuple[int, str]] = []
        self.cardinality = 0
        if not len(present):
            return
        low, high = present.min(), present.max()
        if not is_constant(low, high):
            self.two_valued = bool(((present == low) | (present == high)).all())
            self.outputs.append((PLAIN if self.two_valued else NUMBER, ""))
            middle, half = low / 2 + high / 2, high / 2 - low / 2
            if not self.two_valued:
                middle, half = _middle_and_spread(present, half)
            self.shift, self.scale = float(middle), float(half)
        self.tells_missing = tell_missing and len(present) < len(values)
        if self.tells_missing:
            self.outputs.append((PLAIN, "_missing"))

    @classmethod
    def keeping_zeros(cls, scale: float) -> "NumberCodec":
        """Numbers that are divided only, so that those of sparse matrices stay sparse."""
        codec = cls(np.zeros(0))
        if scale > 0:
            codec.scale = scale
            codec.outputs.append((NUMBER, ""))
        return codec

    def encode(self, values: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the number and the indicator, as far as they are outputs."""
        if self.outputs and self.outputs[0][1] == "":
            with np.errstate(over="ignore"):
                scaled = (values - self.shift) / self.scale
            if self.two_valued:
                # Nothing has been learned about values beyond the two; missing ones are in the
                # middle.
                yield np.nan_to_num(scaled.clip(-1, 1), copy=False)
            else:
                yield scaled.clip(-_LARGEST, _LARGEST)
        if self.tells_missing:
            yield np.isnan(values)


def _middle_and_spread(present: np.ndarray, half: float) -> tuple[float, float]:
    n = len(present)
    if n > _MOST_QUANTILE_ROWS:
        present = present[np.arange(_MOST_QUANTILE_ROWS) * n // _MOST_QUANTILE_ROWS]
    # Of different values, so that nothing depends on how often a row is written down.
    different = np.unique(present)
    lower, middle, upper = np.quantile(different / 2, [0.25, 0.5, 0.75])  # no sum may overflow
    return 2 * middle, upper - lower or half


class CategoryCodec:
    """Levels: a column of -1 and 1 for two, a column each for a few, codes for many.

    Parameters
    ----------
    labels : Labels
        Codes and levels of the rows that teach.
    max_one_hot : int
        The most levels that get a column each.

    Attributes
    ----------
    levels : ndarray of shape (n_levels,), object
        Strings and numbers in order.
    missing_is_level : bool
        Whether missing values are the last level, unless they stand between two others.
    """

    def __init__(self, labels: Labels, max_one_hot: int):
        codes, levels = labels
        counts = np.bincount(codes + 1, minlength=len(levels) + 1)
        # Values that are equal only once written plainly are one level.
        merged: dict = {}
        for level, count in zip(levels, counts[1:].tolist(), strict=True):
            if count:
                merged[level] = merged.get(level, 0) + count
        known = sorted(merged, key=level_order)
        if len(known) > _MOST_LEVELS:
            most = np.argsort([-merged[level] for level in known], kind="stable")[:_MOST_LEVELS]
            known = [known[i] for i in np.sort(most)]
        self.levels = np.array(known, dtype=object)
        self.missing_is_level = bool(counts[0]) and len(known) > 0 and len(known) != 2
        n_levels = len(known) + self.missing_is_level
        self.cardinality = n_levels + 1 if n_levels > max(2, max_one_hot) else 0
        self.outputs: list[tuple[int, str]] = []
        if self.cardinality:
            self.outputs = [(CODE, "")]
        elif n_levels >= 2:
            names = [f"={level}" for level in known] + ["_missing"] * self.missing_is_level
            # The one column of two levels is 1 for the second, or for the only one not missing.
            shown = names if n_levels > 2 else [names[len(known) - 1]]
            self.outputs = [(PLAIN, name) for name in shown]

    def encode(self, labels: Labels) -> Iterator[np.ndarray]:
        """Yield the codes or the plain columns."""
        unseen = -1
        number = {level: i for i, level in enumerate(self.levels)}
        found = [number.get(level, unseen) for level in labels.levels]
        missing = len(self.levels) if self.missing_is_level else unseen
        # A missing value has code -1, which finds the last entry.
        table = np.array([*found, missing], dtype=np.int64)
        if self.cardinality:
            yield (table + 1).astype(np.float32)[labels.codes]
        elif len(self.outputs) == 1:
            shown = len(self.levels) - 1
            signs = np.where(table == unseen, 0, np.where(table == shown, 1, -1))
            yield signs.astype(np.float32)[labels.codes]
        else:
            for i in range(len(self.outputs)):
                yield (table == i)[labels.codes]


class MomentCodec:
    """Dates and times: what has passed since 1970, and the parts of the calendar and the clock.

    Parts that never change are no outputs; dates have no hours.

    Parameters
    ----------
    moments : ndarray of shape (n,), datetime64
    """

    def __init__(self, moments: np.ndarray):
        self.parts = [NumberCodec(_part(name, moments), tell_missing=False) for name in _PART_NAMES]
        self.outputs = [
            (kind, f"_{name}")
            for name, codec in zip(_PART_NAMES, self.parts, strict=True)
            for kind, _ in codec.outputs
        ]
        missing = np.isnat(moments)
        self.tells_missing = bool(missing.any() and not missing.all())
        if self.tells_missing:
            self.outputs.append((PLAIN, "_missing"))
        self.cardinality = 0

    def encode(self, moments: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the parts that change, then the indicator of missing values."""
        for name, codec in zip(_PART_NAMES, self.parts, strict=True):
            if codec.outputs:
                yield from codec.encode(_part(name, moments))
        if self.tells_missing:
            yield np.isnat(moments)


_PART_NAMES = ("elapsed", "year", "month", "day", "weekday", "hour", "minute")


def _part(name: str, moments: np.ndarray) -> np.ndarray:
    """One part of moments as float64, NaN where they are missing; Monday is weekday 0."""
    if name == "elapsed":
        return (moments - np.datetime64("1970-01-01")) / np.timedelta64(1, "s")

    def since_1970(unit: str) -> np.ndarray:
        return moments.astype(f"datetime64[{unit}]").astype(np.int64)

    def within(unit: str, larger: str) -> np.ndarray:
        start = moments.astype(f"datetime64[{larger}]").astype(f"datetime64[{unit}]")
        return since_1970(unit) - start.astype(np.int64)

    whole = {
        "year": lambda: since_1970("Y") + 1970,
        "month": lambda: within("M", "Y") + 1,
        "day": lambda: within("D", "M") + 1,
        "weekday": lambda: (since_1970("D") + 3) % 7,  # 1970 began on a Thursday
        "hour": lambda: within("h", "D"),
        "minute": lambda: within("m", "h"),
    }[name]()
    return np.where(np.isnat(moments), np.nan, whole)
