"""The one way to train: members in, trained members out, whatever packs they travel in."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from skdeep.training.grouping import sub_packs
from skdeep.training.lbfgs import minimize
from skdeep.training.member import Member, Trained, Watcher
from skdeep.training.pack import Pack

Watchers = Sequence[Watcher | None]
HandOver = Callable[[Sequence[Member], Watchers], list[Trained]]

_thread = threading.local()


@contextmanager
def handed_over(hand_over: HandOver) -> Iterator[None]:
    """Have somebody else train what the calling thread asks to be trained.

    Parameters
    ----------
    hand_over : callable
        Takes members and watchers as `train` does, and returns what `train` returns.
    """
    _thread.hand_over = hand_over
    try:
        yield
    finally:
        del _thread.hand_over


def train(members: Sequence[Member], watchers: Watchers | None = None) -> list[Trained]:
    """Train members, those that can share a tensor program together.

    A member gets the same weights, curves and number of epochs (to floating-point tolerance)
    whatever members it is trained with.

    Parameters
    ----------
    members : sequence of Member
    watchers : sequence of callable or None, default=None
        One a member; called with an `EpochReport` after every epoch, returns True to stop.

    Returns
    -------
    list of Trained
        In the order of the members.
    """
    watchers = watchers or [None] * len(members)
    hand_over: HandOver | None = getattr(_thread, "hand_over", None)
    if hand_over is not None:
        return hand_over(members, watchers)
    return train_here(members, watchers)


def train_here(members: Sequence[Member], watchers: Watchers) -> list[Trained]:
    """Do what `train` does, in the calling thread whatever has been handed over."""
    trained: dict[int, Trained] = {}
    for places in sub_packs(members):
        pack = [members[place] for place in places]
        results = train_sub_pack(pack, [watchers[place] for place in places])
        trained.update(zip(places, results, strict=True))
    return [trained[place] for place in range(len(members))]


def train_sub_pack(
    members: Sequence[Member],
    watchers: Watchers,
    is_cancelled: Sequence[Callable[[], bool]] | None = None,
) -> list[Trained]:
    """Train members that share a program, in the calling thread.

    Parameters
    ----------
    members : sequence of Member
        One of `sub_packs`.
    watchers : sequence of callable or None
    is_cancelled : sequence of callable, default=None
        One a member; returns True where nobody wants the result any more. Training then ends
        within a few batches.
    """
    is_cancelled = is_cancelled or [never] * len(members)
    if members[0].solver == "lbfgs":
        return [
            minimize(member, watcher, cancelled)
            for member, watcher, cancelled in zip(members, watchers, is_cancelled, strict=True)
        ]
    return Pack(members, watchers, is_cancelled).run()


def never() -> bool:
    """Return False: a member that is wanted to the end."""
    return False
