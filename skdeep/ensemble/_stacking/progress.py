"""Settings of one fit, for all layers, and what it reports."""

import dataclasses
import warnings

import numpy as np

from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators
from skdeep.ensemble._stacking.scoring import Scoring
from skdeep.ensemble._stacking.warm_start import Memory


@dataclasses.dataclass
class Progress:
    """The settings of one fit, its failures and its reports.

    Attributes
    ----------
    stacker : estimator
        The stacker: its `refit`, `n_jobs`, `error_score` and callbacks are used.
    scoring : Scoring
        How predictions are scored.
    memory : Memory or None
        Fits of an earlier call, some of which may be kept.
    deadline : float
        Time of the monotonic clock after which no fit of a base starts.
    failed : dict of str to str
        Bases that failed, and why.
    skipped : list of str
        Bases that there was no time for.
    scores, fit_times, score_times : dict of str to ndarray of shape (n_splits,)
        Reports of each base.
    """

    stacker: LayeredEstimators
    scoring: Scoring
    memory: Memory | None = None
    deadline: float = np.inf
    failed: dict[str, str | None] = dataclasses.field(default_factory=dict)
    skipped: list[str] = dataclasses.field(default_factory=list)
    scores: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    fit_times: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    score_times: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)

    @property
    def isolated(self) -> bool:
        """Whether a base may fail and the stack go on without it."""
        return self.stacker.error_score != "raise"

    def report(
        self, name: str, scores: np.ndarray, fit_times: np.ndarray, score_times: np.ndarray
    ) -> None:
        """Keep the scores and times of a base."""
        self.scores[name] = scores
        self.fit_times[name] = fit_times
        self.score_times[name] = score_times

    def fail(self, name: str, reason: str | None) -> None:
        """Note that a base is left out because it failed."""
        self.failed[name] = reason
        warnings.warn(
            f"The base estimator {name!r} is left out (error_score="
            f"{self.stacker.error_score!r}): {reason}",
            UserWarning,
            stacklevel=2,
        )

    def skip(self, names: list[str]) -> None:
        """Note that bases are left out for lack of time."""
        self.skipped += names
        if names:
            warnings.warn(
                f"max_time={self.stacker.max_time} ended before the base estimators {names} were "
                "complete, and they are left out. Give more time, or set warm_start=True and fit "
                "again to add them.",
                UserWarning,
                stacklevel=2,
            )
