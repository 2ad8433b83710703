"""ImageClassifier and ImageRegressor."""

from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator
from skdeep.neural_network._image.base import ATTRIBUTES, REFERENCES, BaseImage


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES)
class ImageClassifier(BaseImage, NetworkClassifier):
    """Classifier of images.

    A convolutional network, a perceptron or a Transformer, small enough for a few thousand images
    and a CPU. Channels are standardised.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
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


@estimator(attributes=ATTRIBUTES, references=REFERENCES)
class ImageRegressor(BaseImage, NetworkRegressor):
    """Regressor for images, with one or several targets.

    A convolutional network, a perceptron or a Transformer, small enough for a few thousand images
    and a CPU. Channels are standardised.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    ImageClassifier : Classifier for the same input, which it describes.

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep import ImageRegressor
    >>> rng = np.random.default_rng(0)
    >>> y = rng.uniform(1, 5, size=150)  # the radius of a disc, wherever it is
    >>> row, column = np.mgrid[:16, :16]
    >>> centre = rng.uniform(6, 10, size=(2, 150, 1, 1))
    >>> X = (np.hypot(row - centre[0], column - centre[1]) < y[:, None, None]).astype(np.uint8)
    >>> model = ImageRegressor(max_iter=20, random_state=0).fit(X[:100], y[:100])
    >>> bool(model.score(X[100:], y[100:]) > 0.9)
    True
    """
