"""The one place that speaks scikit-learn's (experimental) callback protocol for networks."""

from collections.abc import Callable
from typing import Any

from skdeep.training import EpochReport, Watcher


def epoch_watcher(
    estimator: Any,
    context: Any,
    data: dict[str, Any],
    fitted_attributes: Callable[[EpochReport], dict[str, Any]],
) -> Watcher | None:
    """Make a watcher that reports epochs to the callbacks of an estimator, and prints them.

    Parameters
    ----------
    estimator : estimator
        Its `verbose` and its callbacks are heeded.
    context : CallbackContext
        Root context of the fit.
    data : dict
        `X`, `y` and `metadata` of the fit, as callbacks are given them.
    fitted_attributes : callable
        Makes the attributes of an estimator as if training had ended with an epoch.

    Returns
    -------
    callable or None
        None where nobody watches.
    """
    has_callbacks = bool(getattr(estimator, "_skl_callbacks", None))
    if not has_callbacks and not estimator.verbose:
        return None

    def watch(report: EpochReport) -> bool:
        if estimator.verbose:
            print(epoch_line(report), flush=True)
        if not has_callbacks:
            return False
        epoch = context.subcontext(task_name="epoch")
        epoch.call_on_fit_task_begin(estimator=estimator, **data)
        return epoch.call_on_fit_task_end(
            estimator=estimator,
            reconstruction_attributes=lambda: fitted_attributes(report),
            **data,
        )

    return watch


def epoch_line(report: EpochReport) -> str:
    """One line about an epoch."""
    line = f"Iteration {report.n_iter}, loss = {report.loss:.8g}"
    if report.validation_loss is not None:
        line += f", validation loss = {report.validation_loss:.8g}"
        line += f", validation score = {report.validation_score:.6g}"
    return line
