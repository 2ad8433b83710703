"""One fit, of a base or of the second layer: callbacks, and notes on errors."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from sklearn.callback import CallbackContext

from skdeep.ensemble._stacking.metadata import no_weights_error


class FitTask:
    """One fit's place in the callbacks' tree of tasks.

    Parameters
    ----------
    context : CallbackContext
        A leaf of the stacker's tree.
    caller : estimator or None
        The stacker; None without callbacks, to avoid sending it to the workers.
    """

    def __init__(self, context: CallbackContext, caller: Any) -> None:
        self.context = context
        self.caller = caller

    @contextlib.contextmanager
    def around(self, estimator: Any, X: Any, y: Any) -> Iterator[None]:
        """Report the fit of `estimator`, and let its own callbacks report below it."""
        with contextlib.ExitStack() as stack:
            if hasattr(estimator, "set_callbacks"):
                stack.enter_context(self.context.propagate_callback_context(estimator))
            self.context.call_on_fit_task_begin(estimator=self.caller, X=X, y=y)
            try:
                yield
            finally:  # a base may fail and the stack go on without it
                self.context.call_on_fit_task_end(estimator=self.caller, X=X, y=y)


@contextlib.contextmanager
def blame(role: str, estimator: Any, what: str) -> Iterator[None]:
    """Add to an error which estimator it came from."""
    try:
        yield
    except Exception as error:
        error.add_note(f"The {role} ({type(estimator).__name__}) failed {what}.")
        raise


def fit_estimator(
    estimator: Any, X: Any, y: Any, params: Mapping[str, Any], role: str, what: str, task: FitTask
) -> Any:
    """Fit and return the estimator."""
    with blame(role, estimator, f"to fit {what}"), task.around(estimator, X, y):
        try:
            estimator.fit(X, y, **params)
        except TypeError as error:
            if "unexpected keyword argument 'sample_weight'" not in str(error):
                raise
            raise no_weights_error(estimator) from error
    return estimator
