"""Feature extraction from time series: windows, and features for linear models."""

from skdeep.feature_extraction._random_convolutions import RandomConvolutions as RandomConvolutions
from skdeep.feature_extraction._time_windows import TimeWindows as TimeWindows

# All that was imported: a name stands in one place.
__all__ = sorted(name for name in dir() if not name.startswith("_"))
