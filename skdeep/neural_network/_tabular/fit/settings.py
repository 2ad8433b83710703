"""How much a fit to a table computes, and how its networks are trained."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Effort:
    """How much a fit computes.

    Attributes
    ----------
    n_folds : int
        Parts of the cross-validation.
    n_steps : int
        Largest number of updates of a member.
    n_repeats : int
        Number of networks of every recipe on a fold, each with its own draw of hyperparameters.
    width : int
        Units of a hidden layer, where rows are many.
    n_kept : int
        Largest number of candidates that predict.
    has_products : bool
        Whether regressors of few rows multiply piecewise-linear encodings of columns, which takes
        longer.
    may_take_longer : bool
        Whether another cycle follows where the last one has helped much.
    """

    n_folds: int
    n_steps: int
    n_repeats: int
    width: int
    n_kept: int
    has_products: bool
    may_take_longer: bool


EFFORTS = {
    "fast": Effort(4, 500, 1, width=128, n_kept=2, has_products=False, may_take_longer=False),
    "default": Effort(8, 1_000, 2, width=128, n_kept=3, has_products=True, may_take_longer=True),
    "best": Effort(10, 1_500, 3, width=192, n_kept=6, has_products=True, may_take_longer=True),
}


@dataclass(frozen=True)
class FitSettings:
    """Settings of one fit: parameters of the estimator, checked, and what follows from them.

    Attributes
    ----------
    effort : Effort
    unlabeled_steps : tuple of str
        What is tried with unlabelled rows: "denoising", "guesses" (pseudo-labels), both or neither.
    seed : int
        What all draws follow from.
    begin : float
        When the fit began, by `time.perf_counter`.
    """

    effort: Effort
    architecture: str
    interactions: str | None
    hidden_layer_sizes: Any
    cv: Any
    learning_rate_init: float | str
    weight_decay: float | str
    dropout: float | str
    batch_size: int | str
    max_iter: int | str
    max_time: float | None
    verbose: Any
    unlabeled_steps: tuple[str, ...]
    seed: int
    begin: float

    @property
    def end(self) -> float:
        """When the time is up; infinity where there is no limit."""
        return np.inf if self.max_time is None else self.begin + self.max_time

    def rng(self, stream: int) -> np.random.Generator:
        """A generator of its own for each of the things that draw."""
        return np.random.default_rng([abs(self.seed), stream])
