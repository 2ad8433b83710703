"""The entry point of training: members in, trained members out, whatever their packs."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager

import torch

from skdeep._engine.training.grouping import sub_packs
from skdeep._engine.training.lbfgs import minimize
from skdeep._engine.training.member import Member, Trained, Watcher
from skdeep._engine.training.pack import Pack
from skdeep._engine.training.solvers import SOLVERS
from skdeep._engine.training.threads import single_threaded

Watchers = Sequence[Watcher | None]
HandOver = Callable[[Sequence[Member], Watchers], list[Trained]]

_thread = threading.local()


@contextmanager
def handed_over(hand_over: HandOver) -> Iterator[None]:
    """Have another function train what the calling thread passes to `train`.

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
    if not members:
        return []
    n_threads = torch.get_num_threads() if members[0].device.type == "cpu" else 1
    packs = sub_packs(members, n_threads)
    trained: dict[int, Trained] = {}

    def run(places: Sequence[int], is_cancelled: Callable[[], bool] = never) -> None:
        pack = [members[place] for place in places]
        watching = [watchers[place] for place in places]
        results = train_sub_pack(pack, watching, [is_cancelled] * len(pack))
        trained.update(zip(places, results, strict=True))

    if n_threads == 1 or len(packs) == 1:
        for places in packs:
            run(places)
    else:
        _run_on_threads(run, packs, n_threads)
    return [trained[place] for place in range(len(members))]


def _run_on_threads(run: Callable[..., None], packs: list[list[int]], n_threads: int) -> None:
    """Train sub-packs side by side, one thread each: threads that share a product wait for it."""
    is_over = threading.Event()

    def run_alone(places: list[int]) -> None:
        with single_threaded():
            run(places, is_over.is_set)

    with ThreadPoolExecutor(n_threads) as pool:
        futures = [pool.submit(run_alone, places) for places in packs]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except KeyboardInterrupt:  # members end where they are, and none is lost
            is_over.set()
        if any(future.done() and future.exception() for future in futures):
            is_over.set()
        for future in futures:
            future.result()


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
        One a member; returns True if the result is no longer needed. Training then ends within a
        few batches.
    """
    is_cancelled = is_cancelled or [never] * len(members)
    if not SOLVERS[members[0].solver].is_stochastic:
        return [
            minimize(member, watcher, cancelled)
            for member, watcher, cancelled in zip(members, watchers, is_cancelled, strict=True)
        ]
    return Pack(members, watchers, is_cancelled).run()


def never() -> bool:
    """Return False: the member is never cancelled."""
    return False
