"""What reads the predictions of the last layer of bases."""

from sklearn.base import clone

from skdeep.ensemble._combiners.base import BaseCombination
from skdeep.ensemble._stacking.layered_estimators import settings_of
from skdeep.ensemble._stacking.scoring import decides_pairs


def expected_second_layer(stacker):
    """Return the second layer, not fitted, as far as the parameters alone tell.

    Never raises: it serves the tags and the HTML of stackers that `fit` would refuse.
    """
    if stacker.final_estimator is not None:
        return stacker.final_estimator
    passing = settings_of(stacker, "passthrough")[-1:]
    combinable = all(isinstance(value, bool) and not value for value in passing)
    few_rows = any(map(_splits_once, settings_of(stacker, "cv")))
    return stacker._default_final_estimator(few_rows and combinable)


def _splits_once(cv):
    """Return whether `cv` stands for one split; False where only data would tell."""
    if isinstance(cv, str | float):
        return isinstance(cv, float)
    try:
        return (cv.get_n_splits() if hasattr(cv, "split") else len(cv)) == 1
    except Exception:  # no splits, none that can be counted, or a splitter that has to see X
        return False


def second_layer(stacker, layers):
    """Return the second layer, not fitted, for layers whose rows and columns are known.

    Parameters
    ----------
    stacker : estimator
        Its `final_estimator` counts.

    layers : list of Layer
        From the first to the last.
    """
    last = layers[-1]
    passing = last.features.columns is not None
    if stacker.final_estimator is None:
        few_rows = any(len(layer.splits or ()) == 1 for layer in layers)
        pairs = any(
            method == "decision_function" and decides_pairs(last.bases[name])
            for name, method in last.methods.items()
        )
        return stacker._default_final_estimator(few_rows and not passing and not pairs)
    if passing and isinstance(stacker.final_estimator, BaseCombination):
        raise ValueError(
            f"final_estimator={stacker.final_estimator} combines predictions alone, and "
            f"passthrough={stacker.passthrough!r} hands it columns of X too: set "
            "passthrough=False (of the last layer, if there are several), or choose a "
            "final_estimator that can read any columns."
        )
    return stacker.final_estimator


def made_for(final_estimator, widths):
    """Return a copy of the second layer that knows which columns belong to which base.

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
