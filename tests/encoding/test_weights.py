import numpy as np
import pytest
from sklearn.utils import compute_sample_weight

from skdeep._encoding.weights import checked_weight, with_class_weight

X = np.zeros((6, 2))
Y = np.array(["a", "a", "b", "c", "c", "c"])
CLASSES = np.array(["a", "b", "c"])


def test_no_weights_are_none():
    assert checked_weight(None, X) is None


@pytest.mark.parametrize("weight", [[1, 2, 0, 1, 1, 3], np.arange(6.0), 2.0])
def test_weights_come_back_as_float64(weight):
    checked = checked_weight(weight, X)
    assert checked.dtype == np.float64
    np.testing.assert_array_equal(checked, np.broadcast_to(weight, 6))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1, 1, -0.5, 1, 1, 1], "Negative values in held_out_weight: the smallest is -0.5"),
        (np.zeros(6), "zero"),
        ([1, 1, np.nan, 1, 1, 1], "NaN"),
        ([1, 1, np.inf, 1, 1, 1], "inf"),
        ([1, 1, 1], "inconsistent|shape"),
        (np.ones((6, 2)), "1D"),
    ],
)
def test_weights_that_cannot_be_used(weight, message):
    with pytest.raises(ValueError, match=message):
        checked_weight(weight, X, "held_out_weight")


def test_without_class_weights_weights_stay_as_they_are():
    weight = np.arange(6.0)
    assert with_class_weight(weight, None, CLASSES, Y) is weight
    assert with_class_weight(None, None, CLASSES, Y) is None


@pytest.mark.parametrize("class_weight", ["balanced", {"a": 2.0, "c": 0.5}, {"b": 0.0}])
@pytest.mark.parametrize("weight", [None, np.full(6, 3.0)])
def test_class_weights_are_those_of_scikit_learn(class_weight, weight):
    expected = compute_sample_weight(class_weight, Y) * (1.0 if weight is None else weight)
    np.testing.assert_allclose(with_class_weight(weight, class_weight, CLASSES, Y), expected)


def test_balanced_classes_weigh_the_same_whatever_the_sample_weights():
    weight = np.array([1.0, 0.0, 7.0, 0.5, 2.0, 3.0])
    balanced = with_class_weight(weight, "balanced", CLASSES, Y)
    totals = [balanced[label == Y].sum() for label in CLASSES]
    np.testing.assert_allclose(totals, weight.sum() / 3)
    # A weight of 2 is the row twice.
    whole = np.array([1, 2, 1, 1, 3, 1])
    twice = np.repeat(np.arange(6), whole)
    written_out = with_class_weight(None, "balanced", CLASSES, Y[twice])
    balanced = with_class_weight(whole.astype(float), "balanced", CLASSES, Y)
    np.testing.assert_allclose(np.bincount(twice, weights=written_out), balanced)


def test_a_class_without_weight_does_not_disturb_the_balance():
    weight = np.array([1.0, 1.0, 0.0, 1.0, 1.0, 1.0])
    balanced = with_class_weight(weight, "balanced", CLASSES, Y)
    assert balanced[2] == 0
    np.testing.assert_allclose([balanced[:2].sum(), balanced[3:].sum()], 2.5)


def test_class_weights_may_be_named_by_numbers():
    y = np.array([1, 1, 5])
    weights = with_class_weight(None, {1: 2.0, 5: 4.0}, np.array([1, 5]), y)
    np.testing.assert_array_equal(weights, [2, 2, 4])


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [({"d": 1.0}, r"class_weight names \['d'\]"), ({"a": -1.0}, "-1.0.*0 or more")],
)
def test_class_weights_that_cannot_be_used(class_weight, message):
    with pytest.raises(ValueError, match=message):
        with_class_weight(None, class_weight, CLASSES, Y)
