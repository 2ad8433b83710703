"""scikit-learn's (experimental) callback protocol for networks: the only file that uses it."""

from typing import Any

from skdeep._engine.training.member import EpochReport, Watcher


def epoch_watcher(
    estimator: Any, context: Any = None, data: dict[str, Any] | None = None
) -> Watcher | None:
    """Make a watcher that reports epochs to the callbacks of an estimator, and prints them.

    Parameters
    ----------
    estimator : estimator
        Its `verbose` and its callbacks are used; its `_fitted_attributes` makes the attributes of
        an estimator whose training ended with an epoch.
    context : CallbackContext, default=None
        Root context of the fit; None to leave the callbacks alone.
    data : dict, default=None
        `X`, `y` and `metadata` of the fit, as callbacks are given them.

    Returns
    -------
    callable or None
        None if there is nothing to report to.
    """
    has_callbacks = context is not None and bool(getattr(estimator, "_skl_callbacks", None))
    data = data or {}
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
            reconstruction_attributes=lambda: estimator._fitted_attributes(report),
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
