"""What the tests of packing share."""

import threading
import time

import joblib
import pytest

from skdeep.parallel import _requests

SETTINGS = {"hidden_layer_sizes": (6,), "max_iter": 8, "learning_rate": "cosine", "random_state": 0}


@pytest.fixture
def packs(monkeypatch):
    """Sizes of the sub-packs that were trained, and what they hold."""
    trained = []
    train_sub_pack = _requests.train_sub_pack

    def recording(members, watchers, is_cancelled):
        trained.append(list(members))
        return train_sub_pack(members, watchers, is_cancelled)

    monkeypatch.setattr(_requests, "train_sub_pack", recording)
    return trained


def own_threads():
    """Threads of the backend that are alive."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("skdeep")]


@pytest.fixture(autouse=True)
def nothing_is_left():
    """No thread outlives a call, and joblib's configuration is as it was."""
    backend = type(joblib.parallel.get_active_backend()[0])
    yield
    deadline = time.monotonic() + 5
    while own_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not own_threads()
    assert type(joblib.parallel.get_active_backend()[0]) is backend


PATIENCE = 30.0


def within(seconds, function):
    """Call a function in a thread and return what it returns; fail where it does not end."""
    outcome = {}

    def run():
        try:
            outcome["result"] = function()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"stuck after {seconds} seconds"
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


def packed(function, n_jobs=None, seconds=PATIENCE):
    """Call a function where the backend "skdeep" is chosen; fail where it does not end."""

    def run():
        with joblib.parallel_config("skdeep", n_jobs=n_jobs):
            return function()

    return within(seconds, run)
