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

    Strength of the L2 penalty on the weights, with scikit-learn's meaning: half of alpha
    times the sum of squares, divided by the weight of the batch, is added to the loss of
    a batch. Its pull therefore depends on `batch_size`; that of `weight_decay` does not.""",
    NOT_NEGATIVE,
)

BATCH_SIZE = Parameter(
    """int or 'auto'

    Rows in a batch; 'auto' is `min(200, n_samples)`. Not used by 'lbfgs'.""",
    StrOptions({"auto"}),
    COUNT,
)

LEARNING_RATE = one_of(
    SCHEDULES,
    f"""Schedule of the learning rate. As in scikit-learn, 'invscaling' (divided by the
    `power_t`-th power of the rows seen) and 'adaptive' (divided by 5 whenever training stalls)
    act on {names_in_words(SOLVERS, lambda entry: entry.follows_epochs)} alone. 'cosine' [5]_ and
    'one_cycle' [6]_ act on every stochastic solver, step by step over `max_iter` epochs, after a
    warm-up; so does 'coslog' [7]_, without one: four cycles of cosines, each twice as long as the
    last.""",
)

LEARNING_RATE_INIT = Parameter(
    """float

    Learning rate; the peak of 'cosine', 'one_cycle' and 'coslog'. Not used by 'lbfgs'.""",
    POSITIVE,
)

POWER_T = Parameter("float\n\nExponent of 'invscaling'.", NOT_NEGATIVE)

MAX_ITER = Parameter("int\n\nMost epochs (iterations of 'lbfgs') of one call to `fit`.", COUNT)

SHUFFLE = Parameter("bool\n\nWhether rows are shuffled in every epoch.", "boolean")

RANDOM_STATE = Parameter(
    """int, RandomState instance or None

    Decides initial weights, shuffling, dropout and the validation split, through private
    generators. The same int gives the same fit, whatever else runs; None draws a fresh
    seed. Global generators are neither read nor moved.""",
    "random_state",
)

TOL = Parameter(
    """float

    Smallest improvement of the loss, or of the validation score with early stopping, that
    counts as one. For a regressor with `normalize_y` it refers to the loss of the
    standardised target ('poisson' excepted).""",
    NOT_NEGATIVE,
)

VERBOSE = Parameter("bool or int\n\nWhether to print a line an epoch.", "verbose")

WARM_START = Parameter(
    """bool

    Whether `fit` goes on from the last fit, with the memory of its solver.""",
    "boolean",
)

MOMENTUM = Parameter("float\n\nMomentum of 'sgd'.", Interval(Real, 0, 1, closed="both"))

NESTEROVS_MOMENTUM = Parameter("bool\n\nWhether the momentum of 'sgd' is Nesterov's.", "boolean")

EARLY_STOPPING = Parameter(
    """bool

    Whether to stop when the score of held-out rows stops improving, and to return to the
    weights of the best score. Rows are held out of `X` unless `fit` is given `X_val`.""",
    "boolean",
)

VALIDATION_FRACTION = Parameter(
    """float

    Part of the rows held out for early stopping, stratified by class (not for several
    labels a row). Equal rows stay on one side.""",
    FRACTION,
)

BETA_1 = Parameter(f"float\n\nDecay of the first moment of {solvers_with('beta_1')}.", FRACTION)

BETA_2 = Parameter(f"float\n\nDecay of the second moment of {solvers_with('beta_2')}.", FRACTION)

EPSILON = Parameter(f"float\n\nAdded to divisors of {solvers_with('epsilon')}.", POSITIVE)

N_ITER_NO_CHANGE = Parameter(
    """int or inf

    Epochs without an improvement by `tol` before training ends.""",
    COUNT,
    Options(Real, {np.inf}),
)

MAX_FUN = Parameter("int\n\nMost evaluations of the loss by 'lbfgs'.", COUNT)

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

    Strength of the L1 penalty on the weights; divided like `alpha`.""",
    NOT_NEGATIVE,
)

GRADIENT_CLIP = Parameter(
    """float or None

    Largest norm of the gradient of a step; longer ones are shortened to it.
    Not used by 'lbfgs'.""",
    None,
    POSITIVE,
)

WARMUP_FRACTION = Parameter(
    """float in [0, 1) or None

    Part of all steps in which 'cosine' and 'one_cycle' raise the learning rate to its
    peak; None is 0.05 and 0.3.""",
    None,
    FRACTION,
)

SCORING = Parameter(
    """str, callable or None

    What early stopping watches: any scorer of scikit-learn, 'loss' for the validation
    loss (kept negated in `validation_scores_`), or None for the accuracy of a classifier
    and R2 of a regressor.""",
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
    float64 for all other. float32 trains about twice as fast.""",
    StrOptions({"auto", "float32", "float64"}),
)

TRAINING_ATTRIBUTES = """
loss_ : float
    Training loss of the last epoch.
best_loss_ : float or None
    Lowest training loss; None with early stopping.
loss_curve_ : list of float
    Training loss of every epoch, penalties included, rows weighted.
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
    Names of the features, where `X` has names that are all strings.
"""

TRAINING_REFERENCES = """
.. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
   arXiv:1711.05101.
.. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm restarts",
   arXiv:1608.03983.
.. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
.. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default", arXiv:2407.04491.
"""
