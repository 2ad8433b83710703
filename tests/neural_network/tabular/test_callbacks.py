"""scikit-learn's callbacks hear of every epoch of every network."""

import re
import threading

import numpy as np
import pytest
from sklearn.callback import ProgressBar

from skdeep.neural_network import TabularClassifier, TabularRegressor
from tests.neural_network.tabular.tables import QUICK, same_fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


class Recording:
    """Notes every call; may stop training after some epochs."""

    def __init__(self, stop_after=None):
        self.calls, self.contexts, self.n_epochs = [], [], 0
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.calls.append(("setup", context.task_name))
        self.contexts.append(context)

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.seen = X, y
        self.calls.append(("begin", context.task_name))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.calls.append(("end", context.task_name))
        if context.task_name != "epoch":
            return False
        self.n_epochs += 1
        return self.stop_after is not None and self.n_epochs >= self.stop_after

    def teardown(self, estimator, context):
        self.calls.append(("teardown", context.task_name))


@pytest.mark.parametrize("architecture", ["mlp", "tabm", "transformer"])
@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_a_tick_for_every_epoch_of_every_network(kind, architecture):
    recording = Recording()
    model = kind(**QUICK, architecture=architecture).set_callbacks(recording).fit(X, Y)
    n_epochs = len(model.loss_curves_) * model.n_iter_
    assert n_epochs == 3 * 2 * (3 if architecture == "mlp" else 1)
    epochs = [("begin", "epoch"), ("end", "epoch")] * n_epochs
    around = [("setup", "fit"), ("begin", "fit"), *epochs, ("end", "fit"), ("teardown", "fit")]
    assert recording.calls == around
    assert recording.contexts[0].max_subtasks == n_epochs
    assert recording.seen[0] is X
    assert recording.seen[1] is Y
    assert same_fit(kind(**QUICK, architecture=architecture).fit(X, Y), model)


@pytest.mark.parametrize("architecture", ["tabm", "transformer"])
def test_a_callback_that_returns_true_stops_all_networks(architecture):
    settings = {**QUICK, "architecture": architecture, "max_iter": 31}
    recording = Recording(stop_after=5)
    model = TabularClassifier(**settings).set_callbacks(recording).fit(X, Y)
    assert max(len(curve) for curve in model.loss_curves_) <= 4
    assert recording.n_epochs < 10
    assert recording.calls[-1] == ("teardown", "fit")
    assert np.isfinite(model.predict_proba(X)).all()


def test_a_stop_at_once_leaves_a_fitted_model():
    recording = Recording(stop_after=1)
    model = TabularRegressor(**QUICK).set_callbacks(recording).fit(X, X[:, 0])
    assert model.n_iter_ == 1
    assert np.isfinite(model.predict(X)).all()


def test_progress_bar(capsys):
    pytest.importorskip("rich")
    TabularClassifier(**QUICK).set_callbacks(ProgressBar()).fit(X, Y)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)
    assert re.search(r"TabularClassifier - fit .*100%", shown)


def _with_unlabelled(model):
    model.set_params(unlabeled_label=-1).fit(X, np.where(np.arange(60) % 3, -1, Y))


def _refitted(model):
    # One split: all rows are learned only by fitting again.
    model.fit_cross_predict(
        X, Y, splits=[(np.arange(40), np.arange(40, 60))], method="predict_proba", refit=True
    )


@pytest.mark.parametrize(("fit", "n_later"), [(_with_unlabelled, 3), (_refitted, 1)])
def test_several_trainings_are_one_fit(fit, n_later, capsys):
    pytest.importorskip("rich")
    recording = Recording()
    model = TabularClassifier(**QUICK).set_callbacks(recording, ProgressBar())
    fit(model)
    tasks = [call for call in recording.calls if call[1] != "epoch"]
    later = [("begin", "training"), ("end", "training")] * n_later
    fit_begins, fit_ends = (
        [("setup", "fit"), ("begin", "fit")],
        [("end", "fit"), ("teardown", "fit")],
    )
    assert tasks == [*fit_begins, *later, *fit_ends]
    # A bar that is set up twice has a thread that never ends, and with it the process.
    assert not [t for t in threading.enumerate() if "Progress" in type(t).__name__]
    assert "training" in capsys.readouterr().out


def test_verbose_prints_what_was_chosen(capsys):
    model = TabularClassifier(**QUICK, verbose=True).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= len(model.candidates_)
    assert any("architecture" in line for line in lines)
    TabularClassifier(**QUICK).fit(X, Y)
    assert capsys.readouterr() == ("", "")
