"""Fits of an ensemble: those of networks in packs, the others as the caller asks."""

from collections.abc import Sequence
from typing import Any

import joblib
from joblib.parallel import ParallelBackendBase
from sklearn.utils.parallel import Parallel


def run_fits(
    estimators: Sequence[Any],
    tasks: Sequence[Any],
    *,
    n_jobs: int | None,
    verbose: int,
    in_packs: bool = True,
) -> list[Any]:
    """Run tasks that fit estimators, and return their results in order.

    Networks of skdeep, alone or inside other estimators, train in packs, unless the caller has
    chosen a joblib backend or asks for one fit at a time.

    Parameters
    ----------
    estimators : sequence of estimator
        What each task fits.
    tasks : sequence
        Made by `sklearn.utils.parallel.delayed`.
    n_jobs : int or None
        As in joblib, for the tasks that do not train in packs. 1 for one fit at a time.
    verbose : int
        As in joblib.
    in_packs : bool, default=True
        False where the tasks should not start together.

    Returns
    -------
    list
        What the tasks return.

    Examples
    --------
    >>> from sklearn.utils.parallel import delayed
    >>> from skdeep.parallel import run_fits
    >>> run_fits([None, None], [delayed(abs)(-1), delayed(abs)(2)], n_jobs=None, verbose=0)
    [1, 2]
    """
    packs = [trains_networks(estimator) for estimator in estimators]
    if not in_packs or n_jobs == 1 or sum(packs) < 2 or _backend_is_chosen():
        return Parallel(n_jobs=n_jobs, verbose=verbose)(tasks)
    results: dict[int, Any] = {}
    for packed in (True, False):
        places = [place for place, is_packed in enumerate(packs) if is_packed == packed]
        if packed:
            with joblib.parallel_config("skdeep"):
                part = Parallel(verbose=verbose)(tasks[place] for place in places)
        else:
            part = Parallel(n_jobs=n_jobs, verbose=verbose)(tasks[place] for place in places)
        results.update(zip(places, part, strict=True))
    return [results[place] for place in range(len(tasks))]


def trains_networks(estimator: Any) -> bool:
    """Whether an estimator, or one inside it, hands its training over to packs."""
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        return False
    inner = [estimator, *estimator.get_params().values()]
    return any(getattr(part, "_trains_in_packs", False) for part in inner)


def _backend_is_chosen() -> bool:
    """Whether a `joblib.parallel_config` around the caller names a backend."""
    with joblib.parallel_config() as config:
        return isinstance(config["backend"], ParallelBackendBase)
