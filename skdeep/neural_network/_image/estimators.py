"""ImageClassifier and ImageRegressor."""

from collections.abc import Callable
from typing import Any

from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator
from skdeep.neural_network._image.base import ATTRIBUTES, REFERENCES, BaseImage


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES)
class ImageClassifier(BaseImage, NetworkClassifier):
    """Classifier of images.

    A convolutional network, a perceptron or a Transformer, small enough for a few thousand images
    and a CPU. Channels are standardised.

    Parameters
    ----------
    image_shape : tuple of int or None, default=None
        (height, width) or (height, width, channels) of the images, needed where `X` holds flat rows
        of pixels: row by row, the channels of a pixel side by side. None reads flat rows as images
        of height 1.

    architecture : {'cnn', 'mlp', 'vit'}, default='cnn'
        What reads the image: 'cnn' is residual blocks of convolutions [8]_; 'mlp' is layers of
        units that see all pixels; 'vit' is blocks of attention over patches [9]_.

    width : int or 'auto', default='auto'
        Number of features of a pixel or patch, or of units in a layer. 'auto' is 16 for 'cnn', 256
        for 'mlp' and 64 for 'vit'; every stage of 'cnn' doubles it.

    depth : int or 'auto', default='auto'
        Number of stages, blocks or layers. 'auto' is 2 for 'mlp' and 4 for 'vit'; 'cnn' halves the
        image in every stage, 2 to 4 times, until 8 pixels or fewer are left along the longer side.

    patch_size : int or 'auto', default='auto'
        Height and width of the patches of 'vit'; 'cnn' first takes the mean of each such patch.
        Along the longer side 'auto' makes at most 8 patches, of 2 pixels or more, for 'vit', and
        leaves at most 64 pixels for 'cnn'. Not used by 'mlp'.

    n_heads : int, default=4
        Number of attention heads of 'vit', which divide `width` among them.

    dropout : float in [0, 1), default=0.0
        Share of the features of the image, and of those between layers of 'mlp' and 'vit', that are
        dropped in training.

    n_estimators : int, default=2
        Number of networks, trained side by side from different initial weights. Their raw outputs
        are averaged [11]_. On several cores, each has a thread of its own.

    shift : float in [0, 1) or 'auto', default='auto'
        Augmentation: how far images are moved at most in training, as a share of the height and of
        the width, in whole pixels; edges are repeated. 'auto' is 0.1, and 0 for 'vit', for 'lbfgs'
        and for images of height 1.

    crop : float in [0, 1), default=0.0
        Augmentation: largest share of the height and of the width that is cut off in training; what
        is left is stretched to the full size.

    flip : bool, default=False
        Augmentation: whether images are mirrored, left to right, half of the time in training. Not
        for digits and letters, which mirroring turns into others.

    cutout : float in [0, 1), default=0.0
        Augmentation: size of a patch that is set to the mean in training, as a share of the height
        and of the width [10]_.

    mixup : float or 'auto', default='auto'
        Augmentation: each image and its target are mixed with another, in a proportion drawn from a
        beta distribution whose two parameters are both this number [12]_. Around 0.2 mixes little,
        1 much, 0 not at all. 'auto' is 0.2 for classifiers with 'cnn' and 'log_loss', and 0
        otherwise.

    test_time_augmentation : bool, default=False
        Whether to predict from the mean raw outputs of several views: the image, with `shift` the
        image moved by one pixel up, down, left and right, and with `flip` all of these mirrored. It
        may be changed after `fit`.

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

    solver : {'adamw', 'adam', 'sgd', 'rmsprop', 'lbfgs'}, default='adamw'
        Optimizer.

    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights, with scikit-learn's meaning: half of alpha times
        the sum of squares, divided by the weight of the batch (its rows, or the sum of their
        `sample_weight`), is added to the loss of a batch. Its effect therefore depends on
        `batch_size`; that of `weight_decay` does not.

    batch_size : int or 'auto', default='auto'
        Number of images in a batch. 'auto' is `n_samples / 25`, at least 16 and at most 64.

    learning_rate : {'one_cycle', 'constant', 'invscaling', 'adaptive', 'cosine', 'coslog'}, \
default='one_cycle'
        Schedule of the learning rate. The default rises to its peak and then falls to nearly 0 over
        all steps [6]_; `MLPClassifier` describes the others, such as 'cosine' [5]_ and 'coslog'
        [7]_.

    learning_rate_init : float, default=0.003
        Initial learning rate; for 'one_cycle', 'cosine' and 'coslog', the highest.

    power_t : float, default=0.5
        Exponent of the schedule 'invscaling'.

    max_iter : int or 'auto', default='auto'
        Number of epochs in one call to `fit`. 'auto' is as many as make about 800 steps, at least
        10.

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

    n_iter_no_change : int or inf, default=inf
        Number of epochs without an improvement by `tol` after which training ends. By default it
        runs to the end of its schedule; with `early_stopping` the weights with the best score are
        restored all the same.

    max_fun : int, default=15000
        Largest number of evaluations of the loss by 'lbfgs'.

    weight_decay : float or 'auto', default='auto'
        Decoupled weight decay [4]_: every step multiplies the weights (not the biases) by one minus
        the learning rate times `weight_decay`, whatever the batch size. 'auto' is 0.01 for 'adamw'
        and 0 for others. Not used by 'lbfgs'.

    l1 : float, default=0.0
        Strength of the L1 penalty on the weights, divided by the weight of the batch as that of
        `alpha` is.

    gradient_clip : float, 'auto' or None, default='auto'
        Largest norm that the gradient of a step, of all networks together, may have; larger ones
        are scaled down to it. None is no limit. 'auto' is None for 'cnn', which would learn more
        slowly, and 1 for others.

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
        Precision of training and prediction. 'auto' is that of `X`, and float32 for bytes and
        texts; convolutions in float64 are many times slower.

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
    image_shape_ : tuple of int
        Height, width and channels of an image.

    See Also
    --------
    ImageRegressor : Regressor for the same input.

    Notes
    -----
    `X` is an array of shape (n_samples, height, width) or (n_samples, height, width, n_channels),
    a list of images of one size, or flat rows of pixels with `image_shape`. Bytes take a byte each
    until a batch is made of them. Later images have the size of those of the fit, and are on their
    scale.

    References
    ----------
    .. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
       arXiv:1711.05101.
    .. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm
       restarts", arXiv:1608.03983.
    .. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
    .. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default",
       arXiv:2407.04491.
    .. [8] K. He et al. (2016), "Deep residual learning for image recognition", arXiv:1512.03385.
    .. [9] A. Dosovitskiy et al. (2021), "An image is worth 16x16 words", arXiv:2010.11929.
    .. [10] T. DeVries and G. Taylor (2017), "Improved regularization of convolutional neural
       networks with cutout", arXiv:1708.04552.
    .. [11] B. Lakshminarayanan, A. Pritzel and C. Blundell (2017), "Simple and scalable predictive
       uncertainty estimation using deep ensembles", arXiv:1612.01474.
    .. [12] H. Zhang et al. (2018), "mixup: beyond empirical risk minimization", arXiv:1710.09412.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeep import ImageClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = ImageClassifier(image_shape=(8, 8), max_iter=10, random_state=0)
    >>> model.fit(X[:900], y[:900]).score(X[900:], y[900:]) > 0.95
    True
    """

    def __init__(
        self,
        *,
        image_shape: tuple[int, ...] | list[int] | None = None,
        architecture: str = "cnn",
        width: int | str = "auto",
        depth: int | str = "auto",
        patch_size: int | str = "auto",
        n_heads: int = 4,
        dropout: float = 0.0,
        n_estimators: int = 2,
        shift: float | str = "auto",
        crop: float = 0.0,
        flip: bool = False,
        cutout: float = 0.0,
        mixup: float | str = "auto",
        test_time_augmentation: bool = False,
        loss: str = "log_loss",
        class_weight: dict[Any, float] | str | None = None,
        label_smoothing: float = 0.0,
        focal_gamma: float = 2.0,
        solver: str = "adamw",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "one_cycle",
        learning_rate_init: float = 0.003,
        power_t: float = 0.5,
        max_iter: int | str = "auto",
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
        n_iter_no_change: float = float("inf"),
        max_fun: int = 15000,
        weight_decay: float | str = "auto",
        l1: float = 0.0,
        gradient_clip: float | str | None = "auto",
        warmup_fraction: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        device: str = "auto",
        dtype: str = "float32",
    ) -> None:
        self.image_shape = image_shape
        self.architecture = architecture
        self.width = width
        self.depth = depth
        self.patch_size = patch_size
        self.n_heads = n_heads
        self.dropout = dropout
        self.n_estimators = n_estimators
        self.shift = shift
        self.crop = crop
        self.flip = flip
        self.cutout = cutout
        self.mixup = mixup
        self.test_time_augmentation = test_time_augmentation
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
class ImageRegressor(BaseImage, NetworkRegressor):
    """Regressor for images, with one or several targets.

    A convolutional network, a perceptron or a Transformer, small enough for a few thousand images
    and a CPU. Channels are standardised.

    Parameters
    ----------
    image_shape : tuple of int or None, default=None
        (height, width) or (height, width, channels) of the images, needed where `X` holds flat rows
        of pixels: row by row, the channels of a pixel side by side. None reads flat rows as images
        of height 1.

    architecture : {'cnn', 'mlp', 'vit'}, default='cnn'
        What reads the image: 'cnn' is residual blocks of convolutions [8]_; 'mlp' is layers of
        units that see all pixels; 'vit' is blocks of attention over patches [9]_.

    width : int or 'auto', default='auto'
        Number of features of a pixel or patch, or of units in a layer. 'auto' is 16 for 'cnn', 256
        for 'mlp' and 64 for 'vit'; every stage of 'cnn' doubles it.

    depth : int or 'auto', default='auto'
        Number of stages, blocks or layers. 'auto' is 2 for 'mlp' and 4 for 'vit'; 'cnn' halves the
        image in every stage, 2 to 4 times, until 8 pixels or fewer are left along the longer side.

    patch_size : int or 'auto', default='auto'
        Height and width of the patches of 'vit'; 'cnn' first takes the mean of each such patch.
        Along the longer side 'auto' makes at most 8 patches, of 2 pixels or more, for 'vit', and
        leaves at most 64 pixels for 'cnn'. Not used by 'mlp'.

    n_heads : int, default=4
        Number of attention heads of 'vit', which divide `width` among them.

    dropout : float in [0, 1), default=0.0
        Share of the features of the image, and of those between layers of 'mlp' and 'vit', that are
        dropped in training.

    n_estimators : int, default=2
        Number of networks, trained side by side from different initial weights. Their raw outputs
        are averaged [11]_. On several cores, each has a thread of its own.

    shift : float in [0, 1) or 'auto', default='auto'
        Augmentation: how far images are moved at most in training, as a share of the height and of
        the width, in whole pixels; edges are repeated. 'auto' is 0.1, and 0 for 'vit', for 'lbfgs'
        and for images of height 1.

    crop : float in [0, 1), default=0.0
        Augmentation: largest share of the height and of the width that is cut off in training; what
        is left is stretched to the full size.

    flip : bool, default=False
        Augmentation: whether images are mirrored, left to right, half of the time in training. Not
        for digits and letters, which mirroring turns into others.

    cutout : float in [0, 1), default=0.0
        Augmentation: size of a patch that is set to the mean in training, as a share of the height
        and of the width [10]_.

    mixup : float or 'auto', default='auto'
        Augmentation: each image and its target are mixed with another, in a proportion drawn from a
        beta distribution whose two parameters are both this number [12]_. Around 0.2 mixes little,
        1 much, 0 not at all. 'auto' is 0.2 for classifiers with 'cnn' and 'log_loss', and 0
        otherwise.

    test_time_augmentation : bool, default=False
        Whether to predict from the mean raw outputs of several views: the image, with `shift` the
        image moved by one pixel up, down, left and right, and with `flip` all of these mirrored. It
        may be changed after `fit`.

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

    solver : {'adamw', 'adam', 'sgd', 'rmsprop', 'lbfgs'}, default='adamw'
        Optimizer.

    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights, with scikit-learn's meaning: half of alpha times
        the sum of squares, divided by the weight of the batch (its rows, or the sum of their
        `sample_weight`), is added to the loss of a batch. Its effect therefore depends on
        `batch_size`; that of `weight_decay` does not.

    batch_size : int or 'auto', default='auto'
        Number of images in a batch. 'auto' is `n_samples / 25`, at least 16 and at most 64.

    learning_rate : {'one_cycle', 'constant', 'invscaling', 'adaptive', 'cosine', 'coslog'}, \
default='one_cycle'
        Schedule of the learning rate. The default rises to its peak and then falls to nearly 0 over
        all steps [6]_; `MLPClassifier` describes the others, such as 'cosine' [5]_ and 'coslog'
        [7]_.

    learning_rate_init : float, default=0.003
        Initial learning rate; for 'one_cycle', 'cosine' and 'coslog', the highest.

    power_t : float, default=0.5
        Exponent of the schedule 'invscaling'.

    max_iter : int or 'auto', default='auto'
        Number of epochs in one call to `fit`. 'auto' is as many as make about 800 steps, at least
        10.

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

    n_iter_no_change : int or inf, default=inf
        Number of epochs without an improvement by `tol` after which training ends. By default it
        runs to the end of its schedule; with `early_stopping` the weights with the best score are
        restored all the same.

    max_fun : int, default=15000
        Largest number of evaluations of the loss by 'lbfgs'.

    weight_decay : float or 'auto', default='auto'
        Decoupled weight decay [4]_: every step multiplies the weights (not the biases) by one minus
        the learning rate times `weight_decay`, whatever the batch size. 'auto' is 0.01 for 'adamw'
        and 0 for others. Not used by 'lbfgs'.

    l1 : float, default=0.0
        Strength of the L1 penalty on the weights, divided by the weight of the batch as that of
        `alpha` is.

    gradient_clip : float, 'auto' or None, default='auto'
        Largest norm that the gradient of a step, of all networks together, may have; larger ones
        are scaled down to it. None is no limit. 'auto' is None for 'cnn', which would learn more
        slowly, and 1 for others.

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
        Precision of training and prediction. 'auto' is that of `X`, and float32 for bytes and
        texts; convolutions in float64 are many times slower.

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
    image_shape_ : tuple of int
        Height, width and channels of an image.

    See Also
    --------
    ImageClassifier : Classifier for the same input; its Notes describe it.

    References
    ----------
    .. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
       arXiv:1711.05101.
    .. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm
       restarts", arXiv:1608.03983.
    .. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
    .. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default",
       arXiv:2407.04491.
    .. [8] K. He et al. (2016), "Deep residual learning for image recognition", arXiv:1512.03385.
    .. [9] A. Dosovitskiy et al. (2021), "An image is worth 16x16 words", arXiv:2010.11929.
    .. [10] T. DeVries and G. Taylor (2017), "Improved regularization of convolutional neural
       networks with cutout", arXiv:1708.04552.
    .. [11] B. Lakshminarayanan, A. Pritzel and C. Blundell (2017), "Simple and scalable predictive
       uncertainty estimation using deep ensembles", arXiv:1612.01474.
    .. [12] H. Zhang et al. (2018), "mixup: beyond empirical risk minimization", arXiv:1710.09412.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep import ImageRegressor
    >>> rng = np.random.default_rng(0)
    >>> y = rng.uniform(1, 5, size=150)  # the radius of a disc, wherever it is
    >>> row, column = np.mgrid[:16, :16]
    >>> centre = rng.uniform(6, 10, size=(2, 150, 1, 1))
    >>> X = (np.hypot(row - centre[0], column - centre[1]) < y[:, None, None]).astype(np.uint8)
    >>> model = ImageRegressor(max_iter=20, random_state=0).fit(X[:100], y[:100])
    >>> bool(model.score(X[100:], y[100:]) > 0.9)
    True
    """

    def __init__(
        self,
        *,
        image_shape: tuple[int, ...] | list[int] | None = None,
        architecture: str = "cnn",
        width: int | str = "auto",
        depth: int | str = "auto",
        patch_size: int | str = "auto",
        n_heads: int = 4,
        dropout: float = 0.0,
        n_estimators: int = 2,
        shift: float | str = "auto",
        crop: float = 0.0,
        flip: bool = False,
        cutout: float = 0.0,
        mixup: float | str = "auto",
        test_time_augmentation: bool = False,
        loss: str = "squared_error",
        normalize_y: bool = True,
        huber_delta: float = 1.0,
        quantile: float = 0.5,
        solver: str = "adamw",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "one_cycle",
        learning_rate_init: float = 0.003,
        power_t: float = 0.5,
        max_iter: int | str = "auto",
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
        n_iter_no_change: float = float("inf"),
        max_fun: int = 15000,
        weight_decay: float | str = "auto",
        l1: float = 0.0,
        gradient_clip: float | str | None = "auto",
        warmup_fraction: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        device: str = "auto",
        dtype: str = "float32",
    ) -> None:
        self.image_shape = image_shape
        self.architecture = architecture
        self.width = width
        self.depth = depth
        self.patch_size = patch_size
        self.n_heads = n_heads
        self.dropout = dropout
        self.n_estimators = n_estimators
        self.shift = shift
        self.crop = crop
        self.flip = flip
        self.cutout = cutout
        self.mixup = mixup
        self.test_time_augmentation = test_time_augmentation
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
