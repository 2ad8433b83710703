"""MLPRegressor."""

from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator, shared_docstring
from skdeep.neural_network._mlp.base import BaseMLP
from skdeep.neural_network._mlp.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class MLPRegressor(NetworkRegressor, BaseMLP):
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
