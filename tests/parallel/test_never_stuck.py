"""Nothing that a task or its caller does makes the others wait forever."""

import functools
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, cross_val_score

from skdeep import MLPClassifier

from .conftest import PATIENCE, SETTINGS, packed, within

X, Y = load_iris(return_X_y=True)


def fit(seed=0, **changes):
    """The weights of a network."""
    network = MLPClassifier(**(SETTINGS | {"random_state": seed} | changes)).fit(X, Y)
    return network.coefs_[0]


class Fails(ClassifierMixin, BaseEstimator):
    """Fits a network, and fails before or after that if it is told to."""

    def __init__(self, when="never", alpha=0.0):
        self.when = when
        self.alpha = alpha

    def fit(self, X, y):
        if self.when == "before":
            raise RuntimeError("failed before training")
        self.network_ = MLPClassifier(**SETTINGS, alpha=self.alpha).fit(X, y)
        self.classes_ = self.network_.classes_
        if self.when == "after":
            raise RuntimeError("failed after training")
        return self

    def predict(self, X):
        return self.network_.predict(X)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_fit_that_fails_is_an_ordinary_error(when, n_jobs):
    search = GridSearchCV(
        Fails(), {"when": ["never", when, "never"], "alpha": [0.1, 1.0]}, error_score="raise", cv=3
    )
    start = time.monotonic()
    with pytest.raises(RuntimeError, match=f"failed {when} training") as raised:
        packed(lambda: search.fit(X, Y), n_jobs)
    assert time.monotonic() - start < 10
    assert "in fit" in str(raised.value.__cause__)  # where it happened, though in another thread


def test_a_failing_candidate_is_left_out():
    search = GridSearchCV(Fails(), {"when": ["never", "before", "after"]}, error_score=np.nan, cv=3)
    with (
        pytest.warns(FitFailedWarning, match="6 fits failed"),
        pytest.warns(UserWarning, match="scores are non-finite"),
    ):
        packed(lambda: search.fit(X, Y))
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [False, True, True]


def test_a_scorer_that_fails_is_an_ordinary_error():
    def scorer(estimator, X, y):
        raise RuntimeError("no score")

    network = MLPClassifier(**SETTINGS)
    with pytest.raises(RuntimeError, match="no score"):
        packed(
            lambda: cross_val_score(network, X, Y, cv=4, scoring=scorer, error_score="raise"),
        )


def test_a_validation_scorer_that_fails_hurts_its_own_network_only():
    def fit_with(scoring):
        network = MLPClassifier(**SETTINGS, early_stopping=True, scoring=scoring)
        try:
            return network.fit(X, Y).coefs_[0]
        except ValueError as error:
            return str(error)

    scorings = ["accuracy", lambda estimator, X, y: 1 / 0, "loss", failing_scorer]
    with pytest.raises(ZeroDivisionError):
        packed(lambda: Parallel()(delayed(fit_with)(s) for s in scorings))
    scorings[1] = "accuracy"
    results = packed(lambda: Parallel()(delayed(fit_with)(s) for s in scorings))
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_allclose(results[0], fit_with("accuracy"), rtol=1e-7)
    assert "failed on the validation rows" in results[3]


def failing_scorer(estimator, X, y):
    raise ValueError("no score")


def test_a_callback_that_fails_is_an_ordinary_error():
    class Callback:
        def setup(self, *args, **kwargs): ...
        def teardown(self, *args, **kwargs): ...
        def on_fit_task_begin(self, *args, **kwargs): ...
        def on_fit_task_end(self, *args, **kwargs):
            raise RuntimeError("no callback")

    def fit_watched(watched):
        network = MLPClassifier(**SETTINGS)
        if watched:
            network.set_callbacks(Callback())
        return network.fit(X, Y).n_iter_

    with pytest.raises(RuntimeError, match="no callback"):
        packed(lambda: Parallel()(delayed(fit_watched)(k == 2) for k in range(4)))


def test_two_networks_one_after_another_in_a_task(packs):
    def two(seed):
        return fit(seed), fit(seed + 100)

    results = packed(lambda: Parallel()(delayed(two)(k) for k in range(5)))
    assert sum(map(len, packs)) == 10
    assert len(packs) == 2
    for k, (first, second) in enumerate(results):
        np.testing.assert_allclose(first, fit(k), rtol=1e-7)
        np.testing.assert_allclose(second, fit(k + 100), rtol=1e-7)


def test_tasks_that_fit_nothing(packs):
    tasks = [delayed(fit)(0), delayed(abs)(-3), delayed(fit)(1), delayed(abs)(-4)]
    results = packed(lambda: Parallel()(tasks))
    assert packed(lambda: Parallel()([])) == []
    assert results[1::2] == [3, 4]
    assert [len(pack) for pack in packs] == [2]


@pytest.mark.parametrize("n_jobs", [2, 3, 7])
def test_tasks_outnumber_n_jobs(n_jobs, packs):
    results = packed(lambda: Parallel()(delayed(fit)(k) for k in range(16)), n_jobs)
    assert sum(map(len, packs)) == 16
    assert max(map(len, packs)) == n_jobs
    for k, weights in enumerate(results):
        np.testing.assert_allclose(weights, fit(k), rtol=1e-7)


@pytest.mark.parametrize("n_jobs", [None, 2, 3])
def test_nested_calls_share_packs(n_jobs, packs):
    def inner(seed):
        return [fit(1000 + seed), *Parallel()(delayed(fit)(10 * seed + k) for k in range(4))]

    results = packed(lambda: Parallel()(delayed(inner)(k) for k in range(5)), n_jobs)
    assert sum(map(len, packs)) == 25
    if n_jobs is None:
        assert sorted(map(len, packs)) == [5, 20]
    for seed, parts in enumerate(results):
        for k, weights in enumerate(parts[1:]):
            np.testing.assert_allclose(weights, fit(10 * seed + k), rtol=1e-7)


def test_three_levels_of_calls_in_two_slots():
    def nested(depth):
        if not depth:
            return fit()
        return sum(Parallel(n_jobs=2)(delayed(nested)(depth - 1) for _ in range(3)))

    result = packed(lambda: nested(3), 2)
    np.testing.assert_allclose(result, 27 * fit(), rtol=1e-7)


def test_an_error_in_a_nested_call_reaches_the_caller():
    def inner(seed):
        return Parallel()(delayed(fail_third)(seed, k) for k in range(4))

    def fail_third(seed, k):
        weights = fit(k)
        if (seed, k) == (2, 3):
            raise RuntimeError("third")
        return weights

    with pytest.raises(RuntimeError, match="third"):
        packed(lambda: Parallel()(delayed(inner)(k) for k in range(4)))


@pytest.mark.parametrize("return_as", ["generator", "generator_unordered"])
def test_a_generator_gives_the_same(return_as):
    generator = Parallel(return_as=return_as)(delayed(fit)(k) for k in range(6))
    results = packed(lambda: list(generator))
    expected = sorted(fit(k).sum() for k in range(6))
    np.testing.assert_allclose(sorted(weights.sum() for weights in results), expected, rtol=1e-7)


def test_a_generator_that_nobody_reads_goes_on():
    seen = []

    def fit_and_tell(seed):
        seen.append(fit(seed).sum())

    def start():
        return Parallel(return_as="generator")(delayed(fit_and_tell)(k) for k in range(3))

    generator = packed(start)
    deadline = time.monotonic() + PATIENCE
    while len(seen) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(seen) == 3
    list(generator)


@pytest.mark.parametrize("n_read", [0, 1, 3])
@pytest.mark.filterwarnings("ignore:.*tasks.*:UserWarning")
def test_a_generator_is_abandoned(n_read):
    seconds = []

    def read_and_close():
        generator = Parallel(return_as="generator")(
            delayed(fit)(k, max_iter=5 if k < 3 else 10**6, n_iter_no_change=10**7)
            for k in range(9)
        )
        for _ in range(n_read):
            next(generator)
        seconds.append(time.monotonic())
        generator.close()
        seconds.append(time.monotonic())
        return Parallel()([delayed(fit)()] * 2)

    np.testing.assert_array_equal(*packed(read_and_close, 3))
    assert seconds[1] - seconds[0] < 2


def test_two_generators_at_once():
    def read_both():
        one = Parallel(return_as="generator")(delayed(fit)(k) for k in range(4))
        two = Parallel(return_as="generator")(delayed(fit)(k) for k in range(4, 8))
        return [*zip(one, two, strict=True)]

    results = packed(read_both)
    for k, (first, second) in enumerate(results):
        np.testing.assert_allclose(first, fit(k), rtol=1e-7)
        np.testing.assert_allclose(second, fit(k + 4), rtol=1e-7)


def test_a_timeout_is_an_ordinary_error():
    tasks = [delayed(fit)(k, max_iter=10**6, n_iter_no_change=10**7) for k in range(4)]
    start = time.monotonic()
    with pytest.raises(multiprocessing.TimeoutError):
        packed(lambda: Parallel(timeout=0.5)(tasks))
    assert time.monotonic() - start < 3


def test_two_threads_open_the_backend():
    def search(seed):
        with parallel_config("skdeep"):
            return Parallel()(delayed(fit)(seed + k) for k in range(6))

    results = {}
    threads = [
        threading.Thread(target=lambda seed=seed: results.update({seed: search(seed)}))
        for seed in (0, 50, 100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    for seed, weights in results.items():
        np.testing.assert_allclose(weights[5], fit(seed + 5), rtol=1e-7)
    assert len(results) == 3


def test_a_lock_that_a_waiting_task_holds():
    lock = threading.Lock()

    def fit_alone(seed):
        with lock:
            return fit(seed)

    results = packed(lambda: Parallel()(delayed(fit_alone)(k) for k in range(3)))
    np.testing.assert_allclose(results[2], fit(2), rtol=1e-7)


def test_a_managed_parallel_is_used_again_after_an_error():
    def fail():
        fit()
        raise RuntimeError("first")

    def twice():
        with Parallel() as parallel:
            with pytest.raises(RuntimeError, match="first"):
                parallel([delayed(fit)(1), delayed(fail)()])
            return parallel([delayed(fit)(1), delayed(fit)(2)])

    np.testing.assert_allclose(packed(twice)[1], fit(2), rtol=1e-7)


def test_batches_of_tasks():
    results = packed(lambda: Parallel(batch_size=3)(delayed(fit)(k) for k in range(8)))
    np.testing.assert_allclose(results[7], fit(7), rtol=1e-7)


INTERRUPTED = """
    import os, signal, threading, time
    import joblib, numpy as np
    from sklearn.model_selection import GridSearchCV
    from skdeep import MLPClassifier

    X = np.random.default_rng(0).normal(size=(20_000, 30)).astype("f")
    y = (X[:, 0] > 0).astype(int)
    solver = {solver!r}
    network = MLPClassifier((200, 200), solver=solver, max_iter=10**6, n_iter_no_change=10**7)
    search = GridSearchCV(network, {{"alpha": [1e-3, 1e-2, 1e-1]}}, cv=3)
    threading.Timer({delay}, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    try:
        with joblib.parallel_config("skdeep"):
            search.fit(X, y)
    except KeyboardInterrupt:
        print(time.monotonic() - start - {delay}, threading.active_count())
"""


@pytest.mark.parametrize(
    ("solver", "delay"),
    [("adam", 3.0), ("adam", 0.05), pytest.param("lbfgs", 3.0, marks=pytest.mark.slow)],
)
def test_the_prompt_returns_after_an_interruption(solver, delay):
    code = textwrap.dedent(INTERRUPTED.format(solver=solver, delay=delay))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    seconds, n_threads = done.stdout.split()
    assert float(seconds) < 2, done.stderr
    assert int(n_threads) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_processes_that_are_forked():
    code = """
        import multiprocessing, warnings
        import joblib
        from joblib import Parallel, delayed
        from sklearn.datasets import load_iris
        from skdeep import MLPClassifier

        X, y = load_iris(return_X_y=True)

        def fit(seed):
            network = MLPClassifier((6,), learning_rate="cosine", max_iter=8, random_state=seed)
            return float(network.fit(X, y).loss_)

        def search():
            with joblib.parallel_config("skdeep"):
                return Parallel()(delayed(fit)(seed) for seed in range(4))

        def from_a_task(seed):
            warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
            with multiprocessing.get_context("fork").Pool(1) as pool:
                return pool.apply(fit, (seed,))

        here = search()
        with multiprocessing.get_context("fork").Pool(1) as pool:
            there = pool.apply_async(search).get(timeout=60)
        with joblib.parallel_config("skdeep"):
            inside = Parallel()(delayed(from_a_task)(seed) for seed in range(4))
        assert max(abs(a - b) for a, b in zip(here, there)) < 1e-9
        assert max(abs(a - b) for a, b in zip(here, inside)) < 1e-9
        print("same")
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "same\n", done.stderr


@pytest.mark.parametrize("other", ["loky", "threading"])
def test_other_backends_before_and_after(other):
    expected = fit(3)

    def with_backend(backend):
        with parallel_config(backend, n_jobs=2):
            return Parallel()(delayed(fit)(3) for _ in range(2))

    for backend in (other, "skdeep", other, "skdeep"):
        for weights in within(60, functools.partial(with_backend, backend)):
            np.testing.assert_allclose(weights, expected, rtol=1e-7)
