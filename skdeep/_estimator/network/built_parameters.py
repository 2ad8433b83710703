"""The parameters of training of the networks that are built for their kind of input."""

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
    """Schedule of the learning rate. The default rises to its peak and then falls to nearly 0 over
    all steps [6]_; `MLPClassifier` describes the others, such as 'cosine' [5]_ and 'coslog'
    [7]_.""",
    first="one_cycle",
)

LEARNING_RATE_INIT = Parameter(
    """float

    Initial learning rate; for 'one_cycle', 'cosine' and 'coslog', the highest.""",
    POSITIVE,
)

N_ITER_NO_CHANGE = Parameter(
    """int or inf

    Number of epochs without an improvement by `tol` after which training ends. By default it runs
    to the end of its schedule; with `early_stopping` the weights with the best score are restored
    all the same.""",
    COUNT,
    Options(Real, {np.inf}),
)

DTYPE = Parameter(
    """{'float32', 'float64', 'auto'}

    Precision of training and prediction. 'auto' is that of `X`, and float32 for bytes
    and texts; convolutions in float64 are many times slower.""",
    StrOptions({"auto", "float32", "float64"}),
)

BIDIRECTIONAL = Parameter(
    "bool\n\nWhether recurrent cells read the sequence backwards as well.", "boolean"
)

DROPOUT_OF_STEPS = Parameter(
    """float in [0, 1)

    Share of the features of the sequence, and of those between layers, that are dropped in
    training.""",
    FRACTION,
)


def gradient_clip(architectures: Mapping[str, Any]) -> Parameter:
    """The largest norm of a gradient, which architectures leave alone or not."""
    unclipped = names_in_words(architectures, lambda entry: not entry.clips_gradients)
    return Parameter(
        f"""float, 'auto' or None

        Largest norm that the gradient of a step, of all networks together, may have; larger ones
        are scaled down to it. None is no limit. 'auto' is None for {unclipped}, which would learn
        more slowly, and 1 for others.""",
        None,
        StrOptions({"auto"}),
        POSITIVE,
    )


def n_heads(architectures: Mapping[str, Any]) -> Parameter:
    """Heads of those architectures that have some."""
    having = names_in_words(architectures, lambda entry: entry.heads_divide)
    return Parameter(
        f"int\n\nNumber of attention heads of {having}, which divide `width` among them.", COUNT
    )


def pooling(architectures: Mapping[str, Any]) -> Parameter:
    """How steps become one vector."""
    return Parameter(
        f"""{{{", ".join(map(repr, ("auto", *POOLINGS)))}}}

        How the features of all steps are combined into those of the sequence; 'last' takes the
        last step (from cells that read backwards, the first). 'auto' is
        {defaults_in_words(architectures, "pooling")}.""",
        StrOptions({"auto", *POOLINGS}),
    )


def batch_size(rows: str, fewest: int, most: int, besides: str = "") -> Parameter:
    """Rows of a batch, by a part of all rows."""
    return Parameter(
        f"""int or 'auto'

        {rows}. 'auto' is `n_samples / 25`, at least {fewest} and at most {most}{besides}.""",
        StrOptions({"auto"}),
        COUNT,
    )


def max_iter(n_steps: int, fewest_epochs: int, besides: str = "") -> Parameter:
    """Epochs, by a number of steps."""
    return Parameter(
        f"""int or 'auto'

        Number of epochs in one call to `fit`. 'auto' is as many as make about {n_steps}
        steps{besides}, at least {fewest_epochs}.""",
        StrOptions({"auto"}),
        COUNT,
    )


def mixup(architectures: Mapping[str, Any], what: str, reference: str) -> Parameter:
    """How much rows are mixed, which some architectures gain by."""
    gaining = names_in_words(architectures, lambda entry: entry.mixes_rows)
    return Parameter(
        f"""float or 'auto'

        Augmentation: each {what} and its target are mixed with another, in a proportion drawn from
        a beta distribution whose two parameters are both this number {reference}. Around 0.2 mixes
        little, 1 much, 0 not at all.
        'auto' is 0.2 for classifiers with {gaining} and 'log_loss', and 0 otherwise.""",
        StrOptions({"auto"}),
        NOT_NEGATIVE,
    )


def n_estimators(reference: str, in_threads: bool) -> Parameter:
    """How many networks are trained side by side."""
    threads = " On several cores, each has a thread of its own." if in_threads else ""
    return Parameter(
        f"""int

        Number of networks, trained side by side from different initial weights. Their raw outputs
        are averaged {reference}.{threads}""",
        COUNT,
    )
