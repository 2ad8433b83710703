"""Transformers that make columns of what is no table."""

from skdeep.feature_extraction._random_convolutions import RandomConvolutions

__all__ = ["RandomConvolutions"]
