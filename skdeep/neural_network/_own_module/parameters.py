"""The parameters that describe a module of the caller's own, and the attributes that hold it."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

from skdeep._estimator.network.training_parameters import (
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
    TrainingParameters,
)
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import StrOptions


@estimator
class NeuralNetParameters(TrainingParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

    module: Annotated[
        Any,
        Parameter(
            """type, callable or torch.nn.Module

            The network: a subclass of `torch.nn.Module`, a function that returns a module, or a
            module, which is copied and where training then starts. A class or function is called
            with the `module__` parameters, and with those of `n_features` (`X.shape[1]`),
            `n_outputs` (1 for two classes or one target), `input_shape` (`X.shape[1:]`) and
            `input_shapes` (of `NamedArrays`) that its signature names. The forward pass takes
            rows, those of `NamedArrays` by name, and returns raw outputs of shape (n, n_outputs),
            or (n,) for one.""",
            callable,
        ),
    ]
    _: KW_ONLY
    input_dtype: Annotated[
        str,
        Parameter(
            """{'auto', 'float', 'int64'}

            What rows the module is given. With 'auto' an X of integers (or one of several arrays)
            reaches it as int64 if its forward pass takes the first rows so (as
            `torch.nn.Embedding` does), and everything else is cast to `dtype`. 'int64' casts whole
            numbers of any type, such as the output of `OrdinalEncoder`.""",
            StrOptions({"auto", "float", "int64"}),
        ),
    ] = "auto"
    dtype: Annotated[
        str,
        Parameter(
            """{'float32', 'float64', 'auto'}

            Precision of the parameters of the module, and of its rows where they are not integers.
            'auto' is that of `X`.""",
            StrOptions({"auto", "float32", "float64"}),
        ),
    ] = "float32"


MODULE_PARAMETERS = """
module__* : object
    `module__x` is the argument `x` of `module`, in the constructor, in `set_params` and in
    searches.
"""

ATTRIBUTES = f"""
{TRAINING_ATTRIBUTES.strip()}
module_ : torch.nn.Module
    A copy of the fitted module, on the CPU in eval mode.
"""

REFERENCES = TRAINING_REFERENCES
