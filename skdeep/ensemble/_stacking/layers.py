"""One layer of bases: what they predict out of sample, and which of them it is left with."""

import dataclasses
import time
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.callback import CallbackContext

from skdeep.ensemble._stacking.fold_average import FoldAverage
from skdeep.ensemble._stacking.jobs import Job, crosses, run_jobs, run_phase
from skdeep.ensemble._stacking.layered_estimators import is_layered
from skdeep.ensemble._stacking.meta_features import all_finite, collect, warn_of_missing
from skdeep.ensemble._stacking.plan import Layer
from skdeep.ensemble._stacking.progress import Progress
from skdeep.ensemble._stacking.results import BaseFit, FitResult, explained
from skdeep.ensemble._stacking.single_fit import blame


def fit_layer(progress: Progress, layer: Layer, X: Any, root: CallbackContext) -> list[BaseFit]:
    """Fit the bases of a layer; return the BaseFit of each that is complete.

    Parameters
    ----------
    progress : Progress
        Its settings are used; failures and reports are recorded in it.
    layer : Layer
        What to fit.
    X : array-like
        Input of the layer.
    root : CallbackContext
        Of the stacker's fit.
    """
    if layer.splits is None:
        complete: dict[str, BaseFit] = {}
        for name in layer.bases:
            complete |= _finish(progress, layer, name, [_ask_prefit(progress, layer, name, X)])
    else:
        complete = _fit_bases(progress, layer, X, root)
    if not complete:
        reasons = [f"{name!r}: {progress.failed[name]}" for name in layer.bases]
        raise ValueError(
            f"error_score={progress.stacker.error_score!r} left no base estimator, as each failed "
            f"(layer {layer.number + 1}): " + "; ".join(reasons)
        )
    fits = [complete[name] for name in layer.bases if name in complete]
    if progress.memory is not None:
        progress.memory.keep(layer, fits)
    for fit in fits:
        progress.report(fit.name, fit.scores, fit.fit_times, fit.score_times)
    return fits


def _fit_bases(
    progress: Progress, layer: Layer, X: Any, root: CallbackContext
) -> dict[str, BaseFit]:
    """Fit the bases of a layer; return the complete ones by name."""
    kept = progress.memory.kept_of(layer) if progress.memory is not None else {}
    jobs = {name: _jobs_of(progress, layer, name) for name in layer.bases if name not in kept}
    if jobs and not kept:
        for job in next(iter(jobs.values())):
            job.deadline = np.inf  # one base is fitted, however short the time
    phase = "fit-splits"
    if is_layered(progress.stacker.estimators):
        phase += f"-of-layer-{layer.number + 1}"
    flat = [job for of_base in jobs.values() for job in of_base]
    finished = iter(run_phase(progress.stacker, phase, flat, X, layer.y, root))
    results = {name: [next(finished) for _ in of_base] for name, of_base in jobs.items()}
    left = [name for name in jobs if any(result.skipped for result in results[name])]
    complete = dict(kept)
    for name in (name for name in jobs if name not in left):
        complete |= _finish(progress, layer, name, results[name])
    while left and not complete:  # those that there was time for have failed
        name = left.pop(0)
        again = [dataclasses.replace(job, deadline=np.inf) for job in jobs[name]]
        complete = _finish(progress, layer, name, run_jobs(progress.stacker, again, X, layer.y))
    progress.skip(left)
    return complete


def _jobs_of(progress: Progress, layer: Layer, name: str) -> list[Job]:
    """A job for each split and for all rows; one job where the base does all by itself."""
    stacker, splits = progress.stacker, layer.splits or []
    base = layer.bases[name]
    crossed = crosses(base)
    parts = [splits] if crossed else [[split] for split in splits]
    if stacker.refit and not crossed:
        parts.append([])
    jobs = []
    for number, part in enumerate(parts):
        where = f"on split {number}" if part else "on all rows"
        jobs.append(
            Job(
                name,
                clone(base),
                layer.params[name],
                part,
                layer.methods[name],
                layer.features.layout,
                where="on all splits" if crossed else where,
                crossed=crossed,
                keep=not (part and stacker.refit),
                refit=stacker.refit,
                isolated=progress.isolated,
                deadline=progress.deadline,
            )
        )
    return jobs


def _finish(
    progress: Progress, layer: Layer, name: str, results: list[FitResult]
) -> dict[str, BaseFit]:
    """The BaseFit of a base whose jobs are done, by its name; {} if it failed."""
    n_splits = len(layer.splits or [None])
    crossed = layer.splits is not None and crosses(layer.bases[name])
    by_split = results[0].by_split(n_splits) if crossed else results[:n_splits]
    error = next((result.error for result in results if result.error is not None), None)
    block = None
    if error is None:
        block, error = _collect(progress, layer, name, by_split)
    reports = (
        np.array([_score(progress, layer, name, i, r) for i, r in enumerate(by_split)]),
        np.array([result.fit_time for result in by_split]),
        np.array([result.score_time for result in by_split]),
    )
    if block is None:
        progress.fail(name, error)
        if progress.stacker.error_score != "drop":
            progress.report(name, *reports)
        return {}
    if progress.stacker.refit or crossed or n_splits == 1:
        model = results[-1].model
    else:
        model = FoldAverage([result.model for result in results], layer.features.layout)
    return {name: BaseFit(name, layer.methods[name], model, block, *reports)}


def _collect(
    progress: Progress, layer: Layer, name: str, by_split: list[FitResult]
) -> tuple[np.ndarray | None, str | None]:
    """The base's predictions of the layer's rows, None where they are of no use, and why."""
    missing = [classes for result in by_split for classes in result.missing]
    warn_of_missing(name, missing, progress.scoring.labels, len(missing))
    tests = [layer.seen] if layer.splits is None else [test for _, test in layer.splits]
    try:
        with blame(f"base estimator {name!r}", layer.bases[name], "to predict alike on all splits"):
            block = collect([b for r in by_split for b in r.blocks], tests, layer.seen)
    except ValueError as error:
        if not progress.isolated:
            raise
        return None, explained(error)
    if progress.isolated and not all_finite(block):
        return None, f"The base estimator {name!r} predicts NaN or infinity."
    return block, None


def _score(progress: Progress, layer: Layer, name: str, number: int, result: FitResult) -> float:
    """The score of one split; for a failure, `error_score`."""
    if not result.blocks:
        error_score = progress.stacker.error_score
        return np.nan if isinstance(error_score, str) else error_score
    test = layer.seen if layer.splits is None else layer.splits[number][1]
    rows = layer.rows[np.searchsorted(layer.seen, test)]
    return progress.scoring(name, layer.bases[name], layer.methods[name], result.blocks[0], rows)


def _ask_prefit(progress: Progress, layer: Layer, name: str, X: Any) -> FitResult:
    """The predictions of a base that is fitted already."""
    model, method, layout = layer.bases[name], layer.methods[name], layer.features.layout
    begin = time.perf_counter()
    try:
        with blame(f"base estimator {name!r}", model, f"to predict with {method}"):
            missing = layout.check_known(model, method)
            block = layout.columns(model, method, X)
    except Exception as error:
        if not progress.isolated:
            raise
        return FitResult(error=explained(error))
    return FitResult(model, [block], [missing], score_time=time.perf_counter() - begin)
