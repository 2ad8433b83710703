"""The classes of estimators that learn in parts, which have to be known from the first on."""

from typing import Any

import numpy as np
from sklearn.utils.multiclass import unique_labels

from skdeep._estimator.parameters import validate_parameters


def check_classes(estimator: Any, classes: Any) -> None:
    """Compare the classes that `partial_fit` is given with those that the estimator has.

    Raises
    ------
    ValueError
        If `classes` is missing in the first call, or differs in a later one.
    """
    known = getattr(estimator, "classes_", None)
    if known is None and classes is None:
        validate_parameters(estimator)
        raise ValueError("classes must be passed on the first call to partial_fit.")
    if known is not None and classes is not None:
        given = unique_labels(classes)
        if not np.array_equal(given, known):
            raise ValueError(
                f"classes={given} is not the same as on the last call to partial_fit, which "
                f"was {known}."
            )
