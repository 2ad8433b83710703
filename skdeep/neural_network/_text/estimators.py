"""TextClassifier and TextRegressor."""

from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator
from skdeep.neural_network._text.base import ATTRIBUTES, REFERENCES, BaseText


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES)
class TextClassifier(BaseText, NetworkClassifier):
    """Classifier of texts, from single words to long documents.

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
    TextRegressor : Regressor for the same input.
    sklearn.feature_extraction.text.TfidfVectorizer : Sparse features of texts.

    Notes
    -----
    `X` is a list, array or Series of str. The n-grams and tokens are those of the first call to
    `fit` or `partial_fit`; n-grams of later texts that were not among them are passed over, and
    tokens are taken for one unknown token.

    References
    ----------
    {references}

    Examples
    --------
    >>> from skdeep import TextClassifier
    >>> X = ["a fine day", "what a fine meal", "a bad day", "the meal was bad"] * 5
    >>> y = ["good", "good", "bad", "bad"] * 5
    >>> model = TextClassifier(random_state=0).fit(X, y)
    >>> model.predict(["fine", "such a bad, bad movie"]).tolist()
    ['good', 'bad']
    """


@estimator(attributes=ATTRIBUTES, references=REFERENCES)
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
