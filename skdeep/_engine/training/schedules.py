"""Learning-rate schedules.

`constant`, `invscaling` and `adaptive` are scikit-learn's and act on `sgd` (and `rmsprop`) alone;
`cosine`, `one_cycle` and `coslog` act on every stochastic solver, step by step. `coslog`
(Holzmueller et al. 2024, arXiv:2407.04491) is cycles of cosines, each twice as long as the last.
"""

import math

from skdeep._engine.training.member import Member

SCHEDULES = ("constant", "invscaling", "adaptive", "cosine", "one_cycle", "coslog")
DEFAULT_WARMUP = {"cosine": 0.05, "one_cycle": 0.3, "coslog": 0.0}
# Smith and Topin (2019), arXiv:1708.07120: where the cycle starts and ends.
_ONE_CYCLE_START = 1.0 / 25.0
_ONE_CYCLE_END = 1e-4 / 25.0
_SMALLEST_ADAPTIVE = 1e-6


def follows_epochs(member: Member) -> bool:
    """Whether scikit-learn's epoch-wise schedules act on the solver of a member."""
    return member.solver in ("sgd", "rmsprop")


def epoch_learning_rates(member: Member, current: float, first_step: int) -> list[float]:
    """Learning rates of the steps of one epoch, of which the first has the number `first_step`."""
    if member.learning_rate in DEFAULT_WARMUP:
        total = member.max_iter * member.n_batches
        # Cycles start and end at 0, where a step would be wasted.
        offset = 0.5 if member.learning_rate == "coslog" else 0.0
        return [
            member.learning_rate_init
            * annealed(
                member.learning_rate,
                member.warmup_fraction,
                (step + offset) / total,
                member.coslog_cycles,
            )
            for step in range(first_step, first_step + member.n_batches)
        ]
    return [current] * member.n_batches


def annealed(schedule: str, warmup: float, progress: float, cycles: int = 4) -> float:
    """Factor on the initial learning rate after a fraction `progress` of all steps."""
    start, end = (_ONE_CYCLE_START, _ONE_CYCLE_END) if schedule == "one_cycle" else (0.0, 0.0)
    progress = min(progress, 1.0)
    if schedule == "coslog":
        place = math.log2(1.0 + (2.0**cycles - 1.0) * progress)
        return 0.5 * (1.0 - math.cos(2.0 * math.pi * place))
    if progress < warmup:
        rise = progress / warmup
        if schedule == "one_cycle":
            return half_cosine(start, 1.0, rise)
        return max(rise, 1e-3)  # a step of length 0 would be wasted
    return half_cosine(1.0, end, (progress - warmup) / max(1.0 - warmup, 1e-12))


def regularization_factor(member: Member, progress: float) -> float:
    """Factor on weight decay and dropout: whole in the first half, then half a cosine to 0."""
    if not member.anneals_regularization or progress < 0.5:
        return 1.0
    return half_cosine(1.0, 0.0, min(2.0 * progress - 1.0, 1.0))


def half_cosine(first: float, last: float, fraction: float) -> float:
    """Half a cosine from `first` to `last`."""
    return last + (first - last) * 0.5 * (1.0 + math.cos(math.pi * fraction))


def first_rate(member: Member, previous: float | None, n_samples_seen: int) -> float:
    """Learning rate at the start of a run, which may continue an earlier one."""
    if member.learning_rate == "adaptive" and previous is not None and follows_epochs(member):
        return previous
    if n_samples_seen:
        return after_epoch(member, member.learning_rate_init, n_samples_seen)
    return member.learning_rate_init


def after_epoch(member: Member, current: float, n_samples_seen: int) -> float:
    """Learning rate after an epoch, for the schedule that follows the rows seen."""
    if member.learning_rate == "invscaling" and follows_epochs(member):
        return member.learning_rate_init / (n_samples_seen + 1) ** member.power_t
    return current


def after_plateau(member: Member, current: float) -> float | None:
    """Learning rate after a plateau, or None where training ends."""
    if member.learning_rate != "adaptive" or not follows_epochs(member):
        return None
    return current / 5.0 if current > _SMALLEST_ADAPTIVE else None
