"""Greedy forward selection of bases, with replacement."""

import numpy as np

# Losses this close, in relation to their size, differ by rounding only.
_ROUNDING = 1e-12


def select(loss, n_bases, bases, *, n_initial, max_iter, tol, n_iter_no_change):
    """Return the bases in the order in which they were taken, up to the best ensemble.

    Parameters
    ----------
    loss : LogLoss, SquaredError or ScorerLoss
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


def _best_alone(losses, bases, n_initial):
    """Return the bases of the lowest losses of their own, the best first."""
    open_places = list(range(len(bases)))
    taken: list[int] = []
    while open_places and len(taken) < n_initial:
        place, _ = _choose(losses[open_places], np.zeros(len(open_places), dtype=bool))
        taken.append(int(bases[open_places.pop(place)]))
    return taken


def _choose(losses, inside):
    """Return the candidate with the lowest loss; of equals, one that is in already."""
    lowest = losses.min()
    equal = losses <= lowest + _ROUNDING * abs(lowest)
    pool = equal & inside if (equal & inside).any() else equal
    chosen = int(np.flatnonzero(pool)[0])
    return chosen, losses[chosen]
