"""Greedy forward selection of bases, with replacement: its parameters and its search."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from inspect import signature
from numbers import Integral, Real
from typing import Annotated, Any

import numpy as np
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils import check_random_state

from skdeep._estimator.parameters import Parameter
from skdeep._scikit_learn import Interval, StrOptions
from skdeep.ensemble._combiners.base import BaseCombination, Problem
from skdeep.ensemble._combiners.losses import Loss, ScorerLoss

# Losses this close, in relation to their size, differ by rounding only.
_ROUNDING = 1e-12


class EnsembleSelection(BaseCombination):
    """Combination whose weights come from a greedy selection."""

    _: KW_ONLY
    scoring: Annotated[
        Any,
        Parameter(
            """str, callable or None

            What the selection improves on the rows of `fit`: the name of a scorer of
            scikit-learn, or a callable ``(estimator, X, y)``, the greater the better. None is the
            log-loss of a classifier and the squared error of a regressor, for which all bases are
            tried at once; a scorer is called for each base in each step. It must take
            `sample_weight` if `fit` does.""",
            StrOptions(set(get_scorer_names())),
            callable,
            None,
        ),
    ] = None
    max_iter: Annotated[
        int,
        Parameter(
            """int

            Largest size of the ensemble, in which a base that is taken three times counts three
            times. Weights are multiples of one over the size. The best ensemble on the way is
            kept.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = 100
    n_initial: Annotated[
        int,
        Parameter(
            """int

            Number of bases from which the ensemble starts: those with the best scores. A greater
            number (5 to 25 of hundreds) guards against overfitting to few rows.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = 1
    n_bags: Annotated[
        int | None,
        Parameter(
            """int or None

            Bagged selection: the mean of this many selections, each from a random part of the
            bases. Guards against overfitting where there are many bases. None selects once, from
            all of them.""",
            Interval(Integral, 1, None, closed="left"),
            None,
        ),
    ] = None
    bag_size: Annotated[
        float,
        Parameter(
            """float

            Share of the bases from which each of the `n_bags` selections may choose, rounded
            up.""",
            Interval(Real, 0.0, 1.0, closed="right"),
        ),
    ] = 0.5
    n_iter_no_change: Annotated[
        int | None,
        Parameter(
            """int or None

            Stop when the score has not improved by more than `tol` in this many steps; None
            continues to `max_iter`. An ensemble often gets worse before it gets better.""",
            Interval(Integral, 1, None, closed="left"),
            None,
        ),
    ] = 10
    tol: Annotated[
        float,
        Parameter(
            """float

            Smallest improvement of the score that counts for `n_iter_no_change`.""",
            Interval(Real, 0.0, None, closed="left"),
        ),
    ] = 0.0
    random_state: Annotated[
        Any,
        Parameter(
            """int, RandomState instance or None

            Draws the random parts of the bases for `n_bags`; without `n_bags` nothing is
            random.""",
            "random_state",
        ),
    ] = None

    def _find_weights(self, problem: Problem) -> dict[str, Any]:
        n_bases = len(problem.predictions)
        loss = self._loss(problem)
        selections, sizes = [], []
        for bases in self._bags(n_bases):
            taken, size = select(
                loss,
                n_bases,
                bases,
                n_initial=self.n_initial,
                max_iter=self.max_iter,
                tol=self.tol,
                n_iter_no_change=self.n_iter_no_change,
            )
            selections.append(np.array(taken))
            sizes.append(size)
        shares = [np.bincount(taken, minlength=n_bases) / len(taken) for taken in selections]
        weights = np.mean(shares, axis=0)
        return {
            "weights_": weights,
            "loss_": loss.of(weights),
            "selections_": selections,
            "n_iter_": max(sizes),
        }

    def _loss(self, problem: Problem) -> Loss:
        if self.scoring is None:
            return self._default_loss(problem)
        scorer = check_scoring(self, scoring=self.scoring)
        weights = {}
        if np.ptp(problem.row_weights) > 0:
            _check_takes_weights(scorer, self.scoring)
            weights["sample_weight"] = problem.row_weights

        def score(mean: np.ndarray) -> float:
            return scorer(self._fixed(mean), problem.X, problem.y, **weights)

        return ScorerLoss(score, problem.predictions)

    def _bags(self, n_bases: int) -> list[np.ndarray]:
        """The bases that each selection may take from, sorted."""
        if self.n_bags is None:
            return [np.arange(n_bases)]
        rng = check_random_state(self.random_state)
        size = int(np.ceil(self.bag_size * n_bases))
        return [np.sort(rng.permutation(n_bases)[:size]) for _ in range(self.n_bags)]


def _check_takes_weights(scorer: Callable[..., Any], scoring: Any) -> None:
    """Refuse a scorer that would overlook the weights of the rows."""
    function = getattr(scorer, "_score_func", scorer)
    parameters = signature(function).parameters
    if "sample_weight" not in parameters and "kwargs" not in parameters:
        raise ValueError(
            f"sample_weight was given, but scoring={scoring!r} takes none: choose a scorer that "
            "does, or fit without weights."
        )


def select(
    loss: Loss,
    n_bases: int,
    bases: np.ndarray,
    *,
    n_initial: int,
    max_iter: int,
    tol: float,
    n_iter_no_change: int | None,
) -> tuple[list[int], int]:
    """Take bases one by one, each time one that helps most, up to the best ensemble.

    Parameters
    ----------
    loss : Loss
        Of the ensemble plus each candidate.
    n_bases : int
        Number of all bases.
    bases : ndarray of int
        Those that may be taken, sorted.
    n_initial : int
        How many of the best to start with.
    max_iter : int
        Size of the largest ensemble, copies counted.
    tol : float
        How much lower a loss must be to count as an improvement.
    n_iter_no_change : int or None
        Steps without an improvement before the search stops.

    Returns
    -------
    taken : list of int
        In the order in which they were taken.
    n_iter : int
        Size of the largest ensemble that was tried.
    """
    counts = np.zeros(n_bases)
    alone = loss.of_additions(counts, bases)
    taken = _best_alone(alone, bases, min(n_initial, max_iter))
    counts[taken] = 1
    best = loss.of(counts / len(taken))
    n_best = len(taken)
    reference, since = best, 0
    while len(taken) < max_iter and since != n_iter_no_change:
        losses = loss.of_additions(counts, bases)
        base, lowest = _choose(losses, counts[bases] > 0)
        taken.append(int(bases[base]))
        counts[bases[base]] += 1
        if lowest < best - _ROUNDING * abs(best):
            best, n_best = lowest, len(taken)
        since += 1
        if lowest < reference - max(tol, _ROUNDING * abs(reference)):
            reference, since = lowest, 0
    return taken[:n_best], len(taken)


def _best_alone(losses: np.ndarray, bases: np.ndarray, n_initial: int) -> list[int]:
    """The bases of the lowest losses of their own, the best first."""
    open_places = list(range(len(bases)))
    taken: list[int] = []
    while open_places and len(taken) < n_initial:
        place, _ = _choose(losses[open_places], np.zeros(len(open_places), dtype=bool))
        taken.append(int(bases[open_places.pop(place)]))
    return taken


def _choose(losses: np.ndarray, inside: np.ndarray) -> tuple[int, float]:
    """The candidate with the lowest loss; of equals, one that is in already."""
    lowest = losses.min()
    equal = losses <= lowest + _ROUNDING * abs(lowest)
    pool = equal & inside if (equal & inside).any() else equal
    chosen = int(np.flatnonzero(pool)[0])
    return chosen, losses[chosen]


SELECTION_ATTRIBUTES = """
selections_ : list of ndarray
    The bases in the order in which they were taken, copies included, one array for each selection
    (see `n_bags`).

n_iter_ : int
    Size of the largest ensemble that was tried.
"""

SELECTION_NOTES = """ The ensemble starts from the best base; then, step by step, the base whose
addition gives the best mean is added, which may be one that is in it already [1]_. The ensemble
with the best score on the way is kept; of equally good ones, the smallest. Of equally good bases,
one that is in the ensemble already is added, else the first. Starting from several bases, and the
mean of selections from random parts of the bases, guard against overfitting [2]_. """

SELECTION_REFERENCES = """
.. [1] R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes, "Ensemble selection from libraries of
   models", ICML 2004.
.. [2] R. Caruana, A. Munson, A. Niculescu-Mizil, "Getting the most out of ensemble selection",
   ICDM 2006.
"""
