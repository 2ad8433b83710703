"""Splitters that scikit-learn lacks."""

from skdeep.model_selection._last_block import LastBlockSplit as LastBlockSplit

# All that was imported: a name stands in one place.
__all__ = sorted(name for name in dir() if not name.startswith("_"))
