"""Members for the tests: how they are made, and a comparison of their results."""

from dataclasses import fields, replace

import numpy as np
import torch

from skdeep._engine.training.losses import make_loss
from skdeep._engine.training.member import Member, Validation
from skdeep._engine.training.rows import DenseRows, SparseRows
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._kinds.sequences.rows import SequenceRows

KINDS = {
    "log_loss": ("binary", "multiclass"),
    "focal": ("binary", "multiclass"),
    "hinge": ("binary", "multiclass"),
    "squared_hinge": ("binary", "multiclass"),
    "squared_error": ("regression",),
    "absolute_error": ("regression",),
    "huber": ("regression",),
    "quantile": ("regression",),
    "poisson": ("regression",),
    "gamma": ("regression",),
}

# scikit-learn's defaults, but for a training long enough to see and short enough to wait for.
DEFAULTS = {
    "activation": "relu",
    "solver": "adam",
    "batch_size": 10,
    "nesterovs_momentum": True,
    "dtype": torch.float64,
    "device": torch.device("cpu"),
    "max_fun": 15000,
    "sample_weight": None,
    "rows": None,
    "row_groups": None,
    "validation": None,
    "penalty_scale": 1.0,
    "weight_init": "glorot_uniform",
    "seed": 0,
    "learning_rate": "constant",
    "learning_rate_init": 0.01,
    "power_t": 0.5,
    "momentum": 0.9,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-8,
    "alpha": 0.0,
    "l1": 0.0,
    "weight_decay": 0.0,
    "dropout": 0.0,
    "label_smoothing": 0.0,
    "gradient_clip": None,
    "shuffle": True,
    "max_iter": 5,
    "tol": 1e-4,
    "n_iter_no_change": 10,
    "early_stopping": False,
}


def make_data(kind, loss, n, n_features, n_outputs, rng):
    """Random rows and targets as the loss takes them; both as numpy arrays."""
    X = rng.normal(size=(n, n_features))
    if kind == "multiclass":
        y = np.concatenate([np.arange(n_outputs), rng.integers(n_outputs, size=n)])[:n]
    elif kind == "binary":
        y = (X[:, :1] + rng.normal(size=(n, n_outputs)) > 0).astype(float)
    else:
        y = np.sin(X.sum(axis=1, keepdims=True)) + rng.normal(scale=0.3, size=(n, n_outputs))
        if loss in ("poisson", "gamma"):
            y = np.exp(y)
    return X, y


def make_member(X, y, *, loss="squared_error", kind="regression", hidden=(6,), **changes):
    """A member that learns y from X, with default hyperparameters but for `changes`."""
    settings = {**DEFAULTS, **changes}
    dtype = settings["dtype"]
    y = torch.as_tensor(np.asarray(y))
    if kind != "multiclass":
        y = y.reshape(len(y), -1).to(dtype)
    n_outputs = int(y.max()) + 1 if kind == "multiclass" else y.shape[1]
    settings.setdefault("layer_units", (X.shape[1], *hidden, n_outputs))
    settings.setdefault("output_scale", torch.ones(1, dtype=torch.float64))
    settings.setdefault("warmup_fraction", SCHEDULES[settings["learning_rate"]].warmup)
    for name in ("rows", "row_groups"):
        if settings[name] is not None:
            settings[name] = torch.as_tensor(np.asarray(settings[name]))
    if settings["sample_weight"] is not None:
        settings["sample_weight"] = torch.as_tensor(np.asarray(settings["sample_weight"])).to(dtype)
    if not isinstance(X, DenseRows | SequenceRows | SparseRows):
        X = DenseRows(torch.as_tensor(np.ascontiguousarray(X)).to(dtype))
    return Member(loss=make_loss(loss, kind), loss_key=(loss, kind), X=X, y=y, **settings)


def make_validation(member, X, y, score, sample_weight=None, rows=None):
    """A validation set for `member`, of rows of its own."""
    y = torch.as_tensor(np.asarray(y))
    if not member.loss.one_hot:
        y = y.reshape(len(y), -1).to(member.dtype)
    rows = torch.arange(len(y)) if rows is None else torch.as_tensor(rows)
    if sample_weight is not None:
        sample_weight = torch.as_tensor(sample_weight).to(member.dtype)
    return Validation(
        X=DenseRows(torch.as_tensor(X).to(member.dtype)),
        y=y,
        sample_weight=sample_weight,
        rows=rows,
        score=score,
    )


def with_changes(member, **changes):
    """A copy of the member that differs in `changes`."""
    return replace(member, **changes)


def assert_same(left, right, tolerance):
    """Assert that two trainings gave the same weights, curves, epochs and state."""
    assert left.n_iter == right.n_iter
    assert left.stop_reason == right.stop_reason
    close = {"rtol": tolerance, "atol": tolerance}
    for name in ("weights", "loss_curve", "validation_loss_curve", "validation_scores"):
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), err_msg=name, **close)
    assert_same_buffers(left.buffers, right.buffers, close)
    for f in fields(left.state):
        a, b = getattr(left.state, f.name), getattr(right.state, f.name)
        assert (a is None) == (b is None), f.name
        if f.name in ("buffers", "best_buffers"):
            assert_same_buffers(a, b, close)
        elif f.name == "moments":
            for one, other in zip(a, b, strict=True):
                np.testing.assert_allclose(one, other, err_msg=f.name, **close)
        elif f.name == "rng_state" and a is not None:
            for one, other in zip(a, b, strict=True):
                np.testing.assert_array_equal(one, other, err_msg=f.name)
        elif a is not None:
            np.testing.assert_allclose(a, b, err_msg=f.name, **close)


def assert_same_buffers(left, right, close):
    """Assert that two modules keep the same besides their parameters."""
    assert left.keys() == right.keys()
    for name, buffer in left.items():
        np.testing.assert_allclose(buffer, right[name], err_msg=name, **close)
