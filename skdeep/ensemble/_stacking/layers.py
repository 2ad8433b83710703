"""One layer of bases: what they predict out of sample, and which of them it is left with."""

import dataclasses
import time

import numpy as np
from sklearn.base import clone

from skdeep.ensemble._stacking.fold_average import FoldAverage
from skdeep.ensemble._stacking.jobs import Job, crosses, run_jobs, run_phase
from skdeep.ensemble._stacking.layered_estimators import is_layered
from skdeep.ensemble._stacking.meta_features import all_finite, collect, warn_of_missing
from skdeep.ensemble._stacking.results import BaseFit, Outcome, explained
from skdeep.ensemble._stacking.single_fit import blame


def fit_layer(course, layer, X, root):
    """Return the BaseFit of each base of a layer that is complete.

    Parameters
    ----------
    course : Course
        Its settings count, and what fails or is reported is noted in it.

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
            complete |= _finish(course, layer, name, [_ask_prefit(course, layer, name, X)])
    else:
        complete = _fit_bases(course, layer, X, root)
    if not complete:
        reasons = [f"{name!r}: {course.failed[name]}" for name in layer.bases]
        raise ValueError(
            f"error_score={course.stacker.error_score!r} left no base estimator, as each failed "
            f"(layer {layer.number + 1}): " + "; ".join(reasons)
        )
    fits = [complete[name] for name in layer.bases if name in complete]
    if course.memory is not None:
        course.memory.keep(layer, fits)
    for fit in fits:
        course.report(fit.name, fit.scores, fit.fit_times, fit.score_times)
    return fits


def _fit_bases(course, layer, X, root):
    """Return the complete bases by name."""
    kept = course.memory.kept_of(layer) if course.memory is not None else {}
    jobs = {name: _jobs_of(course, layer, name) for name in layer.bases if name not in kept}
    if jobs and not kept:
        for job in next(iter(jobs.values())):
            job.deadline = np.inf  # one base is fitted, however short the time
    phase = "fit-splits"
    if is_layered(course.stacker.estimators):
        phase += f"-of-layer-{layer.number + 1}"
    flat = [job for of_base in jobs.values() for job in of_base]
    results = iter(run_phase(course.stacker, phase, flat, X, layer.y, root))
    outcomes = {name: [next(results) for _ in of_base] for name, of_base in jobs.items()}
    left = [name for name in jobs if any(outcome.skipped for outcome in outcomes[name])]
    complete = dict(kept)
    for name in (name for name in jobs if name not in left):
        complete |= _finish(course, layer, name, outcomes[name])
    while left and not complete:  # those that there was time for have failed
        name = left.pop(0)
        again = [dataclasses.replace(job, deadline=np.inf) for job in jobs[name]]
        complete = _finish(course, layer, name, run_jobs(course.stacker, again, X, layer.y))
    course.skip(left)
    return complete


def _jobs_of(course, layer, name):
    """Return a job for each split and for all rows; one job where the base does all by itself."""
    stacker, splits = course.stacker, layer.splits
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
                layer.features.target,
                where="on all splits" if crossed else where,
                crossed=crossed,
                keep=not (part and stacker.refit),
                refit=stacker.refit,
                isolated=course.isolated,
                deadline=course.deadline,
            )
        )
    return jobs


def _finish(course, layer, name, outcomes):
    """Return {name: BaseFit} of a base whose jobs are done, {} if it failed."""
    n_splits = len(layer.splits or [None])
    crossed = layer.splits is not None and crosses(layer.bases[name])
    by_split = outcomes[0].by_split(n_splits) if crossed else outcomes[:n_splits]
    error = next((outcome.error for outcome in outcomes if outcome.error is not None), None)
    block = None
    if error is None:
        block, error = _collect(course, layer, name, by_split)
    reports = (
        np.array([_score(course, layer, name, i, o) for i, o in enumerate(by_split)]),
        np.array([outcome.fit_time for outcome in by_split]),
        np.array([outcome.score_time for outcome in by_split]),
    )
    if block is None:
        course.fail(name, error)
        if course.stacker.error_score != "drop":
            course.report(name, *reports)
        return {}
    if course.stacker.refit or crossed or n_splits == 1:
        model = outcomes[-1].model
    else:
        model = FoldAverage([outcome.model for outcome in outcomes], layer.features.target)
    return {name: BaseFit(name, layer.methods[name], model, block, *reports)}


def _collect(course, layer, name, by_split):
    """Return the base's predictions of the layer's rows, None where they are of no use, and why."""
    missing = [classes for outcome in by_split for classes in outcome.missing]
    warn_of_missing(name, missing, course.scoring.labels, len(missing))
    splits = layer.splits or [(None, layer.seen)]
    try:
        with blame(f"base estimator {name!r}", layer.bases[name], "to predict alike on all splits"):
            block = collect([b for o in by_split for b in o.blocks], splits, layer.seen)
    except ValueError as error:
        if not course.isolated:
            raise
        return None, explained(error)
    if course.isolated and not all_finite(block):
        return None, f"The base estimator {name!r} predicts NaN or infinity."
    return block, None


def _score(course, layer, name, number, outcome):
    """Return the score of one split; of a failure what `error_score` says."""
    if not outcome.blocks:
        error_score = course.stacker.error_score
        return np.nan if isinstance(error_score, str) else error_score
    test = layer.seen if layer.splits is None else layer.splits[number][1]
    rows = layer.rows[np.searchsorted(layer.seen, test)]
    return course.scoring(name, layer.bases[name], layer.methods[name], outcome.blocks[0], rows)


def _ask_prefit(course, layer, name, X):
    """Return the outcome of a base that is fitted already."""
    model, method, target = layer.bases[name], layer.methods[name], layer.features.target
    begin = time.perf_counter()
    try:
        with blame(f"base estimator {name!r}", model, f"to predict with {method}"):
            missing = target.check_known(model, method)
            block = target.columns(model, method, X)
    except Exception as error:
        if not course.isolated:
            raise
        return Outcome(error=explained(error))
    return Outcome(model, [block], [missing], score_time=time.perf_counter() - begin)
