"""Members that cannot share a tensor program are told apart, and all come back in order."""

import numpy as np
import pytest
import torch

from skdeep._engine.training.loop import train
from tests.engine.training.members import assert_same, make_data, make_member

BASE = {"solver": "sgd", "learning_rate_init": 0.05, "max_iter": 3}
DIFFERENCES = {
    "layer_units": {"hidden": (7,)},
    "activation": {"activation": "tanh"},
    "loss": {"loss": "huber"},
    "solver": {"solver": "adam"},
    "lbfgs": {"solver": "lbfgs"},
    "batch_size": {"batch_size": 9},
    "n_batches": {"rows": np.arange(19)},
    "nesterovs_momentum": {"nesterovs_momentum": False},
    "dtype": {"dtype": torch.float32},
}


def member(**changes):
    X, y = make_data("regression", "", 30, 3, 1, np.random.default_rng(0))
    return make_member(X, 5 * y, **{**BASE, **changes})


@pytest.mark.parametrize("changes", DIFFERENCES.values(), ids=DIFFERENCES)
def test_what_a_program_hangs_on_is_not_mixed(changes):
    members = [member(seed=0), member(seed=1, **changes), member(seed=2), member(seed=3, **changes)]
    assert members[0].pack_key == members[2].pack_key
    assert members[0].pack_key != members[1].pack_key
    for together, m in zip(train(members), members, strict=True):
        assert_same(together, train([m])[0], 1e-9 if m.dtype == torch.float64 else 1e-4)
    # The difference is one: else the comparison above would show nothing.
    base, other = train([member(seed=1), members[1]])
    assert base.loss_curve != other.loss_curve


def test_no_members_are_no_work():
    assert train([]) == []


def test_watchers_belong_to_members_whatever_their_pack():
    seen = {}

    def watcher(place):
        def watch(report):
            seen.setdefault(place, []).append(report.loss)
            return False

        return watch

    members = [member(), member(solver="lbfgs"), member(seed=1), member(activation="tanh")]
    trained = train(members, [watcher(k) for k in range(4)])
    assert seen == {k: trained[k].loss_curve for k in range(4)}
