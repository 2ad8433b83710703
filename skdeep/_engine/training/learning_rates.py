"""Learning rates of a member in training, by its schedule where that applies to its solver."""

from skdeep._engine.training.member import Member
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import SOLVERS


def epoch_learning_rates(member: Member, current: float, first_step: int) -> list[float]:
    """Learning rates of the steps of one epoch, of which the first has the number `first_step`."""
    schedule = SCHEDULES[member.learning_rate]
    if schedule.factor is None:
        return [current] * member.n_batches
    total = member.max_iter * member.n_batches
    rates = []
    for step in range(first_step, first_step + member.n_batches):
        progress = min((step + schedule.offset) / total, 1.0)
        factor = schedule.factor(progress, member.warmup_fraction, member.coslog_cycles)
        rates.append(member.learning_rate_init * factor)
    return rates


def first_rate(member: Member, previous: float | None, n_samples_seen: int) -> float:
    """Learning rate at the start of a run, which may continue an earlier one."""
    remembers = SCHEDULES[member.learning_rate].after_plateau is not None
    if remembers and previous is not None and _follows_epochs(member):
        return previous
    if n_samples_seen:
        return after_epoch(member, member.learning_rate_init, n_samples_seen)
    return member.learning_rate_init


def after_epoch(member: Member, current: float, n_samples_seen: int) -> float:
    """Learning rate after an epoch, all epochs so far having seen that many rows."""
    rate_after = SCHEDULES[member.learning_rate].after_epoch
    if rate_after is None or not _follows_epochs(member):
        return current
    return rate_after(member.learning_rate_init, n_samples_seen, member.power_t)


def after_plateau(member: Member, current: float) -> float | None:
    """Learning rate after a plateau, or None where training ends."""
    rate_after = SCHEDULES[member.learning_rate].after_plateau
    if rate_after is None or not _follows_epochs(member):
        return None
    return rate_after(current)


def _follows_epochs(member: Member) -> bool:
    return SOLVERS[member.solver].follows_epochs
