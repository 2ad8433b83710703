"""Calibration of probabilities: a temperature, a measure of the error, and a lower bound."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, softmax

from skdeep._encoding.weights import row_counts

# Weight of the prior towards 1, in units of the Fisher information of a row about the exponent.
_PRIOR_ROWS = 5.0
_SMALLEST, _LARGEST = 1 / 8, 8.0


def fit_temperature(
    probabilities: np.ndarray, codes: np.ndarray, weight: np.ndarray | None = None
) -> float:
    """The exponent with which :func:`tempered` gives the least log-loss.

    The weighted log-loss is convex in the exponent. To it is added the convex penalty ``5 * (beta -
    1 - log(beta))``, minus the logarithm of a gamma prior whose mode is 1 and whose standard
    deviation is 0.5: the exponents that networks need lie about that far from 1. The information of
    a row about the exponent is the variance of its log-probabilities, up to about 1, so the prior
    is worth some five to ten rows, and a few hundred rows outweigh it.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_classes)
        Out-of-fold probabilities.
    codes : ndarray of shape (n,)
        Column of the true class of each row.
    weight : ndarray of shape (n,), optional
        A weight of 2 is a row seen twice.

    Returns
    -------
    float
        From 1/8 to 8; below 1 where the probabilities are too confident; 1 where all rows of
        positive weight are of one class, which could only make that class more likely.
    """
    logs = np.log(_positive(probabilities))
    return _fit_exponent(logs, codes, row_counts(weight, len(logs)))


def tempered(probabilities: np.ndarray, beta: float) -> np.ndarray:
    """Probabilities in proportion to ``probabilities ** beta``, row by row.

    The order of the classes does not change. Probabilities that underflowed to 0 count as the
    smallest number of their type, so that no class is impossible.
    """
    return softmax(beta * np.log(_positive(probabilities)), axis=1)


def fit_temperature_independent(
    probabilities: np.ndarray, indicators: np.ndarray, weight: np.ndarray | None = None
) -> float:
    """One exponent for all labels, with which :func:`tempered_independent` has the least log-loss.

    Each entry of `probabilities` is a row of two classes of its own; see :func:`fit_temperature`.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_labels)
        Out-of-fold probability of each label.
    indicators : ndarray of shape (n, n_labels)
        1 where a row has the label, else 0.
    weight : ndarray of shape (n,), optional

    Returns
    -------
    float
    """
    logits = _logits(probabilities)
    counts = np.repeat(row_counts(weight, len(logits)), logits.shape[1])
    two_classes = np.stack([np.zeros(logits.size, logits.dtype), logits.ravel()], axis=1)
    return _fit_exponent(two_classes, np.ravel(indicators), counts)


def tempered_independent(probabilities: np.ndarray, beta: float) -> np.ndarray:
    """Probabilities whose log-odds are `beta` times those given, entry by entry."""
    return expit(beta * _logits(probabilities))


def expected_calibration_error(
    probabilities: np.ndarray,
    codes: np.ndarray,
    weight: np.ndarray | None = None,
    n_bins: int = 15,
) -> float:
    """Mean gap between the predicted probability of the likeliest class and how often it is right.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_classes)
    codes : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
    n_bins : int, default=15
        The bins hold the same weight of rows each; rows that are equally sure share a bin.

    Returns
    -------
    float
    """
    counts = row_counts(weight, len(codes))
    right = probabilities.argmax(axis=1) == codes
    confidence = probabilities.max(axis=1).astype(np.float64)
    _, level = np.unique(confidence, return_inverse=True)
    mass = np.bincount(level, counts)
    below = np.cumsum(mass) - mass
    total = counts.sum()
    bins = np.minimum(below * n_bins // total, n_bins - 1).astype(int)[level]
    return float(np.abs(np.bincount(bins, counts * (right - confidence))).sum() / total)


def _fit_exponent(logs: np.ndarray, codes: np.ndarray, counts: np.ndarray) -> float:
    """The exponent of rows whose classes are in proportion to ``exp(beta * logs)``."""
    seen = counts > 0
    if len(np.unique(codes[seen])) < 2:
        return 1.0
    logs, codes, counts = logs[seen], codes[seen].astype(int), counts[seen]
    logs = logs - np.take_along_axis(logs, codes[:, None], axis=1)

    def slope(beta: float) -> float:
        # The log-loss of a row is log(sum(exp(beta * logs))), its true class standing at 0.
        expected = np.einsum("nc,nc->n", softmax(beta * logs, axis=1), logs)
        return float(counts @ expected) + _PRIOR_ROWS * (1 - 1 / beta)

    if slope(_SMALLEST) >= 0:
        return _SMALLEST
    if slope(_LARGEST) <= 0:
        return _LARGEST
    return float(brentq(slope, _SMALLEST, _LARGEST, xtol=1e-9))


def _positive(probabilities: np.ndarray) -> np.ndarray:
    """As floats, with the smallest normal number instead of 0."""
    if probabilities.dtype.kind != "f":
        probabilities = probabilities.astype(np.float64)
    return np.maximum(probabilities, np.finfo(probabilities.dtype).tiny)


def _logits(probabilities: np.ndarray) -> np.ndarray:
    likely = _positive(probabilities)
    # A probability of 1 is one that rounding has brought there.
    unlikely = np.maximum(1 - likely, np.finfo(likely.dtype).eps / 4)
    return np.log(likely) - np.log(unlikely)
