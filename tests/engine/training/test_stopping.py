"""When a member stops, and what it keeps."""

import numpy as np
import pytest

from skdeep._engine.training.stopping import EpochLosses, Progress
from tests.engine.training.members import make_data, make_member


def progress_of(**changes):
    X, y = make_data("regression", "", 12, 2, 1, np.random.default_rng(0))
    return Progress.of(make_member(X, y, **{"max_iter": 1000, **changes}))


def record_losses(progress, losses):
    for loss in losses:
        progress.record(EpochLosses(loss, 10 * loss))
        if progress.stop_reason:
            break
    return progress


def record_scores(progress, scores, losses=None):
    """Which epochs were the best so far."""
    best = []
    for i, score in enumerate(scores):
        loss = -score if losses is None else losses[i]
        best.append(progress.record(EpochLosses(1.0, 1.0, loss, score)))
        if progress.stop_reason:
            break
    return best


def test_a_plateau_of_the_training_loss_converges():
    # Epochs 3 to 6 improve by less than tol: one more than n_iter_no_change.
    p = record_losses(
        progress_of(tol=0.1, n_iter_no_change=3), [5.0, 4.0, 3.95, 3.94, 3.93, 3.92, 1.0]
    )
    assert (p.stop_reason, p.n_iter) == ("converged", 6)
    assert p.best_loss == 3.92
    assert p.loss_curve == pytest.approx([50.0, 40.0, 39.5, 39.4, 39.3, 39.2])
    assert "tol=0.1" in p.message


def test_an_improvement_starts_the_count_anew():
    losses = [5.0, 5.0, 5.0, 4.0, 4.0, 4.0, 3.0, 3.0, 3.0, 3.0]
    p = record_losses(progress_of(tol=0.1, n_iter_no_change=2), losses)
    assert (p.stop_reason, p.n_iter) == ("converged", 10)


def test_without_limit_training_ends_with_max_iter():
    p = record_losses(progress_of(n_iter_no_change=np.inf, max_iter=40), [1.0] * 100)
    assert (p.stop_reason, p.n_iter) == ("max_iter", 40)


def test_a_loss_that_is_not_a_number_is_divergence():
    p = record_losses(progress_of(), [1.0, np.nan, 1.0])
    assert (p.stop_reason, p.n_iter) == ("diverged", 2)


def test_early_stopping_looks_at_scores():
    p = progress_of(early_stopping=True, tol=0.01, n_iter_no_change=2)
    best = record_scores(p, [0.5, 0.7, 0.705, 0.6, 0.706, 0.9])
    # 0.705 and 0.706 are the best so far, but by less than tol: they do not stop the count.
    assert best == [True, True, True, False, True]
    assert (p.stop_reason, p.n_iter, p.best_score) == ("converged", 5, 0.706)


def test_among_equal_scores_the_lower_loss_is_the_better():
    p = progress_of(early_stopping=True, n_iter_no_change=np.inf)
    best = record_scores(p, [0.5, 0.5, 0.5, 0.4], losses=[1.0, 2.0, 0.9, 0.1])
    assert best == [True, False, True, False]
    assert (p.best_score, p.best_validation_loss) == (0.5, 0.9)


def test_a_score_that_is_not_a_number_is_never_the_best():
    p = progress_of(early_stopping=True, n_iter_no_change=np.inf)
    assert record_scores(p, [np.nan, 0.1, np.nan, 0.2]) == [False, True, False, True]
    assert p.best_score == 0.2


def test_rows_and_epochs_are_counted():
    p = record_losses(progress_of(max_iter=3), [3.0, 2.0, 1.0])
    assert (p.n_iter, p.n_epochs, p.n_samples_seen) == (3, 3, 36)
    trained = p.finish(np.zeros(3), [], 5, {})
    assert (trained.n_iter, trained.state.n_steps, trained.state.n_samples_seen) == (3, 5, 36)


def test_scores_that_are_not_numbers_are_no_improvement():
    p = progress_of(early_stopping=True, n_iter_no_change=2)
    assert record_scores(p, [np.nan] * 99) == [False] * 3
    assert p.stop_reason == "converged"


def test_an_infinite_loss_is_no_improvement():
    p = record_losses(progress_of(n_iter_no_change=2), [np.inf] * 99)
    assert (p.stop_reason, p.n_iter) == ("converged", 3)
