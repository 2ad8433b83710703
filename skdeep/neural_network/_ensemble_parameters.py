"""The parameters that networks for sequences and for texts share."""

from dataclasses import KW_ONLY
from numbers import Integral, Real
from typing import Annotated

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from skdeep.base import Parameter, estimator
from skdeep.modules import POOLINGS
from skdeep.neural_network._training_parameters import (
    COUNT,
    FRACTION,
    POSITIVE,
    TrainingParameters,
)


@estimator
class EnsembleParameters(TrainingParameters):
    """Declarations alone; see `skdeep.base`."""

    _: KW_ONLY
    bidirectional: Annotated[
        bool,
        Parameter(
            """bool

            Whether recurrent cells read the sequence from its end as well.""",
            "boolean",
        ),
    ] = True
    n_heads: Annotated[
        int,
        Parameter("int\n\nHeads of attention of 'transformer'; they share the width.", COUNT),
    ] = 4
    pooling: Annotated[
        str,
        Parameter(
            """{'auto', 'mean', 'max', 'last', 'attention'}

            How the features of all steps become those of the sequence; 'last' takes the last step
            (of cells that read from the end, the first). 'auto' is 'mean' for 'cnn' and
            'attention' for others.""",
            StrOptions({"auto", *POOLINGS}),
        ),
    ] = "auto"
    dropout: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Share of the features of the sequence, and of those between layers, left out in
            training.""",
            FRACTION,
        ),
    ] = 0.0
    n_estimators: Annotated[
        int,
        Parameter(
            """int

            Networks that learn side by side, from other initial weights, and whose raw outputs are
            averaged [12]_. On several cores each has a thread of its own.""",
            COUNT,
        ),
    ] = 4
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
    batch_size: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Rows in a batch, which are of similar length. 'auto' is a 25th of them, at least
            16 and at most 64.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    max_iter: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Epochs of one call to `fit`. 'auto' makes about 400 steps, and not less than 10
            epochs.""",
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = "auto"  # type: ignore[assignment]  # a perceptron has a number
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
    gradient_clip: Annotated[
        float | str | None,
        Parameter(
            """float, 'auto' or None

            Largest norm of the gradient of a step, of all networks together. 'auto' is None for
            'cnn', whose normalised layers it slows down, and 1 for others.""",
            None,
            StrOptions({"auto"}),
            POSITIVE,
        ),
    ] = "auto"  # type: ignore[assignment]  # a perceptron has a number or None
    dtype: Annotated[
        str,
        Parameter(
            """{'float32', 'float64', 'auto'}

            Precision of training and prediction. 'auto' is that of `X`; torch convolves float64
            many times as slowly.""",
            StrOptions({"auto", "float32", "float64"}),
        ),
    ] = "float32"
