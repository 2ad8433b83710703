"""Detection of tasks that sleep, so that others do not wait for them forever."""

import contextlib
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from skdeep.parallel._tasks import Call, Task

_INTERVAL = 0.1
# After so long without an event, a task that used no processor time sleeps: on a lock that a
# waiting task holds, on the network, on the user.
_QUIET = 1.0
_BUSY_SHARE = 0.02
# A generator that is not iterated over gives no sign of having submitted its last task.
_LAST_SUBMIT = 0.2


class Watched(Protocol):
    """Interface of what is watched: calls, their tasks, and remedies when these sleep."""

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Held while the state is read or changed."""

    @property
    def calls(self) -> Sequence[Call]:
        """Calls that have not ended."""

    @property
    def n_events(self) -> int:
        """How often something has happened."""

    def running(self) -> list[Task]:
        """Tasks that use a core."""

    def advance(self) -> None:
        """Start what may start."""

    def retry(self) -> None:
        """Try again what could not be done."""

    def hurry(self) -> None:
        """Train what waits, without waiting for others."""

    def lend_core(self, task: Task) -> None:
        """Let another task run in place of one that sleeps."""


class Watch:
    """Looks at a scheduler from a thread of its own, from `start` to `stop`.

    Parameters
    ----------
    scheduler : Watched
    """

    def __init__(self, scheduler: Watched):
        self._scheduler = scheduler
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._n_events = -1
        self._quiet_since = 0.0
        self._used: dict[Task, float | None] = {}  # processor time when the quiet began

    def start(self) -> None:
        """Begin, unless it has."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="skdeep-watch", daemon=True)
            with contextlib.suppress(RuntimeError):  # no more threads: it goes without
                thread.start()
                self._thread = thread

    def stop(self) -> None:
        """Tell the thread to end."""
        self._stopped.set()

    def join(self) -> None:
        """Wait until the thread has ended."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_INTERVAL):
            with self._scheduler.lock:
                self._look()

    def _look(self) -> None:
        scheduler, now = self._scheduler, time.monotonic()
        for call in scheduler.calls:
            if call.parallel.return_generator and now - call.last_submit > _LAST_SUBMIT:
                call.is_dispatching = False
        running = scheduler.running()
        if scheduler.n_events != self._n_events or set(running) - set(self._used):
            self._n_events, self._quiet_since = scheduler.n_events, now
            self._used = {task: _processor_time(task.thread) for task in running}
            scheduler.advance()
            self._n_events = scheduler.n_events
            return
        if now - self._quiet_since < _QUIET:
            scheduler.retry()
            self._n_events = scheduler.n_events
            return
        for task in running:
            before, after = self._used[task], _processor_time(task.thread)
            if before is None or after is None or after - before < _BUSY_SHARE * _QUIET:
                scheduler.lend_core(task)
        scheduler.hurry()


def _processor_time(thread: threading.Thread | None) -> float | None:
    """Seconds of processor time that a thread has used; None where the system does not tell."""
    if thread is None or thread.ident is None or not hasattr(time, "pthread_getcpuclockid"):
        return None
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
    except OSError:
        return None
