"""ObjectDetector."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.fit_data import FitData
from skdeep._engine.modules.ensemble import NetworkEnsemble
from skdeep._engine.training.augmentation import Augments
from skdeep._estimator.network.architecture import Design
from skdeep._estimator.network.training_parameters import COUNT, FRACTION
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Options
from skdeep.metrics import mean_average_precision
from skdeep.neural_network._localization.base import (
    ATTRIBUTES,
    REFERENCES,
    BaseLocalizer,
    image_unet,
)
from skdeep.neural_network._localization.box_answer import BoxAnswer
from skdeep.neural_network._localization.box_loss import box_peaks
from skdeep.neural_network._localization.boxes import BoxTarget
from skdeep.neural_network._localization.mirrors import MirroredBoxes

OBJECTS_AS_POINTS = """
.. [9] X. Zhou, D. Wang and P. Kraehenbuehl (2019), "Objects as points", arXiv:1904.07850.
"""
# Logit of the heat before training: of few cells, one is a centre.
_FIRST_HEAT = -2.2
# Offset in the cell and logarithm of the sizes before training: its middle, a few cells.
_FIRST_GEOMETRY = (0.5, 0.5, 1.0, 1.0)
# Peaks below count as none.
_LEAST_SCORE = 0.01


def centre_network(n_outputs: int, **settings: Any) -> NetworkEnsemble:
    """Build a network that answers for every cell."""
    return image_unet(first_bias=[*[_FIRST_HEAT] * n_outputs, *_FIRST_GEOMETRY], **settings)


@estimator(attributes=ATTRIBUTES, references=REFERENCES + OBJECTS_AS_POINTS)
class ObjectDetector(BaseLocalizer):
    """Detector of objects: a box and a label for each.

    A small U-Net [8]_ predicts, for each cell of a grid over the image, whether the centre of an
    object of each class is there, where in the cell it is, and how large the object is [9]_. Images
    may have any height and width.

    Parameters
    ----------
    stride : {1, 2, 4, 8, 16}, default=4
        Side of a grid cell in pixels. Objects should be a few cells apart.

    threshold : float in [0, 1), default=0.3
        Lowest score of the objects that `predict` returns; below 0.01 nothing counts as an object.
        It has no influence on training or `score`, and can be changed after `fit`.

    max_detections : int, default=100
        Largest number of objects found in an image.

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
    ImageSegmenter : A label for every pixel.
    skdeep.metrics.mean_average_precision : The score.

    Notes
    -----
    `y` has one item an image: a pair of boxes (k, 4) and labels (k,). A box is x0, y0, x1, y1 in
    pixels: x goes to the right and y down, from the corner of the image, so that the pixel in the
    top left corner is the box 0, 0, 1, 1. k may be 0, with any empty arrays or lists.

    Objects of a class whose centres are in one cell or in neighbouring ones may be found as one.

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
    .. [9] X. Zhou, D. Wang and P. Kraehenbuehl (2019), "Objects as points", arXiv:1904.07850.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep import ObjectDetector
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(scale=0.3, size=(60, 24, 24)), []
    >>> for image, (x, top) in zip(X, rng.integers(0, 16, size=(60, 2))):
    ...     image[top : top + 6, x : x + 8] += 1.0  # a bright plate somewhere
    ...     y.append(([[x, top, x + 8, top + 6]], ["plate"]))
    >>> model = ObjectDetector(max_iter=20, random_state=0).fit(X[:50], y[:50])
    >>> bool(model.score(X[50:], y[50:]) > 0.8)  # mean average precision
    True
    >>> boxes, labels = model.predict(X[50:])[0]
    >>> boxes.shape, labels
    ((1, 4), array(['plate'], dtype='<U5'))
    """

    _: KW_ONLY
    stride: Annotated[
        int,
        Parameter(
            """{1, 2, 4, 8, 16}

            Side of a grid cell in pixels. Objects should be a few cells apart.""",
            Options(Integral, {1, 2, 4, 8, 16}),
        ),
    ] = 4
    threshold: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Lowest score of the objects that `predict` returns; below 0.01 nothing counts as an
            object. It has no influence on training or `score`, and can be changed after `fit`.""",
            FRACTION,
        ),
    ] = 0.3
    max_detections: Annotated[
        int, Parameter("int\n\nLargest number of objects found in an image.", COUNT)
    ] = 100

    _target: BoxTarget
    _design = Design(centre_network, ("width", "depth", "stride"))

    def __init__(
        self,
        *,
        stride: int = 4,
        threshold: float = 0.3,
        max_detections: int = 100,
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
        self.stride = stride
        self.threshold = threshold
        self.max_detections = max_detections
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
    def _answer(self) -> BoxAnswer:
        return BoxAnswer(getattr(self, "image_shape_", ()), self.stride)

    @property
    def _mirrors(self) -> Augments:
        return MirroredBoxes()

    def _n_trained_outputs(self, data: FitData) -> int:
        return self._target.grid.n_outputs

    def _check_combinations(self) -> None:
        if not isinstance(self.depth, str) and 2**self.depth < self.stride:
            raise ValueError(
                f"stride={self.stride} is coarser than the coarsest image of depth={self.depth}, "
                f"whose pixels are {2**self.depth} wide: choose depth='auto', or a smaller stride."
            )

    def predict(self, X: Any) -> np.ndarray:
        """Find objects, those whose score reaches `threshold`.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)

        Returns
        -------
        ndarray of object of shape (n_images,)
            For each image a pair (boxes, labels) as in `y`, the surest first.
        """
        return self._found(X, max(self.threshold, _LEAST_SCORE), n_parts=2)

    def predict_scores(self, X: Any) -> np.ndarray:
        """Find all that may be an object, with its score, whatever `threshold` is.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)

        Returns
        -------
        ndarray of object of shape (n_images,)
            For each image (boxes, labels, scores), the surest first; scores are from 0.01 to 1.
        """
        return self._found(X, _LEAST_SCORE, n_parts=3)

    def _found(self, X: Any, least: float, n_parts: int) -> np.ndarray:
        check_is_fitted(self)
        grid, most = self._target.grid, self.max_detections
        peaks = self._outputs_of_images(X, lambda outputs: box_peaks(outputs, grid, most))
        height, width = self.image_shape_[:2]
        peaks[..., :4] = peaks[..., :4].clip(0, [width, height] * 2)
        found = np.empty(len(peaks), dtype=object)
        for i, of_image in enumerate(peaks):
            kept = of_image[of_image[:, 5] >= least]
            labels = self.classes_[kept[:, 4].astype(int)]
            found[i] = (kept[:, :4], labels, kept[:, 5])[:n_parts]
        return found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the mean average precision at an intersection over union of 0.5.

        Parameters
        ----------
        X : array-like of shape (n_images, height, width) or (n_images, height, width, n_channels)
        y : list of (boxes, labels)
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images.

        Returns
        -------
        float
        """
        found = self.predict_scores(X)
        return mean_average_precision(self._read_target(y), found, sample_weight=sample_weight)
