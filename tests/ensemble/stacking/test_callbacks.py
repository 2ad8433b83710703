"""scikit-learn's callbacks hear of every fit in the stack."""

import builtins
import threading
import warnings

import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.callback import CallbackSupportMixin, ProgressBar, with_callbacks
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep.ensemble import StackingRegressor

LOCK = threading.Lock()


class Recording:
    """Notes (hook, estimator, task, number of tasks above) of each call."""

    max_propagation_depth = None

    def __init__(self):
        self.calls = []

    def note(self, hook, context):
        depth, above = 0, context.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        with LOCK:
            self.calls.append((hook, context.estimator_name, context.task_name, depth))

    def setup(self, estimator, context):
        self.note("setup", context)

    def on_fit_task_begin(self, estimator, context):
        self.note("begin", context)

    def on_fit_task_end(self, estimator, context):
        self.note("end", context)

    def teardown(self, estimator, context):
        self.note("teardown", context)

    def count(self, *call):
        return self.calls.count(call)


class Epochs(CallbackSupportMixin, RegressorMixin, BaseEstimator):
    """Three epochs that a callback can follow."""

    @with_callbacks
    def fit(self, X, y):
        root = self._init_callback_context(max_subtasks=3)
        root.call_on_fit_task_begin(estimator=self)
        for _ in range(3):
            epoch = root.subcontext(task_name="epoch")
            epoch.call_on_fit_task_begin(estimator=self)
            epoch.call_on_fit_task_end(estimator=self)
        self.model_ = Ridge().fit(X, y)
        root.call_on_fit_task_end(estimator=self)
        return self

    def predict(self, X):
        return self.model_.predict(X)


BASES = [("ridge", Ridge()), ("epochs", Epochs())]


def leftovers(estimator):
    return [name for name in vars(estimator) if "callback" in name and name != "_skl_callbacks"]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    ("settings", "n_fits"),
    [({"cv": 3}, 4), ({"cv": 0.3}, 2), ({"cv": 3, "refit": False}, 3)],
)
def test_each_fit_is_reported_once(diabetes, settings, n_fits, n_jobs):
    recording = Recording()
    stack = StackingRegressor(BASES, n_jobs=n_jobs, **settings).set_callbacks(recording)
    with warnings.catch_warnings(), parallel_config("threading"):
        warnings.simplefilter("error")  # that Ridge has no callbacks is nothing to warn of
        stack.fit(*diabetes)
    name = "StackingRegressor"
    for hook in ("setup", "teardown"):
        assert [call for call in recording.calls if call[0] == hook] == [(hook, name, "fit", 0)]
    for hook in ("begin", "end"):
        assert recording.count(hook, name, "fit", 0) == 1
        assert recording.count(hook, name, "fit-final-estimator", 1) == 1
        assert recording.count(hook, "Epochs", "epoch", 3) == 3 * n_fits
        assert recording.count(hook, "Epochs", "fit", 2) == n_fits
        assert recording.count(hook, name, "fit-ridge", 2) == n_fits
    assert leftovers(stack) == []
    assert all(leftovers(model) == [] for model in stack.estimators_ if hasattr(model, "fit"))
    assert not hasattr(stack.final_estimator_, "_parent_callback_ctx")


def test_tasks_are_as_many_as_was_said(diabetes):
    # A progress bar needs the number of tasks beforehand.
    contexts = []

    class Keeping(Recording):
        def setup(self, estimator, context):
            contexts.append(context)

    StackingRegressor(BASES, cv=3).set_callbacks(Keeping()).fit(*diabetes)
    (root,) = contexts
    for context in root:
        assert context.max_subtasks == len(context._children_map)


@pytest.mark.parametrize("check_gain", [False, True])
@pytest.mark.filterwarnings("ignore:The ensemble is no better")
def test_layers_are_phases(diabetes, check_gain):
    contexts = []

    class Keeping(Recording):
        def setup(self, estimator, context):
            contexts.append(context)

    layers = [BASES, [("above", Epochs()), ("top", Ridge())]]
    recording = Keeping()
    StackingRegressor(layers, cv=2, check_gain=check_gain).set_callbacks(recording).fit(*diabetes)
    (root,) = contexts
    for context in root:
        assert context.max_subtasks == len(context._children_map)
    name = "StackingRegressor"
    for phase in ("fit-splits-of-layer-1", "fit-splits-of-layer-2", "fit-final-estimator"):
        assert recording.count("begin", name, phase, 1) == 1
        assert recording.count("end", name, phase, 1) == 1
    assert recording.count("end", name, "fit-top", 2) == 3
    assert recording.count("end", name, "check-gain", 1) == check_gain
    assert recording.count("end", name, "fit-top", 4) == 2 * 3 * check_gain


def test_failing_base_that_is_left_out_is_over(diabetes):
    recording = Recording()
    bases = [("bad", Ridge(alpha=-1)), ("ridge", Ridge())]
    stack = StackingRegressor(bases, cv=2, error_score="drop").set_callbacks(recording)
    with pytest.warns(UserWarning, match="'bad' is left out"):
        stack.fit(*diabetes)
    for hook in ("begin", "end"):
        assert recording.count(hook, "StackingRegressor", "fit-bad", 2) == 3


def test_failing_fit_is_torn_down(diabetes):
    recording = Recording()
    stack = StackingRegressor([("ridge", Ridge(alpha=-1))]).set_callbacks(recording)
    with pytest.raises(ValueError, match="alpha"):
        stack.fit(*diabetes)
    assert recording.calls[-1] == ("teardown", "StackingRegressor", "fit", 0)
    assert leftovers(stack) == []


def test_inside_a_search_and_a_pipeline(diabetes):
    recording = Recording()
    stack = StackingRegressor(BASES, cv=2)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), stack), {"stackingregressor__ridge__alpha": [1, 2]}, cv=2
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # StandardScaler has no callbacks, scikit-learn warns
        search.set_callbacks(recording).fit(*diabetes)
    n_fits = (2 * 2 + 1) * (2 + 1)
    assert sum(call[:3] == ("end", "Epochs", "fit") for call in recording.calls) == n_fits


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_progress_bar(diabetes, capsys, n_jobs):
    pytest.importorskip("rich")
    bar = ProgressBar(max_propagation_depth=None)
    StackingRegressor(BASES, cv=2, n_jobs=n_jobs).set_callbacks(bar).fit(*diabetes)
    shown = capsys.readouterr().out
    for part in ("StackingRegressor - fit", "fit-splits", "fit-final-estimator", "Epochs", "100%"):
        assert part in shown


def test_progress_bar_of_layers(diabetes, capsys):
    pytest.importorskip("rich")
    bar = ProgressBar(max_propagation_depth=None)
    layers = [BASES, [("above", Epochs())]]
    StackingRegressor(layers, cv=2).set_callbacks(bar).fit(*diabetes)
    shown = capsys.readouterr().out
    for part in ("fit-splits-of-layer-1", "fit-splits-of-layer-2", "Epochs", "100%"):
        assert part in shown


def test_fits_without_rich(diabetes, monkeypatch):
    original = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "rich":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert StackingRegressor(BASES, cv=2).fit(*diabetes).predict(diabetes[0]).shape == (200,)
