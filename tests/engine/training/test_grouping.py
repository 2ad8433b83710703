"""Which members share a sub-pack: each once, of one program, of a size that is worth it."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdeep._engine.training.grouping import sub_packs
from tests.engine.training.members import make_data, make_member, with_changes


def member(**changes):
    rng = np.random.default_rng(0)
    X, y = make_data("regression", "squared_error", 60, 4, 1, rng)
    return make_member(X, y, **changes)


def fold(size, **changes):
    """Members that see the same batches."""
    first = member(**changes)
    return [with_changes(first, alpha=0.1 * k) for k in range(size)]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 60), st.sampled_from([(4,), (300,)]), st.sampled_from(["adam", "lbfgs"])
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(1, 4),
)
def test_each_member_is_in_one_pack_of_its_program(folds, n_threads):
    members = [
        m for size, hidden, solver in folds for m in fold(size, hidden=hidden, solver=solver)
    ]
    packs = sub_packs(members, n_threads)
    assert sorted(chain(*packs)) == list(range(len(members)))
    for pack in packs:
        assert len({members[place].pack_key for place in pack}) == 1
        assert len(pack) <= 40
        assert len(pack) == 1 or members[pack[0]].solver != "lbfgs"


def test_members_that_see_the_same_batches_fill_packs_of_their_own():
    one, other = fold(40), fold(40)
    mixed = [m for pair in zip(one, other, strict=True) for m in pair]
    packs = sub_packs(mixed)
    assert [{place % 2 for place in pack} for pack in packs] == [{0}, {1}]


def test_small_folds_share_packs():
    members = [*fold(4), *fold(4), *fold(4)]
    assert [len(pack) for pack in sub_packs(members)] == [12]


def test_equal_settings_stand_side_by_side():
    members = [with_changes(m, learning_rate_init=0.1 * (k % 2 + 1)) for k, m in enumerate(fold(8))]
    (pack,) = sub_packs(members)
    rates = [members[place].learning_rate_init for place in pack]
    assert rates == sorted(rates)


@pytest.mark.parametrize(("hidden", "batch", "n_packs"), [((8,), 10, 1), ((400, 400), 60, 2)])
def test_packs_are_divided_among_threads_where_products_are_large(hidden, batch, n_packs):
    members = fold(6, hidden=hidden, batch_size=batch)
    n_alone = len(sub_packs(members))
    packs = sub_packs(members, 2)
    assert len(packs) == max(n_packs, n_alone + n_alone % 2 * (n_packs - 1))


def test_two_packs_of_unequal_length_are_both_divided():
    """Halves of the longer one alone would wait for each other: 5 + 5 beside 8."""
    sizes = {10: (120, 120), 8: (120, 118)}
    members = [m for n, hidden in sizes.items() for m in fold(n, hidden=hidden, batch_size=60)]
    assert [len(pack) for pack in sub_packs(members)] == [10, 8]
    assert sorted(len(pack) for pack in sub_packs(members, 2)) == [4, 4, 5, 5]
