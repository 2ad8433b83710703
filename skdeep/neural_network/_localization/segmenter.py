"""ImageSegmenter."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skdeep._encoding.fit_data import FitData
from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.training.augmentation import Augments
from skdeep._estimator.network.architecture import Design
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval, StrOptions
from skdeep.metrics import mean_iou
from skdeep.neural_network._localization.base import (
    ATTRIBUTES,
    REFERENCES,
    BaseLocalizer,
    image_unet,
)
from skdeep.neural_network._localization.mask_answer import MaskAnswer
from skdeep.neural_network._localization.masks import MaskTarget
from skdeep.neural_network._localization.mirrors import MirroredMasks

DICE = """
.. [9] F. Milletari, N. Navab and S.-A. Ahmadi (2016), "V-Net: fully convolutional neural
   networks for volumetric medical image segmentation", arXiv:1606.04797.
"""


def mask_network(n_outputs: int, **settings: Any) -> NetworkEnsemble:
    """Build a network that answers for every pixel."""
    return image_unet(first_bias=[0.0] * n_outputs, **settings)


@estimator(attributes=ATTRIBUTES, references=REFERENCES + DICE)
class ImageSegmenter(BaseLocalizer):
    """Segmenter of images: a label for every pixel.

    A small U-Net [8]_, which reads an image at its full size and at coarser ones, and predicts each
    pixel from all of them. Images may have any height and width.

    Parameters
    ----------
    dice : float in [0, 1], default=0.0
        Share of the soft Dice loss [9]_ in the loss; the rest is the cross-entropy of the pixels.
        The Dice loss gives the classes of an image the same weight, however few pixels they have.

    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes in the cross-entropy of pixels. 'balanced' gives all classes the same
        total weight over the training images.

    image_shape : tuple of int or None, default=None
        (height, width) or (height, width, channels) of the images, needed where `X` holds flat rows
        of pixels: row by row, the channels of a pixel side by side. None where `X` has these axes.

    width : int, default=8
        Number of features of a pixel in the first layers; it doubles wherever the sides of the
        image are halved.

    depth : int or 'auto', default='auto'
        How often the sides of the image are halved: 'auto' does so at most 4 times, as long as 4
        pixels or more are left.

    flip : bool, default=False
        Augmentation: whether images and their targets are mirrored, left to right, half of the time
        in training. Not for digits and letters, which mirroring turns into others.

    solver : {'adamw', 'adam', 'sgd', 'rmsprop'}, default='adamw'
        Optimizer.

    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights, with scikit-learn's meaning: half of alpha times
        the sum of squares, divided by the weight of the batch (its rows, or the sum of their
        `sample_weight`), is added to the loss of a batch. Its effect therefore depends on
        `batch_size`; that of `weight_decay` does not.

    batch_size : int or 'auto', default='auto'
        Number of images in a batch. 'auto' is `n_samples / 25`, at least 4 and at most 16.

    learning_rate : {'one_cycle', 'constant', 'invscaling', 'adaptive', 'cosine', 'coslog'}, \
default='one_cycle'
        Schedule of the learning rate. The default rises to its peak and then falls to nearly 0 over
        all steps [6]_; `MLPClassifier` describes the others, such as 'cosine' [5]_ and 'coslog'
        [7]_.

    learning_rate_init : float, default=0.005
        Initial learning rate; for 'one_cycle', 'cosine' and 'coslog', the highest.

    power_t : float, default=0.5
        Exponent of the schedule 'invscaling'.

    max_iter : int or 'auto', default='auto'
        Number of epochs in one call to `fit`. 'auto' is as many as make about 600 steps, at least
        5.

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
        Precision of training and prediction. 'auto' is that of `X`, and float32 for bytes and
        texts; convolutions in float64 are many times slower.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    image_shape_ : tuple of int
        Height, width and channels of the images seen during `fit`.
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

    See Also
    --------
    ObjectDetector : Boxes round the objects of an image.
    skdeep.metrics.mean_iou : The score.

    Notes
    -----
    `y` has a mask for each image, (n_images, height, width), of integers, strings or booleans;
    those that occur are the classes. Masks are as large as the images; those of `predict` have the
    size of those of `fit`.

    References
    ----------
    .. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
       arXiv:1711.05101.
    .. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm
       restarts", arXiv:1608.03983.
    .. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
    .. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default",
       arXiv:2407.04491.
    .. [8] O. Ronneberger, P. Fischer and T. Brox (2015), "U-Net: convolutional networks for
       biomedical image segmentation", arXiv:1505.04597.
    .. [9] F. Milletari, N. Navab and S.-A. Ahmadi (2016), "V-Net: fully convolutional neural
       networks for volumetric medical image segmentation", arXiv:1606.04797.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep import ImageSegmenter
    >>> rng = np.random.default_rng(0)
    >>> y = np.zeros((40, 12, 12), dtype=int)
    >>> for mask, (top, left) in zip(y, rng.integers(0, 8, size=(40, 2))):
    ...     mask[top : top + 5, left : left + 5] = 1  # a square somewhere
    >>> X = y + rng.normal(scale=0.5, size=y.shape)  # under noise
    >>> model = ImageSegmenter(max_iter=15, random_state=0).fit(X[:30], y[:30])
    >>> bool(model.score(X[30:], y[30:]) > 0.8)  # mean intersection over union
    True
    """

    _: KW_ONLY
    dice: Annotated[
        float,
        Parameter(
            """float in [0, 1]

            Share of the soft Dice loss [9]_ in the loss; the rest is the cross-entropy of the
            pixels. The Dice loss gives the classes of an image the same weight, however few pixels
            they have.""",
            Interval(Real, 0, 1, closed="both"),
        ),
    ] = 0.0
    class_weight: Annotated[
        dict[Any, float] | str | None,
        Parameter(
            """dict, 'balanced' or None

            Weights of the classes in the cross-entropy of pixels. 'balanced' gives all classes the
            same total weight over the training images.""",
            StrOptions({"balanced"}),
            dict,
            None,
        ),
    ] = None

    _target: MaskTarget
    _design = Design(mask_network, ("width", "depth"))

    def __init__(
        self,
        *,
        dice: float = 0.0,
        class_weight: dict[Any, float] | str | None = None,
        image_shape: tuple[int, ...] | list[int] | None = None,
        width: int = 8,
        depth: int | str = "auto",
        flip: bool = False,
        solver: str = "adamw",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "one_cycle",
        learning_rate_init: float = 0.005,
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
        gradient_clip: float | None = None,
        warmup_fraction: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        device: str = "auto",
        dtype: str = "float32",
    ) -> None:
        self.dice = dice
        self.class_weight = class_weight
        self.image_shape = image_shape
        self.width = width
        self.depth = depth
        self.flip = flip
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

    @property
    def _answer(self) -> MaskAnswer:
        return MaskAnswer(getattr(self, "image_shape_", ()), self.dice, self.class_weight)

    @property
    def _mirrors(self) -> Augments:
        return MirroredMasks()

    def _n_trained_outputs(self, data: FitData) -> int:
        return self._target.n_outputs * self._target.height * self._target.width

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probabilities of the labels of pixels; the last axis is that of `classes_`.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)

        Returns
        -------
        ndarray of shape (n_images, height, width, n_classes)
        """
        return self._of_pixels(X, lambda z: z.softmax(dim=1).movedim(1, -1))

    def predict(self, X: Any) -> np.ndarray:
        """Predict masks.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)

        Returns
        -------
        ndarray of shape (n_images, height, width)
            A label for each pixel.
        """
        codes = self._of_pixels(X, lambda z: z.argmax(dim=1))
        return self.classes_[codes]

    def _of_pixels(self, X: Any, function: Callable[[Tensor], Tensor]) -> np.ndarray:
        """A function of raw outputs (n, classes, height, width)."""
        check_is_fitted(self)
        target = self._target
        shape = target.n_outputs, target.height, target.width
        return self._outputs_of_images(X, lambda outputs: function(outputs.unflatten(1, shape)))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the mean intersection over union of predicted masks and `y`.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)
        y : array-like of shape (n_images, height, width)
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images.

        Returns
        -------
        float
        """
        masks = self.predict(X)
        return mean_iou(self._read_target(y), masks, sample_weight=sample_weight)
