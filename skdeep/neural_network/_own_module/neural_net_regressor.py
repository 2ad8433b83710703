"""NeuralNetRegressor."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import Annotated

from torch import Tensor

from skdeep._engine.training.losses import REGRESSOR_LOSSES
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import Parameter, estimator, shared_docstring
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._own_module.base import BaseNeuralNet
from skdeep.neural_network._own_module.module_parameters import with_module_parameters
from skdeep.neural_network._own_module.parameters import ATTRIBUTES, MODULE_PARAMETERS, REFERENCES


@shared_docstring(module_parameters=MODULE_PARAMETERS, attributes=ATTRIBUTES, references=REFERENCES)
@with_module_parameters
@estimator
class NeuralNetRegressor(BaseNeuralNet, NetworkRegressor):
    """Regressor around a torch module of your own.

    One or several targets; rows of any shape.

    Parameters
    ----------
    {parameters}

    {module_parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    NeuralNetClassifier : Classifier around a torch module of your own.
    MLPRegressor : Multi-layer perceptron regressor.

    Notes
    -----
    With `normalize_y` the module learns the standardised target: `module_` returns it, and
    `predict` puts it into the units of y.

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from torch import nn
    >>> from skdeep.neural_network import NeuralNetRegressor
    >>> class Net(nn.Sequential):
    ...     def __init__(self, n_features, n_outputs, units=20):
    ...         layers = nn.Linear(n_features, units), nn.Tanh(), nn.Linear(units, n_outputs)
    ...         super().__init__(*layers)
    >>> X, y = load_diabetes(return_X_y=True)
    >>> net = NeuralNetRegressor(Net, solver="lbfgs", alpha=10.0, max_iter=500, random_state=0)
    >>> bool(make_pipeline(StandardScaler(), net).fit(X, y).score(X, y) > 0.5)
    True
    """

    _: KW_ONLY
    loss: Annotated[
        str | Callable[..., Tensor],
        Parameter(
            """{'squared_error', 'absolute_error', 'huber', 'poisson', 'gamma', 'quantile'} or \
callable

            Loss: half the squared error, the absolute error, Huber's, half the Poisson or gamma
            deviance (the module then predicts the logarithm), or the pinball loss. A loss of
            torch (a class, or made, with any reduction), or a function of raw outputs and targets
            (standardised with `normalize_y`), both of shape (n, n_outputs), which returns the
            loss of each row, (n,), or number, to which weights are applied; or it takes the
            weights, (n,), as a third argument and returns the loss of the batch. Where the module
            returns several tensors, a function is given all of them.""",
            StrOptions(set(REGRESSOR_LOSSES)),
            callable,
        ),
    ] = "squared_error"  # type: ignore[assignment]  # the loss of a perceptron is no function

    @property
    def _n_outputs_expected(self) -> tuple[int, ...]:
        return (self._target.n_outputs,)

    @property
    def _target_in_words(self) -> str:
        return f"{self._target.n_outputs} target(s)"
