"""Validation losses and scores against scikit-learn's metrics."""

import numpy as np
import pytest
import scipy.sparse
import torch
from sklearn import metrics

from skdeep._engine.modules.mlp import mlp_outputs
from skdeep._engine.packing.perceptron import layer_views
from skdeep._engine.training import prediction
from skdeep._engine.training.loop import train
from skdeep._engine.training.rows import SparseRows
from tests.engine.training.members import (
    assert_same,
    make_data,
    make_member,
    make_validation,
    with_changes,
)

N = 40


def judged(loss, kind, score, *, weighted=False, n_outputs=3, rows=None, **changes):
    """Train one epoch; return the run, the raw outputs and targets of validation, and weights."""
    rng = np.random.default_rng(0)
    shape = (kind, loss, N, 4, n_outputs)
    member = make_member(
        *make_data(*shape, rng), loss=loss, kind=kind, max_iter=1, learning_rate_init=0.1, **changes
    )
    X, y = make_data(*shape, rng)
    rows = np.arange(N) if rows is None else rows
    weight = rng.uniform(0.2, 3.0, len(rows)) if weighted else None
    validation = make_validation(member, X, y, score, sample_weight=weight, rows=rows)
    (trained,) = train([with_changes(member, validation=validation)])
    weights, biases = layer_views(torch.from_numpy(trained.weights)[None], member.layer_units)
    outputs = mlp_outputs(
        torch.from_numpy(X[rows]), [w[0] for w in weights], [b[0, 0] for b in biases], "relu"
    )
    return trained, outputs.numpy(), y[rows], weight


def softmax(z):
    return torch.softmax(torch.from_numpy(z), dim=1).numpy()


@pytest.mark.parametrize("rows", [None, np.arange(0, N, 3)])
@pytest.mark.parametrize("weighted", [False, True])
def test_accuracy_and_log_loss_of_several_classes(weighted, rows):
    trained, z, y, w = judged("log_loss", "multiclass", "accuracy", weighted=weighted, rows=rows)
    expected = metrics.accuracy_score(y, z.argmax(axis=1), sample_weight=w)
    assert trained.validation_scores == pytest.approx([expected])
    expected = metrics.log_loss(y, softmax(z), sample_weight=w, labels=[0, 1, 2])
    assert trained.validation_loss_curve == pytest.approx([expected])


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_accuracy_of_labels_wants_all_of_a_row(weighted, n_outputs):
    trained, z, y, w = judged("hinge", "binary", "accuracy", weighted=weighted, n_outputs=n_outputs)
    expected = metrics.accuracy_score(y, (z > 0).astype(float), sample_weight=w)
    assert 0 < expected < 1
    assert trained.validation_scores == pytest.approx([expected])
    # The loss is summed over labels.
    per_row = np.maximum(0, 1 - (2 * y - 1) * z).sum(axis=1)
    assert trained.validation_loss_curve == pytest.approx([np.average(per_row, weights=w)])


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_r2_and_squared_error(weighted, n_outputs):
    trained, z, y, w = judged(
        "squared_error", "regression", "r2", weighted=weighted, n_outputs=n_outputs
    )
    assert trained.validation_scores == pytest.approx([metrics.r2_score(y, z, sample_weight=w)])
    expected = metrics.mean_squared_error(y, z, sample_weight=w) / 2
    assert trained.validation_loss_curve == pytest.approx([expected])


def test_r2_of_a_network_that_predicts_logarithms_is_that_of_its_predictions():
    trained, z, y, w = judged("poisson", "regression", "r2", weighted=True)
    expected = metrics.r2_score(y, np.exp(z), sample_weight=w)
    assert trained.validation_scores == pytest.approx([expected])


def test_losses_are_reported_in_the_units_asked_for():
    unit = torch.tensor([2.0, 3.0, 5.0], dtype=torch.float64)
    trained, z, y, _ = judged("absolute_error", "regression", "loss", output_scale=unit)
    expected = (np.abs(z - y) * unit.numpy()).mean()
    assert trained.validation_loss_curve == pytest.approx([expected])
    assert trained.validation_scores == pytest.approx([-expected])


def test_a_score_may_be_any_function_of_the_weights():
    trained, *_ = judged("huber", "regression", lambda weights: float(weights.sum()))
    assert trained.validation_scores == [float(trained.weights.sum())]


def test_r2_of_a_constant_is_as_in_scikit_learn():
    X = np.random.default_rng(0).normal(size=(N, 2))
    member = make_member(X, np.zeros(N), max_iter=1)
    validation = make_validation(member, X, np.full(N, 2.0), "r2")
    (trained,) = train([with_changes(member, validation=validation)])
    assert trained.validation_scores == [0.0]


def test_sparse_validation_rows_are_dense_ones(monkeypatch):
    rng = np.random.default_rng(0)
    X, y = make_data("regression", "", N, 4, 1, rng)
    member = make_member(X, y, max_iter=2)
    dense = make_validation(member, X, y, "r2", rows=np.arange(0, N, 2))
    sparse = make_validation(member, X, y, "r2", rows=np.arange(0, N, 2))
    sparse.X = SparseRows(scipy.sparse.csr_array(X), torch.device("cpu"))
    (expected,) = train([with_changes(member, validation=dense)])
    monkeypatch.setattr(prediction, "_CHUNK_VALUES", 12)
    for validation in (sparse, dense):
        (trained,) = train([with_changes(member, validation=validation)])
        assert_same(trained, expected, 1e-12)


@pytest.mark.parametrize("score", ["r2", "accuracy"])
def test_outputs_that_are_not_finite_have_no_score(score):
    kind, loss = ("regression", "squared_error") if score == "r2" else ("binary", "hinge")
    X, y = make_data(kind, loss, N, 2, 1, np.random.default_rng(0))
    member = make_member(X, y, kind=kind, loss=loss, max_iter=1)
    validation = make_validation(member, np.full_like(X, np.inf), y, score)
    (trained,) = train([with_changes(member, validation=validation)])
    assert np.isnan(trained.validation_scores).all()
