"""Training stops where it should, is watched, and goes on inside scikit-learn's tools."""

import re

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.neural_network.contract import CASES, one_a_family, over, taken

# Epochs of a constant learning rate end before they have converged.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

that_are_judged = over(lambda case: case.takes_validation_rows)
in_epochs = that_are_judged


# Rows that judge


def halves(case):
    """The first rows, and the last ones that judge."""
    n = 3 * case.n_rows // 4
    inside, outside = range(n), range(n, case.n_rows)
    return tuple(taken(case.X, i) for i in (inside, outside)), (case.y[:n], case.y[n:])


@that_are_judged
@pytest.mark.parametrize("scoring", [None, "loss"])
def test_early_stopping_brings_the_best_weights_back(case, scoring):
    (X, X_val), (y, y_val) = halves(case)
    weight = np.where(np.arange(len(y_val)) % 4 == 3, 0.0, 1.0 + np.arange(len(y_val)) % 2)
    schedule = {"learning_rate": "constant", "learning_rate_init": 0.1}
    net = case.make(early_stopping=True, scoring=scoring, max_iter=6, **schedule)
    net.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    assert len(net.validation_scores_) == len(net.validation_loss_curve_) == net.n_iter_
    assert net.best_validation_score_ == max(net.validation_scores_)
    if scoring is None:
        found = net.score(X_val, y_val, weight)
        assert_allclose(found, net.best_validation_score_, rtol=1e-5, atol=1e-7)
    else:
        assert_allclose(net.best_validation_score_, -min(net.validation_loss_curve_), rtol=1e-6)
    # As if training had ended there, or at another epoch as good.
    answers = case.answers(net, X_val)
    best = 1 + np.flatnonzero(np.array(net.validation_scores_) == net.best_validation_score_)
    shorter = (case.make(**schedule, max_iter=int(n)).fit(X, y) for n in best)
    found = (case.answers(net, X_val) for net in shorter)
    assert any(np.allclose(each, answers, rtol=1e-4, atol=1e-5) for each in found)


@that_are_judged
def test_rows_held_out(case):
    net = case.make(early_stopping=True, validation_fraction=0.25).fit(case.X, case.y)
    assert len(net.validation_scores_) == net.n_iter_
    assert net.best_validation_score_ == max(net.validation_scores_)
    assert 0.7 * case.n_rows < net.t_ / net.n_iter_ < 0.8 * case.n_rows


@that_are_judged
def test_rows_that_judge_change_nothing_but_the_curves(case):
    (X, X_val), (y, y_val) = halves(case)
    alone = case.make().fit(X, y)
    watched = case.make().fit(X, y, X_val=X_val, y_val=y_val)
    assert_array_equal(case.answers(watched, X_val), case.answers(alone, X_val))
    assert watched.loss_curve_ == alone.loss_curve_
    assert alone.validation_scores_ is alone.validation_loss_curve_ is None
    assert watched.best_validation_score_ is None
    found = watched.score(X_val, y_val)
    assert_allclose(watched.validation_scores_[-1], found, rtol=1e-5, atol=1e-7)


@that_are_judged
def test_weights_of_rows_that_judge_count(case):
    (X, X_val), (y, y_val) = halves(case)
    weight = np.arange(len(y_val)) % 3
    rows = np.repeat(np.arange(len(y_val)), weight)
    weighted, repeated = case.make(), case.make()
    weighted.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    repeated.fit(X, y, X_val=taken(X_val, rows), y_val=y_val[rows])
    for curve in ("validation_loss_curve_", "validation_scores_"):
        found, expected = getattr(weighted, curve), getattr(repeated, curve)
        assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@that_are_judged
def test_what_cannot_judge_is_named(case):
    (X, X_val), (y, y_val) = halves(case)
    net = case.make()
    before = dict(vars(net))
    for wrong, message in (
        ({"X_val": X_val}, "y_val"),
        ({"y_val": y_val}, "X_val"),
        ({"X_val": X_val, "y_val": y_val[:-1]}, "X_val|y_val"),
        ({"sample_weight_val": np.ones(len(y_val))}, "X_val"),
        ({"X_val": taken(X_val, []), "y_val": y_val[:0]}, "X_val"),
    ):
        with pytest.raises(ValueError, match=message):
            net.fit(X, y, **wrong)
        assert vars(net) == before


# Watching


class Recording:
    """Notes every epoch, and what the network answers at its end."""

    def __init__(self, case, stop_after=None):
        self.case, self.stop_after = case, stop_after
        self.hooks, self.answers = [], []

    def setup(self, estimator, context):
        self.hooks.append("setup")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.seen = X, y, metadata

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        if context.task_name == "epoch":
            self.answers.append(self.case.answers(fitted_estimator, X))
            return len(self.answers) == self.stop_after
        return False

    def teardown(self, estimator, context):
        self.hooks.append("teardown")


@in_epochs
def test_callbacks_hear_of_every_epoch(case):
    recording = Recording(case)
    settings = {"learning_rate": "constant", "max_iter": 3}
    net = case.make(**settings).set_callbacks(recording).fit(case.X, case.y)
    assert recording.hooks == ["setup", "teardown"]
    assert recording.seen[0] is case.X
    assert recording.seen[1] is case.y
    assert len(recording.answers) == net.n_iter_ == 3
    assert_array_equal(recording.answers[-1], case.answers(net, case.X))
    shorter = case.make(**settings | {"max_iter": 1}).fit(case.X, case.y)
    expected = case.answers(shorter, case.X)
    assert_allclose(recording.answers[0], expected, rtol=1e-5, atol=1e-6)


@in_epochs
def test_watching_changes_nothing(case):
    for settings in ({}, *list(case.trainings.values())[:1]):
        net = case.make(**settings)
        watched = clone(net).set_callbacks(Recording(case)).fit(case.X, case.y)
        net.fit(case.X, case.y)
        assert_array_equal(case.answers(watched, case.X), case.answers(net, case.X))
        assert watched.loss_curve_ == net.loss_curve_


@in_epochs
def test_a_callback_stops_the_fit(case):
    recording = Recording(case, stop_after=2)
    net = case.make(max_iter=50).set_callbacks(recording).fit(case.X, case.y)
    assert net.n_iter_ == len(net.loss_curve_) == 2
    assert recording.hooks[-1] == "teardown"


@over(lambda case: hasattr(case.make(), "partial_fit"))
def test_partial_fit_calls_nobody(case):
    recording = Recording(case)
    net = case.fitted().set_callbacks(recording).partial_fit(case.X, case.y)
    assert (recording.hooks, recording.answers) == ([], [])
    assert len(net.loss_curve_) == case.fitted().n_iter_ + 1


@over()
def test_verbose_prints_and_silence_is_the_default(case, capsys):
    case.make().fit(case.X, case.y)
    assert capsys.readouterr() == ("", "")
    net = case.make(verbose=True).fit(case.X, case.y)
    lines = capsys.readouterr().out.splitlines()
    assert lines
    for number, loss in enumerate(getattr(net, "loss_curve_", []), start=1):
        found = re.match(rf"Iteration {number}, loss = (\S+)", lines[number - 1])
        assert float(found[1]) == pytest.approx(loss, rel=1e-6)


# scikit-learn's tools


def searched(case, backend):
    """Search in a pipeline, and return the scores and what the best answers."""
    net = case.make(**case.in_double_precision)
    pipe = make_pipeline(FunctionTransformer(), net)
    grid = {f"{pipe.steps[-1][0]}__{name}": values for name, values in case.grid.items()}
    cv = KFold(2, shuffle=True, random_state=0)
    search = GridSearchCV(pipe, grid, cv=cv, error_score="raise")
    with joblib.parallel_config(backend, n_jobs=2):
        search.fit(case.X, case.y)
    best = search.best_estimator_[-1]
    return search.cv_results_["mean_test_score"], case.answers(best, case.X)


@one_a_family()
def test_packed_searches_are_those_of_single_fits(case):
    scores, answers = searched(case, "sequential")
    packed = searched(case, "skdeep")
    assert np.isfinite(scores).all()
    assert_allclose(packed[0], scores, rtol=1e-6, atol=1e-8)
    assert_allclose(packed[1], answers, rtol=1e-5, atol=1e-7)


IN_PROCESSES = [
    "MLPClassifier",
    "NeuralNetClassifier of NamedArrays",
    "SequenceClassifier-cnn",
    "ImageClassifier of flat rows",
    "TextClassifier-bag",
]


@pytest.mark.parametrize("name", IN_PROCESSES)
def test_searches_in_other_processes_are_those_in_this_one(name):
    scores, answers = searched(CASES[name], "sequential")
    found = searched(CASES[name], "loky")
    assert_allclose(found[0], scores, rtol=1e-6, atol=1e-8)
    assert_allclose(found[1], answers, rtol=1e-5, atol=1e-7)


@over()
def test_predictions_out_of_fold(case):
    cv = KFold(3, shuffle=True, random_state=0)
    found = cross_val_predict(case.make(), case.X, case.y, cv=cv)
    assert len(found) == case.n_rows
