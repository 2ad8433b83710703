"""MLPClassifier and MLPRegressor."""

from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator
from skdeep.neural_network._mlp.base import ATTRIBUTES, REFERENCES, BaseMLP


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES)
class MLPClassifier(BaseMLP, NetworkClassifier):
    """Multi-layer perceptron classifier.

    A drop-in for scikit-learn's class of that name, trained by torch: every parameter, fitted
    attribute and method of scikit-learn's is here with its meaning, and what its users have asked
    for besides. Binary, multiclass and multilabel targets with labels of any type.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    MLPRegressor : Multi-layer perceptron regressor.

    Notes
    -----
    The network is trained by backpropagation [1]_ written by hand on one flat buffer of
    parameters, without a graph of operations. Data stay on the device; a batch is a gather of
    rows.

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skdeep.neural_network import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(
    ...     StandardScaler(), MLPClassifier((50,), solver="lbfgs", alpha=1.0, random_state=0)
    ... )
    >>> model.fit(X, y).predict(X[[0, 60, 120]])
    array([0, 1, 2])
    """


@estimator(attributes=ATTRIBUTES, references=REFERENCES)
class MLPRegressor(BaseMLP, NetworkRegressor):
    """Multi-layer perceptron regressor.

    A drop-in for scikit-learn's class of that name, trained by torch: every parameter, fitted
    attribute and method of scikit-learn's is here with its meaning, and what its users have asked
    for besides. One or several targets. `loss` is a keyword, so that `MLPRegressor((100,))` means
    what it says.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    MLPClassifier : Multi-layer perceptron classifier.

    Notes
    -----
    With `normalize_y` the network learns the standardised target; `coefs_`, `intercepts_`, the
    losses and their curves are in the units of y all the same.

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skdeep.neural_network import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = make_pipeline(
    ...     StandardScaler(), MLPRegressor((50,), max_iter=500, tol=1e-3, random_state=0)
    ... )
    >>> bool(model.fit(X, y).score(X, y) > 0.5)
    True
    """
