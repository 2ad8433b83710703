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


@pytest.fixture(autouse=True)
def nothing_is_left():
    """No thread outlives a call, and joblib's configuration is as it was."""
    before, backend = threading.active_count(), type(joblib.parallel.get_active_backend()[0])
    yield
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before, threading.enumerate()
    assert type(joblib.parallel.get_active_backend()[0]) is backend
