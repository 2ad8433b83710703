"""How networks that are built for their input are trained by default."""

from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated

import numpy as np

from skdeep._estimator.network.training_parameters import COUNT, POSITIVE, TrainingParameters
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Options, StrOptions


@estimator
class ScheduleParameters(TrainingParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    solver: Annotated[
        str,
        Parameter(
            "{'adamw', 'adam', 'sgd', 'rmsprop', 'lbfgs'}\n\nOptimizer.",
            StrOptions({"adam", "adamw", "sgd", "rmsprop", "lbfgs"}),
        ),
    ] = "adamw"
    learning_rate: Annotated[
        str,
        Parameter(
            """{'one_cycle', 'cosine', 'coslog', 'constant', 'invscaling', 'adaptive'}

            Schedule of the learning rate: by default up to its peak and down to nearly 0 over all
            steps [6]_.""",
            StrOptions({"one_cycle", "cosine", "coslog", "constant", "invscaling", "adaptive"}),
        ),
    ] = "one_cycle"
    learning_rate_init: Annotated[
        float,
        Parameter("float\n\nLearning rate; the peak of 'one_cycle', 'cosine', 'coslog'.", POSITIVE),
    ] = 0.003
    n_iter_no_change: Annotated[
        float,
        Parameter(
            """int or inf

            Epochs without an improvement by `tol` before training ends. By default it runs to the
            end of its schedule; with `early_stopping` the best weights come back all the same.""",
            COUNT,
            Options(Real, {np.inf}),
        ),
    ] = np.inf
    dtype: Annotated[
        str,
        Parameter(
            """{'float32', 'float64', 'auto'}

            Precision of training and prediction. 'auto' is that of `X`, and float32 for bytes
            and texts; torch convolves float64 many times as slowly.""",
            StrOptions({"auto", "float32", "float64"}),
        ),
    ] = "float32"
