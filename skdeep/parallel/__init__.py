"""Fits that scikit-learn runs at once, trained together: the joblib backend "skdeep"."""

from skdeep.parallel._backend import PackingBackend as PackingBackend
from skdeep.parallel._fits import run_fits as run_fits

# All that was imported: a name stands in one place.
__all__ = sorted(name for name in dir() if not name.startswith("_"))
