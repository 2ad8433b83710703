"""The parameters that networks for sequences and for texts share."""

from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated

from skdeep._estimator.network.ensemble_parameters import EnsembleParameters
from skdeep._estimator.network.training_parameters import COUNT, FRACTION
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._kinds.sequences.pooling import POOLINGS
from skdeep._scikit_learn import Interval, StrOptions


@estimator
class StepsParameters(EnsembleParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

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
