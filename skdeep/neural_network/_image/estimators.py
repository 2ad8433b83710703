"""ImageClassifier."""

from skdeep._estimator.network.classifier import NetworkClassifier
from skdeep._estimator.parameters import estimator, shared_docstring
from skdeep.neural_network._image.base import BaseImage
from skdeep.neural_network._image.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class ImageClassifier(BaseImage, NetworkClassifier):
    """Classifier of images.

    A convolutional network, a perceptron or a Transformer, small enough for a few thousand images
    and a CPU. Channels are standardised.

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
    ImageRegressor : Regressor for the same input.

    Notes
    -----
    `X` is an array of shape (n_samples, height, width) or (n_samples, height, width, n_channels),
    a list of images of one size, or flat rows of pixels with `image_shape`. Bytes take a byte each
    until a batch is made of them. Later images have the size of those of the fit, and are on their
    scale.

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeep import ImageClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = ImageClassifier(image_shape=(8, 8), max_iter=10, random_state=0)
    >>> model.fit(X[:900], y[:900]).score(X[900:], y[900:]) > 0.95
    True
    """
