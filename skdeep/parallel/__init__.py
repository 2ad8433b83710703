"""Fits that scikit-learn runs at once, trained together: the joblib backend "skdeep"."""

from skdeep.parallel._backend import PackingBackend
from skdeep.parallel._fits import run_fits

__all__ = ["PackingBackend", "run_fits"]
