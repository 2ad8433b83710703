"""Statistics of the columns of a table over the training rows of one network."""

import numpy as np

# Rows that medians and quantiles are taken from; more would not change them by much.
MOST_ROWS = 20_000
# Bins narrower than this part of the range of a column would make numbers explode.
_NARROWEST = 1e-6


def spread_rows(n_rows: int, most: int = MOST_ROWS) -> np.ndarray:
    """Row numbers spread evenly over a table, all of them where they are few."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.linspace(0, n_rows - 1, most).astype(np.int64)


def robust_scaling(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Medians of columns, and factors that make their spread 1.

    The spread is the interquartile range [1]_. Where more than half of a column is one value, the
    range is 0 whatever the others are: the spread is then the median distance of these others, so
    that rare large values (capital gains, word counts) keep their differences.

    Parameters
    ----------
    x : ndarray of shape (m, n_columns)
        NaN for missing values.

    Returns
    -------
    center, scale : ndarray of shape (n_columns,)
        The scale of a constant column is 0.

    References
    ----------
    .. [1] D. Holzmueller et al. (2024), "Better by default", arXiv:2407.04491.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep._kinds.tables.statistics import robust_scaling
    >>> robust_scaling(np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]))
    (array([2.]), array([0.5]))
    """
    center, scale = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for j, column in enumerate(x.T):
        values = column[~np.isnan(column)]
        if not len(values):
            continue
        low, center[j], high = np.percentile(values, [25, 50, 75])
        spread = high - low
        if spread <= 0.0:
            distances = np.abs(values - center[j])
            distances = distances[distances > 0.0]
            spread = np.median(distances) if len(distances) else 0.0
            if len(np.unique(distances)) == 1:  # two values: they become 0 and 2
                spread /= 2.0
        scale[j] = 1.0 / spread if spread > 0.0 else 0.0
    return center, scale


def bin_edges(values: np.ndarray, n_bins: int) -> np.ndarray:
    """Edges of bins that hold equally many values, as far as ties allow.

    What ties leave over goes to bins that hold equally many of the *different* values.

    Parameters
    ----------
    values : ndarray of shape (m,)
        Without missing ones.
    n_bins : int

    Returns
    -------
    ndarray of shape (at most n_bins + 1,)
        In increasing order.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep._kinds.tables.statistics import bin_edges
    >>> bin_edges(np.array([0.0] * 96 + [1.0, 2.0, 3.0, 4.0, 5.0]), 3)
    array([0.        , 1.66666667, 3.33333333, 5.        ])
    """
    different = np.unique(values)
    if len(different) <= n_bins + 1:
        return different
    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, n_bins + 1)))
    n_left = n_bins + 1 - len(edges)
    if n_left:
        inner = np.linspace(0.0, 1.0, n_left + 2)[1:-1]
        edges = np.unique([*edges, *np.quantile(different, inner)])
    wide_enough = np.diff(edges) > _NARROWEST * (edges[-1] - edges[0])
    return edges[np.append(wide_enough, True)]


def bin_counts(x: np.ndarray, most: int) -> tuple[int, ...]:
    """Number of bins that each column needs, at most `most`.

    Parameters
    ----------
    x : ndarray of shape (m, n_numbers)
    most : int
    """
    return tuple(min(most, max(1, len(np.unique(column[~np.isnan(column)])) - 1)) for column in x.T)


def bin_arrays(x: np.ndarray, bins: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Left edges and inverse widths of the bins of all columns, side by side.

    Parameters
    ----------
    x : ndarray of shape (m, n_numbers)
        Rows that the bins are fitted to.
    bins : tuple of int
        Number of bins for each column; those that are not needed get an inverse width of 0.

    Returns
    -------
    left, inverse_width : ndarray of shape (sum of bins,)
    """
    left, inverse_width = np.zeros(sum(bins)), np.zeros(sum(bins))
    start = 0
    for column, n_bins in zip(x.T, bins, strict=True):
        values = column[~np.isnan(column)]
        edges = bin_edges(values, n_bins) if len(values) else np.zeros(1)
        n_used = len(edges) - 1
        left[start : start + n_used] = edges[:-1]
        inverse_width[start : start + n_used] = 1.0 / np.diff(edges)
        start += n_bins
    return left, inverse_width
