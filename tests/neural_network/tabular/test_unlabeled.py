"""Rows of unknown target teach through guesses, and are not judged."""

import numpy as np
import pytest

from skdeep.neural_network import TabularClassifier, TabularRegressor
from tests.neural_network.tabular.tables import QUICK, same_fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 3))
KNOWN = np.arange(90) % 3 == 0
LEARNING = {**QUICK, "max_iter": 7, "batch_size": 8, "learning_rate_init": 0.05}
CASES = {
    "numbers": (TabularClassifier, np.where(KNOWN, (X[:, 0] > 0).astype(int), -1), -1),
    "strings": (TabularClassifier, np.where(KNOWN, np.where(X[:, 0] > 0, "a", "b"), "?"), "?"),
    "nan": (TabularRegressor, np.where(KNOWN, X[:, 0], np.nan), float("nan")),
    "marked": (TabularRegressor, np.where(KNOWN, X[:, 0], -99.0), -99.0),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_rows_of_unknown_target_are_not_judged(case):
    kind, y, label = CASES[case]
    model = kind(**LEARNING, unlabeled_label=label).fit(X, y)
    assert np.isfinite(
        model.predict_proba(X) if kind is TabularClassifier else model.predict(X)
    ).all()
    if kind is TabularClassifier:
        assert label not in model.classes_
        out_of_fold = model.oof_predict_proba_[:, 0]
    else:
        out_of_fold = model.oof_prediction_
    assert np.array_equal(np.isnan(out_of_fold), ~KNOWN)
    for train, test in model.splits_:
        assert KNOWN[train].all()
        assert KNOWN[test].all()


@pytest.mark.parametrize("case", sorted(CASES))
def test_nothing_changes_where_every_target_is_known(case):
    kind, y, label = CASES[case]
    x, y = X[KNOWN], y[KNOWN]
    assert same_fit(kind(**LEARNING, unlabeled_label=label).fit(x, y), kind(**LEARNING).fit(x, y))


@pytest.mark.parametrize("case", sorted(CASES))
def test_nobody_can_learn_from_unknown_targets_alone(case):
    kind, y, label = CASES[case]
    with pytest.raises(ValueError, match="marks all 60 rows of y; some must have a target"):
        kind(**LEARNING, unlabeled_label=label).fit(X[~KNOWN], y[~KNOWN])


def test_denoised_networks_learn_in_the_units_of_their_fold():
    """Networks that hardly move predict the mean of their training rows."""
    y = np.where(KNOWN, np.arange(90.0), np.nan)
    parts = np.split(np.flatnonzero(KNOWN), [10])
    settings = {"max_iter": 1, "learning_rate_init": 1e-12, "cv": [parts, parts[::-1]]}
    model = TabularRegressor(**QUICK | settings, unlabeled_label=np.nan).fit(X, y)
    curves = iter(model.loss_curves_)
    steps = [tuple(candidate["unlabeled"]) for candidate in model.candidates_]
    assert ("denoising",) in steps
    for step in steps:
        for train, _ in model.splits_:
            curve = next(curves)
            if step in ((), ("denoising",)):
                np.testing.assert_allclose(curve, y[train].var() / 2, rtol=1e-3)
