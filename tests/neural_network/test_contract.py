"""What every estimator keeps, whatever its X is: the properties that check_estimator cannot try."""

import copy
import pickle
import random

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from tests.neural_network.contract import CASES


def over(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=list(cases))


every_case = over(CASES)
every_text = over({name: case for name, case in CASES.items() if case.reads_texts})
with_labels = over({name: case for name, case in CASES.items() if case.has_labels})
with_numbers = over({name: case for name, case in CASES.items() if case.y.dtype.kind == "f"})


def taken(X, rows):
    return [X[row] for row in rows]


@every_case
def test_clone_has_the_parameters_and_nothing_fitted(case):
    net = case.make(max_iter=1).fit(case.X, case.y)
    again = clone(net)
    assert again.get_params() == net.get_params()
    assert not [name for name in vars(again) if name.endswith("_")]


@every_case
def test_parameters_are_kept_as_given(case):
    net = case.make()
    before = net.get_params()
    net.fit(case.X, case.y)
    assert net.get_params() == before


@every_case
def test_not_fitted(case):
    for method in case.methods:
        with pytest.raises(NotFittedError):
            getattr(case.make(), method)(case.X)


@every_case
def test_fit_again_is_the_same(case):
    net = case.make()
    first = case.answers(net.fit(case.X, case.y), case.X)
    assert_array_equal(case.answers(net.fit(case.X, case.y), case.X), first)
    assert_array_equal(case.answers(clone(net).fit(case.X, case.y), case.X), first)


@every_case
def test_seeds_differ(case):
    first = case.answers(case.make().fit(case.X, case.y), case.X)
    other = case.answers(case.make(random_state=1).fit(case.X, case.y), case.X)
    assert np.abs(first - other).max() > 1e-6


@every_case
def test_copies_answer_alike(case):
    net = case.make().fit(case.X, case.y)
    for other in (pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        assert_array_equal(case.answers(other, case.X), case.answers(net, case.X))
        for method in case.methods:
            one, same = (getattr(each, method)(case.X) for each in (net, other))
            assert pickle.dumps(one) == pickle.dumps(same)


@every_case
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_copies_go_on_alike(case):
    net = case.make(warm_start=True, learning_rate="constant").fit(case.X, case.y)
    other = pickle.loads(pickle.dumps(net))
    first = case.answers(net, case.X)
    expected = case.answers(net.fit(case.X, case.y), case.X)
    assert np.abs(expected - first).max() > 1e-6
    assert_array_equal(case.answers(other.fit(case.X, case.y), case.X), expected)


@every_case
def test_weight_zero_is_leaving_out(case):
    weight = np.ones(len(case.X))
    weight[::5] = 0
    kept = np.flatnonzero(weight)
    weighted = case.make().fit(case.X, case.y, weight)
    fewer = case.make().fit(taken(case.X, kept), case.y[kept])
    assert_allclose(
        case.answers(weighted, case.X), case.answers(fewer, case.X), rtol=1e-4, atol=1e-5
    )


@every_case
def test_weight_two_is_twice(case):
    weight = 1 + np.arange(len(case.X)) % 2
    rows = np.repeat(np.arange(len(case.X)), weight)
    weighted = case.make(batch_size=8).fit(case.X, case.y, weight)
    twice = case.make(batch_size=8).fit(taken(case.X, rows), case.y[rows])
    assert_allclose(
        case.answers(weighted, case.X), case.answers(twice, case.X), rtol=1e-4, atol=1e-5
    )


@every_case
def test_rows_have_the_same_answer_in_any_company(case):
    net = case.make().fit(case.X, case.y)
    expected = case.answers(net, case.X)
    order = np.random.default_rng(0).permutation(len(case.X))
    shuffled = case.answers(net, taken(case.X, order))
    assert_allclose(shuffled, expected[order], rtol=1e-5, atol=1e-6)
    assert_allclose(case.answers(net, case.X[:1]), expected[:1], rtol=1e-5, atol=1e-6)
    if "transform" in case.methods:
        assert_allclose(net.transform(case.X)[:3], net.transform(case.X[:3]), rtol=1e-5, atol=1e-6)


@every_case
def test_the_container_does_not_matter(case):
    net = case.make().fit(case.X, case.y)
    expected = case.answers(net, case.X)
    for container in case.containers:
        assert_array_equal(case.answers(net, container(case.X)), expected)
        again = case.make().fit(container(case.X), case.y)
        assert_array_equal(case.answers(again, case.X), expected)


@with_numbers
def test_numbers_of_single_precision(case):
    assert case.make().fit(case.X, case.y.astype(np.float32)).predict(case.X).dtype.kind == "f"


@with_labels
def test_labels_of_any_type(case):
    expected = case.make().fit(case.X, case.y).predict_proba(case.X)
    of_types = (np.array(["no", "yes"]), np.array(["no", "yes"], dtype=object), np.array([-1, 7]))
    for labels in (*of_types, np.array([False, True])):
        net = case.make().fit(case.X, labels[case.y])
        assert_array_equal(net.classes_, labels)
        assert net.predict(case.X).dtype == labels.dtype
        assert_array_equal(net.predict_proba(case.X), expected)


@every_text
def test_shapes_and_tags(case):
    net = case.make().fit(case.X, case.y)
    assert not hasattr(net, "n_features_in_")
    features = net.transform(case.X)
    assert features.shape == (len(case.X), len(net.get_feature_names_out()))
    if case.has_labels:
        assert_allclose(net.predict_proba(case.X).sum(axis=1), 1, atol=1e-6)
    assert not net.__sklearn_tags__().input_tags.two_d_array


@every_case
def test_global_randomness_is_left_alone(case):
    def states():
        return random.getstate(), torch.get_rng_state().tolist(), str(np.random.get_state())

    before = states(), torch.get_num_threads()
    case.make(**case.drawn, random_state=None).fit(case.X, case.y).predict(case.X)
    assert (states(), torch.get_num_threads()) == before


@every_case
def test_rows_and_targets_of_other_numbers(case):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        case.make().fit(case.X, case.y[:-1])
    with pytest.raises(ValueError, match="y"):
        case.make().fit(case.X, None)


@every_case
def test_a_failed_fit_leaves_the_last_one(case):
    net = case.make().fit(case.X, case.y)
    expected = case.answers(net, case.X)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        net.fit(case.X[:-1], case.y)
    assert_array_equal(case.answers(net, case.X), expected)


@every_text
def test_no_rows(case):
    with pytest.raises(ValueError, match="0 sample"):
        case.make().fit([], [])
