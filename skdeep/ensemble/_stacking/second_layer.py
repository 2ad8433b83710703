"""What reads the predictions of the last layer of bases."""

from collections.abc import Sequence
from typing import Any

from sklearn.base import clone

from skdeep.ensemble._combiners.base import BaseCombination
from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators, settings_of


def expected_second_layer(stacker: LayeredEstimators) -> Any:
    """The second layer, not fitted, as far as it follows from the parameters alone.

    Never raises: it is used for tags and HTML, also of stackers that `fit` would refuse.
    """
    if stacker.final_estimator is not None:
        return stacker.final_estimator
    passing = settings_of(stacker, "passthrough")[-1:]
    combinable = all(isinstance(value, bool) and not value for value in passing)
    few_rows = any(map(_splits_once, settings_of(stacker, "cv")))
    return stacker._default_final_estimator(few_rows and combinable)


def _splits_once(cv: Any) -> bool:
    """Whether `cv` stands for one split; False where only data would tell."""
    if isinstance(cv, str | float):
        return isinstance(cv, float)
    try:
        return (cv.get_n_splits() if hasattr(cv, "split") else len(cv)) == 1
    except Exception:  # no splits, none that can be counted, or a splitter that has to see X
        return False


def second_layer(stacker: LayeredEstimators, *, few_rows: bool, passing: bool, pairs: bool) -> Any:
    """The second layer, not fitted, for layers whose rows and columns are known.

    Parameters
    ----------
    stacker : estimator
        Its `final_estimator` counts.
    few_rows : bool
        Whether some layer holds out a single split.
    passing : bool
        Whether columns of X follow the predictions of the last layer.
    pairs : bool
        Whether decisions between pairs of classes are among these predictions.
    """
    if stacker.final_estimator is None:
        return stacker._default_final_estimator(few_rows and not passing and not pairs)
    if passing and isinstance(stacker.final_estimator, BaseCombination):
        raise ValueError(
            f"final_estimator={stacker.final_estimator} combines predictions alone, and "
            f"passthrough={stacker.passthrough!r} hands it columns of X too: set "
            "passthrough=False (of the last layer, if there are several), or choose a "
            "final_estimator that can read any columns."
        )
    return stacker.final_estimator


def made_for(final_estimator: Any, widths: Sequence[int]) -> Any:
    """A copy of the second layer that knows which columns belong to which base.

    Parameters
    ----------
    final_estimator : estimator
        Told so if it has a parameter `columns_per_base` that is None. The last step of a Pipeline
        is not: the steps before it may choose columns.
    widths : list of int
        Number of columns of each base.
    """
    copied = clone(final_estimator)
    if copied.get_params(deep=False).get("columns_per_base", 0) is None:
        copied.set_params(columns_per_base=list(widths))
    return copied
