"""The joblib backend "skdeep"."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from joblib.parallel import FallbackToBackend, ParallelBackendBase, SequentialBackend

from skdeep.parallel._scheduler import Scheduler
from skdeep.parallel._tasks import Call, Outcome, Task, current_task
from skdeep.parallel._warning_filters import WarningFilters

# 32 candidates on 5 folds: more in one go gain little.
DEFAULT_N_JOBS = 160
DEFAULT_MAX_BYTES = 2 << 30


class PackingBackend(ParallelBackendBase):
    """The joblib backend that trains concurrent fits of networks together.

    `import skdeep` registers it under the name "skdeep". Tasks run in threads. A network of ours
    that is to be trained inside a task waits until every other task waits too, or has ended; then
    all that wait are trained as packs, and the tasks go on. Estimators that are not ours run in
    their thread. Scores, predictions and fitted weights are those of one fit after another, to
    floating-point tolerance.

    Parameters
    ----------
    nesting_level : int or None, default=None
        Set by joblib.
    inner_max_num_threads : None
        Not supported; joblib refuses other values.
    max_bytes : int, default=2 GiB
        Estimated size in bytes of the data of waiting fits from which on no further fit starts
        until these have been trained.
    scheduler : Scheduler, default=None
        Of the call around this one; set by the backend itself.

    Notes
    -----
    `n_jobs` is the largest number of fits in flight. The default (None), and any negative number,
    stands for 160, few enough for small memories together with `max_bytes`. 1 runs the tasks one
    after another, without packs. How many cores compute is another matter: all that
    `joblib.cpu_count` counts.

    Examples
    --------
    >>> import joblib
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skdeep import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier((8,), learning_rate="cosine", max_iter=20, random_state=0)
    >>> search = GridSearchCV(network, {"learning_rate_init": [0.001, 0.1]}, cv=3)
    >>> with joblib.parallel_config("skdeep"):
    ...     search = search.fit(X, y)
    >>> search.best_params_
    {'learning_rate_init': 0.1}
    """

    default_n_jobs = DEFAULT_N_JOBS
    supports_retrieve_callback = True
    supports_sharedmem = True
    uses_threads = True

    def __init__(
        self,
        nesting_level: int | None = None,
        inner_max_num_threads: None = None,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        scheduler: Scheduler | None = None,
    ):
        super().__init__(nesting_level=nesting_level, inner_max_num_threads=inner_max_num_threads)
        self._max_bytes = max_bytes
        self._outer = scheduler
        self._own: Scheduler | None = None
        self._filters = WarningFilters()
        self._n_jobs = DEFAULT_N_JOBS
        self._calls: list[tuple[Scheduler, Call]] = []  # not ended

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return the largest number of fits in flight that `n_jobs` stands for."""
        if n_jobs == 0:
            raise ValueError(
                "n_jobs == 0 in Parallel has no meaning; leave it out, or give 1 or more"
            )
        return DEFAULT_N_JOBS if n_jobs is None or n_jobs < 0 else n_jobs

    def configure(self, n_jobs: int | None = 1, parallel: Any = None, **backend_kwargs: Any) -> int:
        """Prepare for calls of `parallel`."""
        self.parallel = parallel
        self._n_jobs = self.effective_n_jobs(n_jobs)
        if self._n_jobs == 1:
            raise FallbackToBackend(SequentialBackend(nesting_level=self.nesting_level))
        return self._n_jobs

    def start_call(self) -> None:
        """Begin a call."""
        task = current_task()
        scheduler = self._outer
        if scheduler is None or task is None:
            if self._own is None:
                self._own = Scheduler(self._max_bytes)
                self._filters.save()
            scheduler = self._own
        self._calls.append((scheduler, scheduler.open(self.parallel, task, self._n_jobs)))

    def submit(self, func: Callable[[], Any], callback: Any = None) -> Task:
        """Queue a task; `callback` is given its `Outcome`."""
        scheduler, call = next(
            (scheduler, call)
            for scheduler, call in self._calls
            if call.parallel is callback.parallel
        )
        return scheduler.submit(call, func, callback)

    def retrieve_result_callback(self, out: Outcome) -> Any:
        """Return the result of a task, or raise its error."""
        return out.get()

    @contextlib.contextmanager
    def retrieval_context(self) -> Iterator[None]:
        """Let the caller wait for what it has submitted."""
        scheduler, _ = self._calls[-1]
        with scheduler.waiting(current_task(), [call for _, call in self._calls]):
            yield

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Give up the calls whose results nobody wants any more."""
        for scheduler, call in self._calls:
            if getattr(call.parallel, "_aborting", True):
                scheduler.abort(call)

    def stop_call(self) -> None:
        """End the calls that joblib has ended."""
        for scheduler, call in list(self._calls):
            if getattr(call.parallel, "_running", False):
                continue  # of two generators, the other one
            self._calls.remove((scheduler, call))
            if scheduler.close(call) and scheduler is self._own:
                self._own = None
                self._filters.restore()

    def get_nested_backend(self) -> tuple["PackingBackend", None]:
        """Return the backend of calls inside tasks: they take part in the same packs."""
        level = (self.nesting_level or 0) + 1
        scheduler = self._calls[-1][0] if self._calls else None
        return PackingBackend(level, max_bytes=self._max_bytes, scheduler=scheduler), None
