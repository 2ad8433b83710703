"""Which members share a tensor program, and how many: sub-packs that fit the cache."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import chain, pairwise

from skdeep._engine.training.building import n_multiplications, n_values, values_per_row
from skdeep._engine.training.member import Member
from skdeep._engine.training.solvers import SOLVERS

# What a sub-pack works on should stay in the last-level cache; measured on two machines.
_PACK_BYTES = 10 << 20
# Autograd works in many small passes, of which larger packs need fewer.
_MODULE_PACK_BYTES = 32 << 20
# Beyond, products of matrices gain nothing from more members.
_MOST_MEMBERS = 40
# Cost of a pass over a hidden value, in multiplications of a matrix product.
_VALUE = 60
# Work of a step from which on a sub-pack is worth a thread of its own: threads share the
# interpreter, which small products keep busy.
_WORTH_A_THREAD = 1 << 24
# What another division of a sub-pack has to save.
_LEAST_SAVING = 0.03


def sub_packs(members: Sequence[Member], n_threads: int = 1) -> list[list[int]]:
    """Divide members into sub-packs, each one tensor program.

    Members that see the same batches come together, since one gather then serves all, and those of
    equal settings side by side, since one update then serves all. The result depends on the members
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
        if not SOLVERS[members[places[0]].solver].is_stochastic:
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
    """The longest first, divided further if some thread would be idle at the end."""

    def work(pack: list[int]) -> int:
        member = members[pack[0]]
        return len(pack) * member.n_batches * _work_of_a_step(member)

    def by_work(packs: list[list[int]]) -> list[list[int]]:
        return sorted(packs, key=work, reverse=True)

    def halved(packs: list[list[int]], chosen: set[int]) -> list[list[int]]:
        parts = [
            _even_parts(pack, -(-len(pack) // 2)) if i in chosen and is_divisible(pack) else [pack]
            for i, pack in enumerate(packs)
        ]
        return by_work(list(chain(*parts)))

    def is_divisible(pack: list[int]) -> bool:
        return len(pack) // 2 >= -(-_WORTH_A_THREAD // _work_of_a_step(members[pack[0]]))

    def end(packs: list[list[int]]) -> int:
        return _finish([work(pack) for pack in packs], n_threads)[0]

    if n_threads == 1:
        return packs
    packs = by_work(packs)
    while True:
        now, last = _finish([work(pack) for pack in packs], n_threads)
        # Two packs of much the same length have to be divided both.
        longest_other = 1 if last == 0 else 0
        finer = min((halved(packs, {last}), halved(packs, {last, longest_other})), key=end)
        if end(finer) > (1.0 - _LEAST_SAVING) * now:
            return packs
        packs = finer


def _finish(work: list[int], n_threads: int) -> tuple[int, int]:
    """When all is done if each free thread takes the next pack, and which pack ends last."""
    ends = [0] * n_threads
    of_packs = []
    for amount in work:
        thread = ends.index(min(ends))
        ends[thread] += amount
        of_packs.append(ends[thread])
    return max(of_packs), of_packs.index(max(of_packs))


def _work_of_a_step(member: Member) -> int:
    """What one step takes, roughly, in multiplications."""
    of_a_row = n_multiplications(member) + _VALUE * values_per_row(member)
    return member.batch_size * of_a_row


def _settings_together(members: Sequence[Member], places: Iterable[int]) -> list[int]:
    """Members of equal settings side by side."""
    return list(chain(*_by_key(places, lambda place: members[place].update_key)))


def _by_key(places: Iterable[int], key: Callable[[int], Hashable]) -> list[list[int]]:
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
