"""Which members share a tensor program, and how many: sub-packs that fit the cache."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain, pairwise

from skdeep.training.member import Member
from skdeep.training.networks import n_multiplications, n_values

# What a sub-pack works on should stay in the last-level cache; measured on two machines.
_PACK_BYTES = 10 << 20
# Autograd works in many small passes, of which larger packs need fewer.
_MODULE_PACK_BYTES = 32 << 20
# Beyond, products of matrices gain nothing from more members.
_MOST_MEMBERS = 40
# Sub-packs of less than this part of the work of the largest are done before one notices.
_LIGHT = 0.1
# Multiplications of the largest product in a step from which on a sub-pack is worth a thread of its
# own: threads share the interpreter, which small products keep busy.
_WORTH_A_THREAD = 1 << 21


def sub_packs(members: Sequence[Member], n_threads: int = 1) -> list[list[int]]:
    """Divide members into sub-packs, each one tensor program.

    Members that see the same batches come together, since one gather then serves all, and those of
    equal settings side by side, since one update then serves all. The result hangs on the members
    and their order alone.

    Parameters
    ----------
    members : sequence of Member
    n_threads : int, default=1
        How many sub-packs will run at once.

    Returns
    -------
    list of list of int
        Places of the members, each once.
    """
    packs: list[list[int]] = []
    for places in _by_key(range(len(members)), lambda place: members[place].pack_key):
        if members[places[0]].solver == "lbfgs":
            packs.extend([place] for place in places)
            continue
        most = _most_members(members[places[0]])
        mixed: list[int] = []
        for feed in _by_key(places, lambda place: members[place].feed_key):
            if 2 * len(feed) < most:  # a full pack is worth more than one gather for all
                mixed.extend(feed)
            else:
                packs.extend(_even_parts(_settings_together(members, feed), most))
        packs.extend(_even_parts(_settings_together(members, mixed), most))
    return _balanced(members, packs, n_threads)


def _balanced(members: Sequence[Member], packs: list[list[int]], n_threads: int) -> list[list[int]]:
    """Divide those that would run while some thread has none."""
    if n_threads == 1:
        return packs
    work = [_work(members, pack) for pack in packs]
    is_light = [amount < _LIGHT * max(work) for amount in work]
    heavy = [pack for pack, light in zip(packs, is_light, strict=True) if not light]
    n_odd = len(heavy) % n_threads
    if not n_odd:
        return packs
    odd = heavy[len(heavy) - n_odd :]
    whole = [pack for pack in packs if pack not in odd]
    for pack in odd:
        member = members[pack[0]]
        fewest = -(-_WORTH_A_THREAD // (member.batch_size * n_multiplications(member)))
        n_parts = min(-(-n_threads // n_odd), max(1, len(pack) // fewest))
        whole.extend(_even_parts(pack, -(-len(pack) // n_parts)))
    return whole


def _work(members: Sequence[Member], pack: list[int]) -> float:
    """What training a pack takes, roughly and in no unit."""
    member = members[pack[0]]
    return len(pack) * member.batch_size * member.n_batches * n_multiplications(member)


def _settings_together(members: Sequence[Member], places: Iterable[int]) -> list[int]:
    """Members of equal settings side by side."""
    return list(chain(*_by_key(places, lambda place: members[place].update_key)))


def _by_key(places: Iterable[int], key) -> list[list[int]]:
    """Places with equal keys together, in the order in which they first occur."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for place in places:
        groups[key(place)].append(place)
    return list(groups.values())


def _even_parts(places: list[int], most: int) -> list[list[int]]:
    """Parts of nearly the same length, none longer than `most`."""
    n_parts = -(-len(places) // most)
    edges = [len(places) * part // n_parts for part in range(n_parts + 1)] if places else [0]
    return [places[start:stop] for start, stop in pairwise(edges)]


def _most_members(member: Member) -> int:
    """Members whose parameters, moments and hidden values fill the cache."""
    if member.device.type != "cpu":
        return 1 << 30
    n_bytes = n_values(member) * member.dtype.itemsize
    most_bytes = _PACK_BYTES if member.module is None else _MODULE_PACK_BYTES
    return max(1, min(_MOST_MEMBERS, most_bytes // n_bytes))
