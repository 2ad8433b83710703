"""The parameters of estimators that find parts of images, and the attributes they set."""

from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated

from skdeep._engine.training.solvers import STOCHASTIC_SOLVERS
from skdeep._estimator.network.built_parameters import ScheduleParameters
from skdeep._estimator.network.training_parameters import (
    COUNT,
    POSITIVE,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval, StrOptions


@estimator
class ImagePartsParameters(ScheduleParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    image_shape: Annotated[
        tuple[int, ...] | list[int] | None,
        Parameter(
            """tuple of int or None

            (height, width) or (height, width, channels) of the images: how flat rows of pixels
            are read, row by row and with the channels of a pixel side by side. None where `X` has
            these axes.""",
            tuple,
            list,
            None,
        ),
    ] = None
    width: Annotated[
        int,
        Parameter(
            """int

            Features of a pixel in the first layers; twice as many wherever the sides of the image
            are halved.""",
            COUNT,
        ),
    ] = 8
    depth: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            How often the sides are halved. 'auto' goes on to a coarsest image of 4 pixels or
            more, at most 4 times.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    flip: Annotated[
        bool,
        Parameter(
            """bool

            Augmentation: whether images, and what is known of them, are mirrored, left to right,
            half of the time in training. Not for digits and letters, which then become others.""",
            "boolean",
        ),
    ] = False
    solver: Annotated[
        str,
        Parameter(
            "{'adamw', 'adam', 'sgd', 'rmsprop'}\n\nOptimizer.",
            StrOptions(set(STOCHASTIC_SOLVERS)),
        ),
    ] = "adamw"
    learning_rate_init: Annotated[
        float,
        Parameter("float\n\nLearning rate; the peak of 'one_cycle', 'cosine', 'coslog'.", POSITIVE),
    ] = 0.005
    batch_size: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Images in a batch. 'auto' is a 25th of them, at least 4 and at most 16.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    max_iter: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Epochs of one call to `fit`. 'auto' makes about 600 steps, and not less than 5
            epochs.""",
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = "auto"  # type: ignore[assignment]  # a perceptron has a number


ATTRIBUTES = f"""
classes_ : ndarray of shape (n_classes,)
    Labels, sorted.
image_shape_ : tuple of int
    Height, width and channels of the images seen during `fit`.
{TRAINING_ATTRIBUTES.strip()}
"""

REFERENCES = f"""
{TRAINING_REFERENCES.strip()}
.. [8] O. Ronneberger, P. Fischer and T. Brox (2015), "U-Net: convolutional networks for biomedical
   image segmentation", arXiv:1505.04597.
"""
