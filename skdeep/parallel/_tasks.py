"""The parts of a parallel call: calls, their tasks, and their results."""

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from skdeep.parallel._requests import Request

_thread = threading.local()


class TaskAbortedError(BaseException):
    """The result of a task is no longer needed; `except Exception` does not catch this."""


class TaskTracebackError(Exception):
    """Where in its thread a task failed; the cause of the error that the caller sees."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class State(Enum):
    """What a task is doing."""

    QUEUED = "not started"
    RUNNING = "runs, or waits for a call of its own"
    READY = "goes on as soon as a core is free"
    PARKED = "waits for its networks to be trained"
    DONE = "has ended"


@dataclass
class Outcome:
    """Result of a task, or its error."""

    result: Any = None
    error: BaseException | None = None

    def get(self) -> Any:
        """Return the result, or raise the error."""
        if self.error is None:
            return self.result
        # joblib drops the traceback; what the user needs of it is the text.
        lines = traceback.format_exception(self.error)
        self.error.__cause__ = TaskTracebackError("".join(lines).rstrip())
        raise self.error


@dataclass(eq=False)
class Call:
    """One call of joblib's `Parallel`.

    Attributes
    ----------
    parallel : joblib.Parallel
    parent : Task or None
        The task that made the call; None for a call from outside.
    n_jobs : int
        Largest number of tasks that may run at the same time.
    order : tuple of int
        Its place among all calls; those of its tasks begin with it.
    is_dispatching : bool
        Whether more tasks will come before any has ended.
    last_submit : float
        When the last one came.
    aborted : bool
        Whether it was given up.
    n_submitted : int
        Number of tasks so far.
    tasks : list of Task
        Those that have not ended.
    thread_id : int
        The thread that makes the call.
    """

    parallel: Any
    parent: "Task | None"
    n_jobs: int
    order: tuple[int, ...]
    is_dispatching: bool = True
    last_submit: float = 0.0
    aborted: bool = False
    n_submitted: int = 0
    tasks: "list[Task]" = field(default_factory=list)
    thread_id: int = field(default_factory=threading.get_ident)

    def is_aborted(self) -> bool:
        """Whether this call, or one that it belongs to, was given up."""
        return self.aborted or (self.parent is not None and self.parent.call.is_aborted())

    @property
    def n_started(self) -> int:
        """Tasks that have started and not ended."""
        return sum(task.state is not State.QUEUED for task in self.tasks)


@dataclass(eq=False)
class Task:
    """One task of a call, and the thread that it runs in."""

    call: Call
    order: tuple[int, ...]
    function: Callable[[], Any]
    callback: Callable[[Outcome], None]
    state: State = State.QUEUED
    holds_core: bool = False
    n_waits: int = 0  # retrievals of calls of its own that it is inside of
    n_calls: int = 0  # calls that it has made
    request: Request | None = None
    thread: threading.Thread | None = None
    wake: threading.Event = field(default_factory=threading.Event)

    @property
    def is_in_flight(self) -> bool:
        """Whether it has started, and is neither done nor only waiting for tasks of its own."""
        return self.state not in (State.QUEUED, State.DONE) and not self.n_waits

    def run(self) -> Outcome:
        """Call the function in the current thread."""
        _thread.task = self
        try:
            return Outcome(result=self.function())
        except BaseException as error:
            return Outcome(error=error)
        finally:
            _thread.task = None


def current_task() -> Task | None:
    """The task that the calling thread runs."""
    return getattr(_thread, "task", None)
