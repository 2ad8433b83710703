"""Targets go to the network and come back as they were."""

import numpy as np
import pytest
import scipy.sparse
import torch
from scipy.special import expit, softmax
from sklearn.exceptions import DataConversionWarning

from skdeep._encoding.targets import ClassTarget, RegressionTarget, column_target, link
from skdeep._engine.training.losses import REGRESSOR_LOSSES, make_loss

LABELS = [
    np.array(["no", "yes", "no", "no"]),
    np.array([3, 3, -1, 3]),
    np.array([True, False, False, True]),
    np.array(["b", "a", "c", "a"], dtype=object),
    np.array([5.0, 2.0, 7.0, 2.0]),
    np.array([10, 20, 30, 40]),
]


@pytest.mark.parametrize("y", LABELS, ids=lambda y: f"{y.dtype}")
def test_labels_come_back(y):
    target = ClassTarget(y)
    codes = target.codes(y)
    several = len(np.unique(y)) > 2
    assert target.kind == ("multiclass" if several else "binary")
    assert target.n_outputs == (len(np.unique(y)) if several else 1)
    np.testing.assert_array_equal(target.classes_[codes], y)
    tensor = target.tensor(codes, torch.float32)
    outputs = (torch.nn.functional.one_hot(tensor) if several else tensor * 2 - 1).numpy()
    back = target.labels(outputs.astype(np.float32))
    np.testing.assert_array_equal(back, y)
    assert back.dtype == y.dtype
    if several:
        assert tensor.dtype == torch.int64
    else:
        assert tensor.dtype == torch.float32
        assert tensor.shape == (4, 1)


@pytest.mark.parametrize("as_format", [np.asarray, scipy.sparse.csr_matrix, scipy.sparse.csr_array])
def test_several_labels_come_back(as_format):
    Y = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0]])
    target = ClassTarget(as_format(Y))
    assert (target.kind, target.loss_kind, target.n_outputs) == ("multilabel", "binary", 3)
    codes = target.codes(as_format(Y))
    np.testing.assert_array_equal(codes, Y)
    outputs = target.tensor(codes, torch.float64).numpy() - 0.5
    np.testing.assert_array_equal(target.labels(outputs), Y)


def test_one_class_is_predicted_whatever_the_outputs():
    target = ClassTarget(np.array(["only", "only"]))
    outputs = np.array([[-3.0], [3.0], [0.0]])
    np.testing.assert_array_equal(target.labels(outputs), ["only"] * 3)
    np.testing.assert_array_equal(target.probabilities(expit(outputs)), np.ones((3, 1)))


def test_probabilities_are_those_of_the_outputs():
    z = np.random.default_rng(0).normal(size=(7, 3))
    several = ClassTarget(np.array([0, 1, 2]))
    predicted = link(torch.from_numpy(z), "softmax").numpy()
    np.testing.assert_allclose(several.probabilities(predicted), softmax(z, axis=1))
    two = ClassTarget(np.array([0, 1]))
    column = z[:, :1]
    predicted = two.probabilities(link(torch.from_numpy(column.copy()), "logistic").numpy())
    np.testing.assert_allclose(predicted, np.hstack([1 - expit(column), expit(column)]))
    labels = ClassTarget(np.array([[1, 0, 1], [0, 1, 1]]))
    predicted = labels.probabilities(link(torch.from_numpy(z.copy()), "logistic").numpy())
    np.testing.assert_allclose(predicted, expit(z))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_two_classes_have_finite_logarithms(dtype):
    predicted = ClassTarget(np.array([0, 1])).probabilities(np.array([[0.0], [1.0]], dtype=dtype))
    assert predicted.dtype == dtype
    assert np.isfinite(np.log(predicted)).all()
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=1e-6)


def test_links():
    z = np.random.default_rng(0).normal(size=(5, 2))
    for activation, expected in {
        "softmax": softmax(z, axis=1),
        "logistic": expit(z),
        "exp": np.exp(z),
        "identity": z,
    }.items():
        np.testing.assert_allclose(link(torch.from_numpy(z.copy()), activation).numpy(), expected)


def test_labels_not_seen_before_are_named():
    with pytest.raises(ValueError, match=r"classes not in `self\.classes_`.*'maybe'"):
        ClassTarget(np.array(["no", "yes"])).codes(np.array(["no", "maybe"]))
    with pytest.raises(ValueError, match=r"shape \(2, 2\).*3 columns"):
        ClassTarget(np.eye(3, dtype=int)).codes(np.eye(2, dtype=int))


def test_targets_that_are_no_labels():
    with pytest.raises(ValueError, match="continuous"):
        ClassTarget(np.array([0.5, 1.5, 2.25]))
    with pytest.raises(ValueError, match=r"2 columns.*MultiOutputClassifier"):
        ClassTarget(np.array([[0, 2], [1, 1], [2, 0]]))


def test_a_column_becomes_a_vector_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        y = column_target(np.zeros((3, 1)))
    assert y.shape == (3,)
    for other in (np.zeros(3), np.zeros((3, 2))):
        assert column_target(other) is other


def regression_data(loss, n_outputs):
    rng = np.random.default_rng(0)
    y = rng.normal(5e4, [3.0, 500.0][:n_outputs], size=(40, n_outputs))
    return np.exp(y / 1e4 - 5) if loss in ("poisson", "gamma") else y


@pytest.mark.parametrize("normalize_y", [True, False])
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
def test_extract_undoes_absorb(loss, n_outputs, normalize_y):
    target = RegressionTarget(regression_data(loss, n_outputs), None, loss, normalize_y)
    rng = np.random.default_rng(1)
    weight, bias = rng.normal(size=(6, n_outputs)), rng.normal(size=n_outputs)
    back = target.extract(*target.absorb(weight, bias))
    for one, other in zip(back, (weight, bias), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
    for array in (*target.absorb(weight.astype(np.float32), bias.astype(np.float32)),):
        assert array.dtype == np.float32


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
def test_the_absorbed_layer_predicts_y(loss, n_outputs, weighted):
    y = regression_data(loss, n_outputs)
    w = np.random.default_rng(2).uniform(0.5, 2, len(y)) if weighted else None
    target = RegressionTarget(y, w, loss, True)
    learned = target.tensor(y, torch.float64).numpy()
    if target.is_positive:
        # Positive targets have mean 1, and the network gives the logarithm.
        np.testing.assert_allclose(np.average(learned, axis=0, weights=w), 1.0)
        learned = np.log(learned)
    else:
        np.testing.assert_allclose(np.average(learned, axis=0, weights=w), 0.0, atol=1e-8)
        np.testing.assert_allclose(np.average(learned**2, axis=0, weights=w), 1.0)
    # A last layer that passes on what is learned, absorbed, passes on y.
    weight, bias = target.absorb(np.eye(n_outputs), np.zeros(n_outputs))
    predicted = learned @ weight + bias
    if target.is_positive:
        predicted = np.exp(predicted)
    np.testing.assert_allclose(predicted, y, rtol=1e-9)


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
def test_losses_in_the_unit_of_y_are_those_of_y(loss, n_outputs):
    y = regression_data(loss, n_outputs)
    target = RegressionTarget(y, None, loss, True)
    rng = np.random.default_rng(3)
    z = torch.from_numpy(rng.normal(size=y.shape))
    as_trained = make_loss(loss, "regression").value(z, target.tensor(y, torch.float64)).mean(dim=0)
    # The same predictions in the units of y.
    weight, bias = target.absorb(np.eye(n_outputs), np.zeros(n_outputs))
    outputs = torch.from_numpy(z.numpy() @ weight + bias)
    for j in range(n_outputs):
        # Huber's delta counts standard deviations.
        in_y = make_loss(loss, "regression", huber_delta=float(target.scale[j]))
        direct = in_y.value(outputs[:, j], torch.from_numpy(y[:, j])).mean()
        unit = np.broadcast_to(target.loss_unit, (n_outputs,))[j]
        assert float(as_trained[j]) * unit == pytest.approx(float(direct), rel=1e-8)


def test_a_constant_target_is_only_shifted():
    # Sums of 0.1 round: the spread of a constant is not exactly 0.
    for value in (0.0, 0.1, 5e4 + 0.1, -3.0):
        target = RegressionTarget(np.full(1001, value), None, "squared_error", True)
        np.testing.assert_array_equal(target.scale, 1.0)
        np.testing.assert_allclose(target.tensor(np.full(3, value), torch.float64), 0, atol=1e-9)


def test_tiny_spreads_are_still_spreads():
    y = 1.0 + 1e-9 * np.random.default_rng(0).normal(size=100)
    target = RegressionTarget(y, None, "squared_error", True)
    assert target.tensor(y, torch.float64).std() == pytest.approx(1.0, rel=0.02)


def test_without_normalisation_y_is_learned_as_it_is():
    y = np.array([3.0, 5.0])
    target = RegressionTarget(y, None, "squared_error", False)
    np.testing.assert_array_equal(target.tensor(y, torch.float64).numpy(), [[3.0], [5.0]])
    np.testing.assert_array_equal(np.broadcast_to(target.loss_unit, (1,)), [1.0])


def test_weights_count_in_the_scaling():
    rng = np.random.default_rng(0)
    y, copies = rng.normal(size=(20, 2)), rng.integers(1, 4, size=20)
    weighted = RegressionTarget(y, copies.astype(float), "squared_error", True)
    repeated = RegressionTarget(np.repeat(y, copies, axis=0), None, "squared_error", True)
    np.testing.assert_allclose(weighted.shift, repeated.shift)
    np.testing.assert_allclose(weighted.scale, repeated.scale)


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        ("poisson", [1.0, -1.0], "y >= 0.*smallest value is -1"),
        ("gamma", [1.0, 0.0], "y > 0.*smallest value is 0.*poisson"),
    ],
)
def test_values_that_a_loss_cannot_take(loss, y, message):
    y = np.array(y)
    target = RegressionTarget(np.ones(2), None, loss, True)
    with pytest.raises(ValueError, match=message):
        target.check(y, np.float64)


@pytest.mark.parametrize(("loss", "y"), [("poisson", [0.0, 2.0]), ("gamma", [1e-9, 2.0])])
def test_values_that_a_loss_can_just_take(loss, y):
    target = RegressionTarget(np.array(y), None, loss, True)
    target.check(np.array(y), np.float64)
    assert torch.isfinite(target.tensor(np.array(y), torch.float64)).all()


@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
def test_outputs_in_units_are_those_of_an_absorbed_layer(loss):
    rng = np.random.default_rng(0)
    target = RegressionTarget(rng.uniform(100, 300, size=(30, 2)), None, loss, True)
    weight, bias, hidden = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(5, 3))
    absorbed_weight, absorbed_bias = target.absorb(weight, bias)
    outputs = target.in_units(torch.from_numpy(hidden @ weight + bias))
    np.testing.assert_allclose(outputs, hidden @ absorbed_weight + absorbed_bias)


def test_two_classes_may_have_two_outputs():
    target = ClassTarget(np.array(["no", "yes"]))
    assert target.for_outputs(1) is target
    two = target.for_outputs(2)
    assert (two.kind, two.n_outputs, target.kind) == ("multiclass", 2, "binary")
    outputs = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert two.labels(outputs).tolist() == ["no", "yes"]
    single = ClassTarget(np.array(["yes"])).for_outputs(2)
    assert single.labels(outputs).tolist() == ["yes", "yes"]
    np.testing.assert_array_equal(single.probabilities(outputs), np.ones((2, 1)))
