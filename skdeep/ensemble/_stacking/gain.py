"""Whether the ensemble is better than its best base, on rows that neither has learnt from."""

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.callback import CallbackContext
from sklearn.model_selection import GroupKFold, TimeSeriesSplit

from skdeep._scikit_learn import safe_indexing
from skdeep.ensemble._stacking.alignment import AnswerLayout
from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators
from skdeep.ensemble._stacking.plan import Data, Layer, Plan, plan_upper
from skdeep.ensemble._stacking.progress import Progress
from skdeep.ensemble._stacking.results import BaseFit, explained
from skdeep.ensemble._stacking.scoring import decides_pairs
from skdeep.ensemble._stacking.splits import Splits, private_generator
from skdeep.ensemble._stacking.stack import Stack, fit_stack

N_CHECKS = 5


def measure_gain(
    progress: Progress, plan: Plan, stack: Stack, root: CallbackContext
) -> dict[str, Any]:
    """Measure what the ensemble gains; return it as fitted attributes.

    The first layer predicted its rows out of sample. All above it is fitted on a part of these
    predictions and compared on the rest with the base that was the best on that part. With k folds
    the first layer's models of one part have seen the targets of the rest; this leak matters if
    columns of X are passed through.

    Parameters
    ----------
    progress : Progress
        Of the fit.
    plan : Plan
        Of the whole stack.
    stack : Stack
        The whole stack, fitted.
    root : CallbackContext
        Of the stacker's fit.
    """
    layer, fits = plan.layers[0], stack.fits[0]
    progress = dataclasses.replace(progress, scoring=progress.scoring.silent())
    checks = [
        (fit_part, rest)
        for fit_part, rest in _checks(progress.stacker, plan.data, layer)
        if layer.features.layout.kind != "classes"
        or len(np.unique(layer.y[layer.seen][fit_part])) > 1
    ]
    phase = root.subcontext(task_name="check-gain", max_subtasks=len(checks))
    phase.call_on_fit_task_begin(estimator=progress.stacker)
    ensemble, best, trouble = [], [], None
    for fit_part, rest in checks:
        try:
            ensemble.append(_score_upper(progress, plan, stack, fit_part, rest, phase))
        except ValueError as error:  # the whole ensemble is fitted, some part may be too small
            trouble = explained(error)
            break
        chosen = _best(_base_scores(progress, layer, fits, fit_part))
        best.append(np.nan if chosen is None else _base_scores(progress, layer, fits, rest)[chosen])
    phase.call_on_fit_task_end(estimator=progress.stacker)
    gain = np.nan if trouble or not checks else float(np.mean(np.subtract(ensemble, best)))
    name = _best(_base_scores(progress, layer, fits, np.arange(len(layer.seen))))
    _warn(gain, ensemble, best, name, trouble)
    return {"gain_": gain, "ensemble_scores_": np.array(ensemble), "best_base_": name}


def _warn(
    gain: float,
    ensemble: Sequence[float],
    best: Sequence[float],
    name: str | None,
    trouble: str | None,
) -> None:
    if gain > 0:
        return
    if np.isnan(gain):
        message = "check_gain=True could not compare the ensemble with its base estimators"
        if trouble:
            message += f" ({trouble})"
        way_out = "give more rows, or a scoring that every base estimator's predictions suit"
    else:
        message = (
            f"The ensemble is no better than its best base estimator {name!r} on rows that neither "
            f"has learnt from: it scores {np.mean(ensemble):.4g} and the base {np.mean(best):.4g}"
        )
        way_out = "use that base alone, fewer layers, or a final_estimator with less to learn"
    warnings.warn(f"{message}; {way_out}.", UserWarning, stacklevel=2)


def _score_upper(
    progress: Progress,
    plan: Plan,
    stack: Stack,
    fit_part: np.ndarray,
    rest: np.ndarray,
    phase: CallbackContext,
) -> float:
    """Fit all above the first layer on a part of its rows, and return the score on the rest."""
    layer, data = plan.layers[0], plan.data
    left_out = {*progress.failed, *progress.skipped}
    upper = plan_upper(progress.stacker, plan, layer.rows[fit_part], without=left_out)
    fold = phase.subcontext(task_name="fold", max_subtasks=len(upper.layers) + 1)
    fold.call_on_fit_task_begin(estimator=progress.stacker)
    quiet = Progress(progress.stacker, progress.scoring)
    below = stack.joined[0]
    fitted = fit_stack(quiet, upper, safe_indexing(below, fit_part), fold)
    fold.call_on_fit_task_end(estimator=progress.stacker)
    rows = layer.rows[rest]
    X_meta = fitted.carry(safe_indexing(below, rest), data.take_rows(rows))
    final = fitted.final_estimator
    method = "predict"
    if is_classifier(final):
        methods = ("predict_proba", "decision_function", "predict")
        method = next(m for m in methods if hasattr(final, m))
        if method == "decision_function" and decides_pairs(final):
            method = "predict"
    layout = AnswerLayout(data.kind, [np.arange(len(labels)) for labels in data.classes])
    answer = layout.columns(final, method, X_meta)
    return progress.scoring("final_estimator", final, method, answer, rows)


def _base_scores(
    progress: Progress, layer: Layer, fits: list[BaseFit], at: np.ndarray
) -> dict[str, float]:
    rows = layer.rows[at]
    return {
        fit.name: progress.scoring(fit.name, layer.bases[fit.name], fit.method, fit.block[at], rows)
        for fit in fits
    }


def _best(scores: Mapping[str, float]) -> str | None:
    known = {name: score for name, score in scores.items() if not np.isnan(score)}
    return max(known, key=known.__getitem__) if known else None


def _checks(stacker: LayeredEstimators, data: Data, layer: Layer) -> Splits:
    """Pairs of positions among the layer's predicted rows: to fit on, and to compare on.

    If the layer's splits go forward in time, so do these; if they partition the rows (by groups,
    say), these are the same parts, at most five.
    """
    n_rows, tests = len(layer.seen), [test for _, test in layer.splits or []]
    if _goes_forward(data, layer):
        n_checks = min(N_CHECKS, n_rows - 1)
        return list(TimeSeriesSplit(n_checks).split(layer.seen)) if n_checks > 1 else []
    if len(tests) > 1 and sum(map(len, tests)) == n_rows:
        merged = [np.concatenate(tests[k::N_CHECKS]) for k in range(min(N_CHECKS, len(tests)))]
        parts = [np.searchsorted(layer.seen, np.sort(part)) for part in merged]
    else:
        parts = _parts(stacker, data, layer)
    everything = np.arange(n_rows)
    return [(np.setdiff1d(everything, part), part) for part in parts if len(part) < n_rows]


def _goes_forward(data: Data, layer: Layer) -> bool:
    """Whether the layer predicts later rows from earlier ones only.

    A validation set of the caller's stands after the other rows whatever its order.
    """
    if not layer.splits or (data.with_val and layer.number == 0):
        return False
    return all(train.max() < test.min() for train, test in layer.splits)


def _parts(stacker: LayeredEstimators, data: Data, layer: Layer) -> list[np.ndarray]:
    """Positions in about five parts: whole groups, else of every class alike."""
    groups = data.params_of(data.routed.splitters[layer.number], layer.rows).get("groups")
    if groups is not None:
        n_groups = len(np.unique(groups))
        if n_groups < 2:
            return []
        folds = GroupKFold(min(N_CHECKS, n_groups)).split(layer.seen, groups=groups)
        return [part for _, part in folds]
    order = private_generator(stacker.random_state).permutation(len(layer.seen))
    if data.kind == "classes":
        order = order[np.argsort(layer.y[layer.seen][order], kind="stable")]
    n_parts = min(N_CHECKS, len(order))
    return [np.sort(order[k::n_parts]) for k in range(n_parts)]
