"""Intervals from the residuals of rows that a network was not trained on."""

from typing import Self

import numpy as np

from skdeep._encoding.weights import row_counts

_MOST_KNOTS = 1000


class ResidualQuantiles:
    """Quantiles of the residuals, y minus its prediction; made by :meth:`fit`.

    Split conformal prediction on out-of-fold residuals: a new row is one more of `n + 1`
    exchangeable rows, so the residual at rank ``(n + 1) * level`` bounds it with at least that
    probability, whatever the network and the noise are. With a local scale, the residuals that are
    ranked are those divided by it, and intervals are wide where the scale is large.

    Up to 1,000 residuals are kept as they are. Of more, the extremes are kept, and each of 1,000
    blocks of neighbours is replaced by its middle, which moves a level by less than 0.1 points.

    Where y is a vector, each output has residuals of its own: everything is done column by column,
    and answers have an axis for the outputs before their last one.

    Attributes
    ----------
    values : ndarray of shape (n_knots,) or (n_knots, n_outputs)
        Residuals over scale, ascending.
    ranks : ndarray of the same shape
        How many rows lie up to and including each knot.
    rms : float or ndarray of shape (n_outputs,)
        Root mean square of the residuals over scale.
    """

    def __init__(self, values: np.ndarray, ranks: np.ndarray, rms: np.ndarray):
        self.values = values
        self.ranks = ranks
        self.rms = rms

    @classmethod
    def fit(
        cls,
        residuals: np.ndarray,
        weight: np.ndarray | None = None,
        scale: np.ndarray | None = None,
    ) -> Self:
        """Learn from the residuals of training rows.

        Parameters
        ----------
        residuals : ndarray of shape (n,) or (n, n_outputs)
            y minus its out-of-fold prediction.
        weight : ndarray of shape (n,), optional
            A weight of 2 is a row seen twice.
        scale : ndarray of shape (n,) or the shape of `residuals`, optional
            How large a residual is to be expected in each row, estimated without that row.
        """
        scores = residuals / _against(scale, residuals) if scale is not None else residuals
        counts = row_counts(weight, len(scores))
        scores, counts = scores[counts > 0], counts[counts > 0]
        if not len(scores) or not np.isfinite(scores).all():
            raise ValueError(
                "residuals must be finite, and one row at least must have a positive weight; got "
                f"{len(scores)} rows with a weight, {np.isfinite(scores).sum()} of "
                f"{scores.size} residuals finite. Leave out the rows without a prediction."
            )
        knots = [_knots(column, counts) for column in scores.reshape(len(scores), -1).T]
        shape = (-1, *scores.shape[1:])
        return cls(
            values=np.stack([values for values, _ in knots], axis=-1).reshape(shape),
            ranks=np.stack([ranks for _, ranks in knots], axis=-1).reshape(shape),
            rms=np.sqrt(np.average(scores.astype(np.float64) ** 2, axis=0, weights=counts)),
        )

    def interval(
        self, prediction: np.ndarray, coverage: float, scale: np.ndarray | None = None
    ) -> np.ndarray:
        """Bounds between which y lies with probability `coverage`, and as likely above as below.

        Parameters
        ----------
        prediction : ndarray of shape (m,) or (m, n_outputs)
        coverage : float
            Between 0 and 1. With fewer than ``2 / (1 - coverage) - 1`` rows no finite bound can
            guarantee it: the bound is then the largest residual, which guarantees less.
        scale : ndarray of shape (m,) or the shape of `prediction`, optional
            Needed if there was one in :meth:`fit`.

        Returns
        -------
        ndarray of shape (m, 2) or (m, n_outputs, 2)
        """
        if not 0 < coverage < 1:
            raise ValueError(
                f"coverage={coverage!r}: give a probability between 0 and 1, such as 0.9."
            )
        tail = (1 - coverage) / 2
        return self.quantiles(prediction, [tail, 1 - tail], scale)

    def quantiles(
        self, prediction: np.ndarray, levels: np.typing.ArrayLike, scale: np.ndarray | None = None
    ) -> np.ndarray:
        """Numbers below which y lies with the probabilities `levels`, ascending with them.

        Levels below one half are rounded down to a residual, levels above it up; one half is the
        median.

        Parameters
        ----------
        prediction : ndarray of shape (m,) or (m, n_outputs)
        levels : array-like of shape (n_levels,)
            Between 0 and 1.
        scale : ndarray of shape (m,) or the shape of `prediction`, optional

        Returns
        -------
        ndarray of shape (m, n_levels) or (m, n_outputs, n_levels)
        """
        levels = np.asarray(levels, dtype=np.float64)
        outside = levels[~((levels > 0) & (levels < 1))]
        if outside.size:
            raise ValueError(
                f"levels={levels.tolist()}: {outside[0]:g} is not between 0 and 1, both excluded."
            )
        n_knots = len(self.values)
        columns = zip(
            self.values.reshape(n_knots, -1).T, self.ranks.reshape(n_knots, -1).T, strict=True
        )
        offsets = np.stack([_at_levels(values, ranks, levels) for values, ranks in columns])
        offsets = offsets.reshape(*self.values.shape[1:], len(levels))
        if scale is not None:
            offsets = offsets * _against(scale, prediction)[..., None]
        return prediction[..., None] + offsets

    def std(self, scale: np.ndarray | None = None) -> np.ndarray:
        """Root mean square of the residuals, times `scale`.

        Parameters
        ----------
        scale : ndarray of shape (m,) or (m, n_outputs), optional

        Returns
        -------
        ndarray of shape () or (n_outputs,); with `scale`, of shape (m,) or (m, n_outputs)
        """
        if scale is None:
            return self.rms
        return self.rms * (scale[:, None] if scale.ndim == 1 and np.ndim(self.rms) else scale)


def _against(scale: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """`scale` with an axis for the outputs if `rows` has one."""
    return scale[:, None] if scale.ndim < rows.ndim else scale


def _knots(scores: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores in ascending order, no more than needed, and the number of rows up to each."""
    order = np.argsort(scores, kind="stable")
    values, ranks = scores[order], np.cumsum(counts[order])
    n = len(values)
    if n <= _MOST_KNOTS:
        return values, ranks
    # Blocks shrink towards the ends, where levels near 0 and 1 are looked up.
    spread = (1 - np.cos(np.linspace(0, np.pi, _MOST_KNOTS - 1))) / 2
    edges = np.unique(np.concatenate([[0, 1, n - 1, n], np.rint(n * spread).astype(int)]))
    start, stop = edges[:-1], edges[1:]
    return values[(start + stop - 1) // 2], ranks[stop - 1]


def _at_levels(values: np.ndarray, ranks: np.ndarray, levels: np.ndarray) -> np.ndarray:
    total = ranks[-1]
    # Rounding must not turn the rank 19 into the next one.
    slack = 1e-9 * (total + 1)
    # The smallest value with that many rows up to it, and the largest with the rest from it on.
    upper = np.searchsorted(ranks, (total + 1) * levels - slack)
    below = np.concatenate([[0.0], ranks[:-1]])
    lower = np.searchsorted(below, total - (total + 1) * (1 - levels) + slack, side="right") - 1
    upper = values[np.minimum(upper, len(values) - 1)]
    lower = values[np.maximum(lower, 0)]
    return np.where(levels < 0.5, lower, np.where(levels > 0.5, upper, (lower + upper) / 2))
