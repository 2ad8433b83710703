"""The version: fitted estimators carry it, and the build reads it."""

__version__ = "0.1.0"
