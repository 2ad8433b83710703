"""What once went wrong, or could have."""

import multiprocessing
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import joblib
import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import cross_val_score

from skdeep import MLPClassifier
from skdeep.parallel import PackingBackend

from .conftest import PATIENCE, SETTINGS, packed, within
from .test_never_stuck import X, Y, fit


def test_calls_between_those_of_a_managed_parallel():
    def mixed():
        with Parallel() as parallel:
            first = parallel(delayed(fit)(k) for k in range(3))
            cross_val_score(MLPClassifier(**SETTINGS), X, Y, cv=2)
            RandomForestRegressor(3).fit(X, Y)
            return first, parallel(delayed(fit)(k) for k in range(3))

    first, second = packed(mixed)
    np.testing.assert_allclose(first, second, rtol=1e-9)


def test_many_calls_share_one_context():
    with joblib.parallel_config("skdeep"):
        parallels = [Parallel() for _ in range(8)]
    results = {}

    def call(k):
        results[k] = parallels[k](delayed(fit)(10 * k + i) for i in range(3))

    threads = [threading.Thread(target=call, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(results) == 8
    np.testing.assert_allclose(results[7][2], fit(72), rtol=1e-7)


def test_a_call_that_cannot_start_leaves_nothing():
    def refused():
        with pytest.raises(ValueError, match="njobs"):
            Parallel(pre_dispatch="2*njobs")([delayed(fit)()])
        return Parallel()([delayed(fit)()] * 2)

    np.testing.assert_allclose(packed(refused)[0], fit(), rtol=1e-7)


@pytest.mark.parametrize("name", ["skdeep-task", "skdeep-pack", "skdeep-watch"])
@pytest.mark.parametrize("first", [1, 2, 4])
def test_the_system_has_no_more_threads(name, first, monkeypatch):
    start, started = threading.Thread.start, []

    def refusing(thread):
        if thread.name == name:
            started.append(thread)
            if first <= len(started) < first + 3:
                raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refusing)
    if name == "skdeep-task" and first == 1:  # then there is nothing that could go on
        with pytest.raises(RuntimeError, match="can't start new thread"):
            packed(lambda: Parallel()(delayed(fit)(k) for k in range(8)))
        return
    results = packed(lambda: Parallel()(delayed(fit)(k) for k in range(8)))
    monkeypatch.undo()
    for k, weights in enumerate(results):
        np.testing.assert_allclose(weights, fit(k), rtol=1e-7)


def test_a_nested_call_that_runs_out_of_time_does_not_wait_for_a_core():
    def outer():
        start = time.monotonic()
        try:
            Parallel(timeout=0.3)(
                delayed(fit)(k, max_iter=10**6, n_iter_no_change=10**7) for k in range(3)
            )
        except multiprocessing.TimeoutError:
            return time.monotonic() - start

    assert packed(lambda: Parallel()([delayed(outer)(), delayed(abs)(1)]))[0] < 3


@pytest.mark.parametrize("max_bytes", [0, -1])
def test_memory_must_be_positive(max_bytes):
    with pytest.raises(ValueError, match=f"max_bytes must be 1 or more, got {max_bytes}"):
        PackingBackend(max_bytes=max_bytes)


def test_one_byte_lets_one_fit_wait(packs):
    def tiny():
        with joblib.parallel_config("skdeep", max_bytes=1):
            return Parallel()(delayed(fit)(k) for k in range(4))

    within(PATIENCE, tiny)
    assert [len(pack) for pack in packs] == [1] * 4


def test_warning_filters_after_calls_of_several_threads():
    before, filters = list(warnings.filters), warnings.filters

    def search():
        with joblib.parallel_config("skdeep"):
            cross_val_score(MLPClassifier(**SETTINGS), X, Y, cv=5)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert warnings.filters == before
    assert warnings.filters is filters


def test_a_second_interruption_leaves_a_backend_that_works():
    code = """
        import os, signal, threading, time
        import joblib
        from joblib import Parallel, delayed

        def busy(seconds):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                sum(range(1000))

        def interrupt():
            for _ in range(2):
                time.sleep(0.4)
                os.kill(os.getpid(), signal.SIGINT)

        import skdeep
        with joblib.parallel_config("skdeep"):
            threading.Thread(target=interrupt).start()
            try:
                Parallel()(delayed(busy)(6) for _ in range(8))
            except KeyboardInterrupt:
                pass
            start = time.monotonic()
            assert Parallel()(delayed(abs)(-k) for k in range(4)) == [0, 1, 2, 3]
        print(time.monotonic() - start < 3)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr
