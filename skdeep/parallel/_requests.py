"""What a task asks to be trained; an error of one member stays with it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from skdeep._engine.training.loop import train_sub_pack
from skdeep._engine.training.member import EpochReport, Member, Trained, Watcher
from skdeep._engine.training.threads import single_threaded
from skdeep.parallel._contents import Digests


class Request:
    """Members of one task that wait to be trained.

    Parameters
    ----------
    members : sequence of Member
    watchers : sequence of callable or None
    contents : sequence of dict
        What the arrays of the members hold.
    is_cancelled : callable
        Returns True where the task has been given up.
    n_bytes : int
        Estimate of the memory that the task holds while it waits.
    """

    def __init__(
        self,
        members: Sequence[Member],
        watchers: Sequence[Watcher | None],
        contents: Sequence[Digests],
        is_cancelled: Callable[[], bool],
        n_bytes: int,
    ):
        self.contents = contents
        self.is_cancelled = is_cancelled
        self.n_bytes = n_bytes
        self.error: BaseException | None = None
        self.members = [self._guarded_member(member) for member in members]
        self.watchers = [
            self._guarded_watcher(member, watcher)
            for member, watcher in zip(members, watchers, strict=True)
        ]
        self.n_open = len(self.members)  # not trained yet
        self._trained: dict[int, Trained] = {}

    def take(self, place: int, trained: Trained) -> None:
        """Store the result of a member."""
        self._trained[place] = trained

    def results(self) -> list[Trained]:
        """Results of the members, in their order; raises the error of one that failed."""
        if self.error is not None:
            raise self.error
        return [self._trained[place] for place in range(len(self.members))]

    def _guarded_member(self, member: Member) -> Member:
        if member.validation is None or not callable(member.validation.score):
            return member
        score = member.validation.score

        def guarded_score(weights: np.ndarray) -> float:
            try:
                return score(weights)
            except BaseException as error:
                self.error = error
                return float("nan")

        return replace(member, validation=replace(member.validation, score=guarded_score))

    def _guarded_watcher(self, member: Member, watcher: Watcher | None) -> Watcher | None:
        has_score = member.validation is not None and callable(member.validation.score)
        if watcher is None and not has_score:
            return None

        def guarded_watcher(report: EpochReport) -> bool:
            if self.error is None and watcher is not None:
                try:
                    return bool(watcher(report))
                except BaseException as error:
                    self.error = error
            return self.error is not None

        return guarded_watcher


# A member: the request that it belongs to, and its place there.
Place = tuple[Request, int]


def train_places(places: Sequence[Place], *, alone: bool) -> None:
    """Train members that share a program, and hand each its result or its error.

    Parameters
    ----------
    places : sequence of (Request, int)
    alone : bool
        Whether no other sub-pack trains at the same time, so that all cores may serve this one.
    """
    try:
        if alone:
            _train_together(places)
        else:
            with single_threaded():
                _train_together(places)
    except BaseException as error:
        if len(places) == 1:
            places[0][0].error = error
            return
        for place in places:  # one of them has failed: the others are trained on their own
            train_places([place], alone=alone)


def _train_together(places: Sequence[Place]) -> None:
    results = train_sub_pack(
        [request.members[place] for request, place in places],
        [request.watchers[place] for request, place in places],
        [request.is_cancelled for request, _ in places],
    )
    for (request, place), trained in zip(places, results, strict=True):
        request.take(place, trained)
