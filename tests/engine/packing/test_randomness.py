"""Draws from private states leave torch's global generator alone."""

from concurrent.futures import ThreadPoolExecutor

import torch

from skdeep._engine.packing.randomness import PrivateRandomness

CPU = torch.device("cpu")


def draws(seed, n):
    private = PrivateRandomness(CPU)
    private.seed(seed)
    drawn = []
    for _ in range(n):
        with private.lent():
            drawn.append(torch.rand(3))
    return torch.cat(drawn)


def test_draws_follow_from_the_seed_and_leave_no_trace():
    before = torch.get_rng_state()
    one, again, other = draws(1, 4), draws(1, 4), draws(2, 4)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(one, torch.rand(12, generator=torch.Generator().manual_seed(1)))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_global_state_comes_back_after_an_error():
    before, private = torch.get_rng_state(), PrivateRandomness(CPU)
    try:
        with private.lent():
            torch.rand(2)
            raise KeyError
    except KeyError:
        pass
    assert torch.equal(torch.get_rng_state(), before)
    assert private.has_drawn


def test_threads_do_not_draw_from_each_other():
    before = torch.get_rng_state()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: draws(seed, 50), range(8)))
    for seed, drawn in enumerate(together):
        assert torch.equal(drawn, draws(seed, 50))
    assert torch.equal(torch.get_rng_state(), before)


def test_what_draws_nothing_is_seen():
    private = PrivateRandomness(CPU)
    with private.lent():
        torch.zeros(3).relu()
    assert not private.has_drawn


def test_a_state_may_be_lent_while_another_is():
    before = torch.get_rng_state()
    outer, inner = PrivateRandomness(CPU), PrivateRandomness(CPU)
    with outer.lent():
        first = torch.rand(2)
        with inner.lent():
            torch.rand(5)
        rest = torch.rand(2)
    alone = PrivateRandomness(CPU)
    with alone.lent():
        assert torch.equal(torch.cat([first, rest]), torch.rand(4))
    assert torch.equal(torch.get_rng_state(), before)
