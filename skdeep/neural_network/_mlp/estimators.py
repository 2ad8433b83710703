"""MLPClassifier and MLPRegressor."""

from collections.abc import Callable
from typing import Any

from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator
from skdeep.neural_network._mlp.base import ATTRIBUTES, REFERENCES, BaseMLP


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES)
class MLPClassifier(BaseMLP, NetworkClassifier):
    """Multi-layer perceptron classifier.

    A drop-in for scikit-learn's class of that name, trained by torch: it has every parameter,
    fitted attribute and method of scikit-learn's class, with the same meaning, and further options
    that users have asked for. Binary, multiclass and multilabel targets with labels of any type.

    Parameters
    ----------
    hidden_layer_sizes : array-like of shape (n_layers - 2,) or int, default=(100,)
        Number of units in each hidden layer.

    activation : {'identity', 'logistic', 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', 'gelu', \
'silu', 'mish'}, default='relu'
        Activation function of the hidden layers. 'identity' makes the network linear; 'leaky_relu'
        has slope 0.01 left of 0; 'selu' is 'elu' scaled so that signals keep mean 0 and variance 1;
        'gelu' is z times the normal distribution function of z; 'silu' is z times the logistic
        function of z; 'mish' is z times the hyperbolic tangent of log(1 + exp(z)).

    weight_init : {'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal', 'orthogonal'}, \
default='glorot_uniform'
        How initial weights are drawn [2]_ [3]_; 'orthogonal' draws orthonormal rows or columns,
        whichever are fewer. The default is scikit-learn's.

    dropout : float in [0, 1), default=0.0
        Probability of dropping a hidden unit in a training step. Not for 'lbfgs'.

    loss : {'log_loss', 'hinge', 'squared_hinge', 'focal'}, default='log_loss'
        Loss. 'hinge' and 'squared_hinge' are surrogates of the error rate (with the margin of
        Crammer and Singer for several classes) and give no probabilities; 'focal' gives less weight
        to rows that are classified well already.

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

    dtype : {'auto', 'float32', 'float64'}, default='auto'
        Precision. 'auto' is that of `X`, as in scikit-learn: float32 for float32 input, float64 for
        all other input. float32 trains about twice as fast.

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
    coefs_ : list of ndarray of shape (fan_in, fan_out)
        Weights of the layers.
    intercepts_ : list of ndarray of shape (fan_out,)
        Biases of the layers.
    n_layers_ : int
        Number of layers, input and output included.
    module_ : torch.nn.Module
        The network as a torch module in eval mode, built on demand; it returns raw outputs.

    See Also
    --------
    MLPRegressor : Multi-layer perceptron regressor.

    Notes
    -----
    The network is trained by backpropagation [1]_ written by hand on one flat buffer of
    parameters, without a graph of operations. Data stay on the device; a batch is a gather of
    rows.

    References
    ----------
    .. [1] D. Rumelhart, G. Hinton and R. Williams (1986), "Learning representations by
       back-propagating errors", Nature 323.
    .. [2] X. Glorot and Y. Bengio (2010), "Understanding the difficulty of training deep
       feedforward neural networks", AISTATS.
    .. [3] K. He et al. (2015), "Delving deep into rectifiers", arXiv:1502.01852.
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
    >>> from skdeep.neural_network import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(
    ...     StandardScaler(), MLPClassifier((50,), solver="lbfgs", alpha=1.0, random_state=0)
    ... )
    >>> model.fit(X, y).predict(X[[0, 60, 120]])
    array([0, 1, 2])
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        weight_init: str = "glorot_uniform",
        dropout: float = 0.0,
        loss: str = "log_loss",
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
        dtype: str = "auto",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.weight_init = weight_init
        self.dropout = dropout
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


@estimator(attributes=ATTRIBUTES, references=REFERENCES)
class MLPRegressor(BaseMLP, NetworkRegressor):
    """Multi-layer perceptron regressor.

    A drop-in for scikit-learn's class of that name, trained by torch: it has every parameter,
    fitted attribute and method of scikit-learn's class, with the same meaning, and further options
    that users have asked for. One or several targets. `loss` is keyword-only, so that the first
    positional argument is `hidden_layer_sizes`, as in `MLPRegressor((100,))`.

    Parameters
    ----------
    hidden_layer_sizes : array-like of shape (n_layers - 2,) or int, default=(100,)
        Number of units in each hidden layer.

    activation : {'identity', 'logistic', 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', 'gelu', \
'silu', 'mish'}, default='relu'
        Activation function of the hidden layers. 'identity' makes the network linear; 'leaky_relu'
        has slope 0.01 left of 0; 'selu' is 'elu' scaled so that signals keep mean 0 and variance 1;
        'gelu' is z times the normal distribution function of z; 'silu' is z times the logistic
        function of z; 'mish' is z times the hyperbolic tangent of log(1 + exp(z)).

    weight_init : {'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal', 'orthogonal'}, \
default='glorot_uniform'
        How initial weights are drawn [2]_ [3]_; 'orthogonal' draws orthonormal rows or columns,
        whichever are fewer. The default is scikit-learn's.

    dropout : float in [0, 1), default=0.0
        Probability of dropping a hidden unit in a training step. Not for 'lbfgs'.

    loss : {'squared_error', 'absolute_error', 'huber', 'poisson', 'gamma', 'quantile'}, \
default='squared_error'
        Loss. 'squared_error' is half the squared error; 'huber' is that up to a residual of
        `huber_delta`, and linear beyond; 'poisson' is half the Poisson deviance (the network then
        predicts the logarithm); 'gamma' is half the gamma deviance (of the logarithm too);
        'quantile' is the pinball loss.

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

    dtype : {'auto', 'float32', 'float64'}, default='auto'
        Precision. 'auto' is that of `X`, as in scikit-learn: float32 for float32 input, float64 for
        all other input. float32 trains about twice as fast.

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
    coefs_ : list of ndarray of shape (fan_in, fan_out)
        Weights of the layers.
    intercepts_ : list of ndarray of shape (fan_out,)
        Biases of the layers.
    n_layers_ : int
        Number of layers, input and output included.
    module_ : torch.nn.Module
        The network as a torch module in eval mode, built on demand; it returns raw outputs.

    See Also
    --------
    MLPClassifier : Multi-layer perceptron classifier.

    Notes
    -----
    With `normalize_y` the network learns the standardised target; `coefs_`, `intercepts_`, the
    losses and their curves are in the units of y all the same.

    References
    ----------
    .. [1] D. Rumelhart, G. Hinton and R. Williams (1986), "Learning representations by
       back-propagating errors", Nature 323.
    .. [2] X. Glorot and Y. Bengio (2010), "Understanding the difficulty of training deep
       feedforward neural networks", AISTATS.
    .. [3] K. He et al. (2015), "Delving deep into rectifiers", arXiv:1502.01852.
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
    >>> from skdeep.neural_network import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = make_pipeline(
    ...     StandardScaler(), MLPRegressor((50,), max_iter=500, tol=1e-3, random_state=0)
    ... )
    >>> bool(model.fit(X, y).score(X, y) > 0.5)
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        weight_init: str = "glorot_uniform",
        dropout: float = 0.0,
        loss: str = "squared_error",
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
        dtype: str = "auto",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.weight_init = weight_init
        self.dropout = dropout
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
