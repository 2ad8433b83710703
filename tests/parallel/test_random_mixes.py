"""A hundred random mixes of tasks, errors, time limits and generators left unread: all end."""

import multiprocessing
import random
import time
import warnings

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression

from .conftest import packed
from .test_never_stuck import X, Y, fit


class Mix:
    """A random call: its tasks, how it is made, and how it ends."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.tasks = [self.task(rng, depth=0) for _ in range(rng.randint(1, 7))]
        self.n_jobs = rng.choice([None, 2, 3, 160])
        self.return_as = rng.choice(["list", "list", "generator", "generator_unordered"])
        self.timeout = rng.choice([None, None, None, 60, 0.02])
        self.pre_dispatch = rng.choice(["2 * n_jobs", "all", "n_jobs"])
        self.n_read = rng.choice([None, None, 0, 1, 2])

    def task(self, rng, depth):
        kinds = ["fit", "fit", "fit", "two", "nothing", "other", "fail", "sleep", "stop early"]
        if depth < 2:
            kinds += ["nested", "nested"]
        if rng.random() < 0.5:
            kinds.remove("fail")
        kind = rng.choice(kinds)
        n_children = rng.randint(1, 3) if kind == "nested" else 0
        children = [self.task(rng, depth + 1) for _ in range(n_children)]
        return kind, rng.randint(0, 9), children, rng.choice([None, 2])

    def run(self, task):
        kind, seed, children, n_jobs = task
        if kind == "nested":
            return sum(Parallel(n_jobs=n_jobs)(delayed(self.run)(child) for child in children))
        if kind == "nothing":
            return float(seed)
        if kind == "other":
            return LogisticRegression(C=0.1).fit(X[:, :2], Y).coef_.sum()
        if kind == "fail":
            fit(seed)
            raise RuntimeError(f"task {seed} failed")
        if kind == "sleep":
            time.sleep(0.01)
        if kind == "stop early":
            return fit(seed, early_stopping=True, n_iter_no_change=1).sum()
        second = fit(seed + 10, hidden_layer_sizes=(3,)).sum() if kind == "two" else 0.0
        return fit(seed).sum() + second

    def fails(self, tasks=None):
        tasks = self.tasks if tasks is None else tasks
        return any(
            kind == "fail" or (kind == "nested" and self.fails(children))
            for kind, _, children, _ in tasks
        )

    def packed(self):
        parallel = Parallel(
            return_as=self.return_as, timeout=self.timeout, pre_dispatch=self.pre_dispatch
        )
        results = parallel(delayed(self.run)(task) for task in self.tasks)
        if self.return_as == "list":
            return results
        if self.n_read is None:
            return list(results)
        read = [next(results) for _ in range(min(self.n_read, len(self.tasks)))]
        results.close()
        return read


SOME = 40  # of all mixes; the others take too long for every day


@pytest.mark.parametrize(
    "seed",
    [*range(SOME), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(SOME, 100))],
)
def test_a_random_mix_ends_as_it_should(seed):
    mix = Mix(seed)
    allowed = [RuntimeError] * mix.fails() + [multiprocessing.TimeoutError] * (mix.timeout == 0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of generators left unread
        try:
            results = packed(mix.packed, mix.n_jobs)
        except tuple(allowed):
            return
    assert not mix.fails() or mix.n_read is not None
    if mix.fails():
        return
    expected = [mix.run(task) for task in mix.tasks]
    if mix.return_as == "generator_unordered":
        for result in results:
            assert min(abs(result - other) for other in expected) < 1e-6
    else:
        np.testing.assert_allclose(results, expected[: len(results)], rtol=1e-6)
