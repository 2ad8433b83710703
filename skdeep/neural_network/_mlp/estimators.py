"""MLPClassifier."""

from skdeep._estimator.network.classifier import NetworkClassifier
from skdeep._estimator.parameters import estimator, shared_docstring
from skdeep.neural_network._mlp.base import BaseMLP
from skdeep.neural_network._mlp.parameters import ATTRIBUTES, REFERENCES


@shared_docstring(attributes=ATTRIBUTES, references=REFERENCES)
@estimator
class MLPClassifier(NetworkClassifier, BaseMLP):
    """Multi-layer perceptron classifier.

    A drop-in for scikit-learn's class of that name, trained by torch: every parameter, fitted
    attribute and method of scikit-learn's is here with its meaning, and what its users have asked
    for besides. Binary, multiclass and multilabel targets with labels of any type.

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
