"""TextRegressor."""

from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator, shared_docstring
from skdeep.neural_network._text.base import BaseText
from skdeep.neural_network._text.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class TextRegressor(BaseText, NetworkRegressor):
    """Regressor of texts, with one or several targets.

    By default a weighted sum of learned vectors of words, pairs of words and parts of words, and a
    linear layer; or a convolutional, recurrent or attention network over words or characters.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    TextClassifier : Classifier for the same input, which it describes.

    References
    ----------
    {references}

    Examples
    --------
    >>> from skdeep import TextRegressor
    >>> X = ["a fine day", "what a fine meal", "a bad day", "the meal was bad"] * 5
    >>> model = TextRegressor(random_state=0).fit(X, [5.0, 5.0, 1.0, 1.0] * 5)
    >>> good, bad = model.predict(["a fine movie", "a bad movie"])
    >>> bool(good > 3 > bad)
    True
    """
