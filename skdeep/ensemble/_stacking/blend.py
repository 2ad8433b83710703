"""Blending under its own name."""

import numbers
from typing import Any

from sklearn.base import is_classifier, is_regressor

from skdeep.ensemble._stacking.checks import check_pairs
from skdeep.ensemble._stacking.classifier import StackingClassifier
from skdeep.ensemble._stacking.layered_estimators import layers_of
from skdeep.ensemble._stacking.regressor import StackingRegressor


def blend(
    estimators: list[Any],
    final_estimator: Any = None,
    holdout: float = 0.2,
    refit: bool = True,
    **params: Any,
) -> StackingClassifier | StackingRegressor:
    """Return a stacker whose second layer is trained on one held-out part of the rows.

    Parameters
    ----------
    estimators : list of (str, estimator)
        The base estimators and their names, all classifiers or all regressors. In a mix,
        `final_estimator` decides what is to be predicted.

    final_estimator : estimator, default=None
        What is fitted on the predictions of the held-out rows. None stands for
        :class:`EnsembleSelectionClassifier` or :class:`EnsembleSelectionRegressor`; with
        `passthrough` for :class:`~sklearn.linear_model.LogisticRegression` or
        :class:`~sklearn.linear_model.RidgeCV`.

    holdout : float, default=0.2
        Share of the rows to hold out, in (0, 1); stratified for classes.

    refit : bool, default=True
        Whether the base estimators are fitted again on all rows, or kept as fitted on the others.

    **params : dict
        Other parameters of the stacker: `random_state`, `n_jobs`, `passthrough`, ...

    Returns
    -------
    stacker : StackingClassifier or StackingRegressor
        Not fitted, with ``cv=holdout``.

    Raises
    ------
    ValueError
        If `holdout` is not a share, or it is not clear what is to be predicted.

    See Also
    --------
    StackingClassifier : For other ways to hold out rows: by group, by time, in folds, or a
        validation set of your own (``fit(X, y, X_val=..., y_val=...)``).

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skdeep.ensemble import blend
    >>> blend([("ridge", Ridge()), ("tree", DecisionTreeRegressor())], random_state=0)
    StackingRegressor(cv=0.2, ...)
    """
    if not _is_share(holdout):
        raise ValueError(
            f"holdout={holdout!r} is not a share of the rows: give a float in (0, 1), such as 0.2, "
            "or use StackingClassifier or StackingRegressor with any other cv."
        )
    if "cv" in params:
        raise ValueError(
            f"cv={params['cv']!r} was given to blend, whose cv is holdout={holdout!r}: use "
            "StackingClassifier or StackingRegressor instead."
        )
    known = StackingClassifier._get_param_names()
    unknown = [name for name in params if name not in known]
    if unknown:
        raise TypeError(f"blend got unknown parameters {unknown}: it takes holdout and {known}.")
    check_pairs(estimators)
    pairs = [pair for layer in layers_of(estimators) for pair in layer]
    voters = [estimator for _, estimator in pairs if not isinstance(estimator, str)]
    if final_estimator is not None:
        voters = [final_estimator]
    if voters and all(map(is_classifier, voters)):
        return StackingClassifier(estimators, final_estimator, cv=holdout, refit=refit, **params)
    if voters and all(map(is_regressor, voters)):
        return StackingRegressor(estimators, final_estimator, cv=holdout, refit=refit, **params)
    kinds = [type(estimator).__name__ for estimator in voters]
    raise ValueError(
        f"Neither all classifiers nor all regressors: {kinds}. Say what is to be predicted by "
        "a final_estimator, or use StackingClassifier or StackingRegressor."
    )


def _is_share(value: Any) -> bool:
    """Whether a value is a float in (0, 1)."""
    real = isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral)
    return real and bool(0 < value < 1)
