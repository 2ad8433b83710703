"""Schedules of the learning rate: one table, whose entries hold all that is needed of them.

Those of scikit-learn act after epochs, and only on the solvers that follow epochs; annealed ones
act on every stochastic solver, step by step. `learning_rates` computes the resulting rates.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from skdeep._engine.training.member import Member

# Smith and Topin (2019), arXiv:1708.07120: where the cycle starts and ends.
_ONE_CYCLE_START = 1.0 / 25.0
_ONE_CYCLE_END = 1e-4 / 25.0
_SMALLEST_ADAPTIVE = 1e-6


@dataclass(frozen=True)
class ScheduleEntry:
    """A schedule of the learning rate.

    Attributes
    ----------
    words : str
        A clause for documentation; empty where the name says it all.
    factor : callable or None
        ``factor(progress, warmup, cycles)`` is the factor on the initial rate after a fraction
        `progress` of all steps, of which `warmup` are the warm-up; None for schedules that are not
        annealed.
    warmup : float
        The warm-up of an annealed schedule where none is given, as a fraction of all steps.
    offset : float
        Where in a step its factor is taken: 0 at the start, 0.5 in the middle.
    after_epoch : callable or None
        ``after_epoch(initial, n_samples_seen, power_t)`` is the rate after an epoch, all epochs
        so far having seen so many rows; None where epochs change nothing.
    after_plateau : callable or None
        ``after_plateau(rate)`` is the rate after a plateau, or None where training ends. None for
        schedules under which every plateau ends it.
    """

    words: str = ""
    factor: Callable[[float, float, int], float] | None = None
    warmup: float = 0.0
    offset: float = 0.0
    after_epoch: Callable[[float, int, float], float] | None = None
    after_plateau: Callable[[float], float | None] | None = None

    @property
    def is_annealed(self) -> bool:
        """Whether it acts step by step, on every stochastic solver, towards the last epoch."""
        return self.factor is not None

    @property
    def follows_epochs(self) -> bool:
        """Whether it depends on rows or plateaus, so that the rates of equal members diverge."""
        return self.after_epoch is not None or self.after_plateau is not None


def half_cosine(first: float, last: float, fraction: float) -> float:
    """Half a cosine from `first` to `last`."""
    return last + (first - last) * 0.5 * (1.0 + math.cos(math.pi * fraction))


def regularization_factor(member: Member, progress: float) -> float:
    """Factor on weight decay and dropout: whole in the first half, then half a cosine to 0."""
    if not member.anneals_regularization or progress < 0.5:
        return 1.0
    return half_cosine(1.0, 0.0, min(2.0 * progress - 1.0, 1.0))


def _cosine(progress: float, warmup: float, cycles: int) -> float:
    if progress < warmup:
        return max(progress / warmup, 1e-3)  # a step of length 0 would be wasted
    return half_cosine(1.0, 0.0, _after_warmup(progress, warmup))


def _one_cycle(progress: float, warmup: float, cycles: int) -> float:
    if progress < warmup:
        return half_cosine(_ONE_CYCLE_START, 1.0, progress / warmup)
    return half_cosine(1.0, _ONE_CYCLE_END, _after_warmup(progress, warmup))


def _after_warmup(progress: float, warmup: float) -> float:
    return (progress - warmup) / max(1.0 - warmup, 1e-12)


def _coslog(progress: float, warmup: float, cycles: int) -> float:
    place = math.log2(1.0 + (2.0**cycles - 1.0) * progress)
    return 0.5 * (1.0 - math.cos(2.0 * math.pi * place))


def _invscaling(initial: float, n_samples_seen: int, power_t: float) -> float:
    return initial / (n_samples_seen + 1) ** power_t


def _adaptive(rate: float) -> float | None:
    return rate / 5.0 if rate > _SMALLEST_ADAPTIVE else None


SCHEDULES: dict[str, ScheduleEntry] = {
    "constant": ScheduleEntry(),
    "invscaling": ScheduleEntry(
        words="'invscaling' divides it by the `power_t`-th power of the rows seen",
        after_epoch=_invscaling,
    ),
    "adaptive": ScheduleEntry(
        words="'adaptive' divides it by 5 whenever training stalls",
        after_plateau=_adaptive,
    ),
    # Loshchilov and Hutter (2017), arXiv:1608.03983.
    "cosine": ScheduleEntry(
        words="'cosine' [5]_ falls along half a cosine, after a warm-up in a straight line",
        factor=_cosine,
        warmup=0.05,
    ),
    "one_cycle": ScheduleEntry(
        words="'one_cycle' [6]_ rises and falls along halves of cosines",
        factor=_one_cycle,
        warmup=0.3,
    ),
    # Holzmueller et al. (2024), arXiv:2407.04491. Cycles start and end at 0, where a step would be
    # wasted.
    "coslog": ScheduleEntry(
        words="'coslog' [7]_ is four cycles of cosines, each twice as long as the last",
        factor=_coslog,
        offset=0.5,
    ),
}
