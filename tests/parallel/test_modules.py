"""Modules of torch travel through the backend as perceptrons do."""

import pytest
from joblib import Parallel, delayed

from skdeep.training import train
from tests.training.members import assert_same
from tests.training.module_members import module_member

from .conftest import packed


@pytest.mark.parametrize("name", ["cnn", "lstm", "dropout"])
def test_modules_of_several_tasks_train_together(name, packs):
    def fit(seed):
        return train([module_member(name, seed=seed, data_seed=seed % 2)])[0]

    together = packed(lambda: Parallel()(delayed(fit)(seed) for seed in range(6)))
    assert sum(map(len, packs)) == 6
    assert max(map(len, packs)) > 1
    for seed, trained in enumerate(together):
        assert_same(trained, fit(seed), 1e-9)


def test_a_module_that_fails_hurts_its_own_task_only(packs):
    def fit(seed):
        member = module_member("mlp", seed=seed)
        if seed == 2:
            member.module.forward = fail
        try:
            return train([member])[0]
        except RuntimeError as error:
            return str(error)

    def fail(x):
        raise RuntimeError("this module")

    results = packed(lambda: Parallel()(delayed(fit)(seed) for seed in range(4)))
    assert results[2] == "this module"
    for seed in (0, 1, 3):
        assert_same(results[seed], fit(seed), 1e-9)
