"""scikit-learn's callbacks in a tabular fit."""

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Where there are unlabelled rows: on labelled rows, of denoisers, from denoisers, and on
# pseudo-labels.
N_TRAININGS = 4


class FitProgress:
    """Reports the progress of a fit to callbacks, and whether they ask to stop.

    A fit is one task. Its subtasks are the epochs of the networks that are trained first, and every
    training that follows, which has epochs of its own.

    Parameters
    ----------
    estimator : estimator
        It is being fitted, with callbacks or without.
    X, y
        What `fit` was given.
    n_fits : int, default=1
        How many fits to report as one.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, n_fits: int = 1):
        self._estimator = estimator
        self._seen = {"X": X, "y": y, "metadata": {}}
        n_trainings = 1 if estimator.unlabeled_label is None else N_TRAININGS
        n_trainings += estimator.max_iter == "auto"  # which may take longer than planned
        self._n_later = n_fits * n_trainings - 1
        self._has_callbacks = bool(getattr(estimator, "_skl_callbacks", None))
        self._fit: Any = None
        self._lock = threading.Lock()
        self._is_interrupted = False
        self.is_stopped = False

    @contextmanager
    def training(self, n_epochs: int) -> Iterator[Callable[[], bool]]:
        """Tell of a training of so many epochs, over all networks.

        Yields a function to call after every epoch of a network; it returns whether to stop.
        """
        is_first = self._fit is None
        if is_first:  # callbacks are set up once, and torn down once
            task = self._fit = self._estimator._init_callback_context(
                max_subtasks=n_epochs + self._n_later
            )
        else:
            task = self._fit.subcontext(task_name="training", max_subtasks=n_epochs)
        task.call_on_fit_task_begin(estimator=self._estimator, **self._seen)
        yield lambda: self._has_callbacks and self._tick(task)
        if not is_first:
            self._end(task)

    def interrupt(self) -> None:
        """Have the fit end with what there is, as the user has asked for."""
        self.is_stopped = self._is_interrupted = True

    def end(self) -> None:
        """Tell that the fit is over; to be called by the public method that fits."""
        self._end(self._fit)
        if (
            self._is_interrupted
        ):  # said of the line that called scikit-learn's wrapper of the method
            warnings.warn("Training interrupted by user.", stacklevel=4)

    def _tick(self, task: Any) -> bool:
        with self._lock:  # members train on several threads
            epoch = task.subcontext(task_name="epoch")
            epoch.call_on_fit_task_begin(estimator=self._estimator, **self._seen)
            self.is_stopped |= self._end(epoch)
        return self.is_stopped

    def _end(self, task: Any) -> bool:
        return bool(
            task.call_on_fit_task_end(
                estimator=self._estimator, reconstruction_attributes=dict, **self._seen
            )
        )
