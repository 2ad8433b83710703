"""How long networks train: recipes that overfit end early, those that still gain much go on."""

import joblib
import numpy as np
import pytest
from sklearn.callback import ProgressBar
from sklearn.model_selection import cross_val_predict

from skdeep.neural_network import TabularClassifier, TabularRegressor
from skdeep.neural_network._tabular.fit import training as _tabular_training
from skdeep.neural_network._tabular.fit.combination import OutOfFold
from skdeep.neural_network._tabular.fit.training import goes_on, may_win
from tests.neural_network.tabular.test_callbacks import Recording

SETTINGS = {
    "cv": 2,
    "hidden_layer_sizes": (8, 8),
    "batch_size": 32,
    "random_state": 0,
}
SLOW = {**SETTINGS, "learning_rate_init": 0.005}  # so slow that there is much to gain in the end
RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
CLASSES = (X[:, 0] + X[:, 1] > 0).astype(int)
NUMBERS = X[:, 0] + X[:, 1] ** 2
NOISE = RNG.permutation(np.arange(120) % 2)


def cycles_of(model):
    """Epochs at the ends of the cycles of every recipe."""
    ends = {}
    for candidate in model.candidates_:
        key = (candidate["architecture"], *candidate["features"])
        ends.setdefault(key, []).append(candidate["n_iter"])
    return list(ends.values())


@pytest.fixture
def as_planned(monkeypatch):
    """A fit whose recipes all go through the cycles that are planned."""

    def fit(model, X, y):
        with monkeypatch.context() as patch:
            patch.setattr(_tabular_training, "_FEWEST_CYCLES", 99)
            return model.fit(X, y)

    return fit


def test_what_overfits_ends_before_the_last_cycle(as_planned):
    settings = {**SETTINGS, "learning_rate_init": 0.1}
    model = TabularClassifier(**settings).fit(X, NOISE)
    whole = as_planned(TabularClassifier(**settings), X, NOISE)
    (planned,) = set(map(tuple, cycles_of(whole)))
    assert len(planned) == 4
    assert {tuple(ends) for ends in cycles_of(model)} == {planned, planned[:-1]}
    # What was trained is what it would have been, and what was not has nothing to say.
    losses = {
        (*c["features"], c["architecture"], c["n_iter"]): c["loss"] for c in whole.candidates_
    }
    for c in model.candidates_:
        same = losses[(*c["features"], c["architecture"], c["n_iter"])]
        assert c["loss"] == pytest.approx(same, rel=1e-4)


@pytest.mark.parametrize(("kind", "y"), [(TabularClassifier, CLASSES), (TabularRegressor, NUMBERS)])
def test_what_gains_much_goes_on(kind, y, as_planned):
    model = kind(**SLOW).fit(X, y)
    planned = cycles_of(as_planned(kind(**SLOW), X, y))[0]
    lengths = sorted(map(len, cycles_of(model)))
    assert lengths[-1] == 5
    for ends in cycles_of(model):
        assert ends[:4] == planned[: len(ends)]
        if len(ends) == 5:
            # The cycles are as long as 1, 2, 4, 8 and 16.
            assert ends[4] == round(planned[3] * 31 / 15)
    assert model.n_iter_ == max(map(max, cycles_of(model)))
    # Every network has a loss for every epoch it has trained.
    n_networks = len(model.loss_curves_) // len(cycles_of(model))
    lasts = np.repeat([ends[-1] for ends in cycles_of(model)], n_networks)
    assert [len(curve) for curve in model.loss_curves_] == lasts.tolist()
    shortest, longest = np.argmin(lasts), np.argmax(lasts)
    assert len(model.validation_loss_curves_[shortest]) == lengths[0]
    assert len(model.validation_loss_curves_[longest]) == 5


@pytest.mark.parametrize("settings", [{"effort": "fast"}, {"max_iter": 30}])
def test_only_the_longer_efforts_go_on_and_none_beyond_max_iter(settings):
    model = TabularClassifier(**{**SLOW, **settings}).fit(X, CLASSES)
    assert max(map(len, cycles_of(model))) == 4
    if "max_iter" in settings:
        assert [ends[-1] for ends in cycles_of(model)] == [30] * 3


def test_time_must_allow_it(monkeypatch):
    in_plenty = TabularRegressor(**SLOW, max_time=1e6).fit(X, NUMBERS)
    assert cycles_of(in_plenty) == cycles_of(TabularRegressor(**SLOW).fit(X, NUMBERS))
    monkeypatch.setattr(_tabular_training, "_TIME_OF_A_CYCLE", 1e6)
    in_need = TabularRegressor(**SLOW, max_time=60.0).fit(X, NUMBERS)
    assert max(map(len, cycles_of(in_need))) == 4


def test_callbacks_hear_of_all_parts(capsys):
    recording = Recording()
    model = TabularRegressor(**SLOW).set_callbacks(recording).fit(X, NUMBERS)
    assert recording.n_epochs == sum(map(len, model.loss_curves_))
    # What goes on is a task within the fit.
    tasks = [call for call in recording.calls if call[1] != "epoch"]
    fit = [(event, "fit") for event in ("setup", "begin", "end", "teardown")]
    assert tasks == [*fit[:2], ("begin", "training"), ("end", "training"), *fit[2:]]
    TabularRegressor(**SLOW).set_callbacks(ProgressBar()).fit(X, NUMBERS)
    assert "100%" in capsys.readouterr().out


@pytest.mark.parametrize("part", [0.3, 0.7, 1.2])
def test_a_callback_may_end_any_part(part):
    planned = sum(map(len, TabularRegressor(**SLOW, max_iter=116).fit(X, NUMBERS).loss_curves_))
    recording = Recording(stop_after=round(part * planned))
    model = TabularRegressor(**SLOW).set_callbacks(recording).fit(X, NUMBERS)
    n_networks = len(model.loss_curves_)
    assert recording.n_epochs == sum(map(len, model.loss_curves_))
    assert recording.n_epochs <= round(part * planned) + n_networks
    assert np.isfinite(model.predict(X)).all()


def test_it_is_the_same_in_a_pack_of_fits():
    model = TabularRegressor(**SLOW)
    alone = cross_val_predict(model, X, NUMBERS, cv=3)
    with joblib.parallel_config("skdeep"):
        packed = cross_val_predict(model, X, NUMBERS, cv=3)
    np.testing.assert_allclose(packed, alone, rtol=1e-4, atol=1e-5)


def test_what_diverges_has_no_say_in_it():
    # The curves of single columns hold out longer than the networks.
    settings = {**SETTINGS, "learning_rate_init": 1e3}
    model = TabularClassifier(**settings).fit(X, CLASSES)
    losses = np.array([candidate["loss"] for candidate in model.candidates_])
    assert np.isnan(losses).any()
    assert np.isfinite(losses).any()
    assert np.isfinite(model.predict_proba(X)).all()
    assert max(map(len, cycles_of(model))) == 3


def test_what_was_fine_before_it_diverged_predicts():
    settings = {**SETTINGS, "architecture": "tabm", "learning_rate_init": 200.0}
    model = TabularClassifier(**settings).fit(X, CLASSES)
    losses = np.array([candidate["loss"] for candidate in model.candidates_])
    assert np.isfinite(losses).tolist() == [True, False, False]
    assert np.isfinite(model.predict(X)).all()


def test_which_recipes_have_another_cycle():
    before = np.array([0.50, 0.50, 0.50, np.inf, np.inf, 0.00])
    after = np.array([0.40, 0.505, 0.52, 0.50, np.inf, 0.00])
    assert goes_on(before, after).tolist() == [True, True, False, True, False, False]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([0.50, 0.50], [0.30, 0.45], [True, False]),  # by two fifths, and by a tenth
        ([0.50, 0.20], [0.30, 0.20], [True, False]),  # 0.18 is next
        ([0.50, 0.17], [0.30, 0.17], [False, False]),  # what gains would not win
        ([0.50, 0.17], [0.30, 0.60], [False, False]),  # nor against what another was before
        ([0.010, 0.5], [0.005, 0.5], [False, False]),  # there is nothing left to gain
        ([np.inf, 0.5], [0.30, 0.5], [True, False]),
        ([np.inf, np.inf], [np.inf, np.inf], [False, False]),
        ([0.0, np.inf], [0.0, 0.3], [False, False]),
    ],
)
def test_which_recipes_may_win(before, after, expected):
    assert may_win(np.array(before), np.array(after)).tolist() == expected


def test_losses_are_parts_of_that_of_a_constant():
    truth = np.eye(2)[[0, 0, 0, 1]]
    weight = np.array([1.0, 1.0, 1.0, 3.0])  # as many of one class as of the other
    even, sure = np.full((4, 2), 0.5), 0.98 * truth + 0.01
    predictions = np.stack([even, sure, sure])
    settings = {"of_one": predictions, "n_repeats": 1, "n_folds": 1, "fold": np.zeros(4, dtype=int)}
    settings |= {"rows": np.arange(4), "late": np.empty(0, dtype=int), "loss": "log_loss"}
    barred = np.array([False, False, True])
    judged = OutOfFold(predictions, truth=truth, weight=weight, barred=barred, **settings)
    even_loss, sure_loss, barred_loss = judged.relative_losses()
    assert even_loss == pytest.approx(1.0)
    assert sure_loss < 0.02
    assert barred_loss == np.inf
    judged.truth = np.eye(2)[[0, 0, 0, 0]]
    assert (judged.relative_losses() == np.inf).all()
    squares = OutOfFold(
        predictions,
        truth=truth,
        weight=weight,
        barred=barred,
        **settings | {"loss": "squared_error"},
    )
    np.testing.assert_allclose(squares.relative_losses()[:2], [1.0, 0.0004])


def test_what_is_solved_is_left_at_that():
    model = TabularClassifier(**SETTINGS).fit(X, np.zeros(120))
    assert max(map(len, cycles_of(model))) == 3


@pytest.mark.parametrize("part", [1, 2, 3])
def test_an_interrupt_leaves_a_fitted_model(part, monkeypatch):
    parts = []

    def interrupted(members, watchers):
        parts.append(members)
        results = train(members, watchers)
        for result in results:
            result.stop_reason = "interrupted" if len(parts) == part else result.stop_reason
        return results

    train = _tabular_training.train
    monkeypatch.setattr(_tabular_training, "train", interrupted)
    with pytest.warns(UserWarning, match="interrupted by user") as caught:
        model = TabularRegressor(**SLOW).fit(X, NUMBERS)
    assert caught[0].filename == __file__
    assert len(caught) == 1
    assert len(parts) == part
    assert np.isfinite(model.predict(X)).all()


def test_an_interrupt_while_candidates_are_judged_leaves_a_fitted_model(monkeypatch):
    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(OutOfFold, "relative_losses", interrupt)
    with pytest.warns(UserWarning, match="interrupted by user"):
        model = TabularRegressor(**SLOW).fit(X, NUMBERS)
    assert max(map(len, cycles_of(model))) == 3
    assert np.isfinite(model.predict(X)).all()


def test_a_stop_of_one_fit_is_not_one_of_the_next():
    class Once(Recording):
        def on_fit_task_end(self, estimator, context, **seen):
            super().on_fit_task_end(estimator, context)
            return self.n_epochs == 1

    model = TabularRegressor(**SLOW).set_callbacks(Once())
    split = (np.arange(80), np.arange(80, 120))
    model.fit_cross_predict(X, NUMBERS, splits=[split], method="predict", refit=True)
    assert model.n_iter_ > 100
