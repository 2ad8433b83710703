"""Fits that scikit-learn runs at once, trained together: the joblib backend "skdeep"."""

from skdeep.parallel._backend import PackingBackend

__all__ = ["PackingBackend"]
