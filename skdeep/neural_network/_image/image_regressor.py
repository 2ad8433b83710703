"""ImageRegressor."""

from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator, shared_docstring
from skdeep.neural_network._image.base import BaseImage
from skdeep.neural_network._image.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
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
