"""Rows for estimators out of signals and series."""

from skdeep.feature_extraction._time_windows import TimeWindows

__all__ = ["TimeWindows"]
