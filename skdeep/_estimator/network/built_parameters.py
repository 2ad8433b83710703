"""The parameters of training that networks share which are made for their input."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import SOLVERS, STOCHASTIC_SOLVERS
from skdeep._estimator.network.training_parameters import (
    COUNT,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
)
from skdeep._estimator.parameters import Parameter, defaults_in_words, names_in_words, one_of
from skdeep._kinds.sequences.pooling import POOLINGS
from skdeep._scikit_learn import Options, StrOptions

SOLVER = one_of(SOLVERS, "Optimizer.", first="adamw")

STOCHASTIC_SOLVER = one_of(
    {name: SOLVERS[name] for name in STOCHASTIC_SOLVERS}, "Optimizer.", first="adamw"
)

LEARNING_RATE = one_of(
    SCHEDULES,
    """Schedule of the learning rate: by default up to its peak and down to nearly 0 over all
    steps [6]_.""",
    first="one_cycle",
)

LEARNING_RATE_INIT = Parameter(
    "float\n\nLearning rate; the peak of 'one_cycle', 'cosine', 'coslog'.", POSITIVE
)

N_ITER_NO_CHANGE = Parameter(
    """int or inf

    Epochs without an improvement by `tol` before training ends. By default it runs to the
    end of its schedule; with `early_stopping` the best weights come back all the same.""",
    COUNT,
    Options(Real, {np.inf}),
)

DTYPE = Parameter(
    """{'float32', 'float64', 'auto'}

    Precision of training and prediction. 'auto' is that of `X`, and float32 for bytes
    and texts; torch convolves float64 many times as slowly.""",
    StrOptions({"auto", "float32", "float64"}),
)

BIDIRECTIONAL = Parameter(
    "bool\n\nWhether recurrent cells read the sequence from its end as well.", "boolean"
)

DROPOUT_OF_STEPS = Parameter(
    """float in [0, 1)

    Share of the features of the sequence, and of those between layers, left out in
    training.""",
    FRACTION,
)


def gradient_clip(architectures: Mapping[str, Any]) -> Parameter:
    """The largest norm of a gradient, which architectures leave alone or not."""
    unclipped = names_in_words(architectures, lambda entry: not entry.clips_gradients)
    return Parameter(
        f"""float, 'auto' or None

        Largest norm of the gradient of a step, of all networks together. 'auto' is None for
        {unclipped}, which it slows down, and 1 for others.""",
        None,
        StrOptions({"auto"}),
        POSITIVE,
    )


def n_heads(architectures: Mapping[str, Any]) -> Parameter:
    """Heads of those architectures that have some."""
    having = names_in_words(architectures, lambda entry: entry.heads_divide)
    return Parameter(f"int\n\nHeads of attention of {having}; they share the width.", COUNT)


def pooling(architectures: Mapping[str, Any]) -> Parameter:
    """How steps become one vector."""
    return Parameter(
        f"""{{{", ".join(map(repr, ("auto", *POOLINGS)))}}}

        How the features of all steps become those of the sequence; 'last' takes the last step
        (of cells that read from the end, the first). 'auto' is
        {defaults_in_words(architectures, "pooling")}.""",
        StrOptions({"auto", *POOLINGS}),
    )


def batch_size(rows: str, fewest: int, most: int, besides: str = "") -> Parameter:
    """Rows of a batch, by a part of all rows."""
    return Parameter(
        f"""int or 'auto'

        {rows}. 'auto' is a 25th of them, at least {fewest} and at most {most}{besides}.""",
        StrOptions({"auto"}),
        COUNT,
    )


def max_iter(n_steps: int, fewest_epochs: int, besides: str = "") -> Parameter:
    """Epochs, by a number of steps."""
    return Parameter(
        f"""int or 'auto'

        Epochs of one call to `fit`. 'auto' makes about {n_steps} steps{besides}, and not less than
        {fewest_epochs} epochs.""",
        StrOptions({"auto"}),
        COUNT,
    )


def mixup(architectures: Mapping[str, Any], what: str, reference: str) -> Parameter:
    """How much rows are mixed, which some architectures gain by."""
    gaining = names_in_words(architectures, lambda entry: entry.mixes_rows)
    return Parameter(
        f"""float or 'auto'

        Augmentation: both parameters of the beta distribution by which each {what}, and its
        target, is mixed with another {reference}; 0 for none. Around 0.2 mixes little, 1 much.
        'auto' is 0.2 for classifiers with {gaining} and 'log_loss', and 0 otherwise.""",
        StrOptions({"auto"}),
        NOT_NEGATIVE,
    )


def n_estimators(reference: str, in_threads: bool) -> Parameter:
    """Networks that learn side by side."""
    threads = " On several cores each has a thread of its own." if in_threads else ""
    return Parameter(
        f"""int

        Networks that learn side by side, from other initial weights, and whose raw outputs are
        averaged {reference}.{threads}""",
        COUNT,
    )
