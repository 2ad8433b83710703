"""Features of time series from convolutions that are not trained."""

from collections.abc import Iterator
from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from skdeep._estimator.parameters import Parameter, estimator, validate_parameters
from skdeep._estimator.state import VersionedState, unchanged_on_error
from skdeep._kinds.sequences.reading import Series, read_series
from skdeep._scikit_learn import Interval
from skdeep.feature_extraction._kernels import N_KERNELS, N_TAPS, convolutions, count_above

_GOLDEN_RATIO = (np.sqrt(5) + 1) / 2
# Numbers of one channel in a chunk, and of all: the first keeps loops in the cache.
_CHUNK = 1 << 15
_CHUNK_OF_ALL_CHANNELS = 1 << 22


@estimator()
class RandomConvolutions(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, VersionedState, BaseEstimator
):
    """Thousands of features of time series, for a linear model to choose from.

    Each series is convolved with fixed kernels at several dilations; a feature is the proportion of
    time in which the output of one kernel is above a threshold. Thresholds come from a few of the
    training series, so `fit` is fast and needs no y.

    Parameters
    ----------
    n_kernels : int, default=10000
        Number of features, rounded down to a multiple of 84: the kernels times dilations and
        thresholds.

    max_dilations_per_kernel : int, default=32
        Largest number of dilations. They are spaced evenly on a logarithmic scale, from 1 to where
        a kernel spans the series; with fewer, each has more thresholds.

    random_state : int, RandomState instance or None, default=None
        Decides which training series give the thresholds, and which channels a kernel sees. The
        same int gives the same features. Global generators are neither used nor changed.

    Attributes
    ----------
    dilations_ : ndarray of shape (n_dilations,)
        Steps between the nine taps of a kernel.

    n_biases_ : ndarray of shape (n_dilations,)
        Number of features that each kernel has at each dilation.

    biases_ : ndarray of shape (n_features_out,)
        The threshold of each feature: features are in the order of dilations, then kernels.

    channels_ : ndarray of bool of shape (n_dilations, 84, n_channels)
        The channels whose sum a kernel sees.

    n_channels_ : int
        Number of channels; 1 for X of two dimensions.

    n_timepoints_ : int or None
        Length of the series; None after a fit on a list, whose lengths may differ.

    n_features_in_ : int
        Number of columns of X if it has two dimensions, else of channels.

    feature_names_in_ : ndarray of str
        Names of the columns, if X has them.

    Notes
    -----
    This is MiniRocket [1]_, with its variant for several channels: 84 kernels of nine taps, six
    weighing -1 and three 2; thresholds at quantiles of the output for a training series drawn for
    each kernel and dilation; every second feature group pads the series with zeros, the other takes
    only outputs that need no padding. A classifier that suits the features is ``RidgeClassifierCV``
    where series are few, ``LogisticRegression`` or an MLP for more; a ``StandardScaler`` in between
    helps on some data and harms on others.

    Where a kernel is longer than a series, the series is always padded; so series may be shorter
    than nine time points, with little information in the features. Dilations are chosen for the
    longest training series. Numbers are rounded to float32: subtract a large offset first. The
    outputs for a constant series are 0 except at its padded ends, so only those carry its level.
    Missing values are refused.

    References
    ----------
    .. [1] A. Dempster, D. F. Schmidt, G. I. Webb, "MiniRocket: A very fast (almost) deterministic
       transform for time series classification", KDD 2021. https://arxiv.org/abs/2012.08791

    Examples
    --------
    Waves whose frequency depends on the class; phases are random:

    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeClassifierCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdeep.feature_extraction import RandomConvolutions
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(60) % 3
    >>> phase = rng.uniform(0, 2 * np.pi, (60, 1))
    >>> X = np.sin((1 + y[:, None] / 8) * np.arange(50) + phase)  # (series, time)
    >>> model = make_pipeline(RandomConvolutions(840, random_state=0), RidgeClassifierCV())
    >>> model.fit(X[:30], y[:30]).score(X[30:], y[30:])
    1.0

    Series of several channels are (series, channels, time); where lengths differ, X is a list:

    >>> X = [rng.normal(size=(2, n_times)) for n_times in (20, 50, 35)]
    >>> RandomConvolutions(840, random_state=0).fit_transform(X).shape
    (3, 840)
    """

    n_kernels: Annotated[
        int,
        Parameter(
            """int

            Number of features, rounded down to a multiple of 84: the kernels times dilations and
            thresholds.""",
            Interval(Integral, N_KERNELS, None, closed="left"),
        ),
    ] = 10_000
    _: KW_ONLY
    max_dilations_per_kernel: Annotated[
        int,
        Parameter(
            """int

            Largest number of dilations. They are spaced evenly on a logarithmic scale, from 1 to
            where a kernel spans the series; with fewer, each has more thresholds.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = 32
    random_state: Annotated[
        Any,
        Parameter(
            """int, RandomState instance or None

            Decides which training series give the thresholds, and which channels a kernel sees. The
            same int gives the same features. Global generators are neither used nor changed.""",
            "random_state",
        ),
    ] = None

    def __init__(
        self,
        n_kernels: int = 10000,
        *,
        max_dilations_per_kernel: int = 32,
        random_state: Any = None,
    ) -> None:
        self.n_kernels = n_kernels
        self.max_dilations_per_kernel = max_dilations_per_kernel
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Choose dilations, channels and thresholds.

        Parameters
        ----------
        X : array of shape (n, channels, time) or (n, time), or list of arrays (channels, time)
            The series.

        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        validate_parameters(self)
        with unchanged_on_error(self):
            series = read_series(self, X, reset=True)
            # None stands for a fresh seed: the global generator stays as it is.
            seed = self.random_state
            rng = np.random.RandomState() if seed is None else check_random_state(seed)
            longest = max(item.shape[-1] for item in series)
            self.dilations_, self.n_biases_ = _dilations(
                longest, self.n_kernels // N_KERNELS, self.max_dilations_per_kernel
            )
            self.channels_ = _draw_channels(rng, len(self.dilations_), self.n_channels_)
            self.biases_ = self._find_biases(series, rng)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the features of series.

        Parameters
        ----------
        X : array of shape (n, channels, time) or (n, time), or list of arrays (channels, time)
            The series, in the layout of those of `fit`.

        Returns
        -------
        X_new : ndarray of float32 of shape (n, n_features_out)
            Proportions between 0 and 1.
        """
        check_is_fitted(self)
        series = read_series(self, X, reset=False)
        features = np.empty((len(series), len(self.biases_)), dtype=np.float32)
        for rows, block in _blocks(series):
            features[rows] = self._features(block).T
        return features

    def _find_biases(self, series: Series, rng: np.random.RandomState) -> np.ndarray:
        """Take quantiles of the outputs for one series a kernel and dilation."""
        n_features = N_KERNELS * int(self.n_biases_.sum())
        # Multiples of the golden ratio fill the interval evenly, wherever one starts and stops.
        levels = np.arange(1, n_features + 1) * _GOLDEN_RATIO % 1
        biases = np.empty(n_features, dtype=np.float32)
        stop = 0
        for dilation, n_biases, channels in self._plan():
            start, stop = stop, stop + N_KERNELS * n_biases
            at = levels[start:stop].reshape(N_KERNELS, n_biases)
            found = biases[start:stop].reshape(N_KERNELS, n_biases)
            drawn = rng.randint(len(series), size=N_KERNELS)
            for kernels, block in _blocks([series[row] for row in drawn]):
                outputs = convolutions(block, dilation, channels, kernels)
                for column, (kernel, output) in enumerate(zip(kernels, outputs, strict=True)):
                    found[kernel] = _quantiles(output[:, column], at[kernel])
        return biases

    def _features(self, block: np.ndarray) -> np.ndarray:
        """Return (feature, row) for series of one length, (channel, time, row)."""
        _, n_times, n_rows = block.shape
        features = np.empty((len(self.biases_), n_rows), dtype=np.float32)
        stop = 0
        for place, (dilation, n_biases, channels) in enumerate(self._plan()):
            reach = (N_TAPS // 2) * dilation
            for kernel, output in enumerate(convolutions(block, dilation, channels)):
                start, stop = stop, stop + n_biases
                padded = (place + kernel) % 2 == 0 or n_times <= 2 * reach
                inner = output if padded else output[reach : n_times - reach]
                counts = count_above(inner, self.biases_[start:stop])
                features[start:stop] = counts / np.float32(len(inner))
        return features

    def _plan(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Return the triples (dilation, biases a kernel, channels)."""
        return zip(self.dilations_.tolist(), self.n_biases_.tolist(), self.channels_, strict=True)

    @property
    def _n_features_out(self) -> int:
        return len(self.biases_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _dilations(n_times: int, n_biases: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return dilations up to the one that spans the series, and how many biases each has."""
    longest = max((n_times - 1) / (N_TAPS - 1), 1.0)
    wanted = np.geomspace(1, longest, min(n_biases, most))
    dilations, counts = np.unique(wanted.astype(np.int64), return_counts=True)
    shares = counts * n_biases // counts.sum()
    shares[: n_biases - shares.sum()] += 1  # what rounding left over, to the shortest
    return dilations, shares


def _draw_channels(rng: np.random.RandomState, n_dilations: int, n_channels: int) -> np.ndarray:
    """Choose up to nine channels for each kernel and dilation; few are likelier than many."""
    shape = (n_dilations, N_KERNELS)
    most = min(n_channels, N_TAPS)
    n_chosen = np.exp2(rng.uniform(0, np.log2(most + 1), shape)).astype(int).clip(1, most)
    ranks = rng.uniform(size=(*shape, n_channels)).argsort(axis=-1).argsort(axis=-1)
    return ranks < n_chosen[..., None]


def _quantiles(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Interpolate between the sorted values, as numpy.quantile does."""
    ordered = np.sort(values)
    place = levels * (len(ordered) - 1)
    below = place.astype(int)
    above = np.minimum(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _blocks(series: Series) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows of a chunk and their series, all of one length, as (channel, time, row)."""
    lengths = np.array([item.shape[-1] for item in series])
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        n_channels = len(series[0])
        size = min(_CHUNK // length, _CHUNK_OF_ALL_CHANNELS // (length * n_channels))
        for start in range(0, len(rows), max(size, 1)):
            part = rows[start : start + max(size, 1)]
            yield part, np.stack([series[row] for row in part], axis=2)
