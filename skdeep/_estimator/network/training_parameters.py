"""The parameters of training that all networks share, and the attributes it sets."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from numbers import Integral, Real
from typing import Annotated, Any

import numpy as np
from sklearn.metrics import get_scorer_names

from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import SOLVERS
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval, Options, StrOptions

NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
COUNT = Interval(Integral, 1, None, closed="left")
FRACTION = Interval(Real, 0, 1, closed="left")


@estimator
class TrainingParameters:
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    solver: Annotated[
        str,
        Parameter(
            """{'adam', 'adamw', 'sgd', 'rmsprop', 'lbfgs'}

            Optimizer. 'adamw' is 'adam' with `weight_decay` on by default; 'lbfgs' works on all
            rows at once, suits small data, and heeds early stopping.""",
            StrOptions(set(SOLVERS)),
        ),
    ] = "adam"
    alpha: Annotated[
        float,
        Parameter(
            """float

            Strength of the L2 penalty on the weights, with scikit-learn's meaning: half of alpha
            times the sum of squares, divided by the weight of the batch, is added to the loss of
            a batch. Its pull therefore hangs on `batch_size`; that of `weight_decay` does not.""",
            NOT_NEGATIVE,
        ),
    ] = 0.0001
    batch_size: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Rows in a batch; 'auto' is `min(200, n_samples)`. Not used by 'lbfgs'.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    learning_rate: Annotated[
        str,
        Parameter(
            """{'constant', 'invscaling', 'adaptive', 'cosine', 'one_cycle', 'coslog'}

            Schedule of the learning rate. As in scikit-learn, 'invscaling' (divided by the
            `power_t`-th power of the rows seen) and 'adaptive' (divided by 5 whenever training
            stalls) act on 'sgd' (and 'rmsprop') alone. 'cosine' [5]_ and 'one_cycle' [6]_ act on
            every stochastic solver, step by step over `max_iter` epochs, after a warm-up; so does
            'coslog' [7]_, without one: four cycles of cosines, each twice as long as the last.""",
            StrOptions(set(SCHEDULES)),
        ),
    ] = "constant"
    learning_rate_init: Annotated[
        float,
        Parameter(
            """float

            Learning rate; the peak of 'cosine', 'one_cycle' and 'coslog'. Not used by 'lbfgs'.""",
            POSITIVE,
        ),
    ] = 0.001
    power_t: Annotated[float, Parameter("float\n\nExponent of 'invscaling'.", NOT_NEGATIVE)] = 0.5
    max_iter: Annotated[
        int,
        Parameter("int\n\nMost epochs (iterations of 'lbfgs') of one call to `fit`.", COUNT),
    ] = 200
    shuffle: Annotated[
        bool, Parameter("bool\n\nWhether rows are shuffled in every epoch.", "boolean")
    ] = True
    random_state: Annotated[
        Any,
        Parameter(
            """int, RandomState instance or None

            Decides initial weights, shuffling, dropout and the validation split, through private
            generators. The same int gives the same fit, whatever else runs; None draws a fresh
            seed. Global generators are neither read nor moved.""",
            "random_state",
        ),
    ] = None
    tol: Annotated[
        float,
        Parameter(
            """float

            Smallest improvement of the loss, or of the validation score with early stopping, that
            counts as one. For a regressor with `normalize_y` it refers to the loss of the
            standardised target ('poisson' excepted).""",
            NOT_NEGATIVE,
        ),
    ] = 1e-4
    verbose: Annotated[
        bool, Parameter("bool or int\n\nWhether to print a line an epoch.", "verbose")
    ] = False
    warm_start: Annotated[
        bool,
        Parameter(
            """bool

            Whether `fit` goes on from the last fit, with the memory of its solver.""",
            "boolean",
        ),
    ] = False
    momentum: Annotated[
        float, Parameter("float\n\nMomentum of 'sgd'.", Interval(Real, 0, 1, closed="both"))
    ] = 0.9
    nesterovs_momentum: Annotated[
        bool, Parameter("bool\n\nWhether the momentum of 'sgd' is Nesterov's.", "boolean")
    ] = True
    early_stopping: Annotated[
        bool,
        Parameter(
            """bool

            Whether to stop when the score of held-out rows stops improving, and to return to the
            weights of the best score. Rows are held out of `X` unless `fit` is given `X_val`.""",
            "boolean",
        ),
    ] = False
    validation_fraction: Annotated[
        float,
        Parameter(
            """float

            Part of the rows held out for early stopping, stratified by class (not for several
            labels a row). Equal rows stay on one side.""",
            FRACTION,
        ),
    ] = 0.1
    beta_1: Annotated[
        float, Parameter("float\n\nDecay of the first moment of 'adam' and 'adamw'.", FRACTION)
    ] = 0.9
    beta_2: Annotated[
        float, Parameter("float\n\nDecay of the second moment of 'adam' and 'adamw'.", FRACTION)
    ] = 0.999
    epsilon: Annotated[
        float,
        Parameter("float\n\nAdded to divisors of 'adam', 'adamw' and 'rmsprop'.", POSITIVE),
    ] = 1e-8
    n_iter_no_change: Annotated[
        float,
        Parameter(
            """int or inf

            Epochs without an improvement by `tol` before training ends.""",
            COUNT,
            Options(Real, {np.inf}),
        ),
    ] = 10
    max_fun: Annotated[int, Parameter("int\n\nMost evaluations of the loss by 'lbfgs'.", COUNT)] = (
        15000
    )
    weight_decay: Annotated[
        float | str,
        Parameter(
            """float or 'auto'

            Decoupled weight decay [4]_: every step multiplies the weights (not the biases) by
            one minus the learning rate times `weight_decay`, whatever the batch size. 'auto' is
            0.01 for 'adamw' and 0 otherwise. Not used by 'lbfgs'.""",
            StrOptions({"auto"}),
            NOT_NEGATIVE,
        ),
    ] = "auto"
    l1: Annotated[
        float,
        Parameter(
            """float

            Strength of the L1 penalty on the weights; divided like `alpha`.""",
            NOT_NEGATIVE,
        ),
    ] = 0.0
    gradient_clip: Annotated[
        float | None,
        Parameter(
            """float or None

            Largest norm of the gradient of a step; longer ones are shortened to it.
            Not used by 'lbfgs'.""",
            None,
            POSITIVE,
        ),
    ] = None
    warmup_fraction: Annotated[
        float | None,
        Parameter(
            """float in [0, 1) or None

            Part of all steps in which 'cosine' and 'one_cycle' raise the learning rate to its
            peak; None is 0.05 and 0.3.""",
            None,
            FRACTION,
        ),
    ] = None
    scoring: Annotated[
        str | Callable[..., float] | None,
        Parameter(
            """str, callable or None

            What early stopping watches: any scorer of scikit-learn, 'loss' for the validation
            loss (kept negated in `validation_scores_`), or None for the accuracy of a classifier
            and R2 of a regressor.""",
            None,
            StrOptions({"loss", *get_scorer_names()}),
            callable,
        ),
    ] = None
    device: Annotated[
        str,
        Parameter(
            """str

            Where to compute: 'cpu', 'cuda', 'cuda:1', ..., or 'auto' for a GPU if there is one.""",
            str,
        ),
    ] = "auto"
    dtype: Annotated[
        str,
        Parameter(
            """{'auto', 'float32', 'float64'}

            Precision. 'auto' is that of `X`, as in scikit-learn: float32 for float32 input,
            float64 for all other. float32 trains about twice as fast.""",
            StrOptions({"auto", "float32", "float64"}),
        ),
    ] = "auto"


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
