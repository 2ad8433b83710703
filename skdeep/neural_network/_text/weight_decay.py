"""Choice of the weight decay on held-out rows."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from skdeep._encoding.fit_data import FitData
from skdeep._engine.training.loop import train_here
from skdeep._engine.training.member import Member, Validation

# More rows would tell little more about one number.
_MOST_ROWS = 2_000
# Fewer rows would tell too little.
FEWEST_ROWS = 200
_HELD_OUT = 0.25
# The fit has more rows than the trial, and needs less: the least that does nearly as well.
_TOLERANCE = 0.03
_STREAM = 7  # of random numbers, beside those of weights and batches


def chosen_weight_decay(
    data: FitData,
    seed: int,
    candidates: Sequence[float],
    describe: Callable[[FitData, np.ndarray], Member],
) -> float:
    """Return the least weight decay whose loss on rows held out is within 3 % of the least loss.

    Networks with all candidates train side by side on three quarters of the rows, at most 2,000 in
    all, and are evaluated on the others after the last epoch.

    Parameters
    ----------
    data : FitData
    seed : int
    candidates : sequence of float
    describe : callable
        From the data and the rows to train on to the member of a fit that goes to its end.
    """
    rows = np.random.default_rng([seed, _STREAM]).permutation(data.kept_rows)[:_MOST_ROWS]
    n_held_out = round(_HELD_OUT * len(rows))
    held_out, rows = np.sort(rows[:n_held_out]), np.sort(rows[n_held_out:])
    member = describe(data, rows)
    weight = None if member.sample_weight is None else member.sample_weight[held_out]
    judges = Validation(
        X=member.X,
        y=member.y,
        sample_weight=weight,
        rows=torch.from_numpy(held_out).to(member.device),
        score="loss",
    )
    trials = [replace(member, validation=judges, weight_decay=value) for value in candidates]
    trained = train_here(trials, [None] * len(trials))
    if any(result.stop_reason == "interrupted" for result in trained):
        raise KeyboardInterrupt  # there is no model yet that could be kept
    losses = np.array([result.validation_loss_curve[-1] for result in trained])
    least = np.min(losses, initial=np.inf, where=np.isfinite(losses))
    does_well = losses <= least + _TOLERANCE * abs(least)  # a loss may be negative
    return candidates[int(np.argmax(does_well))]
