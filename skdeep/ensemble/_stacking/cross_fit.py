"""Bases that make their predictions out of sample by themselves, in one fit.

The protocol is one method of the base estimator::

    fit_cross_predict(X, y, *, splits, method, refit, **fit_params) -> list of arrays

`splits` is the list of (train, test) index arrays into the rows of X. The method returns, for each
split, what ``getattr(model, method)(X[test])`` would be for a model fitted on the train rows, with
the columns of probabilities and decisions in the order of the base's `classes_`. It leaves the base
fitted: on all rows if `refit` is true, else ready to predict as the mean of the models of the
splits. `fit_params` hold a value for each row of X; the method slices them itself.
"""

import time

import numpy as np

from skdeep.ensemble._stacking.results import Outcome
from skdeep.ensemble._stacking.single_fit import blame


def crosses(estimator):
    """Return whether an estimator keeps the protocol."""
    return hasattr(estimator, "fit_cross_predict")


def cross_predict(job, X, y):
    """Return the outcome of a job whose base predicts all splits by itself."""
    base = job.estimator
    begin = time.perf_counter()
    with (
        blame(job.role, base, f"to fit and predict with {job.method} {job.where}"),
        job.task.around(base, X, y),
    ):
        answers = base.fit_cross_predict(
            X, y, splits=job.splits, method=job.method, refit=job.refit, **job.params
        )
        blocks = [job.target.arranged_columns(base, job.method, a) for a in answers]
        lengths = [len(block) for block in blocks]
        if lengths != [len(test) for _, test in job.splits]:
            raise ValueError(
                f"fit_cross_predict returned arrays of {lengths} rows for test parts of "
                f"{[len(test) for _, test in job.splits]}: return one array for each split."
            )
    share = (time.perf_counter() - begin) / len(job.splits)
    return Outcome(base, blocks, [job.target.missing(base)] * len(blocks), share, np.nan)
