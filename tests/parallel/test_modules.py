"""Modules of torch travel through the backend as perceptrons do."""

import pytest
from joblib import Parallel, delayed

from skdeep._engine.training.loop import train
from tests.engine.training.members import assert_same
from tests.engine.training.module_members import module_member

from .conftest import packed


@pytest.mark.parametrize("name", ["cnn", "lstm", "dropout"])
def test_modules_of_several_tasks_train_together(name, packs):
    # Made here: initial weights come from torch's global generator.
    members = [module_member(name, seed=seed, data_seed=seed % 2) for seed in range(6)]
    together = packed(lambda: Parallel()(delayed(fit)(member) for member in members))
    assert sum(map(len, packs)) == 6
    assert max(map(len, packs)) > 1
    for member, trained in zip(members, together, strict=True):
        assert_same(trained, fit(member), 1e-9)


def fit(member):
    try:
        return train([member])[0]
    except RuntimeError as error:
        return str(error)


def test_a_module_that_fails_hurts_its_own_task_only():
    def fail(x):
        raise RuntimeError("this module")

    members = [module_member("mlp", seed=seed) for seed in range(4)]
    members[2].module.forward = fail
    results = packed(lambda: Parallel()(delayed(fit)(member) for member in members))
    assert results[2] == "this module"
    for seed in (0, 1, 3):
        assert_same(results[seed], fit(members[seed]), 1e-9)
