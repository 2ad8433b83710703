"""Parameters, errors, seeds and threads: what a fit is decided by, and what it leaves alone."""

import copy
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from threadpoolctl import threadpool_info

from tests.neural_network.comparing import (
    assert_same_answers,
    assert_same_fit,
    differ,
)
from tests.neural_network.contract import (
    one_a_family,
    over,
    over_trainings,
    taken,
)

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

every_case = over()
every_training = over_trainings()


# Parameters


@every_case
def test_clone_has_the_parameters_and_nothing_fitted(case):
    net = case.fitted()
    fresh = clone(net)
    assert fresh.get_params() == net.get_params()
    assert vars(fresh).keys() == vars(case.make()).keys()


@every_case
def test_parameters_are_kept_as_given(case):
    net = case.make()
    before = net.get_params()
    net.fit(case.X, case.y)
    assert all(value is before[name] for name, value in net.get_params().items())


@every_case
def test_parameters_change_nothing_until_the_next_fit(case):
    net = case.fitted().set_params(max_iter=50, learning_rate_init=0.5, **case.other)
    assert_same_fit(net, case.fitted(), case)


# Parameters of prediction, which act at once.
OF_PREDICTION = {"device", "max_detections", "test_time_augmentation", "threshold", "image_shape"}


@every_case
def test_the_fitted_network_answers_whatever_parameters_have_become(case):
    # `fit` says that they are wrong; nobody else needs them.
    net = case.fitted()
    before = case.answers(net, case.X)
    for name in net.get_params(deep=False):
        if name in OF_PREDICTION or name.startswith("module__"):
            continue
        changed = copy.copy(net).set_params(**{name: "nonsense"})
        assert_array_equal(case.answers(changed, case.X), before, err_msg=name)
        assert repr(changed)
        get_tags(changed)


@every_case
def test_what_is_not_fitted_answers_nothing(case):
    for method in case.methods:
        with pytest.raises(NotFittedError):
            getattr(case.make(), method)(case.X)


# Errors


@every_case
def test_a_failed_fit_leaves_everything_as_it_was(case):
    fresh, net, expected = case.make(), case.fitted(), case.fitted()
    before = dict(vars(fresh)), dict(vars(net))
    for each in (fresh, net):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            each.fit(taken(case.X, range(case.n_rows - 1)), case.y)
    assert (dict(vars(fresh)), vars(net).keys()) == (before[0], before[1].keys())
    assert_same_answers(net, expected, case)


class Failing:
    """A callback that fails in the middle of training."""

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        pass

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        if context.task_name == "epoch":
            raise RuntimeError("in the middle of it")

    def teardown(self, estimator, context):
        pass


@every_case
def test_an_error_in_training_leaves_everything_as_it_was(case):
    net, state = case.fitted().set_callbacks(Failing()), global_state()
    net.set_params(**case.other)
    with pytest.raises(RuntimeError, match="in the middle"):
        net.fit(taken(case.X, range(20)), case.y[:20])
    assert global_state() == state
    assert vars(net).keys() - {"_skl_callbacks"} == vars(case.fitted()).keys()
    assert_same_answers(net, case.fitted(), case)


# Seeds, generators and threads


def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def global_state():
    return (
        random.getstate(),
        [repr(part) for part in np.random.get_state()],
        torch.get_rng_state().tolist(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.are_deterministic_algorithms_enabled(),
        np.geterr(),
        [(pool["filepath"], pool["num_threads"]) for pool in threadpool_info()],
    )


@every_training
def test_the_seed_decides_and_global_generators_do_not(case, settings):
    fits = []
    for seed in (0, 12345):
        seed_everything(seed)
        fits.append(case.make(**settings).fit(case.X, case.y))
    assert_same_fit(*fits, case)
    assert differ(fits[0], case.make(**settings, random_state=1).fit(case.X, case.y), case)


@every_training
def test_global_state_is_untouched(case, settings):
    for random_state in (None, 0, np.random.RandomState(0)):
        net, before = case.make(**settings, random_state=random_state), global_state()
        case.answers(net.fit(case.X, case.y), case.X)
        getattr(net, "module_", None)
        with pytest.raises(ValueError, match="inconsistent"):
            net.fit(case.X, case.y[:-1])
        assert global_state() == before


@every_training
def test_a_second_fit_is_the_first(case, settings):
    net = case.make(**settings).fit(case.X, case.y)
    first = copy.deepcopy(net)
    if not net.get_params().get("warm_start"):
        backwards = range(case.n_rows)[::-1]
        net.fit(taken(case.X, backwards), case.y[backwards]).fit(case.X, case.y)
        assert_same_fit(net, first, case)
    assert_same_fit(clone(net).fit(case.X, case.y), first, case)


@one_a_family()
def test_a_generator_is_drawn_from(case):
    one, two = np.random.RandomState(0), np.random.RandomState(0)
    first, same = (case.make(random_state=rng).fit(case.X, case.y) for rng in (one, two))
    assert_same_fit(first, same, case)
    # One is drawn from for the next fit too, which is therefore another one.
    assert differ(first, case.make(random_state=one).fit(case.X, case.y), case)


@one_a_family()
def test_none_is_never_the_same(case):
    fits = []
    for _ in range(2):
        seed_everything(0)
        fits.append(case.make(random_state=None).fit(case.X, case.y))
    assert differ(*fits, case)


@one_a_family()
def test_the_number_of_threads_changes_nothing(case):
    before, fits = torch.get_num_threads(), []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            fits.append(case.make().fit(case.X, case.y))
            assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    assert_same_fit(*fits, case, rtol=1e-4, atol=1e-6)


@one_a_family()
def test_threads_do_not_disturb_each_other(case):
    nets = [case.make(random_state=seed) for seed in range(4)]
    alone = [clone(net).fit(case.X, case.y) for net in nets]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda net: net.fit(case.X, case.y), nets))
    for one, other in zip(alone, together, strict=True):
        assert_same_fit(one, other, case)
