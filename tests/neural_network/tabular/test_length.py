"""How long networks train: recipes that overfit end early, those that still gain much go on."""

import joblib
import numpy as np
import pytest
from sklearn.callback import ProgressBar
from sklearn.model_selection import cross_val_predict

from skdeep.neural_network import TabularClassifier, TabularRegressor, _tabular_training
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
    monkeypatch.setattr(_tabular_training, "_SPARE", 1e6)
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
    settings = {
        **SETTINGS,
        "learning_rate_init": 1e3,
    }  # the curves hold out longer than the networks
    model = TabularClassifier(**settings).fit(X, CLASSES)
    losses = np.array([candidate["loss"] for candidate in model.candidates_])
    assert np.isnan(losses).any()
    assert np.isfinite(losses).any()
    assert np.isfinite(model.predict_proba(X)).all()
    assert max(map(len, cycles_of(model))) == 3
