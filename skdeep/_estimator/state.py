"""The fitted state: numpy arrays and plain values, with the version of skdeep that made them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from skdeep._version import __version__


@contextmanager
def unchanged_on_error(estimator: Any) -> Iterator[None]:
    """Put the attributes of an estimator back as they were if the block raises."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        # scikit-learn removes its own callback attributes.
        attributes = vars(estimator)
        theirs = {k: v for k, v in attributes.items() if k.startswith(("_skl_", "_callback_"))}
        attributes.clear()
        attributes.update(before)
        attributes.update(theirs)
        raise


class OtherVersionWarning(InconsistentVersionWarning):
    """An estimator was unpickled by another version of skdeep than the one that pickled it."""

    def __str__(self) -> str:
        return (
            f"{self.estimator_name} was pickled by skdeep {self.original_sklearn_version} and is "
            f"loaded by skdeep {self.current_sklearn_version}; it may not work or may predict "
            "otherwise. Fit it again, or install the version that made it."
        )


class VersionedState(BaseEstimator):
    """An estimator whose pickles carry the version of skdeep, and warn across versions."""

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_skdeep_version": __version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        made_with = state.pop("_skdeep_version", "unknown")
        if made_with != __version__:
            warnings.warn(
                OtherVersionWarning(
                    estimator_name=type(self).__name__,
                    current_sklearn_version=__version__,
                    original_sklearn_version=made_with,
                ),
                stacklevel=2,
            )
        super().__setstate__(state)
