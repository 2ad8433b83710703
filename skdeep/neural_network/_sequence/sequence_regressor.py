"""SequenceRegressor."""

from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator, shared_docstring
from skdeep.neural_network._sequence.base import BaseSequence
from skdeep.neural_network._sequence.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
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

    _n_steps = 1000  # numbers are approached for longer than classes
