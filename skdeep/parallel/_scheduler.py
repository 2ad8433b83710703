"""Tasks run in threads; the networks that they reach are trained together.

A task that asks for training hands its members in and waits. When every task that has started
waits or has ended, and no other may start, the waiting members train as sub-packs, one thread
each, spread over the cores; then their tasks go on. So which members train together depends on the
tasks alone, not on the timing of threads.
"""

import contextlib
import os
import threading
import time
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import joblib

from skdeep._engine.training.grouping import sub_packs
from skdeep._engine.training.loop import handed_over, train_here
from skdeep._engine.training.member import Member, Trained, Watcher
from skdeep.parallel._contents import digests, n_bytes, with_shared_data
from skdeep.parallel._requests import Place, Request, train_places
from skdeep.parallel._tasks import Call, Outcome, State, Task, TaskAbortedError
from skdeep.parallel._watch import Watch

# A waiting fit holds its rows, the rows as they were before a pipeline's steps, and its test rows.
_COPIES = 3
# How long to wait for threads that have been told to end.
_PATIENCE = 1.0


class Scheduler:
    """Runs the tasks of one call of joblib's `Parallel`, and of the calls that these make.

    Parameters
    ----------
    max_bytes : int
        Limit on the memory of waiting fits, beyond which no further fit starts.
    """

    def __init__(self, max_bytes: int):
        self._max_bytes = max_bytes
        self._n_cores = joblib.cpu_count()
        self._pid = os.getpid()
        self.lock = threading.RLock()  # of all that follows, and of calls and tasks
        self.calls: list[Call] = []
        self.parked: list[Task] = []
        self.n_events = 0
        self._n_calls = 0
        self._n_busy = 0
        self._n_pack_threads = 0
        self._queue: list[Task] = []
        self._ready: list[Task] = []
        self._in_training: dict[Request, Task] = {}
        self._packs: deque[tuple[list[Place], bool]] = deque()
        self._threads: list[threading.Thread] = []
        self._watch = Watch(self)

    # What the backend calls ----------------------------------------------------------------------

    def open(self, parallel: joblib.Parallel, parent: Task | None, n_jobs: int) -> Call:
        """Begin a call."""
        with self.lock:
            if parent is None:
                order: tuple[int, ...] = (self._n_calls,)
                self._n_calls += 1
            else:
                order = (*parent.order, parent.n_calls)
                parent.n_calls += 1
            call = Call(parallel, parent, n_jobs, order, is_dispatching=parent is None)
            self.calls.append(call)
        return call

    def submit(
        self, call: Call, function: Callable[[], object], callback: Callable[[Outcome], None]
    ) -> Task:
        """Queue a task."""
        with self.lock:
            task = Task(call, (*call.order, call.n_submitted), function, callback)
            call.n_submitted += 1
            call.last_submit = time.monotonic()
            call.tasks.append(task)
            # Tasks of tasks come first: they bring those that have started to an end.
            insort(self._queue, task, key=lambda task: (-len(task.order), task.order))
            self.advance()
        return task

    @contextlib.contextmanager
    def waiting(self, task: Task | None, calls: Sequence[Call]) -> Iterator[None]:
        """Let a task, or the caller outside, wait for calls whose tasks have been submitted."""
        with self.lock:
            for call in calls:
                call.is_dispatching = False
            if task is not None:
                task.n_waits += 1
                self._release_core(task)
            self.advance()
        try:
            yield
        finally:
            if task is not None:
                # joblib is about to give up calls that failed: that must not wait for a core.
                hurried = any(getattr(call.parallel, "_aborting", False) for call in calls)
                self._stop_waiting(task, hurried)

    def _stop_waiting(self, task: Task, hurried: bool) -> None:
        with self.lock:
            task.n_waits -= 1
            ended = task.state is State.DONE  # a generator may outlive its task
            if ended or hurried or task.n_waits or task.call.is_aborted():
                return
            self._resume(task)
            self.advance()
        self._sleep(task)

    def abort(self, call: Call) -> None:
        """Give a call up: tasks that wait end at once, those in training within a few batches."""
        with self.lock:
            call.aborted = True
            given_up = [task for task in self._queue if task.call.is_aborted()]
            for task in given_up:
                self._queue.remove(task)
                self._end(task)
            for waiting in (self.parked, self._ready):
                for task in [task for task in waiting if task.call.is_aborted()]:
                    waiting.remove(task)
                    self._wake(task, with_core=False)
            self.advance()
        for task in given_up:
            task.callback(Outcome(error=TaskAbortedError()))

    def close(self, call: Call) -> bool:
        """Take a call out; return whether no call from outside is left."""
        with self.lock:
            if call in self.calls:
                self.calls.remove(call)
            is_last = call.parent is None and all(other.parent for other in self.calls)
        if is_last:
            self._watch.stop()
        return is_last

    def join(self, call: Call) -> None:
        """Wait a little for the threads of a call that was closed to end."""
        deadline = time.monotonic() + _PATIENCE
        with self.lock:
            threads = [task.thread for task in call.tasks if task.thread is not None]
            is_last = call.parent is None and all(other.parent for other in self.calls)
            if is_last:
                threads = list(self._threads)
        if is_last:
            self._watch.join()  # not under the lock, which it may be waiting for
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    # What a task calls ---------------------------------------------------------------------------

    def _train(
        self, task: Task, members: Sequence[Member], watchers: Sequence[Watcher | None]
    ) -> list[Trained]:
        """Train the members of a task with those of others; the task waits meanwhile."""
        # A forked process has none of the other threads.
        if not members or os.getpid() != self._pid:
            return train_here(members, watchers)
        size = _COPIES * sum(map(n_bytes, members))
        contents = [digests(member) for member in members]
        request = Request(members, watchers, contents, task.call.is_aborted, size)
        with self.lock:
            if task.call.is_aborted():
                raise TaskAbortedError
            task.request, task.state = request, State.PARKED
            self.parked.append(task)
            self._release_core(task)
            self._watch.start()
            self.advance()
            starved = bool(self._packs) and not self._n_busy
            if starved:  # no thread could be started for them
                self._n_busy += 1
                self._n_pack_threads += 1
        if starved:
            self._run_packs()
        self._sleep(task)
        task.request = None
        if task.call.is_aborted():
            raise TaskAbortedError
        return request.results()

    def _run_task(self, task: Task) -> None:
        try:
            with handed_over(partial(self._train, task)):
                outcome = task.run()
            task.callback(outcome)  # which may submit the next task
        finally:
            with self.lock:
                self._end(task)
                self.advance()

    def _run_packs(self) -> None:
        """Train sub-packs until there are none."""
        while True:
            with self.lock:
                if not self._packs:
                    self._end_training()
                    return
                places, alone = self._packs.popleft()
            train_places(places, alone=alone)
            with self.lock:
                for request, _ in places:
                    request.n_open -= 1
                    # Others may still learn from its rows, which a task that goes on may change;
                    # one that fails need not wait.
                    if not request.n_open and (request.error or request.is_cancelled()):
                        self._resume(self._in_training.pop(request))
                self.advance()

    def _end_training(self) -> None:
        self._n_busy -= 1
        self._n_pack_threads -= 1
        if not self._n_pack_threads:
            for task in self._in_training.values():
                self._resume(task)
            self._in_training.clear()
        self.advance()

    @staticmethod
    def _sleep(task: Task) -> None:
        task.wake.wait()
        task.wake.clear()

    # What happens under the lock -----------------------------------------------------------------

    def advance(self) -> None:
        """Start whatever can start."""
        self.n_events += 1
        while self._n_busy < self._n_cores and (self._start_one() or self._form_packs()):
            pass

    def hurry(self) -> None:
        """Train what waits, though something that it should wait for may come yet."""
        if not self._n_busy:
            self._form_packs(hurried=True)
            self.advance()

    def lend_core(self, task: Task) -> None:
        """Let others use the core of a task that sleeps."""
        self._release_core(task)
        self.advance()

    def running(self) -> list[Task]:
        """Tasks that hold a core."""
        return [task for call in self.calls for task in call.tasks if task.holds_core]

    def retry(self) -> None:
        """Start what could not be started for lack of threads."""
        if not self._n_busy:
            self.advance()

    def _start_one(self) -> bool:
        if self._packs:
            if self._start_thread("skdeep-pack", self._run_packs) is None:
                return False
            self._n_pack_threads += 1
        elif self._ready:
            ready = min(self._ready, key=lambda task: task.order)
            self._ready.remove(ready)
            self._wake(ready, with_core=True)
        else:
            task = self._next_task()
            if task is None:
                return False
            task.thread = self._start_thread("skdeep-task", partial(self._run_task, task))
            if task.thread is None:
                return False  # fewer threads at a time, then
            self._queue.remove(task)
            task.state, task.holds_core = State.RUNNING, True
        self._n_busy += 1
        return True

    def _next_task(self) -> Task | None:
        """The first task that may start, if one may."""
        if not self._queue:
            return None
        in_flight = sum(task.is_in_flight for call in self.calls for task in call.tasks)
        if not in_flight:  # then nothing else would ever go on
            return self._queue[0]
        most = max((call.n_jobs for call in self.calls if call.parent is None), default=1)
        held = sum(task.request.n_bytes for task in self.parked if task.request is not None)
        if in_flight >= most or held >= self._max_bytes:
            return None
        return next((t for t in self._queue if t.call.n_started < t.call.n_jobs), None)

    def _form_packs(self, hurried: bool = False) -> bool:
        """Turn the members that wait into sub-packs, if there is nothing else to wait for."""
        if not self.parked or self._n_busy or self._ready:
            return False
        if not hurried and any(map(self._will_go_on, self.calls)):
            return False
        places: list[Place] = []
        held = 0
        for task in sorted(self.parked, key=lambda task: task.order):
            if places and held >= self._max_bytes:
                break  # the timing of threads let this one in
            assert task.request is not None
            held += task.request.n_bytes
            places += [(task.request, k) for k in range(len(task.request.members))]
            self.parked.remove(task)
            self._in_training[task.request] = task
        members = with_shared_data(
            [request.members[k] for request, k in places],
            [request.contents[k] for request, k in places],
        )
        for (request, k), member in zip(places, members, strict=True):
            request.members[k] = member
        try:
            packs = sub_packs(members, self._n_cores)
        except Exception:  # of a member that cannot be described: its own training will tell
            packs = [[place] for place in range(len(places))]
        self._packs.extend(([places[i] for i in pack], len(packs) == 1) for pack in packs)
        return True

    @staticmethod
    def _will_go_on(call: Call) -> bool:
        """Whether a call submits tasks still, or has ended and its task is about to go on."""
        parent = call.parent
        if parent is None:
            return call.is_dispatching
        return not call.tasks and parent.n_waits > 0 and parent.state is State.RUNNING

    def _resume(self, task: Task) -> None:
        """Let a task go on, with a core if it computes something next."""
        if task.n_waits or task.call.is_aborted():
            self._wake(task, with_core=False)
        else:
            task.state = State.READY
            self._ready.append(task)

    @staticmethod
    def _wake(task: Task, *, with_core: bool) -> None:
        task.state, task.holds_core = State.RUNNING, with_core
        task.wake.set()

    def _release_core(self, task: Task) -> None:
        if task.holds_core:
            task.holds_core = False
            self._n_busy -= 1

    def _end(self, task: Task) -> None:
        task.state = State.DONE
        task.call.tasks.remove(task)
        self._release_core(task)

    def _start_thread(self, name: str, target: Callable[[], None]) -> threading.Thread | None:
        """Start a thread; None if the system has no more and others of this scheduler will end."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        # Daemons: a foreign fit that does not end shall not keep the interpreter from ending.
        thread = threading.Thread(target=target, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._threads:
                raise
            return None
        self._threads.append(thread)
        return thread
