"""The parameters of training that all networks share, and the attributes it sets."""

from numbers import Integral, Real

import numpy as np
from sklearn.metrics import get_scorer_names

from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import SOLVERS
from skdeep._estimator.parameters import Parameter, defaults_in_words, names_in_words, one_of
from skdeep._scikit_learn import Interval, Options, StrOptions

NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
COUNT = Interval(Integral, 1, None, closed="left")
FRACTION = Interval(Real, 0, 1, closed="left")


def solvers_with(parameter: str) -> str:
    """Names of the solvers that have a hyperparameter, in words."""
    return names_in_words(SOLVERS, lambda entry: parameter in entry.parameters)


SOLVER = one_of(
    SOLVERS,
    """Optimizer. {words}.""",
)

ALPHA = Parameter(
    """float

    Strength of the L2 penalty on the weights, with scikit-learn's meaning: half of alpha times the
    sum of squares, divided by the weight of the batch (its rows, or the sum of their
    `sample_weight`), is added to the loss of a batch. Its effect therefore depends on `batch_size`;
    that of `weight_decay` does not.""",
    NOT_NEGATIVE,
)

BATCH_SIZE = Parameter(
    """int or 'auto'

    Number of rows in a batch; 'auto' is `min(200, n_samples)`. Not used by 'lbfgs'.""",
    StrOptions({"auto"}),
    COUNT,
)

LEARNING_RATE = one_of(
    SCHEDULES,
    f"""Schedule of the learning rate. {{words}}. As in scikit-learn,
    {names_in_words(SCHEDULES, lambda entry: entry.follows_epochs)} act on
    {names_in_words(SOLVERS, lambda entry: entry.follows_epochs)} alone;
    {names_in_words(SCHEDULES, lambda entry: entry.is_annealed)} act on every stochastic solver,
    step by step over `max_iter` epochs.""",
)

LEARNING_RATE_INIT = Parameter(
    """float

    Initial learning rate; for 'cosine', 'one_cycle' and 'coslog', the highest. Not used by
    'lbfgs'.""",
    POSITIVE,
)

POWER_T = Parameter("float\n\nExponent of the schedule 'invscaling'.", NOT_NEGATIVE)

MAX_ITER = Parameter(
    "int\n\nLargest number of epochs (iterations of 'lbfgs') in one call to `fit`.", COUNT
)

SHUFFLE = Parameter("bool\n\nWhether rows are shuffled in every epoch.", "boolean")

RANDOM_STATE = Parameter(
    """int, RandomState instance or None

    Seed of the initial weights, shuffling, dropout and the validation split. The same int gives the
    same fit, whatever else runs; None draws a new seed. The global generators of numpy and torch
    are neither used nor changed.""",
    "random_state",
)

TOL = Parameter(
    """float

    Smallest improvement of the loss, or of the validation score with early stopping, that counts as
    one. For a regressor with `normalize_y` it refers to the loss of the standardised target (except
    with 'poisson').""",
    NOT_NEGATIVE,
)

VERBOSE = Parameter("bool or int\n\nWhether to print a line after each epoch.", "verbose")

WARM_START = Parameter(
    """bool

    Whether `fit` continues from the last fit, with the state of its solver.""",
    "boolean",
)

MOMENTUM = Parameter("float\n\nMomentum of 'sgd'.", Interval(Real, 0, 1, closed="both"))

NESTEROVS_MOMENTUM = Parameter("bool\n\nWhether 'sgd' uses Nesterov's momentum.", "boolean")

EARLY_STOPPING = Parameter(
    """bool

    Whether to stop when the score on held-out rows stops improving, and to restore the weights with
    the best score. Rows are held out of `X` unless `fit` is given `X_val`.""",
    "boolean",
)

VALIDATION_FRACTION = Parameter(
    """float

    Share of the rows to hold out for early stopping, stratified by class (except for multilabel
    targets). Rows that are equal stay together: all are held out, or none.""",
    FRACTION,
)

BETA_1 = Parameter(
    f"float\n\nDecay rate of the first moment in {solvers_with('beta_1')}.", FRACTION
)

BETA_2 = Parameter(
    f"float\n\nDecay rate of the second moment in {solvers_with('beta_2')}.", FRACTION
)

EPSILON = Parameter(
    f"float\n\nSmall number added to divisors in {solvers_with('epsilon')}.", POSITIVE
)

N_ITER_NO_CHANGE = Parameter(
    """int or inf

    Number of epochs without an improvement by `tol` after which training ends.""",
    COUNT,
    Options(Real, {np.inf}),
)

MAX_FUN = Parameter("int\n\nLargest number of evaluations of the loss by 'lbfgs'.", COUNT)

WEIGHT_DECAY = Parameter(
    f"""float or 'auto'

    Decoupled weight decay [4]_: every step multiplies the weights (not the biases) by
    one minus the learning rate times `weight_decay`, whatever the batch size. 'auto' is
    {defaults_in_words(SOLVERS, "weight_decay")}. Not used by 'lbfgs'.""",
    StrOptions({"auto"}),
    NOT_NEGATIVE,
)

L1 = Parameter(
    """float

    Strength of the L1 penalty on the weights, divided by the weight of the batch as that of `alpha`
    is.""",
    NOT_NEGATIVE,
)

GRADIENT_CLIP = Parameter(
    """float or None

    Largest norm that the gradient of a step may have; larger ones are scaled down to it. None is no
    limit. Not used by 'lbfgs'.""",
    None,
    POSITIVE,
)

_WARMED = {name: entry for name, entry in SCHEDULES.items() if entry.warmup}
WARMUP_FRACTION = Parameter(
    f"""float in [0, 1) or None

    Share of all steps in which {names_in_words(_WARMED, bool)} raise the learning rate to its peak.
    None is {", ".join(f"{entry.warmup:g} for {name!r}" for name, entry in _WARMED.items())}.""",
    None,
    FRACTION,
)

SCORING = Parameter(
    """str, callable or None

    What early stopping monitors: any scorer of scikit-learn, 'loss' for the validation loss (stored
    negated in `validation_scores_`), or None for the accuracy of a classifier and R2 of a
    regressor.""",
    None,
    StrOptions({"loss", *get_scorer_names()}),
    callable,
)

DEVICE = Parameter(
    """str

    Where to compute: 'cpu', 'cuda', 'cuda:1', ..., or 'auto' for a GPU if there is one.""",
    str,
)

DTYPE = Parameter(
    """{'auto', 'float32', 'float64'}

    Precision. 'auto' is that of `X`, as in scikit-learn: float32 for float32 input,
    float64 for all other input. float32 trains about twice as fast.""",
    StrOptions({"auto", "float32", "float64"}),
)

TRAINING_ATTRIBUTES = """
loss_ : float
    Training loss of the last epoch.
best_loss_ : float or None
    Lowest training loss; None with early stopping.
loss_curve_ : list of float
    Training loss of every epoch, weighted by `sample_weight` and with penalties.
validation_loss_curve_ : list of float or None
    Validation loss of every epoch; None without validation rows.
validation_scores_ : list of float or None
    Validation score of every epoch; None without validation rows.
best_validation_score_ : float or None
    Best validation score; None without early stopping.
n_iter_ : int
    Number of epochs of the last fit.
t_ : int
    Number of training rows seen by the solver.
n_outputs_ : int
    Number of outputs.
out_activation_ : {'softmax', 'logistic', 'identity', 'exp'}
    Activation of the output layer.
n_features_in_ : int
    Number of features seen during `fit`.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the features seen during `fit`; only if `X` has names that are all strings.
"""

TRAINING_REFERENCES = """
.. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
   arXiv:1711.05101.
.. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm restarts",
   arXiv:1608.03983.
.. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
.. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default", arXiv:2407.04491.
"""
