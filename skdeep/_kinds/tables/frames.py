"""Columns of data frames, read through narwhals."""

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from skdeep._kinds.tables.columns import ArrayColumn, Column, ObjectColumn
from skdeep._kinds.tables.levels import Labels, plain_level


def is_frame(X: Any) -> bool:
    """Say whether X is a frame whose columns can be read."""
    return bool(nw.dependencies.is_into_dataframe(X))


def is_lazy(X: Any) -> bool:
    """Say whether X is a frame that has yet to be computed."""
    return isinstance(nw.from_native(X, pass_through=True), nw.LazyFrame)


def frame_names(X: Any) -> list:
    """Names of the columns; those of pandas may be no strings, or occur twice."""
    if nw.dependencies.is_pandas_dataframe(X):
        return X.columns.tolist()
    return nw.from_native(X, eager_only=True).columns


def frame_column(X: Any, j: int, name: str) -> Column:
    """A column of a frame by its position."""
    if nw.dependencies.is_pandas_dataframe(X):
        series = nw.from_native(X.iloc[:, j], series_only=True)
    else:
        series = nw.from_native(X, eager_only=True)[:, j]
    dtype = series.dtype
    if dtype.is_numeric() or dtype in (nw.Boolean, nw.String, nw.Categorical, nw.Enum):
        return SeriesColumn(series, name)
    values = series.to_numpy() if dtype in (nw.Datetime, nw.Date, nw.Duration) else None
    if dtype == nw.Datetime and dtype.time_zone is not None:
        values = series.dt.replace_time_zone(None).to_numpy()
    if values is not None and values.dtype.kind in "mM":
        return ArrayColumn(values, name)
    if getattr(getattr(series.to_native(), "dtype", None), "kind", "") == "c":
        raise ValueError(f"Complex data not supported: column {name!r}. Pass its parts as columns.")
    return _object_column(series, name)


def _object_column(series: nw.Series, name: str) -> ObjectColumn:
    values = np.empty(len(series), dtype=object)
    values[:] = series.to_list()
    return ObjectColumn(values, name)


class SeriesColumn:
    """A column of numbers, flags, strings or categories in a frame.

    Parameters
    ----------
    series : narwhals Series
    name : str
    """

    def __init__(self, series: nw.Series, name: str):
        self.series = series
        self.name = name

    @property
    def kind(self) -> str:
        """What its dtype says."""
        if self.series.dtype.is_numeric():
            return "number"
        return "flag" if self.series.dtype == nw.Boolean else "text"

    def numbers(self) -> np.ndarray:
        """Values as float64."""
        return self.series.cast(nw.Float64).to_numpy()

    def labels(self) -> Labels:
        """Codes and levels, by the tables that the library itself keeps of them."""
        native = self.series.to_native()
        if self.series.implementation.is_pandas_like():
            if hasattr(native, "cat"):
                codes, levels = native.cat.codes.to_numpy(), native.cat.categories
            else:
                codes, levels = native.factorize()
            return Labels(codes.astype(np.int64), [plain_level(level) for level in levels])
        if self.series.implementation.is_polars() and self.kind == "text":
            return self._polars_labels()
        if self.kind == "number" and self.series.null_count() == 0:
            return ArrayColumn(self.series.to_numpy(), self.name).labels()
        return _object_column(self.series, self.name).labels()

    def _polars_labels(self) -> Labels:
        native = self.series.to_native()
        if self.series.dtype == nw.String:
            native = self.series.cast(nw.Categorical).to_native()
        distinct = native.unique().drop_nulls()
        physical = distinct.to_physical().cast(int).to_numpy()
        # Physical codes may be those of other columns too; the last entry is for the missing.
        table = np.full(physical.max(initial=-1) + 2, -1, dtype=np.int64)
        table[physical] = np.arange(len(physical))
        codes = table[native.to_physical().cast(int).fill_null(-1).to_numpy()]
        return Labels(codes, distinct.cast(str).to_list())

    def moments(self) -> np.ndarray:
        """None, even of a column without values."""
        return np.full(len(self.series), np.datetime64("NaT"))
