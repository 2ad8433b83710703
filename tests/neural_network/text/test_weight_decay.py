"""Bags choose how much weight decay their texts need."""

import warnings

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdeep import TextClassifier, TextRegressor

LETTERS = list("abcdefghijklmnopqrstuvwxyz")


def names(n, seed, noise):
    """Return made-up names, and classes that the last letter gives, a share of them wrong."""
    rng = np.random.default_rng(seed)
    texts = ["".join(rng.choice(LETTERS, size)) for size in rng.integers(4, 9, size=n)]
    y = np.array([int(text[-1] in "aeiouyhn") for text in texts])
    return texts, np.where(rng.random(n) < noise, 1 - y, y)


X, y = names(300, 0, 0.2)


def net(**parameters):
    return TextClassifier(**{"random_state": 0, "max_iter": 10, **parameters})


def test_noisy_labels_get_more_of_it_and_it_helps():
    X_test, y_test = names(1000, 1, 0.2)
    X, y = names(600, 0, 0.2)
    chosen = net().fit(X, y)
    without = net(weight_decay=0.0).fit(X, y)
    assert net().fit(*names(600, 0, 0.0)).weight_decay_ < chosen.weight_decay_
    losses = [log_loss(y_test, model.predict_proba(X_test)) for model in (chosen, without)]
    assert losses[0] < 0.9 * losses[1]


def test_rare_n_grams_are_not_learned_by_heart():
    """Better than a logistic regression; Adam as it is usually set is not."""
    X, y = names(1200, 2, 0.2)
    X_test, y_test = names(1000, 3, 0.0)
    terms = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5))
    linear = make_pipeline(terms, LogisticRegression()).fit(X, y)
    usual = net(learning_rate_init=0.005, epsilon=1e-8, weight_decay=0.01, max_iter="auto")
    score = net(max_iter="auto").fit(X, y).score(X_test, y_test)
    assert score > linear.score(X_test, y_test) + 0.03
    assert score > usual.fit(X, y).score(X_test, y_test) + 0.05


def test_the_trial_leaves_no_trace():
    state = np.random.get_state()[1].copy()
    chosen = net().fit(X, y)
    assert_array_equal(np.random.get_state()[1], state)
    given = net(weight_decay=chosen.weight_decay_).fit(X, y)
    assert_array_equal(chosen.predict_proba(X), given.predict_proba(X))
    assert chosen.loss_curve_ == given.loss_curve_


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"solver": "adam"}, 0.0),
        ({"weight_decay": 0.25}, 0.25),
        ({"architecture": "cnn", "max_iter": 1}, 0.01),
    ],
)
def test_what_it_is_where_nothing_is_tried(parameters, expected):
    assert net(**parameters).fit(X, y).weight_decay_ == expected
    assert net(**parameters).fit(X[:50], y[:50]).weight_decay_ == expected


def test_few_texts_and_streams_make_no_trial():
    assert net().fit(X[:150], y[:150]).weight_decay_ == 0.2
    stream = net().partial_fit(X, y, classes=[0, 1])
    assert stream.weight_decay_ == 0.2
    assert stream.n_iter_ == 1


def test_warm_starts_go_on_with_what_was_chosen():
    model = net(warm_start=True).fit(X, y)
    chosen = model.weight_decay_
    assert chosen > 0
    clean = names(300, 0, 0.0)
    assert net().fit(*clean).weight_decay_ != chosen
    assert model.fit(*clean).weight_decay_ == chosen
    assert model.set_params(weight_decay=0.5).fit(*clean).weight_decay_ == 0.5


def test_rows_of_weight_two_are_two_rows():
    """Which are held out differs; what is chosen is the same on these, and so is the model."""
    weight = np.r_[np.full(150, 2.0), np.ones(150)]
    weighted = net().fit(X, y, sample_weight=weight)
    doubled = net().fit(X[:150] * 2 + X[150:], np.r_[y[:150], y])
    assert weighted.weight_decay_ == doubled.weight_decay_
    assert_allclose(weighted.predict_proba(X), doubled.predict_proba(X), atol=1e-4)


def test_a_class_of_two_rows_and_a_batch_of_all():
    """The trial holds out rows of its own: what it lacks then is no error and no warning."""
    rare = np.r_[[2, 2], y[2:]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = net(early_stopping=True, batch_size=250, max_iter=3).fit(X, rare)
    assert model.classes_.tolist() == [0, 1, 2]


def test_an_interrupt_leaves_the_estimator_as_it_was(monkeypatch):
    model = net(max_iter=2).fit(X[:50], y[:50])
    before = model.predict_proba(X)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("skdeep._engine.training.pack.evaluate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert_array_equal(model.predict_proba(X), before)


def test_searches_make_the_trial_in_every_fit():
    grid = {"width": [4, 8]}
    alone = GridSearchCV(net(max_iter=3), grid, cv=2).fit(X, y)
    with joblib.parallel_config("skdeep", n_jobs=2):
        packed = GridSearchCV(net(max_iter=3), grid, cv=2).fit(X, y)
    for key in ("mean_test_score", "std_test_score"):
        assert_allclose(packed.cv_results_[key], alone.cv_results_[key], atol=0.02)


def test_regressors_and_negative_losses():
    """The loss of counts may be below 0: within 3 % of the least is nearer to 0 then."""
    counts = np.random.default_rng(0).poisson(np.where(y, 20.0, 5.0))
    model = TextRegressor(loss="poisson", random_state=0, max_iter=10).fit(X, counts)
    assert model.weight_decay_ in (0.0, 0.1, 0.3, 1.0)
    assert model.score(X, counts) > 0
