"""The parameters that describe a perceptron, and the attributes that hold it."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

from skdeep._engine.modules.activations import ACTIVATIONS
from skdeep._engine.training.initial_weights import WEIGHT_INITS
from skdeep._estimator.network.training_parameters import (
    COUNT,
    FRACTION,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
    TrainingParameters,
)
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import StrOptions


@estimator
class MLPParameters(TrainingParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

    hidden_layer_sizes: Annotated[
        Any,
        Parameter(
            """array-like of shape (n_layers - 2,) or int

            Number of units in each hidden layer.""",
            "array-like",
            COUNT,
        ),
    ] = (100,)
    activation: Annotated[
        str,
        Parameter(
            """{'identity', 'logistic', 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', 'gelu', \
'silu', 'mish'}

            Activation function of the hidden layers.""",
            StrOptions(set(ACTIVATIONS)),
        ),
    ] = "relu"
    _: KW_ONLY
    weight_init: Annotated[
        str,
        Parameter(
            """{'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal', 'orthogonal'}

            How initial weights are drawn [2]_ [3]_. The default is scikit-learn's.""",
            StrOptions(set(WEIGHT_INITS)),
        ),
    ] = "glorot_uniform"
    dropout: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Probability with which a hidden unit is left out of a step. Not for 'lbfgs'.""",
            FRACTION,
        ),
    ] = 0.0


ATTRIBUTES = f"""
{TRAINING_ATTRIBUTES.strip()}
coefs_ : list of ndarray of shape (fan_in, fan_out)
    Weights of the layers.
intercepts_ : list of ndarray of shape (fan_out,)
    Biases of the layers.
n_layers_ : int
    Number of layers, input and output included.
module_ : torch.nn.Module
    The network as a torch module in eval mode, built on demand; it returns raw outputs.
"""

REFERENCES = f"""
.. [1] D. Rumelhart, G. Hinton and R. Williams (1986), "Learning representations by
   back-propagating errors", Nature 323.
.. [2] X. Glorot and Y. Bengio (2010), "Understanding the difficulty of training deep feedforward
   neural networks", AISTATS.
.. [3] K. He et al. (2015), "Delving deep into rectifiers", arXiv:1502.01852.
{TRAINING_REFERENCES.strip()}
"""
