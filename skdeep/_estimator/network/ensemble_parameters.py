"""The parameters of networks that learn side by side."""

from dataclasses import KW_ONLY
from typing import Annotated

from skdeep._estimator.network.built_parameters import ScheduleParameters
from skdeep._estimator.network.training_parameters import COUNT, POSITIVE
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import StrOptions


@estimator
class EnsembleParameters(ScheduleParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    n_estimators: Annotated[
        int,
        Parameter(
            """int

            Networks that learn side by side, from other initial weights, and whose raw outputs are
            averaged [12]_. On several cores each has a thread of its own.""",
            COUNT,
        ),
    ] = 4
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
