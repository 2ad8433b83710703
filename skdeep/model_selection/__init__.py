"""Splitters that scikit-learn lacks."""

from skdeep.model_selection._last_block import LastBlockSplit

__all__ = ["LastBlockSplit"]
