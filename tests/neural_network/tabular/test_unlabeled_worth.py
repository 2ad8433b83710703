"""Rows of unknown target help where their shape says something, and else stay out of the way."""

import time

import joblib
import numpy as np
import pytest
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict

from skdeep.neural_network import TabularClassifier, TabularRegressor
from skdeep.neural_network._tabular.fit.unlabeled import _standard_score
from tests.neural_network.tabular.tables import QUICK, same_fit

FAST = {"effort": "fast", "unlabeled_label": -1}


def surface(n, seed, n_columns=60):
    """A noisy surface of two dimensions in many columns; its quarters are the classes in turn."""
    directions = np.random.default_rng(7).normal(size=(2, n_columns))
    rng = np.random.default_rng(seed)
    place = rng.normal(size=(n, 2))
    X = np.tanh(place @ directions) + 0.5 * rng.normal(size=(n, n_columns))
    return X, (place.prod(axis=1) > 0).astype(int)


def noise(n, seed):
    """Nothing to be learned."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 6)), rng.integers(0, 2, n)


def with_unknown(y, n_known):
    return np.where(np.arange(len(y)) < n_known, y, -1)


def quick_case():
    """60 rows, every third with a target."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    return X, np.where(np.arange(60) % 3 == 0, (X[:, 0] > 0).astype(int), -1)


def losses(make, n, n_known, seed):
    """Log-loss on unseen rows of what learned from known targets alone, and of what saw more."""
    X, y = make(n, seed)
    unseen, labels = make(1000, 100 + seed)
    alone = TabularClassifier(effort="fast", random_state=seed).fit(X[:n_known], y[:n_known])
    more = TabularClassifier(**FAST, random_state=seed).fit(X, with_unknown(y, n_known))
    return [log_loss(labels, model.predict_proba(unseen)) for model in (alone, more)]


@pytest.mark.slow
def test_they_help_on_a_surface():
    alone, more = losses(surface, 400, 80, seed=0)
    assert more < 0.8 * alone


def test_they_stay_out_of_the_way_where_there_is_nothing():
    alone, more = losses(noise, 200, 60, seed=0)
    assert more < alone + 0.02


def test_a_gain_is_sure_where_the_mean_and_most_rows_say_so():
    most = np.r_[np.full(70, 0.1), np.full(30, -0.1)] + np.arange(100) / 1e4
    assert _standard_score(most) > 2.0
    assert _standard_score(np.r_[most, -5.0]) == 0.0  # one row loses more than the others gain
    few = np.r_[np.full(15, 2.0), np.full(85, -0.2)] + np.arange(100) / 1e4
    mean_alone = few.mean() / few.std() * np.sqrt(100)
    assert mean_alone > 1.5
    assert _standard_score(few) < 0.0
    assert _standard_score(np.zeros(5)) == 0.0


def test_the_score_of_noise_is_a_standard_score():
    rng = np.random.default_rng(0)
    scores = [_standard_score(rng.normal(size=60)) for _ in range(2000)]
    # On normal noise mean and ranks agree, so that their mean is nearly normal: 2.3 % are above 2.
    assert 0.012 < np.mean(np.array(scores) > 2.0) < 0.033


def test_guesses_do_not_leak_into_what_is_said_out_of_fold():
    hits, n = 0, 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        # Every labelled row has unlabelled copies: a guess of its own label would come back to it.
        X = np.repeat(rng.normal(size=(40, 4)), 3, axis=0)
        y = np.repeat(rng.permutation(np.arange(40) % 2), 3)
        y[np.arange(120) % 3 > 0] = -1
        model = TabularClassifier(
            **QUICK | {"max_iter": 15, "learning_rate_init": 0.05, "batch_size": 16},
            unlabeled_label=-1,
        ).fit(X, y)
        known = y >= 0
        hits += (model.oof_predict_proba_[known].argmax(axis=1) == y[known]).sum()
        n += known.sum()
    assert abs(hits - n / 2) < 2 * np.sqrt(n)


def test_random_state_decides_and_weight_0_is_leaving_out():
    X, y = quick_case()
    model = TabularClassifier(**QUICK, unlabeled_label=-1)
    once = model.fit(X, y)
    assert same_fit(TabularClassifier(**QUICK, unlabeled_label=-1).fit(X, y), once)
    weight = np.ones(len(y))
    weight[[1, 2, 6]] = 0.0  # two unlabelled rows and a labelled one
    kept = weight > 0
    weighted = TabularClassifier(**QUICK, unlabeled_label=-1).fit(X, y, sample_weight=weight)
    left_out = TabularClassifier(**QUICK, unlabeled_label=-1).fit(X[kept], y[kept])
    assert same_fit(weighted, left_out)
    assert not same_fit(weighted, once)


def test_packs_give_the_same():
    X, y = quick_case()
    model = TabularClassifier(**QUICK, unlabeled_label=-1)
    alone = cross_val_predict(model, X, y, cv=3, method="predict_proba")
    with joblib.parallel_config("skdeep"):
        packed = cross_val_predict(model, X, y, cv=3, method="predict_proba")
    np.testing.assert_allclose(packed, alone, atol=1e-5)


class StopAfter:
    """Stops the fit after some epochs of networks."""

    def __init__(self, n_epochs):
        self.left = n_epochs

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, **seen):
        pass

    def on_fit_task_end(self, estimator, context, **seen):
        self.left -= context.task_name == "epoch"
        return self.left <= 0

    def teardown(self, estimator, context):
        pass


@pytest.mark.parametrize("n_epochs", [1, 30, 60])
def test_a_callback_may_stop_at_any_time(n_epochs):
    X, y = quick_case()
    model = TabularClassifier(**QUICK, unlabeled_label=-1)
    model.set_callbacks(StopAfter(n_epochs)).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()


def test_time_is_kept():
    X, y = surface(1500, 0)
    start = time.perf_counter()
    model = TabularClassifier(**FAST, max_time=1.0, random_state=0).fit(X, with_unknown(y, 300))
    assert time.perf_counter() - start < 30.0  # of a machine that does other things as well
    assert np.isfinite(model.predict_proba(X)).all()


def test_numbers_may_be_unknown():
    X, y = quick_case()
    number = np.where(y < 0, np.nan, X[:, 0] + X[:, 1])
    model = TabularRegressor(**QUICK, unlabeled_label=np.nan).fit(X, number)
    assert {tuple(c["unlabeled"]) for c in model.candidates_} >= {(), ("denoising",)}
    assert np.isnan(model.oof_prediction_).sum() == 40


def test_classes_may_be_marked_by_nan():
    X, y = quick_case()
    model = TabularClassifier(**QUICK, unlabeled_label=-1).fit(X, y)
    marked = np.where(y < 0, np.nan, y)
    same = TabularClassifier(**QUICK, unlabeled_label=np.nan).fit(X, marked)
    assert same_fit(model, same)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        TabularClassifier(**QUICK, unlabeled_label=-1).fit(X, marked)
