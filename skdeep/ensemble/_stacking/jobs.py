"""The fits of base estimators, and how many of them are run.

A base may make its predictions out of sample by itself, in one fit. The protocol is one method of
the base estimator::

    fit_cross_predict(X, y, *, splits, method, refit, **fit_params) -> list of arrays

`splits` is the list of (train, test) index arrays into the rows of X. The method returns, for each
split, what ``getattr(model, method)(X[test])`` would be for a model fitted on the train rows, with
the columns of probabilities and decisions in the order of the base's `classes_`. It leaves the base
fitted: on all rows if `refit` is true, else ready to predict as the mean of the models of the
splits. `fit_params` hold a value for each row of X; the method slices them itself.
"""

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.callback import CallbackContext
from sklearn.utils.parallel import delayed

from skdeep._scikit_learn import check_method_params, safe_split
from skdeep.ensemble._stacking.alignment import AnswerLayout
from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators
from skdeep.ensemble._stacking.results import FitResult, explained
from skdeep.ensemble._stacking.single_fit import FitTask, blame, fit_estimator
from skdeep.ensemble._stacking.splits import Splits
from skdeep.parallel import run_fits


@dataclasses.dataclass
class Job:
    """One fit of a base estimator, with all that it needs except the data.

    Attributes
    ----------
    name, estimator, params
        The base, to be fitted in place, and its fit arguments for all rows of the layer.
    splits : list of tuple of ndarray
        One split to fit and predict; none to fit all rows; all of them where the base makes its
        predictions out of sample by itself.
    method, layout
        The method that is called, and the layout of its result.
    where : str
        Which rows it fits, for messages.
    crossed : bool
        Whether the base makes its predictions out of sample by itself.
    keep : bool
        Whether the fitted estimator is needed afterwards.
    refit : bool
        Whether a base that crosses by itself is to end up fitted on all rows.
    isolated : bool
        Whether an error ends this base only.
    deadline : float
        Time of the monotonic clock after which the fit is not started.
    task : FitTask
        Its place among the callbacks' tasks, set when it is known which jobs there are.
    """

    name: str
    estimator: Any
    params: dict[str, Any]
    splits: Splits
    method: str
    layout: AnswerLayout
    where: str
    crossed: bool = False
    keep: bool = True
    refit: bool = True
    isolated: bool = False
    deadline: float = np.inf
    task: FitTask | None = None

    @property
    def role(self) -> str:
        """What it is, for messages."""
        return f"base estimator {self.name!r}"

    def run(self, X: Any, y: Any) -> FitResult:
        """Fit, and predict the held-out rows; return the result."""
        if time.monotonic() >= self.deadline:
            return FitResult(skipped=True)
        task = self.task
        assert task is not None  # `run_phase` gives each job its place
        try:
            if self.crossed:
                return cross_predict(self, X, y, task)
            return self._fit_and_predict(X, y, task) if self.splits else self._fit(X, y, task)
        except Exception as error:
            if not self.isolated:
                raise
            return FitResult(error=explained(error))

    def _fit(self, X: Any, y: Any, task: FitTask) -> FitResult:
        fit_estimator(self.estimator, X, y, self.params, self.role, self.where, task)
        return FitResult(self.estimator)

    def _fit_and_predict(self, X: Any, y: Any, task: FitTask) -> FitResult:
        ((train, test),) = self.splits
        X_train, y_train = safe_split(self.estimator, X, y, train)
        X_test, _ = safe_split(self.estimator, X, y, test, train)
        params = check_method_params(X, params=self.params, indices=train)
        begin = time.perf_counter()
        fit_estimator(self.estimator, X_train, y_train, params, self.role, self.where, task)
        fitted = time.perf_counter()
        with blame(self.role, self.estimator, f"to predict with {self.method} {self.where}"):
            block = self.layout.columns(self.estimator, self.method, X_test)
        return FitResult(
            self.estimator if self.keep else None,
            [block],
            [self.layout.missing(self.estimator)],
            fitted - begin,
            time.perf_counter() - fitted,
        )


def crosses(estimator: Any) -> bool:
    """Whether an estimator implements the protocol."""
    return hasattr(estimator, "fit_cross_predict")


def cross_predict(job: Job, X: Any, y: Any, task: FitTask) -> FitResult:
    """Have the base of a job predict all splits by itself; return the result."""
    base = job.estimator
    begin = time.perf_counter()
    with (
        blame(job.role, base, f"to fit and predict with {job.method} {job.where}"),
        task.around(base, X, y),
    ):
        answers = base.fit_cross_predict(
            X, y, splits=job.splits, method=job.method, refit=job.refit, **job.params
        )
        blocks = [job.layout.arranged_columns(base, job.method, a) for a in answers]
        lengths = [len(block) for block in blocks]
        if lengths != [len(test) for _, test in job.splits]:
            raise ValueError(
                f"fit_cross_predict returned arrays of {lengths} rows for test parts of "
                f"{[len(test) for _, test in job.splits]}: return one array for each split."
            )
    share = (time.perf_counter() - begin) / len(job.splits)
    return FitResult(base, blocks, [job.layout.missing(base)] * len(blocks), share, np.nan)


def run_jobs(stacker: LayeredEstimators, jobs: Sequence[Job], X: Any, y: Any) -> list[FitResult]:
    """Run jobs, `n_jobs` at a time and networks in packs; return the result of each."""
    return run_fits(
        [job.estimator for job in jobs],
        [delayed(job.run)(X, y) for job in jobs],
        n_jobs=stacker.n_jobs,
        verbose=stacker.verbose,
        # The fits of a pack start together, so that none could be skipped for lack of time.
        in_packs=stacker.max_time is None,
    )


def run_phase(
    stacker: LayeredEstimators,
    phase_name: str,
    jobs: Sequence[Job],
    X: Any,
    y: Any,
    root: CallbackContext,
) -> list[FitResult]:
    """Run jobs and call the callbacks; return the result of each.

    The tasks are made here because one that is made inside a worker would be lost with it.
    """
    phase = root.subcontext(task_name=phase_name, max_subtasks=len(jobs))
    phase.call_on_fit_task_begin(estimator=stacker)
    caller = stacker if getattr(stacker, "_skl_callbacks", None) else None
    for job in jobs:
        job.task = FitTask(phase.subcontext(task_name=f"fit-{job.name}"), caller)
    results = run_jobs(stacker, jobs, X, y)
    phase.call_on_fit_task_end(estimator=stacker)
    return results
