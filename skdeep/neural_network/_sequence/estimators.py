"""SequenceClassifier and SequenceRegressor."""

from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.member import Extent
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator
from skdeep.neural_network._sequence.base import ATTRIBUTES, REFERENCES, BaseSequence


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES)
class SequenceClassifier(BaseSequence, NetworkClassifier):
    """Classifier of time series and other sequences.

    A convolutional, recurrent or attention network for sequences of one or several channels, which
    may differ in length. Channels are standardised; padding never changes an answer.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    SequenceRegressor : Regressor for the same input.
    skdeep.feature_extraction.RandomConvolutions : Features of series for a linear classifier.

    Notes
    -----
    `X` is an array of shape (n_samples, n_channels, n_timepoints), an array or DataFrame of one
    channel, (n_samples, n_timepoints), or a list of arrays (n_channels, n_timepoints_i). What is
    predicted may be longer or shorter than what was learned from.

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep import SequenceClassifier
    >>> rng = np.random.default_rng(0)
    >>> lengths = rng.integers(20, 40, size=60)
    >>> y = np.arange(60) % 2
    >>> X = [  # one channel, slow waves and fast ones
    ...     np.sin((0.5 + c) * np.arange(n) + rng.uniform(0, 6))[None] for n, c in zip(lengths, y)
    ... ]
    >>> model = SequenceClassifier(max_iter=20, random_state=0).fit(X[:40], y[:40])
    >>> model.score(X[40:], y[40:])
    1.0
    """


@estimator(attributes=ATTRIBUTES, references=REFERENCES)
class SequenceRegressor(BaseSequence, NetworkRegressor):
    """Regressor for time series and other sequences, with one or several targets.

    A convolutional, recurrent or attention network for sequences of one or several channels, which
    may differ in length. Channels are standardised; padding never changes an answer.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    SequenceClassifier : Classifier for the same input, which it describes.
    skdeep.feature_extraction.TimeWindows : From a series to windows and what follows them.

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep import SequenceRegressor
    >>> rng = np.random.default_rng(0)
    >>> y = rng.uniform(0.3, 1.0, size=100)
    >>> X = np.sin(y[:, None] * np.arange(50) + rng.uniform(0, 6, size=(100, 1)))  # (n, time)
    >>> model = SequenceRegressor(max_iter=40, random_state=0).fit(X[:80], y[:80])
    >>> bool(model.score(X[80:], y[80:]) > 0.9)
    True
    """

    # Numbers are approached for longer than classes.
    _extent = Extent(n_steps=1000, most_rows=64)
