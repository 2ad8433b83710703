"""Losses against scikit-learn's metrics and closed forms, gradients against differences."""

import numpy as np
import pytest
import scipy.optimize
import torch
from scipy.optimize import check_grad
from sklearn import metrics

from skdeep._encoding.targets import RegressionTarget
from skdeep._engine.training.lbfgs import Objective
from skdeep._engine.training.loop import never, train
from skdeep._engine.training.losses import LOSSES, LossEntry, make_loss, with_heads
from tests.engine.training.members import KINDS, make_data, make_member, with_changes

CASES = [(loss, kind) for loss in KINDS for kind in KINDS[loss]]
OPTIONS = [
    *((loss, kind, {}) for loss, kind in CASES),
    *(("focal", kind, {"focal_gamma": g}) for kind in KINDS["focal"] for g in (0.0, 0.5, 1.0, 3.0)),
    ("huber", "regression", {"huber_delta": 0.3}),
    ("quantile", "regression", {"quantile": 0.9}),
    ("quantile", "regression", {"quantile": 0.05}),
]


def problem(kind, loss, n=40, seed=0):
    """Raw outputs and targets in the shapes of a pack of two members."""
    rng = np.random.default_rng(seed)
    z = torch.from_numpy(rng.normal(scale=2.0, size=(2, n, 3)))
    if kind == "multiclass":
        t = torch.from_numpy(np.eye(3)[rng.integers(3, size=(2, n))])
    elif kind == "binary":
        t = torch.from_numpy(rng.integers(2, size=(2, n, 3)).astype(float))
    else:
        t = torch.from_numpy(rng.normal(scale=2.0, size=(2, n, 3)))
        if loss in ("poisson", "gamma"):
            t = t.exp()
    return z, t


def soft(t, kind):
    """Targets with smoothed labels."""
    return 0.8 * t + 0.2 / (3 if kind == "multiclass" else 2)


def test_every_loss_is_tested():
    assert sorted(KINDS) == sorted(LOSSES)


@pytest.mark.parametrize(
    ("name", "kind", "options", "soften"),
    [
        *((*case, False) for case in OPTIONS),
        ("log_loss", "binary", {}, True),
        ("log_loss", "multiclass", {}, True),
    ],
)
def test_gradients_are_those_of_autograd_and_of_differences(name, kind, options, soften):
    loss = make_loss(name, kind, **options)
    z, t = problem(kind, name)
    if soften:
        t = soft(t, kind)
    gradient = torch.full_like(z, torch.nan)
    loss.gradient(z.clone(), t.clone(), gradient)

    leaf = z.clone().requires_grad_()
    loss.value(leaf, t).sum().backward()
    torch.testing.assert_close(gradient, leaf.grad, rtol=1e-9, atol=1e-9)

    step = 1e-6
    for j in range(z.shape[2]):
        shift = torch.zeros(3, dtype=torch.float64)
        shift[j] = step
        upper = loss.value(z + shift, t).sum(dim=2)
        lower = loss.value(z - shift, t).sum(dim=2)
        differences = (upper - lower) / (2 * step)
        torch.testing.assert_close(gradient[..., j], differences, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_value_and_gradient_leave_their_arguments_alone(name, kind):
    loss = make_loss(name, kind)
    z, t = problem(kind, name)
    z_before, t_before = z.clone(), t.clone()
    value = loss.value(z, t)
    loss.gradient(z, t, torch.empty_like(z))
    torch.testing.assert_close(z, z_before, rtol=0, atol=0)
    torch.testing.assert_close(t, t_before, rtol=0, atol=0)
    # A loss per output where outputs are independent, else one per row.
    assert value.shape == (2, 40, 1 if kind == "multiclass" else 3)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_float32_and_noncontiguous_batches_give_the_same(name, kind):
    # Batches are slices of blocks: (members, rows, outputs) with a gap between members.
    loss = make_loss(name, kind)
    z, t = problem(kind, name)
    expected = torch.empty_like(z)
    loss.gradient(z, t, expected)
    part = slice(5, 20)
    out = torch.empty(2, 15, 3)
    loss.gradient(z.float()[:, part], t.float()[:, part], out)
    torch.testing.assert_close(out, expected[:, part].float(), rtol=1e-4, atol=1e-5)


def columns(tensor):
    return tensor.reshape(-1, tensor.shape[-1]).numpy()


def mean_value(name, kind, z, t, **options):
    return float(make_loss(name, kind, **options).value(z, t).mean())


def test_binary_log_loss_is_that_of_scikit_learn():
    z, t = problem("binary", "log_loss")
    expected = metrics.log_loss(t.numpy().ravel(), torch.sigmoid(z).numpy().ravel())
    assert mean_value("log_loss", "binary", z, t) == pytest.approx(expected, rel=1e-12)


def test_multiclass_log_loss_is_that_of_scikit_learn():
    z, t = problem("multiclass", "log_loss")
    expected = metrics.log_loss(columns(t).argmax(axis=1), columns(torch.softmax(z, dim=-1)))
    assert mean_value("log_loss", "multiclass", z, t) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_log_loss_of_soft_labels_is_their_cross_entropy(kind):
    z, t = problem(kind, "log_loss")
    t = soft(t, kind)
    if kind == "multiclass":
        expected = -(t * torch.softmax(z, dim=-1).log()).sum(dim=-1)
    else:
        p = torch.sigmoid(z)
        expected = -(t * p.log() + (1 - t) * (1 - p).log())
    assert mean_value("log_loss", kind, z, t) == pytest.approx(float(expected.mean()), rel=1e-12)


def test_binary_hinge_is_that_of_scikit_learn():
    z, t = problem("binary", "hinge")
    expected = metrics.hinge_loss(t.numpy().ravel(), z.numpy().ravel())
    assert mean_value("hinge", "binary", z, t) == pytest.approx(expected, rel=1e-12)


def test_multiclass_hinge_is_that_of_scikit_learn():
    z, t = problem("multiclass", "hinge")
    expected = metrics.hinge_loss(columns(t).argmax(axis=1), columns(z))
    assert mean_value("hinge", "multiclass", z, t) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_squared_hinge_is_the_square_of_hinge(kind):
    z, t = problem(kind, "hinge")
    hinge = make_loss("hinge", kind).value(z, t)
    torch.testing.assert_close(make_loss("squared_hinge", kind).value(z, t), hinge**2)


@pytest.mark.parametrize("name", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_hinges_bound_the_error_rate_from_above(name, kind):
    z, t = problem(kind, name)
    value = make_loss(name, kind).value(z, t)
    if kind == "multiclass":
        wrong = z.argmax(dim=-1, keepdim=True) != t.argmax(dim=-1, keepdim=True)
    else:
        wrong = (z > 0) != (t > 0.5)
    assert wrong.any()
    assert (value >= wrong.double()).all()


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_focal_without_focus_is_log_loss(kind):
    z, t = problem(kind, "focal")
    expected = make_loss("log_loss", kind).value(z, t)
    value = make_loss("focal", kind, focal_gamma=0.0).value(z, t)
    torch.testing.assert_close(value, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_focal_weighs_log_loss_by_a_power_of_the_miss(kind, gamma):
    z, t = problem(kind, "focal")
    log_loss = make_loss("log_loss", kind).value(z, t)
    expected = (1 - torch.exp(-log_loss)) ** gamma * log_loss
    torch.testing.assert_close(make_loss("focal", kind, focal_gamma=gamma).value(z, t), expected)


@pytest.mark.parametrize(
    ("name", "metric", "options"),
    [
        ("squared_error", lambda t, z: metrics.mean_squared_error(t, z) / 2, {}),
        ("absolute_error", metrics.mean_absolute_error, {}),
        (
            "quantile",
            lambda t, z: metrics.mean_pinball_loss(t, z, alpha=0.8),
            {"quantile": 0.8},
        ),
        (
            "poisson",
            lambda t, z: metrics.mean_poisson_deviance(t.ravel(), np.exp(z).ravel()) / 2,
            {},
        ),
        (
            "gamma",
            lambda t, z: metrics.mean_gamma_deviance(t.ravel(), np.exp(z).ravel()) / 2,
            {},
        ),
    ],
)
def test_regression_losses_are_the_metrics_of_scikit_learn(name, metric, options):
    z, t = problem("regression", name)
    expected = metric(columns(t), columns(z))
    assert mean_value(name, "regression", z, t, **options) == pytest.approx(expected, rel=1e-12)


def test_poisson_takes_counts_of_zero():
    z, t = problem("regression", "poisson")
    t = t.round()
    assert (t == 0).any()
    expected = metrics.mean_poisson_deviance(t.numpy().ravel(), z.exp().numpy().ravel()) / 2
    assert mean_value("poisson", "regression", z, t) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("delta", [0.5, 1.0, 2.5])
def test_huber_is_its_closed_form(delta):
    z, t = problem("regression", "huber")
    r = (z - t).abs().numpy()
    assert (r > delta).any()
    assert (r < delta).any()
    expected = np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta)).mean()
    value = mean_value("huber", "regression", z, t, huber_delta=delta)
    assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("name", "kind", "options"), [case for case in OPTIONS if case[1] != "regression"]
)
def test_sure_classifiers_have_finite_losses(name, kind, options, dtype):
    # Right and wrong by a margin at which probabilities round to 0 and 1.
    loss = make_loss(name, kind, **options)
    margins = torch.tensor([-500.0, -90.0, -20.0, 20.0, 90.0, 500.0], dtype=dtype)
    z = torch.stack([margins, -margins], dim=-1)[None]
    t = torch.zeros_like(z)
    t[..., 0] = 1.0
    gradient = torch.empty_like(z)
    value = loss.value(z, t)
    loss.gradient(z, t, gradient)
    assert torch.isfinite(value).all()
    assert torch.isfinite(gradient).all()
    # Sure and right: nothing left to learn. Sure and wrong: a slope that pulls back.
    assert value[0, -1].abs().max() < 1e-30
    assert gradient[0, -1].abs().max() < 1e-30
    assert gradient[0, 0, 0] < 0
    assert gradient[0, 0, 1] > 0


def test_poles_of_the_regression_losses_have_slope_zero():
    z = torch.zeros(1, 4, 1)
    for name in ("squared_error", "absolute_error", "huber", "quantile"):
        gradient = torch.full_like(z, torch.nan)
        make_loss(name, "regression", quantile=0.3).gradient(z, z.clone(), gradient)
        torch.testing.assert_close(gradient, torch.zeros_like(z), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("name", "kind", "activation"),
    [
        ("log_loss", "binary", "logistic"),
        ("log_loss", "multiclass", "softmax"),
        ("focal", "binary", "logistic"),
        ("hinge", "binary", "identity"),
        ("squared_hinge", "multiclass", "identity"),
        ("squared_error", "regression", "identity"),
        ("poisson", "regression", "exp"),
        ("gamma", "regression", "exp"),
    ],
)
def test_output_activations(name, kind, activation):
    assert make_loss(name, kind).out_activation == activation


HEADS = [("log_loss", "binary"), ("log_loss", "multiclass"), ("squared_error", "regression"),
         ("absolute_error", "regression"), ("poisson", "regression")]  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), HEADS)
def test_the_loss_of_heads_is_their_mean(name, kind):
    loss = make_loss(name, kind)
    shared = with_heads(loss, 4)
    _, t = problem(kind, name)
    z = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 40, 12)))
    heads = z.split(3, dim=2)
    each = torch.stack([loss.value(head, t) for head in heads])
    torch.testing.assert_close(shared.value(z, t), each.mean(dim=0))

    gradient = torch.full_like(z, torch.nan)
    shared.gradient(z.clone(), t.clone(), gradient)
    parts = [torch.empty_like(t) for _ in heads]
    for head, part in zip(heads, parts, strict=True):
        loss.gradient(head.clone(), t, part)
    torch.testing.assert_close(gradient, torch.cat(parts, dim=2) / 4)

    leaf = z.clone().requires_grad_()
    shared.value(leaf, t).sum().backward()
    torch.testing.assert_close(gradient, leaf.grad, rtol=1e-9, atol=1e-9)
    rows_side_by_side = torch.full((2, 12, 40), torch.nan).double()  # as batches are laid out
    shared.gradient(z, t, rows_side_by_side.mT)
    torch.testing.assert_close(rows_side_by_side.mT, gradient)


def _log_cosh(z, t, cosh_width):
    return cosh_width * torch.log(torch.cosh((z - t) / cosh_width))


def _log_cosh_gradient(z, t, out, cosh_width):
    torch.sub(z, t, out=out).div_(cosh_width).tanh_()


def _refused_by_log_cosh(y, name, all_of_it):
    return f"{name} has a 7" if (y == 7).any() else None


@pytest.fixture
def log_cosh(monkeypatch):
    """A loss that is in the table and nowhere else."""
    entry = LossEntry(
        {"regression": (_log_cosh, _log_cosh_gradient)},
        defaults={"cosh_width": 1.0},
        averages_outputs=True,
        unit_power=1,
        refuses=_refused_by_log_cosh,
    )
    monkeypatch.setitem(LOSSES, "log_cosh", entry)


@pytest.mark.usefixtures("log_cosh")
@pytest.mark.parametrize("width", [1.0, 0.3])
def test_a_new_loss_needs_an_entry_alone(width):
    loss = make_loss("log_cosh", "regression", cosh_width=width, focal_gamma=9.0)
    assert loss.out_activation == "identity"
    X, y = make_data("regression", "", 40, 3, 1, np.random.default_rng(0))
    m = make_member(X, y, loss="log_cosh", hidden=(), solver="lbfgs", max_iter=200, tol=1e-9)
    (trained,) = train([with_changes(m, loss=loss)])

    def risk(parameters):
        residuals = X @ parameters[:3] + parameters[3] - y[:, 0]
        return np.mean(width * np.log(np.cosh(residuals / width)))

    best = scipy.optimize.minimize(risk, np.zeros(4), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(trained.weights, best.x, atol=1e-5)
    assert trained.loss_curve[-1] == pytest.approx(best.fun, rel=1e-6)

    objective = Objective(with_changes(m, loss=loss), never)
    at = np.random.default_rng(1).normal(size=4)
    assert check_grad(lambda w: objective(w)[0], lambda w: objective(w)[1], at) < 1e-6


@pytest.mark.usefixtures("log_cosh")
def test_targets_know_a_new_loss_by_its_entry():
    y = np.array([[1.0, 50.0], [2.0, 10.0], [4.0, 30.0]])
    target = RegressionTarget(y, None, "log_cosh", True)
    assert not target.is_positive
    np.testing.assert_allclose(target.loss_unit, y.std(axis=0))
    with pytest.raises(ValueError, match="y_val has a 7"):
        target.check(y + 5.0, np.float64, "y_val")
    with pytest.raises(ValueError, match="y has a 7"):
        RegressionTarget(y + 5.0, None, "log_cosh", True)


def test_hyperparameters_are_those_of_some_loss():
    assert LOSSES["huber"].parameters == ("huber_delta",)
    with pytest.raises(TypeError, match=r"no loss has \['delta'\].*'huber_delta'"):
        make_loss("huber", "regression", delta=2.0)


@pytest.mark.parametrize("name", LOSSES)
def test_soft_labels_are_for_losses_that_are_linear_in_them(name):
    # Of these alone, the mean over hard labels is the loss of their mean.
    if not LOSSES[name].is_for_classes:
        assert not LOSSES[name].takes_soft_labels
        return
    loss = make_loss(name, "binary")
    z = torch.linspace(-3.0, 3.0, 13, dtype=torch.float64)[:, None]
    zero, one = (loss.value(z, torch.full_like(z, t)) for t in (0.0, 1.0))
    mixed = loss.value(z, torch.full_like(z, 0.25))
    assert torch.allclose(mixed, 0.75 * zero + 0.25 * one) == LOSSES[name].takes_soft_labels
