"""The joblib backend "skdeep"."""

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from joblib.parallel import FallbackToBackend, ParallelBackendBase, SequentialBackend

from skdeep.parallel._scheduler import Scheduler
from skdeep.parallel._tasks import Call, Outcome, Task, current_task

# 32 candidates on 5 folds: more in one go gain little.
DEFAULT_N_JOBS = 160
DEFAULT_MAX_BYTES = 2 << 30
# The filters of warnings are global, and threads that take turns would leave them in disorder:
# scikit-learn sets them anew around every task and puts back what it found; of tasks that overlap,
# the last to end puts back what another one had set.
_filters_lock = threading.Lock()
_filter_users: set[object] = set()
_saved_filters: tuple[Any, list[Any], Any]


class PackingBackend(ParallelBackendBase):
    """The joblib backend that trains concurrent fits of networks together.

    `import skdeep` registers it under the name "skdeep". Tasks run in threads. A network of skdeep
    that is to be trained inside a task waits until every other task waits too, or has ended; then
    all waiting networks are trained in packs, and the tasks go on. Other estimators run in the
    thread of their task. Scores, predictions and fitted weights are those of one fit after another,
    to floating-point tolerance.

    Parameters
    ----------
    nesting_level : int or None, default=None
        Set by joblib.
    inner_max_num_threads : None
        Not supported; joblib refuses other values.
    max_bytes : int, default=2 GiB
        Limit, in bytes, on the estimated data of waiting fits: once it is reached, no further fit
        starts until these have been trained. 1 or more.
    scheduler : Scheduler, default=None
        Of the call around this one; set by the backend itself.

    Notes
    -----
    `n_jobs` is the largest number of fits that run at the same time. The default (None), and any
    negative number, stands for 160, which together with `max_bytes` fits into little memory. 1 runs
    the tasks one after another, without packs. `n_jobs` does not limit the number of cores used,
    which is `joblib.cpu_count()`.

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
        if max_bytes < 1:
            raise ValueError(
                f"max_bytes must be 1 or more, got {max_bytes}; leave it out for 2 GiB."
            )
        self._max_bytes = max_bytes
        self._outer = scheduler
        self._own: Scheduler | None = None
        self._calls: list[tuple[Scheduler, Call]] = []  # not ended
        self._lock = threading.Lock()  # several threads may share a backend

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return the largest number of fits at the same time that `n_jobs` stands for."""
        if n_jobs == 0:
            raise ValueError(
                "n_jobs == 0 in Parallel has no meaning; leave it out, or give 1 or more"
            )
        return DEFAULT_N_JOBS if n_jobs is None or n_jobs < 0 else n_jobs

    def configure(self, n_jobs: int | None = 1, parallel: Any = None, **backend_kwargs: Any) -> int:
        """Prepare for calls of `parallel`."""
        self.parallel = parallel
        effective = self.effective_n_jobs(n_jobs)
        if effective == 1:
            raise FallbackToBackend(SequentialBackend(nesting_level=self.nesting_level))
        return effective

    def start_call(self) -> None:
        """Make sure that there is a scheduler; the call begins with its first task."""
        self._scheduler()

    def _scheduler(self) -> Scheduler:
        if self._outer is not None and current_task() is not None:
            return self._outer
        with self._lock:
            if self._own is None:
                self._own = Scheduler(self._max_bytes)
            return self._own

    def submit(self, func: Callable[[], Any], callback: Any = None) -> Task:
        """Queue a task; `callback` is given its `Outcome`."""
        parallel = callback.parallel
        found = [(s, call) for s, call in self._calls if call.parallel is parallel]
        if found:
            scheduler, call = found[0]
        else:  # the first task of a call comes from the thread that makes the call
            scheduler, n_jobs = self._scheduler(), self.effective_n_jobs(parallel.n_jobs)
            call = scheduler.open(parallel, current_task(), n_jobs)
            self._calls.append((scheduler, call))
            _save_warning_filters(call)
        return scheduler.submit(call, func, callback)

    def retrieve_result_callback(self, out: Outcome) -> Any:
        """Return the result of a task, or raise its error."""
        return out.get()

    @contextlib.contextmanager
    def retrieval_context(self) -> Iterator[None]:
        """Let the caller wait for what it has submitted."""
        here = threading.get_ident()
        calls = [call for _, call in self._calls if call.thread_id == here]
        with self._scheduler().waiting(current_task(), calls):
            yield

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Give up the calls whose results are no longer needed."""
        for scheduler, call in list(self._calls):
            if getattr(call.parallel, "_aborting", True):
                scheduler.abort(call)

    def stop_call(self) -> None:
        """End the calls that joblib has ended."""
        # Of two generators, the other one may run on.
        ended = [pair for pair in self._calls if not getattr(pair[1].parallel, "_running", False)]
        self._calls = [pair for pair in self._calls if pair not in ended]
        try:
            for scheduler, call in ended:
                if scheduler.close(call) and scheduler is self._own:
                    self._own = None  # first of all: an interruption may come while threads end
            for scheduler, call in ended:
                scheduler.join(call)
        finally:  # threads that end put filters back themselves, so this comes last
            for _, call in ended:
                _restore_warning_filters(call)

    def get_nested_backend(self) -> tuple["PackingBackend", None]:
        """Return the backend of calls inside tasks: they take part in the same packs."""
        level = (self.nesting_level or 0) + 1
        nested = PackingBackend(level, max_bytes=self._max_bytes, scheduler=self._scheduler())
        return nested, None


def _save_warning_filters(user: object) -> None:
    """Remember the filters until `user` is done, unless they are remembered already."""
    global _saved_filters
    with _filters_lock:
        if not _filter_users:
            _saved_filters = (warnings.filters, list(warnings.filters), warnings.showwarning)
        _filter_users.add(user)


def _restore_warning_filters(user: object) -> None:
    """Put the filters back as they were, if `user` is the last one that needs them."""
    with _filters_lock:
        if user not in _filter_users:  # interrupted before it was among them
            return
        _filter_users.remove(user)
        if _filter_users:
            return
        filters, content, warnings.showwarning = _saved_filters
        filters[:] = content
        with warnings.catch_warnings():  # leaving it tells the registries of past warnings
            pass
        warnings.filters = filters
