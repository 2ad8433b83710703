"""Targets of any shape and labels of any type, for modules that answer in several ways."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import DataConversionWarning
from torch import nn

from skdeep import MLPRegressor, NeuralNetClassifier, NeuralNetRegressor
from tests.neural_network.own_module.own_modules import Flat, Net, SkorchNet

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("module", [Net, Flat])
def test_one_target_is_never_broadcast(diabetes, module):  # skorch#972, skorch#701, skorch#728
    X, y = diabetes
    net = NeuralNetRegressor(module, max_iter=60, learning_rate_init=0.02, random_state=0)
    expected = net.fit(X, y).predict(X)
    assert expected.shape == (120,)
    assert net.score(X, y) > 0.4  # a broadcast loss is least at the mean
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        net.fit(X, y[:, None])
    np.testing.assert_array_equal(net.predict(X), expected)


def test_several_targets(diabetes):
    X, y = diabetes
    net = NeuralNetRegressor(Net, max_iter=2).fit(X, np.column_stack([y, -y]))
    assert net.predict(X).shape == (120, 2)
    with pytest.raises(ValueError, match=r"\(4,\) for 4 rows: \(4, 2\) was expected, for 2 targ"):
        NeuralNetRegressor(Flat).fit(X, np.column_stack([y, -y]))


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_predictions_are_in_the_units_of_y(diabetes, loss):
    X, y = diabetes
    net = NeuralNetRegressor(Net, loss=loss, normalize_y=False, max_iter=5, random_state=0)
    raw = net.fit(X, y).module_(torch.as_tensor(X, dtype=torch.float32)).detach().numpy()[:, 0]
    expected = np.exp(raw) if loss == "poisson" else raw
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-5)
    # A constant module says the mean, whatever the scale.
    net.set_params(normalize_y=True, solver="lbfgs", max_iter=50, alpha=1e9, dtype="float64")
    np.testing.assert_allclose(net.fit(X, 1e6 * y).predict(X), 1e6 * y.mean(), rtol=1e-2)


def test_losses_are_in_the_units_of_y(diabetes):
    X, y = diabetes
    net = NeuralNetRegressor(Net, solver="lbfgs", dtype="float64", alpha=0.0, max_iter=50)
    net.fit(X, y)
    assert net.loss_ == pytest.approx(0.5 * np.mean((net.predict(X) - y) ** 2), rel=1e-6)
    mlp = MLPRegressor((10,), solver="lbfgs", alpha=0.0, max_iter=50).fit(X, y)
    assert 0.5 < net.loss_ / mlp.loss_ < 2.0


@pytest.mark.parametrize("labels", [[0, 1], ["no", "yes"], [False, True], [5, 7], [-1.0, 1.0]])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_two_classes_have_one_output_or_two(two_classes, labels, n_outputs):  # skorch#465
    X, codes = two_classes
    y = np.array(labels)[codes]
    net = NeuralNetClassifier(Net, module__n_outputs=n_outputs, max_iter=100, random_state=0)
    net.set_params(learning_rate_init=0.02).fit(X, y)
    assert net.score(X, y) > 0.9
    assert net.n_outputs_ == n_outputs
    probabilities = net.predict_proba(X)
    assert probabilities.shape == (100, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_array_equal(net.classes_[probabilities.argmax(axis=1)], net.predict(X))
    net.set_params(loss="hinge").fit(X, y)
    assert net.decision_function(X).shape == (100,)
    np.testing.assert_array_equal(net.classes_[(net.decision_function(X) > 0) * 1], net.predict(X))
    one_class = net.set_params(loss="log_loss").fit(X, y[:1].repeat(100))
    assert set(one_class.predict(X)) == set(y[:1])
    np.testing.assert_array_equal(one_class.predict_proba(X), np.ones((100, 1)))


def test_more_outputs_than_classes_are_refused(two_classes):
    with pytest.raises(ValueError, match=r"\(4, 1\) or \(4, 2\) was expected, for 2 classes"):
        NeuralNetClassifier(Net, module__n_outputs=8).fit(*two_classes)


def test_several_labels_a_row(iris):  # skorch#420
    X, y = iris
    labels = np.column_stack([y > 0, X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    net = NeuralNetClassifier(Net, max_iter=100, learning_rate_init=0.02, random_state=0)
    assert net.fit(X, labels).score(X, labels) > 0.9
    assert net.predict(X).shape == net.predict_proba(X).shape == (150, 3)


@pytest.mark.parametrize("case", ["two_classes", "iris"])
def test_a_module_of_skorch_gives_probabilities(request, case):
    X, y = request.getfixturevalue(case)
    n_classes = len(set(y))
    net = NeuralNetClassifier(SkorchNet, outputs="probabilities", max_iter=100, random_state=0)
    net.set_params(module__n_outputs=n_classes, learning_rate_init=0.02).fit(X, y)
    assert net.score(X, y) > 0.9
    assert type(net.module_) is SkorchNet
    given = net.module_(torch.as_tensor(X, dtype=torch.float32)).detach().numpy()
    np.testing.assert_allclose(net.predict_proba(X), given, rtol=1e-4, atol=1e-6)
    right = given[np.arange(len(y)), y]
    assert -np.log(right).mean() == pytest.approx(net.loss_, rel=0.1)


def test_a_single_probability_is_one_too(two_classes):
    class Sure(nn.Sequential):
        def __init__(self, n_features):
            super().__init__(nn.Linear(n_features, 1), nn.Sigmoid(), nn.Flatten(0))

    X, y = two_classes
    settings = {"solver": "lbfgs", "dtype": "float64", "random_state": 0}
    ours = NeuralNetClassifier(Sure, outputs="probabilities", **settings).fit(X, y)
    raw = NeuralNetClassifier(Flat, **settings).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), raw.predict_proba(X), atol=1e-3)


def test_labels_may_come_as_probabilities(several_labels):
    class Labels(nn.Sequential):
        def __init__(self, n_features, n_outputs):
            super().__init__(nn.Linear(n_features, n_outputs), nn.Sigmoid())

    X, y = several_labels
    settings = {"solver": "lbfgs", "dtype": "float64", "random_state": 0}
    net = NeuralNetClassifier(Labels, outputs="probabilities", **settings).fit(X, y)
    given = net.module_(torch.as_tensor(X)).detach()
    np.testing.assert_allclose(net.predict_proba(X), given, atol=1e-9)
    np.testing.assert_array_equal(net.predict(X), given.numpy() > 0.5)


def test_probabilities_taken_for_raw_outputs_warn(iris):
    with pytest.warns(UserWarning, match="module=SkorchNet add up to 1.*outputs='probabilities'"):
        NeuralNetClassifier(SkorchNet, max_iter=1).fit(*iris)


def test_class_weight_is_that_of_repeated_rows(two_classes):  # skorch#673
    X, y = two_classes
    settings = {"max_iter": 20, "random_state": 0, "dtype": "float64"}
    weighted = NeuralNetClassifier(Net, class_weight={0: 1, 1: 3}, **settings).fit(X, y)
    rows = np.repeat(np.arange(100), np.where(y == 1, 3, 1))
    repeated = NeuralNetClassifier(Net, **settings).fit(X[rows], y[rows])
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-6)
