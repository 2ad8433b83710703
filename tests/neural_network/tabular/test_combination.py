"""Shares of candidates, judged by rows that they have not seen."""

import numpy as np
import pytest

from skdeep.neural_network import TabularClassifier
from skdeep.neural_network._tabular.fit.combination import OutOfFold, best_shares, row_losses
from tests.neural_network.tabular.tables import QUICK

LOSSES = ["log_loss", "independent", "squared_error", "absolute"]


def absolute(predictions, truth):
    return np.abs(predictions - truth).mean(axis=1)


def problem(loss, n=60, n_candidates=3, seed=0, **changes):
    rng = np.random.default_rng(seed)
    if loss == "log_loss":
        truth = np.eye(3)[rng.integers(3, size=n)]
        predictions = rng.dirichlet([1, 1, 1], (n_candidates, n)) + 0.4 * truth
        predictions /= predictions.sum(axis=2, keepdims=True)
    elif loss == "independent":
        truth = rng.integers(2, size=(n, 2)).astype(float)
        predictions = 0.4 * truth + 0.6 * rng.uniform(size=(n_candidates, n, 2))
    else:
        truth = rng.normal(size=(n, 2))
        predictions = truth + rng.normal(size=(n_candidates, n, 2))
    settings = {
        "predictions": predictions,
        "of_one": predictions,
        "n_repeats": 1,
        "n_folds": 3,
        "truth": truth,
        "weight": rng.integers(1, 4, n).astype(float),
        "fold": np.arange(n) % 3,
        "rows": np.arange(n),
        "late": np.empty(0, dtype=np.int64),
        "barred": np.zeros(n_candidates, dtype=bool),
        "loss": absolute if loss == "absolute" else loss,
    }
    return OutOfFold(**settings | changes)


@pytest.mark.parametrize("loss", LOSSES)
def test_no_other_shares_on_a_grid_are_better(loss):
    judged = problem(loss)

    def mean_loss(shares):
        mixed = np.tensordot(shares, judged.predictions, axes=1)
        return np.average(row_losses(mixed, judged.truth, judged.loss), weights=judged.weight)

    grid = [(i, j, 20 - i - j) for i in range(21) for j in range(21 - i)]
    least = min(mean_loss(np.array(point) / 20) for point in grid)
    shares = judged.shares(np.arange(3))
    assert shares.sum() == pytest.approx(1)
    assert shares.min() >= 0
    assert mean_loss(shares) <= least + 1e-6
    assert mean_loss(np.full(3, 1 / 3)) > mean_loss(shares) + 1e-4


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_are_copies_of_rows(loss):
    judged = problem(loss)
    rows = np.repeat(np.arange(60), judged.weight.astype(int))
    copies = best_shares(
        judged.predictions[:, rows], judged.truth[rows], np.ones(len(rows)), judged.loss
    )
    np.testing.assert_allclose(judged.shares(np.arange(3)), copies, atol=2e-3)


def test_rows_of_a_fold_have_no_say_in_their_shares():
    judged = problem("squared_error")
    before = judged.shares_of_folds(np.arange(3))
    judged.truth = judged.truth.copy()
    judged.truth[judged.fold == 1] += 5.0
    after = judged.shares_of_folds(np.arange(3))
    np.testing.assert_array_equal(before[1], after[1])
    assert np.abs(before[[0, 2]] - after[[0, 2]]).max() > 0.01


def test_few_are_chosen_and_the_barred_never():
    judged = problem("squared_error", n_candidates=6)
    judged.predictions[4] = judged.truth  # the best by far, but barred
    judged.barred[4] = True
    kept, shares = judged.choose(2)
    assert len(kept) == 2
    assert 4 not in kept
    np.testing.assert_allclose(shares, judged.shares(kept))


@pytest.mark.parametrize("is_harmful", [True, False])
def test_late_candidates_have_a_share_where_they_do_no_harm(is_harmful):
    judged = problem("log_loss", n=600)
    sure = judged.truth * 0.98 + 0.01
    wrong = np.roll(judged.truth, 1, axis=1)
    judged.predictions[2] = wrong if is_harmful else sure / sure.sum(axis=1, keepdims=True)
    judged.predictions[:2] = np.maximum(judged.predictions[:2], 0.05)
    judged.predictions /= judged.predictions.sum(axis=2, keepdims=True)
    judged.late = np.array([2])
    kept, shares = judged.choose(3)
    assert (2 in kept) is not is_harmful
    assert shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("n_repeats", [1, 2, 5])
def test_a_part_that_goes_with_one_over_the_number_of_networks(n_repeats):
    judged = problem("squared_error", n_repeats=n_repeats)
    common, of_each = 3.0, 2.0
    of_a_fold = common + of_each / n_repeats
    found = judged.for_all_networks(common + of_each, of_a_fold)
    # Nothing can be told from one network.
    expected = of_a_fold if n_repeats == 1 else common + of_each / (3 * n_repeats)
    assert found == pytest.approx(expected)


def test_candidates_whose_share_came_to_nothing_do_not_predict(monkeypatch):
    """Late candidates may take all of an early one's share: a stack then asks the others alone."""
    monkeypatch.setattr(
        OutOfFold, "choose", lambda self, most: (np.array([0, 2]), np.array([0.0, 1.0]))
    )
    X, y = np.arange(40.0)[:, None], np.arange(40) % 2
    splits = [(np.arange(20), np.arange(20, 40)), (np.arange(20, 40), np.arange(20))]
    model = TabularClassifier(**QUICK)
    answers = model.fit_cross_predict(X, y, splits=splits, method="predict_proba", refit=False)
    assert [answer.shape for answer in answers] == [(20, 2), (20, 2)]
    assert sum(candidate["share"] > 0 for candidate in model.candidates_) == 1
