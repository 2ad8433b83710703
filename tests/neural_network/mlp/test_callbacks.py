"""scikit-learn's callbacks hear of every epoch, and what `verbose` prints can be read."""

import re
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep.neural_network import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SETTINGS = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.02, "random_state": 0}


class Recording:
    """Notes every call, and what a fitted estimator predicts at the end of an epoch."""

    def __init__(self, stop_after=None, fail_in=None, X=None):
        self.calls, self.predicted, self.contexts = [], [], []
        self.stop_after, self.fail_in, self.X = stop_after, fail_in, X

    def note(self, hook, context):
        self.calls.append((hook, context.task_name))
        self.contexts.append(context)
        if self.fail_in == (hook, context.task_name):
            raise RuntimeError(f"failed in {hook}")

    def setup(self, estimator, context):
        self.note("setup", context)

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.seen = X, y, metadata
        self.note("begin", context)

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.note("end", context)
        if context.task_name != "epoch":
            return False
        self.predicted.append(fitted_estimator.predict_proba(X if self.X is None else self.X))
        return len(self.predicted) == self.stop_after

    def teardown(self, estimator, context):
        self.note("teardown", context)


def leftovers(estimator):
    return [name for name in vars(estimator) if "callback" in name and name != "_skl_callbacks"]


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_task_an_epoch(iris, solver):
    X, y = iris
    recording = Recording()
    network = MLPClassifier(solver=solver, max_iter=6, **SETTINGS).set_callbacks(recording)
    network.fit(X, y)
    assert network.n_iter_ == 6
    epochs = [("begin", "epoch"), ("end", "epoch")] * 6
    around = [("setup", "fit"), ("begin", "fit"), *epochs, ("end", "fit"), ("teardown", "fit")]
    assert recording.calls == around
    root = recording.contexts[0]
    assert root.max_subtasks == 6
    assert root.estimator_name == "MLPClassifier"
    assert leftovers(network) == []


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_fitted_estimator_is_what_the_fit_would_have_given(iris, solver):
    X, y = iris
    recording = Recording()
    network = MLPClassifier(solver=solver, max_iter=5, **SETTINGS).set_callbacks(recording)
    network.fit(X, y)
    for n, predicted in enumerate(recording.predicted, start=1):
        shorter = MLPClassifier(solver=solver, max_iter=n, **SETTINGS).fit(X, y)
        assert_allclose(predicted, shorter.predict_proba(X), rtol=1e-6)
    for earlier, later in zip(recording.predicted, recording.predicted[1:], strict=False):
        assert np.abs(earlier - later).max() > 1e-5
    assert np.array_equal(recording.predicted[-1], network.predict_proba(X))


def test_fitted_estimator_is_kept_from_later_epochs(iris):
    kept = []

    class Keeping(Recording):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None, X=None):
            if context.task_name == "epoch":
                kept.append((fitted_estimator, fitted_estimator.predict_proba(X)))

    MLPClassifier(max_iter=4, dropout=0.3, **SETTINGS).set_callbacks(Keeping()).fit(*iris)
    assert len(kept) == 4
    for network, predicted in kept:
        assert np.array_equal(network.predict_proba(iris[0]), predicted)


def test_fitted_regressor_predicts_in_the_units_of_y(diabetes):
    predicted = []

    class Predicting(Recording):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None, X=None):
            if context.task_name == "epoch":
                predicted.append(fitted_estimator.predict(X))

    X, y = diabetes
    network = MLPRegressor(max_iter=5, **SETTINGS).set_callbacks(Predicting()).fit(X, y)
    assert all(50 < p.mean() < 250 for p in predicted)
    assert np.array_equal(predicted[-1], network.predict(X))


def test_watching_changes_nothing(iris):
    X, y = iris
    alone = MLPClassifier(max_iter=5, dropout=0.2, **SETTINGS).fit(X, y)
    watched = clone(alone).set_callbacks(Recording()).fit(X, y)
    for a, b in zip(alone.coefs_, watched.coefs_, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_callback_that_returns_true_stops_the_fit(iris, solver):
    X, y = iris
    recording = Recording(stop_after=3)
    network = MLPClassifier(solver=solver, max_iter=50, **SETTINGS).set_callbacks(recording)
    network.fit(X, y)  # and warns of nothing: it is what was asked for
    assert network.n_iter_ == len(network.loss_curve_) == 3
    assert recording.calls[-1] == ("teardown", "fit")
    alone = MLPClassifier(solver=solver, max_iter=3, **SETTINGS).fit(X, y)
    assert_allclose(network.predict_proba(X), alone.predict_proba(X), rtol=1e-6)


@pytest.mark.filterwarnings("error")
def test_a_stop_that_was_asked_for_is_nothing_to_warn_of(iris):
    network = MLPClassifier(**SETTINGS).set_callbacks(Recording(stop_after=2)).fit(*iris)
    assert network.n_iter_ == 2


def test_stopping_with_early_stopping_keeps_the_best_weights(iris):
    X, y = iris
    network = MLPClassifier(early_stopping=True, scoring="loss", **SETTINGS)
    network.set_callbacks(Recording(stop_after=4)).fit(
        X[:100], y[:100], X_val=X[100:], y_val=y[100:]
    )
    assert network.n_iter_ == 4
    wanted = -log_loss(y[100:], network.predict_proba(X[100:]))
    assert_allclose(network.best_validation_score_, wanted)


def test_callbacks_are_given_the_data_as_they_came(iris):
    X, y = iris
    weight = np.ones(len(y))
    recording = Recording()
    MLPClassifier(max_iter=1, **SETTINGS).set_callbacks(recording).fit(X, y, weight)
    assert recording.seen[0] is X
    assert recording.seen[1] is y
    assert recording.seen[2] == {"sample_weight": weight}


@pytest.mark.parametrize("weighted", [False, True])
def test_scoring_monitor_follows_the_score(iris, weighted):
    X, y = iris
    weight = np.random.RandomState(0).uniform(size=len(y)) if weighted else None
    monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    network = MLPClassifier(max_iter=7, **SETTINGS).set_callbacks(monitor).fit(X, y, weight)
    epochs = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert [row["task_id"] for row in epochs] == list(range(7))
    wanted = accuracy_score(y, network.predict(X), sample_weight=weight)
    assert_allclose(epochs[-1]["accuracy"], wanted)
    wanted = -log_loss(y, network.predict_proba(X), sample_weight=weight)
    assert_allclose(epochs[-1]["neg_log_loss"], wanted)
    assert epochs[-1]["neg_log_loss"] > epochs[0]["neg_log_loss"]


def test_scoring_monitor_of_a_regressor(diabetes):
    monitor = ScoringMonitor(scoring="neg_max_error")  # a scorer that takes no weights
    network = MLPRegressor(max_iter=3, **SETTINGS).set_callbacks(monitor).fit(*diabetes)
    last = [row["neg_max_error"] for row in monitor.get_logs().data if row["task_name"] == "epoch"][
        -1
    ]
    assert_allclose(last, -np.abs(network.predict(diabetes[0]) - diabetes[1]).max())


def test_scoring_monitor_in_a_parallel_search(iris):
    monitor = ScoringMonitor(scoring="accuracy")
    network = MLPClassifier(max_iter=3, **SETTINGS).set_callbacks(monitor)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), network), {"mlpclassifier__alpha": [0, 1]}, cv=2, n_jobs=2
    ).fit(*iris)
    logs = monitor.get_logs(select="all")
    epochs = [row for log in logs for row in log.data if row["task_name"] == "epoch"]
    assert len(epochs) == 3 * (2 * 2 + 1)
    assert search.best_estimator_[-1].n_iter_ == 3


def shown(capsys):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)


def test_progress_bar_alone(iris, capsys):
    pytest.importorskip("rich")
    MLPClassifier(max_iter=3, **SETTINGS).set_callbacks(ProgressBar()).fit(*iris)
    assert re.search(r"MLPClassifier - fit .*100%", shown(capsys))


def test_progress_bar_of_a_fit_that_converges_is_filled(iris, capsys):
    pytest.importorskip("rich")
    network = MLPClassifier(max_iter=300, tol=1e9, n_iter_no_change=1, **SETTINGS)
    network.set_callbacks(ProgressBar()).fit(*iris)
    assert network.n_iter_ < 10
    assert re.search(r"MLPClassifier - fit .*100%", shown(capsys))


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_progress_bar_in_a_pipeline_and_a_search(iris, capsys, n_jobs):
    pytest.importorskip("rich")
    pipe = make_pipeline(StandardScaler(), MLPClassifier(max_iter=3, **SETTINGS))
    clone(pipe).set_callbacks(ProgressBar()).fit(*iris)
    out = shown(capsys)
    assert "Pipeline" in out
    assert "MLPClassifier" in out
    search = GridSearchCV(pipe, {"mlpclassifier__alpha": [0, 1]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(*iris)
    out = shown(capsys)
    for part in ("GridSearchCV - fit", "MLPClassifier", "100%"):
        assert part in out
    assert "RichProgressMonitor" not in {type(t).__name__ for t in threading.enumerate()}


@pytest.mark.parametrize(
    "fail_in", [("setup", "fit"), ("begin", "fit"), ("begin", "epoch"), ("end", "epoch")]
)
def test_a_failing_callback_is_torn_down_and_leaves_nothing(iris, fail_in):
    recording = Recording(fail_in=fail_in)
    network = MLPClassifier(max_iter=3, **SETTINGS).set_callbacks(recording)
    with pytest.raises(RuntimeError, match="failed in"):
        network.fit(*iris)
    assert recording.calls[-1] == ("teardown", "fit")
    assert recording.calls.count(("teardown", "fit")) == 1
    assert leftovers(network) == []
    assert not [name for name in vars(network) if name.endswith("_")]
    recording.fail_in = None
    assert network.fit(*iris).n_iter_ == 3


def test_a_failing_fit_is_torn_down(iris):
    X, y = iris
    recording = Recording()
    network = MLPClassifier(max_iter=3, **SETTINGS).set_callbacks(recording)
    network.fit(X, y)
    before = dict(vars(network))
    recording.calls.clear()
    with pytest.raises(ValueError, match="non-finite"), np.errstate(all="ignore"):
        network.set_params(solver="sgd", learning_rate_init=1e200).fit(X, y)
    if recording.calls:
        assert recording.calls[-1] == ("teardown", "fit")
    assert leftovers(network) == []
    assert network.coefs_ is before["coefs_"]


def test_partial_fit_calls_nobody(iris):
    recording = Recording()
    network = MLPClassifier(**SETTINGS).set_callbacks(recording)
    network.partial_fit(*iris, classes=[0, 1, 2])
    assert recording.calls == []


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_verbose_prints_a_line_an_epoch_and_why_it_ended(iris, capsys, solver):
    X, y = iris
    network = MLPClassifier(solver=solver, max_iter=3, verbose=True, **SETTINGS).fit(X, y)
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for n, (line, loss) in enumerate(zip(lines, network.loss_curve_, strict=True), start=1):
        number, value = re.fullmatch(r"Iteration (\d+), loss = (\S+)", line).groups()
        assert int(number) == n
        assert float(value) == pytest.approx(loss, rel=1e-6)
    assert "max_iter=3" in last or "LIMIT" in last


def test_verbose_prints_the_validation(iris, capsys):
    X, y = iris
    network = MLPClassifier(early_stopping=True, verbose=True, **SETTINGS).fit(X, y)
    *lines, last = capsys.readouterr().out.splitlines()
    pattern = r"Iteration \d+, loss = \S+, validation loss = (\S+), validation score = (\S+)"
    found = [re.fullmatch(pattern, line).groups() for line in lines]
    assert_allclose([float(a) for a, _ in found], network.validation_loss_curve_, rtol=1e-6)
    assert_allclose([float(b) for _, b in found], network.validation_scores_, rtol=1e-5)
    assert last == (
        "Validation score did not improve by more than tol=0.0001 for 10 consecutive epochs."
    )


def test_silence_is_the_default(iris, capsys):
    MLPClassifier(max_iter=3, **SETTINGS).fit(*iris)
    assert capsys.readouterr() == ("", "")
