"""SequenceClassifier."""

from skdeep._estimator.network.classifier import NetworkClassifier
from skdeep._estimator.parameters import estimator, shared_docstring
from skdeep.neural_network._sequence.base import BaseSequence
from skdeep.neural_network._sequence.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class SequenceClassifier(BaseSequence, NetworkClassifier):
    """Classifier of time series and other sequences.

    A convolutional, recurrent or attention network for sequences of one or several channels, which
    may differ in length. Channels are standardised; padding never changes an answer.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels; the columns of `predict_proba`.
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
