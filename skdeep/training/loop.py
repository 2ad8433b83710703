"""The one way to train: members in, trained members out, whatever packs they travel in."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from skdeep.training.lbfgs import minimize
from skdeep.training.member import Member, Trained, Watcher
from skdeep.training.pack import Pack


def train(
    members: Sequence[Member], watchers: Sequence[Watcher | None] | None = None
) -> list[Trained]:
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
    packs: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, member in enumerate(members):
        packs[member.pack_key].append(place)
    trained: dict[int, Trained] = {}
    for places in packs.values():
        pack_members = [members[place] for place in places]
        pack_watchers = [watchers[place] for place in places]
        if pack_members[0].solver == "lbfgs":
            results = [
                minimize(member, watcher)
                for member, watcher in zip(pack_members, pack_watchers, strict=True)
            ]
        else:
            results = Pack(pack_members, pack_watchers).run()
        trained.update(zip(places, results, strict=True))
    return [trained[place] for place in range(len(members))]
