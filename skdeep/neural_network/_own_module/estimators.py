"""NeuralNetClassifier and NeuralNetRegressor."""

import warnings
from collections.abc import Callable
from dataclasses import KW_ONLY, replace
from functools import partial
from typing import Annotated, Any

from torch import Tensor, nn

from skdeep._engine.training.losses import CLASSIFIER_LOSSES, LOSSES, REGRESSOR_LOSSES
from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.module_maker import (
    ModuleMaker,
    adds_up,
    checked_prediction,
    module_name,
)
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import Parameter, estimator, one_of
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._own_module.base import (
    ATTRIBUTES,
    MODULE_PARAMETERS,
    REFERENCES,
    BaseNeuralNet,
)

# Losses of torch by the targets that they take.
_OF_CLASS_NUMBERS = (
    nn.CrossEntropyLoss,
    nn.NLLLoss,
    nn.MultiMarginLoss,
    nn.functional.cross_entropy,
    nn.functional.nll_loss,
)
_OF_INDICATORS = (
    nn.BCEWithLogitsLoss,
    nn.functional.binary_cross_entropy_with_logits,
)
_OF_PROBABILITIES = (nn.BCELoss, nn.functional.binary_cross_entropy)


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES, keywords=MODULE_PARAMETERS)
class NeuralNetClassifier(BaseNeuralNet, NetworkClassifier):
    """Classifier around a torch module of your own.

    Binary, multiclass and multilabel targets with labels of any type; rows of any shape.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    NeuralNetRegressor : Regressor around a torch module of your own.
    MLPClassifier : Multi-layer perceptron classifier.

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from torch import nn
    >>> from skdeep.neural_network import NeuralNetClassifier
    >>> class Net(nn.Sequential):
    ...     def __init__(self, n_features, n_outputs, units=20):
    ...         layers = nn.Linear(n_features, units), nn.ReLU(), nn.Linear(units, n_outputs)
    ...         super().__init__(*layers)
    >>> X, y = load_iris(return_X_y=True)
    >>> net = NeuralNetClassifier(Net, module__units=50, solver="lbfgs", random_state=0)
    >>> make_pipeline(StandardScaler(), net).fit(X, y).predict(X[[0, 60, 120]])
    array([0, 1, 2])
    """

    _: KW_ONLY
    loss: Annotated[
        str | Callable[..., Tensor],
        one_of(
            {name: LOSSES[name] for name in CLASSIFIER_LOSSES},
            """Loss. A loss of torch (a class, or made, with any reduction), or a function of raw
            outputs of shape (n, n_outputs) and targets: numbers of classes of shape (n,), or 0
            and 1 of the shape of the outputs where those are single or labels. It returns the
            loss of each row, (n,), to which weights are applied; or it takes the weights, (n,),
            as a third argument and returns the loss of the batch. Where the module returns
            several tensors, a function is given all of them.""",
            callable,
            also=" or callable",
        ),
    ] = "log_loss"
    outputs: Annotated[
        str,
        Parameter(
            """{'logits', 'probabilities'}

            What the module returns: raw outputs, which the loss turns into probabilities, or
            probabilities, as a module that ends in `nn.Softmax` does. Two classes have one
            output or two; `n_outputs` is 1 for raw outputs and 2 for probabilities.""",
            StrOptions({"logits", "probabilities"}),
        ),
    ] = "logits"

    @property
    def _n_outputs_expected(self) -> tuple[int, ...]:
        if self._target.kind == "multilabel" or len(self._target.classes_) > 2:
            return (self._target.n_outputs,)
        if _is_one_of(self.loss, _OF_CLASS_NUMBERS):
            return (2,)
        if _is_one_of(self.loss, _OF_INDICATORS):
            return (1,)
        return (1, 2) if self.outputs == "logits" else (2, 1)

    @property
    def _target_in_words(self) -> str:
        kind = "labels" if self._target.kind == "multilabel" else "classes"
        return f"{len(self._target.classes_)} {kind}"

    @property
    def _choices(self) -> tuple[Any, ...]:
        return *super()._choices, self.outputs

    def _check_combinations(self) -> None:
        if _is_one_of(self.loss, _OF_PROBABILITIES):
            raise ValueError(
                f"loss={self.loss!r} takes probabilities, and losses are given raw outputs. Use "
                "loss='log_loss', with outputs='probabilities' for a module that ends in a sigmoid."
            )

    def _with_outputs(self, maker: ModuleMaker, outputs: Any, n_rows: int) -> ModuleMaker:
        maker = super()._with_outputs(maker, outputs, n_rows)
        several = maker.n_outputs > 1 and self._target.kind != "multilabel"
        if self.outputs == "logits":
            if several and adds_up(checked_prediction(outputs, maker)):
                warnings.warn(
                    f"The outputs of module={module_name(self.module)} add up to 1 in every row: "
                    "if they are probabilities, set outputs='probabilities'.",
                    stacklevel=9,
                )
            return maker
        return replace(maker, probabilities="softmax" if several else "logistic")


@estimator(attributes=ATTRIBUTES, references=REFERENCES, keywords=MODULE_PARAMETERS)
class NeuralNetRegressor(BaseNeuralNet, NetworkRegressor):
    """Regressor around a torch module of your own.

    One or several targets; rows of any shape.

    Parameters
    ----------
    {parameters}

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
        one_of(
            {name: LOSSES[name] for name in REGRESSOR_LOSSES},
            """Loss: half the squared error, the absolute error, Huber's, half the Poisson or gamma
            deviance (the module then predicts the logarithm), or the pinball loss. A loss of
            torch (a class, or made, with any reduction), or a function of raw outputs and targets
            (standardised with `normalize_y`), both of shape (n, n_outputs), which returns the
            loss of each row, (n,), or number, to which weights are applied; or it takes the
            weights, (n,), as a third argument and returns the loss of the batch. Where the module
            returns several tensors, a function is given all of them.""",
            callable,
            also=" or callable",
        ),
    ] = "squared_error"

    @property
    def _n_outputs_expected(self) -> tuple[int, ...]:
        return (self._target.n_outputs,)

    @property
    def _target_in_words(self) -> str:
        return f"{self._target.n_outputs} target(s)"


def _is_one_of(loss: Any, known: tuple[Any, ...]) -> bool:
    """Whether a loss is one of some classes and functions, or made from one."""
    function = loss.func if isinstance(loss, partial) else loss
    return function in known or type(function) in known
