"""The layers one after the other, and the final estimator above them."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from sklearn.callback import CallbackContext

from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators
from skdeep.ensemble._stacking.layers import fit_layer
from skdeep.ensemble._stacking.meta_features import MetaFeatures, all_finite
from skdeep.ensemble._stacking.plan import Plan
from skdeep.ensemble._stacking.progress import Progress
from skdeep.ensemble._stacking.results import BaseFit
from skdeep.ensemble._stacking.second_layer import made_for
from skdeep.ensemble._stacking.single_fit import FitTask, fit_estimator


@dataclasses.dataclass
class Stack:
    """A stack, fitted.

    Attributes
    ----------
    features : list of MetaFeatures
        Layout of what each layer predicts.
    fits : list of list of BaseFit
        The bases of each layer.
    joined : list of array-like
        What each layer handed to the next for the rows that it predicted out of sample.
    final_estimator : fitted estimator
        What reads the last of them.
    """

    features: list[MetaFeatures]
    fits: list[list[BaseFit]]
    joined: list[Any]
    final_estimator: Any

    def carry(self, below: Any, X: Any) -> Any:
        """The final estimator's input, given the first layer's and the same rows of X."""
        models = [[fit.model for fit in fits] for fits in self.fits]
        return carry(self.features, models, below, X)


def carry(
    features: Sequence[MetaFeatures], models: Sequence[Sequence[Any]], below: Any, X: Any
) -> Any:
    """What the last layer hands to the final estimator.

    Parameters
    ----------
    features, models : list
        One of each for each layer.
    below : array-like
        Input of the first layer.
    X : array-like
        The same rows of X, for the columns that pass through.
    """
    for of_layer, models_of_layer in zip(features, models, strict=True):
        below = of_layer.join(of_layer.predict(models_of_layer, below), X)
    return below


def fit_stack(progress: Progress, plan: Plan, below: Any, root: CallbackContext) -> Stack:
    """Fit the layers, and the final estimator above them.

    Parameters
    ----------
    progress : Progress
        Settings, failures and reports.
    plan : Plan
        What to fit.
    below : array-like
        Input of the first of the layers.
    root : CallbackContext
        Of the stacker's fit.
    """
    fits, joined = [], []
    for layer in plan.layers:
        fits.append(fit_layer(progress, layer, below, root))
        below = layer.features.fit_join(fits[-1], plan.data.take_rows(layer.rows))
        joined.append(below)
    final_estimator = _fit_final(progress.stacker, plan, below, fits[-1] if fits else [], root)
    return Stack([layer.features for layer in plan.layers], fits, joined, final_estimator)


def _fit_final(
    stacker: LayeredEstimators, plan: Plan, X_meta: Any, fits: list[BaseFit], root: CallbackContext
) -> Any:
    data, rows = plan.data, plan.rows
    role = "final estimator"
    strange = [fit.name for fit in fits if not all_finite(fit.block)]
    if strange:
        role += f", given NaN or infinity by the base estimators {strange},"
    phase = root.subcontext(task_name="fit-final-estimator", max_subtasks=1)
    phase.call_on_fit_task_begin(estimator=stacker)
    caller = stacker if getattr(stacker, "_skl_callbacks", None) else None
    fitted = fit_estimator(
        made_for(plan.final_estimator, plan.features.widths),
        X_meta,
        data.y[rows],
        data.params_of(data.routed.final, rows),
        role,
        f"on {len(rows)} rows",
        FitTask(phase.subcontext(task_name="fit-final-estimator"), caller),
    )
    phase.call_on_fit_task_end(estimator=stacker)
    return fitted
