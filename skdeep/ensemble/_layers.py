"""The steps of one fit: predict the held-out rows, fit the second layer, refit the bases."""

import dataclasses
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import delayed
from sklearn.utils.validation import _check_method_params, _num_samples

from skdeep.ensemble._fitting import Task, blame, fit_and_predict, fit_estimator
from skdeep.ensemble._fold_average import FoldAverage
from skdeep.ensemble._predictions import MetaFeatures, collect, warn_of_missing
from skdeep.parallel import run_fits


@dataclasses.dataclass
class Plan:
    """All that a fit needs to know, settled before the first estimator is fitted.

    Parameters
    ----------
    X, y : array-like
        Rows and encoded targets, those of a validation set included.

    splits : list of tuple of ndarray, or None
        (train, test) indices; None where the bases are fitted already.

    rows : ndarray
        The rows that the second layer is fitted on, sorted.

    bases : dict of str to estimator
        The first layer without what is dropped.

    base_params : dict of str to dict
        Fit arguments of each base.

    final_estimator : estimator
        The second layer, not fitted.

    final_params : dict
        Its fit arguments.

    features : MetaFeatures
        Layout of its input.

    labels : array-like
        The classes as users write them, for messages.
    """

    X: Any
    y: np.ndarray
    splits: list | None
    rows: np.ndarray
    bases: dict[str, Any]
    base_params: dict
    final_estimator: Any
    final_params: dict
    features: MetaFeatures
    labels: Any

    @property
    def target(self):
        return self.features.target


def fit_layers(stacker, plan, root):
    """Return the fitted attributes of both layers.

    Parameters
    ----------
    stacker : estimator
        The caller: its `refit`, `n_jobs`, `verbose` and callbacks count.

    plan : Plan
        What to fit.

    root : CallbackContext
        Of the stacker's fit.
    """
    if plan.splits is None:
        models = list(plan.bases.values())
        blocks = [
            _predict_prefit(plan, name, model, method)
            for (name, model), method in zip(plan.bases.items(), plan.features.methods, strict=True)
        ]
    else:
        models, blocks = _fit_splits(stacker, plan, root)
    final_estimator = _fit_second_layer(stacker, plan, blocks, root)
    if plan.splits is not None and stacker.refit:
        models = _refit(stacker, plan, root)
    fitted = {
        "estimators_": models,
        "final_estimator_": final_estimator,
        "stack_method_": plan.features.methods,
        "meta_indices_": plan.rows,
        "_features": plan.features,
    }
    if stacker.store_cv_predictions:
        fitted["meta_features_"] = np.hstack(blocks)
    names = [m.feature_names_in_ for m in models if hasattr(m, "feature_names_in_")]
    if names:
        fitted["feature_names_in_"] = names[-1]
    return fitted


def _fit_splits(stacker, plan, root):
    """Return for each base what it keeps from the splits, and its predictions of `plan.rows`."""
    n_splits = len(plan.splits)
    tasks, phase = _tasks(stacker, root, "fit-splits", list(np.repeat(list(plan.bases), n_splits)))
    jobs = [
        (name, estimator, method, i, split)
        for (name, estimator), method in zip(plan.bases.items(), plan.features.methods, strict=True)
        for i, split in enumerate(plan.splits)
    ]
    fits = [
        delayed(fit_and_predict)(
            clone(estimator),
            plan.X,
            plan.y,
            split,
            plan.base_params[name],
            f"base estimator {name!r}",
            f"on split {i}",
            task,
            method=method,
            target=plan.target,
            keep=not stacker.refit,
        )
        for (name, estimator, method, i, split), task in zip(jobs, tasks, strict=True)
    ]
    estimators = [estimator for _, estimator, *_ in jobs]
    results = run_fits(estimators, fits, n_jobs=stacker.n_jobs, verbose=stacker.verbose)
    phase.call_on_fit_task_end(estimator=stacker, X=plan.X, y=plan.y)
    models, blocks = [], []
    for start, (name, estimator) in enumerate(plan.bases.items()):
        folds, parts, missing = zip(
            *results[start * n_splits : (start + 1) * n_splits], strict=True
        )
        warn_of_missing(name, missing, plan.labels, n_splits)
        with blame(f"base estimator {name!r}", estimator, "to predict alike on all splits"):
            blocks.append(collect(list(parts), plan.splits, plan.rows))
        models.append(folds[0] if n_splits == 1 else FoldAverage(list(folds), plan.target))
    return models, blocks


def _fit_second_layer(stacker, plan, blocks, root):
    everything = len(plan.rows) == _num_samples(plan.X)
    rows = None if everything else plan.rows
    X_meta = plan.features.fit_join(blocks, _safe_indexing(plan.X, rows))
    params = _check_method_params(plan.X, plan.final_params, indices=rows)
    role = "final estimator"
    strange = [
        name
        for name, block in zip(plan.bases, blocks, strict=True)
        if not np.isfinite(block.astype(float, copy=False)).all()
    ]
    if strange:
        role += f", given NaN or infinity by the base estimators {strange},"
    (task,), phase = _tasks(stacker, root, "fit-final-estimator", ["final-estimator"])
    y = plan.y if everything else plan.y[plan.rows]
    fitted = fit_estimator(
        plan.final_estimator, X_meta, y, params, role, f"on {len(plan.rows)} rows", task
    )
    phase.call_on_fit_task_end(estimator=stacker, X=plan.X, y=plan.y)
    return fitted


def _refit(stacker, plan, root):
    tasks, phase = _tasks(stacker, root, "refit-estimators", list(plan.bases))
    fits = [
        delayed(fit_estimator)(
            clone(estimator),
            plan.X,
            plan.y,
            plan.base_params[name],
            f"base estimator {name!r}",
            "on all rows",
            task,
        )
        for (name, estimator), task in zip(plan.bases.items(), tasks, strict=True)
    ]
    models = run_fits(
        list(plan.bases.values()), fits, n_jobs=stacker.n_jobs, verbose=stacker.verbose
    )
    phase.call_on_fit_task_end(estimator=stacker, X=plan.X, y=plan.y)
    return models


def _tasks(stacker, root, phase_name, names):
    """Open a phase of the fit; return a task for each name, and its callback context.

    The tasks are made here because one that is made inside a worker would be lost with it.
    """
    phase = root.subcontext(task_name=phase_name, max_subtasks=len(names))
    phase.call_on_fit_task_begin(estimator=stacker)
    caller = stacker if getattr(stacker, "_skl_callbacks", None) else None
    return [Task(phase.subcontext(task_name=f"fit-{name}"), caller) for name in names], phase


def _predict_prefit(plan, name, model, method):
    with blame(f"base estimator {name!r}", model, f"to predict with {method}"):
        missing = plan.target.check_known(model, method)
        block = plan.target.columns(model, method, plan.X)
    warn_of_missing(name, [missing], plan.labels, 1)
    return block
