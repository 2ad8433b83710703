"""Transformers that make columns of signals and series."""

from skdeep.feature_extraction._random_convolutions import RandomConvolutions
from skdeep.feature_extraction._time_windows import TimeWindows

__all__ = ["RandomConvolutions", "TimeWindows"]
