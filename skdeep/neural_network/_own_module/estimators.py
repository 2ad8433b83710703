"""NeuralNetClassifier and NeuralNetRegressor."""

import warnings
from collections.abc import Callable
from dataclasses import KW_ONLY, replace
from functools import partial
from typing import Annotated, Any

from torch import Tensor, nn

from skdeep._engine.training.losses import CLASSIFIER_LOSSES, LOSSES, REGRESSOR_LOSSES
from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.module_maker import (
    ModuleMaker,
    adds_up,
    checked_prediction,
    module_name,
)
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import Parameter, estimator, one_of
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._own_module.base import (
    ATTRIBUTES,
    MODULE_PARAMETERS,
    REFERENCES,
    BaseNeuralNet,
)

# Losses of torch by the targets that they take.
_OF_CLASS_NUMBERS = (
    nn.CrossEntropyLoss,
    nn.NLLLoss,
    nn.MultiMarginLoss,
    nn.functional.cross_entropy,
    nn.functional.nll_loss,
)
_OF_INDICATORS = (
    nn.BCEWithLogitsLoss,
    nn.functional.binary_cross_entropy_with_logits,
)
_OF_PROBABILITIES = (nn.BCELoss, nn.functional.binary_cross_entropy)


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES, keywords=MODULE_PARAMETERS)
class NeuralNetClassifier(BaseNeuralNet, NetworkClassifier):
    """Classifier around a torch module of your own.

    Binary, multiclass and multilabel targets with labels of any type; rows of any shape.

    Parameters
    ----------
    module : type, callable or torch.nn.Module
        The network: a subclass of `torch.nn.Module`, a function that returns a module, or a module,
        of which a copy is trained from its present weights. A class or function is called with the
        `module__` parameters, and with those of the following that its signature names:
        `n_features` (`X.shape[1]`), `n_outputs` (1 for two classes or one target), `input_shape`
        (`X.shape[1:]`) and `input_shapes` (of `NamedArrays`). The forward pass takes a batch of
        rows (the arrays of `NamedArrays` by name) and returns raw outputs of shape (n, n_outputs),
        or (n,) for one output.

    outputs : {'logits', 'probabilities'}, default='logits'
        What the module returns: raw outputs, which the loss turns into probabilities, or
        probabilities, as a module that ends in `nn.Softmax` does. For two classes the module may
        have one output or two; the argument `n_outputs` is then 1 for raw outputs and 2 for
        probabilities.

    input_dtype : {'auto', 'float', 'int64'}, default='auto'
        As what type the module is given its rows. With 'auto', an `X` of integers (or such an array
        among several) is passed as int64 if the forward pass accepts the first rows so, as
        `torch.nn.Embedding` does; everything else is cast to `dtype`. 'float' casts everything to
        `dtype`. 'int64' casts whole numbers of any type, such as the output of `OrdinalEncoder`.

    loss : {'log_loss', 'hinge', 'squared_hinge', 'focal'} or callable, default='log_loss'
        Loss. 'hinge' and 'squared_hinge' are surrogates of the error rate (with the margin of
        Crammer and Singer for several classes) and give no probabilities; 'focal' gives less weight
        to rows that are classified well already. Or a loss of torch (a class, or made, with any
        reduction), or a function of raw outputs of shape (n, n_outputs) and targets: numbers of
        classes of shape (n,), or 0 and 1 of the shape of the outputs where those are single or
        labels. It returns the loss of each row, (n,), to which weights are applied; or it takes the
        weights, (n,), as a third argument and returns the loss of the batch. Where the module
        returns several tensors, a function is given all of them.

    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, multiplied with the sample weights everywhere: in the loss, the
        curves and the validation score. 'balanced' gives all classes the same total weight.

    label_smoothing : float in [0, 1), default=0.0
        Share of the target that is spread evenly over the classes, with 'log_loss'.

    focal_gamma : float, default=2.0
        Exponent of the focal loss; 0 makes it 'log_loss'.

    solver : {'adam', 'adamw', 'sgd', 'rmsprop', 'lbfgs'}, default='adam'
        Optimizer. 'adamw' is 'adam' with `weight_decay` on by default; 'lbfgs' works on all rows at
        once, suits small data, and supports early stopping.

    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights, with scikit-learn's meaning: half of alpha times
        the sum of squares, divided by the weight of the batch (its rows, or the sum of their
        `sample_weight`), is added to the loss of a batch. Its effect therefore depends on
        `batch_size`; that of `weight_decay` does not.

    batch_size : int or 'auto', default='auto'
        Number of rows in a batch; 'auto' is `min(200, n_samples)`. Not used by 'lbfgs'.

    learning_rate : {'constant', 'invscaling', 'adaptive', 'cosine', 'one_cycle', 'coslog'}, \
default='constant'
        Schedule of the learning rate. 'invscaling' divides it by the `power_t`-th power of the rows
        seen; 'adaptive' divides it by 5 whenever training stalls; 'cosine' [5]_ falls along half a
        cosine, after a warm-up in a straight line; 'one_cycle' [6]_ rises and falls along halves of
        cosines; 'coslog' [7]_ is four cycles of cosines, each twice as long as the last. As in
        scikit-learn, 'invscaling' and 'adaptive' act on 'sgd' and 'rmsprop' alone; 'cosine',
        'one_cycle' and 'coslog' act on every stochastic solver, step by step over `max_iter`
        epochs.

    learning_rate_init : float, default=0.001
        Initial learning rate; for 'cosine', 'one_cycle' and 'coslog', the highest. Not used by
        'lbfgs'.

    power_t : float, default=0.5
        Exponent of the schedule 'invscaling'.

    max_iter : int, default=200
        Largest number of epochs (iterations of 'lbfgs') in one call to `fit`.

    shuffle : bool, default=True
        Whether rows are shuffled in every epoch.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, shuffling, dropout and the validation split. The same int gives
        the same fit, whatever else runs; None draws a new seed. The global generators of numpy and
        torch are neither used nor changed.

    tol : float, default=0.0001
        Smallest improvement of the loss, or of the validation score with early stopping, that
        counts as one. For a regressor with `normalize_y` it refers to the loss of the standardised
        target (except with 'poisson').

    verbose : bool or int, default=False
        Whether to print a line after each epoch.

    warm_start : bool, default=False
        Whether `fit` continues from the last fit, with the state of its solver.

    momentum : float, default=0.9
        Momentum of 'sgd'.

    nesterovs_momentum : bool, default=True
        Whether 'sgd' uses Nesterov's momentum.

    early_stopping : bool, default=False
        Whether to stop when the score on held-out rows stops improving, and to restore the weights
        with the best score. Rows are held out of `X` unless `fit` is given `X_val`.

    validation_fraction : float, default=0.1
        Share of the rows to hold out for early stopping, stratified by class (except for multilabel
        targets). Rows that are equal stay together: all are held out, or none.

    beta_1 : float, default=0.9
        Decay rate of the first moment in 'adam' and 'adamw'.

    beta_2 : float, default=0.999
        Decay rate of the second moment in 'adam' and 'adamw'.

    epsilon : float, default=1e-08
        Small number added to divisors in 'adam', 'adamw' and 'rmsprop'.

    n_iter_no_change : int or inf, default=10
        Number of epochs without an improvement by `tol` after which training ends.

    max_fun : int, default=15000
        Largest number of evaluations of the loss by 'lbfgs'.

    weight_decay : float or 'auto', default='auto'
        Decoupled weight decay [4]_: every step multiplies the weights (not the biases) by one minus
        the learning rate times `weight_decay`, whatever the batch size. 'auto' is 0.01 for 'adamw'
        and 0 for others. Not used by 'lbfgs'.

    l1 : float, default=0.0
        Strength of the L1 penalty on the weights, divided by the weight of the batch as that of
        `alpha` is.

    gradient_clip : float or None, default=None
        Largest norm that the gradient of a step may have; larger ones are scaled down to it. None
        is no limit. Not used by 'lbfgs'.

    warmup_fraction : float in [0, 1) or None, default=None
        Share of all steps in which 'cosine' and 'one_cycle' raise the learning rate to its peak.
        None is 0.05 for 'cosine', 0.3 for 'one_cycle'.

    scoring : str, callable or None, default=None
        What early stopping monitors: any scorer of scikit-learn, 'loss' for the validation loss
        (stored negated in `validation_scores_`), or None for the accuracy of a classifier and R2 of
        a regressor.

    device : str, default='auto'
        Where to compute: 'cpu', 'cuda', 'cuda:1', ..., or 'auto' for a GPU if there is one.

    dtype : {'float32', 'float64', 'auto'}, default='float32'
        Precision of the parameters of the module, and of its rows where they are not integers.
        'auto' is that of `X`.

    **module_parameters : dict
        `module__x` is the argument `x` of `module`, in the constructor, in `set_params` and in
        searches.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels; the columns of `predict_proba`.
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
    module_ : torch.nn.Module
        A copy of the fitted module, on the CPU in eval mode.

    See Also
    --------
    NeuralNetRegressor : Regressor around a torch module of your own.
    MLPClassifier : Multi-layer perceptron classifier.

    References
    ----------
    .. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
       arXiv:1711.05101.
    .. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm
       restarts", arXiv:1608.03983.
    .. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
    .. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default",
       arXiv:2407.04491.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from torch import nn
    >>> from skdeep.neural_network import NeuralNetClassifier
    >>> class Net(nn.Sequential):
    ...     def __init__(self, n_features, n_outputs, units=20):
    ...         layers = nn.Linear(n_features, units), nn.ReLU(), nn.Linear(units, n_outputs)
    ...         super().__init__(*layers)
    >>> X, y = load_iris(return_X_y=True)
    >>> net = NeuralNetClassifier(Net, module__units=50, solver="lbfgs", random_state=0)
    >>> make_pipeline(StandardScaler(), net).fit(X, y).predict(X[[0, 60, 120]])
    array([0, 1, 2])
    """

    _: KW_ONLY
    loss: Annotated[
        str | Callable[..., Tensor],
        one_of(
            {name: LOSSES[name] for name in CLASSIFIER_LOSSES},
            """Loss. {words}. Or a loss of torch (a class, or made, with any reduction), or a
            function of raw outputs of shape (n, n_outputs) and targets: numbers of classes of shape
            (n,), or 0 and 1 of the shape of the outputs where those are single or labels. It
            returns the loss of each row, (n,), to which weights are applied; or it takes the
            weights, (n,), as a third argument and returns the loss of the batch. Where the module
            returns several tensors, a function is given all of them.""",
            callable,
            also=" or callable",
        ),
    ] = "log_loss"  # type: ignore[assignment]  # a function too
    outputs: Annotated[
        str,
        Parameter(
            """{'logits', 'probabilities'}

            What the module returns: raw outputs, which the loss turns into probabilities, or
            probabilities, as a module that ends in `nn.Softmax` does. For two classes the module
            may have one output or two; the argument `n_outputs` is then 1 for raw outputs and 2 for
            probabilities.""",
            StrOptions({"logits", "probabilities"}),
        ),
    ] = "logits"

    def __init__(
        self,
        module: Any,
        *,
        outputs: str = "logits",
        input_dtype: str = "auto",
        loss: str | Callable[..., Tensor] = "log_loss",
        class_weight: dict[Any, float] | str | None = None,
        label_smoothing: float = 0.0,
        focal_gamma: float = 2.0,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 0.0001,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-08,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        weight_decay: float | str = "auto",
        l1: float = 0.0,
        gradient_clip: float | None = None,
        warmup_fraction: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        device: str = "auto",
        dtype: str = "float32",
        **module_parameters: Any,
    ) -> None:
        self.module = module
        self.outputs = outputs
        self.input_dtype = input_dtype
        self.loss = loss
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.focal_gamma = focal_gamma
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.weight_decay = weight_decay
        self.l1 = l1
        self.gradient_clip = gradient_clip
        self.warmup_fraction = warmup_fraction
        self.scoring = scoring
        self.device = device
        self.dtype = dtype
        self._module_parameters = self._checked_module_parameters(module_parameters)

    @property
    def _n_outputs_expected(self) -> tuple[int, ...]:
        if self._target.kind == "multilabel" or len(self._target.classes_) > 2:
            return (self._target.n_outputs,)
        if _is_one_of(self.loss, _OF_CLASS_NUMBERS):
            return (2,)
        if _is_one_of(self.loss, _OF_INDICATORS):
            return (1,)
        return (1, 2) if self.outputs == "logits" else (2, 1)

    @property
    def _target_in_words(self) -> str:
        kind = "labels" if self._target.kind == "multilabel" else "classes"
        return f"{len(self._target.classes_)} {kind}"

    @property
    def _choices(self) -> tuple[Any, ...]:
        return *super()._choices, self.outputs

    def _check_combinations(self) -> None:
        if _is_one_of(self.loss, _OF_PROBABILITIES):
            raise ValueError(
                f"loss={self.loss!r} takes probabilities, and losses are given raw outputs. Use "
                "loss='log_loss', with outputs='probabilities' for a module that ends in a sigmoid."
            )

    def _with_outputs(self, maker: ModuleMaker, outputs: Any, n_rows: int) -> ModuleMaker:
        maker = super()._with_outputs(maker, outputs, n_rows)
        several = maker.n_outputs > 1 and self._target.kind != "multilabel"
        if self.outputs == "logits":
            if several and adds_up(checked_prediction(outputs, maker)):
                warnings.warn(
                    f"The outputs of module={module_name(self.module)} add up to 1 in every row: "
                    "if they are probabilities, set outputs='probabilities'.",
                    stacklevel=9,
                )
            return maker
        return replace(maker, probabilities="softmax" if several else "logistic")


@estimator(attributes=ATTRIBUTES, references=REFERENCES, keywords=MODULE_PARAMETERS)
class NeuralNetRegressor(BaseNeuralNet, NetworkRegressor):
    """Regressor around a torch module of your own.

    One or several targets; rows of any shape.

    Parameters
    ----------
    module : type, callable or torch.nn.Module
        The network: a subclass of `torch.nn.Module`, a function that returns a module, or a module,
        of which a copy is trained from its present weights. A class or function is called with the
        `module__` parameters, and with those of the following that its signature names:
        `n_features` (`X.shape[1]`), `n_outputs` (1 for two classes or one target), `input_shape`
        (`X.shape[1:]`) and `input_shapes` (of `NamedArrays`). The forward pass takes a batch of
        rows (the arrays of `NamedArrays` by name) and returns raw outputs of shape (n, n_outputs),
        or (n,) for one output.

    input_dtype : {'auto', 'float', 'int64'}, default='auto'
        As what type the module is given its rows. With 'auto', an `X` of integers (or such an array
        among several) is passed as int64 if the forward pass accepts the first rows so, as
        `torch.nn.Embedding` does; everything else is cast to `dtype`. 'float' casts everything to
        `dtype`. 'int64' casts whole numbers of any type, such as the output of `OrdinalEncoder`.

    loss : {'squared_error', 'absolute_error', 'huber', 'poisson', 'gamma', 'quantile'} or \
callable, default='squared_error'
        Loss. 'squared_error' is half the squared error; 'huber' is that up to a residual of
        `huber_delta`, and linear beyond; 'poisson' is half the Poisson deviance (the network then
        predicts the logarithm); 'gamma' is half the gamma deviance (of the logarithm too);
        'quantile' is the pinball loss. Or a loss of torch (a class, or made, with any reduction),
        or a function of raw outputs and targets (standardised with `normalize_y`), both of shape
        (n, n_outputs), which returns the loss of each row, (n,), or number, to which weights are
        applied; or it takes the weights, (n,), as a third argument and returns the loss of the
        batch. Where the module returns several tensors, a function is given all of them.

    normalize_y : bool, default=True
        Whether the network learns the standardised y (for 'poisson' and 'gamma', y divided by its
        mean), by the weighted mean and standard deviation of the training rows (in `partial_fit`,
        of those of the first call). Predictions are in the units of y. False is what scikit-learn
        does.

    huber_delta : float, default=1.0
        Residual beyond which 'huber' is linear, in standard deviations of y with `normalize_y`,
        else in the units of y.

    quantile : float in (0, 1), default=0.5
        The quantile that the loss 'quantile' estimates.

    solver : {'adam', 'adamw', 'sgd', 'rmsprop', 'lbfgs'}, default='adam'
        Optimizer. 'adamw' is 'adam' with `weight_decay` on by default; 'lbfgs' works on all rows at
        once, suits small data, and supports early stopping.

    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights, with scikit-learn's meaning: half of alpha times
        the sum of squares, divided by the weight of the batch (its rows, or the sum of their
        `sample_weight`), is added to the loss of a batch. Its effect therefore depends on
        `batch_size`; that of `weight_decay` does not.

    batch_size : int or 'auto', default='auto'
        Number of rows in a batch; 'auto' is `min(200, n_samples)`. Not used by 'lbfgs'.

    learning_rate : {'constant', 'invscaling', 'adaptive', 'cosine', 'one_cycle', 'coslog'}, \
default='constant'
        Schedule of the learning rate. 'invscaling' divides it by the `power_t`-th power of the rows
        seen; 'adaptive' divides it by 5 whenever training stalls; 'cosine' [5]_ falls along half a
        cosine, after a warm-up in a straight line; 'one_cycle' [6]_ rises and falls along halves of
        cosines; 'coslog' [7]_ is four cycles of cosines, each twice as long as the last. As in
        scikit-learn, 'invscaling' and 'adaptive' act on 'sgd' and 'rmsprop' alone; 'cosine',
        'one_cycle' and 'coslog' act on every stochastic solver, step by step over `max_iter`
        epochs.

    learning_rate_init : float, default=0.001
        Initial learning rate; for 'cosine', 'one_cycle' and 'coslog', the highest. Not used by
        'lbfgs'.

    power_t : float, default=0.5
        Exponent of the schedule 'invscaling'.

    max_iter : int, default=200
        Largest number of epochs (iterations of 'lbfgs') in one call to `fit`.

    shuffle : bool, default=True
        Whether rows are shuffled in every epoch.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, shuffling, dropout and the validation split. The same int gives
        the same fit, whatever else runs; None draws a new seed. The global generators of numpy and
        torch are neither used nor changed.

    tol : float, default=0.0001
        Smallest improvement of the loss, or of the validation score with early stopping, that
        counts as one. For a regressor with `normalize_y` it refers to the loss of the standardised
        target (except with 'poisson').

    verbose : bool or int, default=False
        Whether to print a line after each epoch.

    warm_start : bool, default=False
        Whether `fit` continues from the last fit, with the state of its solver.

    momentum : float, default=0.9
        Momentum of 'sgd'.

    nesterovs_momentum : bool, default=True
        Whether 'sgd' uses Nesterov's momentum.

    early_stopping : bool, default=False
        Whether to stop when the score on held-out rows stops improving, and to restore the weights
        with the best score. Rows are held out of `X` unless `fit` is given `X_val`.

    validation_fraction : float, default=0.1
        Share of the rows to hold out for early stopping, stratified by class (except for multilabel
        targets). Rows that are equal stay together: all are held out, or none.

    beta_1 : float, default=0.9
        Decay rate of the first moment in 'adam' and 'adamw'.

    beta_2 : float, default=0.999
        Decay rate of the second moment in 'adam' and 'adamw'.

    epsilon : float, default=1e-08
        Small number added to divisors in 'adam', 'adamw' and 'rmsprop'.

    n_iter_no_change : int or inf, default=10
        Number of epochs without an improvement by `tol` after which training ends.

    max_fun : int, default=15000
        Largest number of evaluations of the loss by 'lbfgs'.

    weight_decay : float or 'auto', default='auto'
        Decoupled weight decay [4]_: every step multiplies the weights (not the biases) by one minus
        the learning rate times `weight_decay`, whatever the batch size. 'auto' is 0.01 for 'adamw'
        and 0 for others. Not used by 'lbfgs'.

    l1 : float, default=0.0
        Strength of the L1 penalty on the weights, divided by the weight of the batch as that of
        `alpha` is.

    gradient_clip : float or None, default=None
        Largest norm that the gradient of a step may have; larger ones are scaled down to it. None
        is no limit. Not used by 'lbfgs'.

    warmup_fraction : float in [0, 1) or None, default=None
        Share of all steps in which 'cosine' and 'one_cycle' raise the learning rate to its peak.
        None is 0.05 for 'cosine', 0.3 for 'one_cycle'.

    scoring : str, callable or None, default=None
        What early stopping monitors: any scorer of scikit-learn, 'loss' for the validation loss
        (stored negated in `validation_scores_`), or None for the accuracy of a classifier and R2 of
        a regressor.

    device : str, default='auto'
        Where to compute: 'cpu', 'cuda', 'cuda:1', ..., or 'auto' for a GPU if there is one.

    dtype : {'float32', 'float64', 'auto'}, default='float32'
        Precision of the parameters of the module, and of its rows where they are not integers.
        'auto' is that of `X`.

    **module_parameters : dict
        `module__x` is the argument `x` of `module`, in the constructor, in `set_params` and in
        searches.

    Attributes
    ----------
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
    module_ : torch.nn.Module
        A copy of the fitted module, on the CPU in eval mode.

    See Also
    --------
    NeuralNetClassifier : Classifier around a torch module of your own.
    MLPRegressor : Multi-layer perceptron regressor.

    Notes
    -----
    With `normalize_y` the module learns the standardised target: `module_` returns it, and
    `predict` puts it into the units of y.

    References
    ----------
    .. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
       arXiv:1711.05101.
    .. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm
       restarts", arXiv:1608.03983.
    .. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
    .. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default",
       arXiv:2407.04491.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from torch import nn
    >>> from skdeep.neural_network import NeuralNetRegressor
    >>> class Net(nn.Sequential):
    ...     def __init__(self, n_features, n_outputs, units=20):
    ...         layers = nn.Linear(n_features, units), nn.Tanh(), nn.Linear(units, n_outputs)
    ...         super().__init__(*layers)
    >>> X, y = load_diabetes(return_X_y=True)
    >>> net = NeuralNetRegressor(Net, solver="lbfgs", alpha=10.0, max_iter=500, random_state=0)
    >>> bool(make_pipeline(StandardScaler(), net).fit(X, y).score(X, y) > 0.5)
    True
    """

    _: KW_ONLY
    loss: Annotated[
        str | Callable[..., Tensor],
        one_of(
            {name: LOSSES[name] for name in REGRESSOR_LOSSES},
            """Loss. {words}. Or a loss of
            torch (a class, or made, with any reduction), or a function of raw outputs and targets
            (standardised with `normalize_y`), both of shape (n, n_outputs), which returns the
            loss of each row, (n,), or number, to which weights are applied; or it takes the
            weights, (n,), as a third argument and returns the loss of the batch. Where the module
            returns several tensors, a function is given all of them.""",
            callable,
            also=" or callable",
        ),
    ] = "squared_error"  # type: ignore[assignment]  # a function too

    def __init__(
        self,
        module: Any,
        *,
        input_dtype: str = "auto",
        loss: str | Callable[..., Tensor] = "squared_error",
        normalize_y: bool = True,
        huber_delta: float = 1.0,
        quantile: float = 0.5,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 0.0001,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-08,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        weight_decay: float | str = "auto",
        l1: float = 0.0,
        gradient_clip: float | None = None,
        warmup_fraction: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        device: str = "auto",
        dtype: str = "float32",
        **module_parameters: Any,
    ) -> None:
        self.module = module
        self.input_dtype = input_dtype
        self.loss = loss
        self.normalize_y = normalize_y
        self.huber_delta = huber_delta
        self.quantile = quantile
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.weight_decay = weight_decay
        self.l1 = l1
        self.gradient_clip = gradient_clip
        self.warmup_fraction = warmup_fraction
        self.scoring = scoring
        self.device = device
        self.dtype = dtype
        self._module_parameters = self._checked_module_parameters(module_parameters)

    @property
    def _n_outputs_expected(self) -> tuple[int, ...]:
        return (self._target.n_outputs,)

    @property
    def _target_in_words(self) -> str:
        return f"{self._target.n_outputs} target(s)"


def _is_one_of(loss: Any, known: tuple[Any, ...]) -> bool:
    """Whether a loss is one of some classes and functions, or made from one."""
    function = loss.func if isinstance(loss, partial) else loss
    return function in known or type(function) in known
