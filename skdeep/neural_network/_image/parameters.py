"""The parameters that describe a network for images, and the attributes that hold it."""

from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated

from skdeep._estimator.network.ensemble_parameters import EnsembleParameters
from skdeep._estimator.network.training_parameters import (
    COUNT,
    FRACTION,
    NOT_NEGATIVE,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval, StrOptions

ARCHITECTURES = ("cnn", "mlp", "vit")


@estimator
class ImageParameters(EnsembleParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    image_shape: Annotated[
        tuple[int, ...] | list[int] | None,
        Parameter(
            """tuple of int or None

            (height, width) or (height, width, channels) of the images: how flat rows of pixels
            are read, row by row and with the channels of a pixel side by side. None reads them as
            images of height 1.""",
            tuple,
            list,
            None,
        ),
    ] = None
    architecture: Annotated[
        str,
        Parameter(
            """{'cnn', 'mlp', 'vit'}

            What reads the image: residual blocks of convolutions [8]_, layers of units that see
            all pixels, or blocks of attention over patches [9]_.""",
            StrOptions(set(ARCHITECTURES)),
        ),
    ] = "cnn"
    width: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Features of a pixel or patch, or units of a layer. 'auto' is 16 for 'cnn', doubled by
            every stage, 64 for 'vit' and 256 for 'mlp'.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    depth: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Stages, blocks or layers. 'auto' is 4 for 'vit' and 2 for 'mlp'; 'cnn' halves the image
            in every stage, 2 to 4 times, until 8 pixels or fewer are left in a direction.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    patch_size: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Height and width of the patches of 'vit'; 'cnn' takes the mean of such patches first.
            'auto' leaves at most 8 patches of 2 pixels or more in a direction for 'vit', and 64
            pixels for 'cnn'. Not used by 'mlp'.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    n_heads: Annotated[
        int,
        Parameter("int\n\nHeads of attention of 'vit'; they share the width.", COUNT),
    ] = 4
    dropout: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Share of the features of the image, and of those between layers of 'mlp' and 'vit',
            left out in training.""",
            FRACTION,
        ),
    ] = 0.0
    n_estimators: Annotated[
        int,
        Parameter(
            """int

            Networks that learn side by side, from other initial weights, and whose raw outputs are
            averaged [11]_. On several cores each has a thread of its own.""",
            COUNT,
        ),
    ] = 2
    shift: Annotated[
        float | str,
        Parameter(
            """float in [0, 1) or 'auto'

            Augmentation: part of the height and of the width by which images are moved at most in
            training, in whole pixels; edges are repeated. 'auto' is 0.1, and 0 for 'vit', for
            'lbfgs' and for images of height 1.""",
            StrOptions({"auto"}),
            FRACTION,
        ),
    ] = "auto"
    crop: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Augmentation: largest part of the height and of the width that is cut off in training;
            what is left is stretched to the whole.""",
            FRACTION,
        ),
    ] = 0.0
    flip: Annotated[
        bool,
        Parameter(
            """bool

            Augmentation: whether images are mirrored, left to right, half of the time in training.
            Not for digits and letters, which then become others.""",
            "boolean",
        ),
    ] = False
    cutout: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Augmentation: part of the height and of the width of a patch that is set to the mean in
            training [10]_.""",
            FRACTION,
        ),
    ] = 0.0
    mixup: Annotated[
        float | str,
        Parameter(
            """float or 'auto'

            Augmentation: both parameters of the beta distribution by which each image, and its
            target, is mixed with another [12]_; 0 for none. Around 0.2 mixes little, 1 much.
            'auto' is 0.2 for the 'cnn' of a classifier with 'log_loss', and 0 otherwise.""",
            StrOptions({"auto"}),
            NOT_NEGATIVE,
        ),
    ] = "auto"
    test_time_augmentation: Annotated[
        bool,
        Parameter(
            """bool

            Whether predictions are those of the mean raw outputs of several views: the image, and
            it moved by one pixel up, down, left and right where `shift` does so, and all of these
            mirrored with `flip`. It may be changed after `fit`.""",
            "boolean",
        ),
    ] = False
    batch_size: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Images in a batch. 'auto' is a 25th of them, at least 16 and at most 64.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    max_iter: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Epochs of one call to `fit`. 'auto' makes about 800 steps, and not less than 10
            epochs.""",
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = "auto"  # type: ignore[assignment]  # a perceptron has a number


ATTRIBUTES = f"""
{TRAINING_ATTRIBUTES.strip()}
image_shape_ : tuple of int
    Height, width and channels of an image.
"""

REFERENCES = f"""
{TRAINING_REFERENCES.strip()}
.. [8] K. He et al. (2016), "Deep residual learning for image recognition", arXiv:1512.03385.
.. [9] A. Dosovitskiy et al. (2021), "An image is worth 16x16 words", arXiv:2010.11929.
.. [10] T. DeVries and G. Taylor (2017), "Improved regularization of convolutional neural networks
   with cutout", arXiv:1708.04552.
.. [11] B. Lakshminarayanan, A. Pritzel and C. Blundell (2017), "Simple and scalable predictive
   uncertainty estimation using deep ensembles", arXiv:1612.01474.
.. [12] H. Zhang et al. (2018), "mixup: beyond empirical risk minimization", arXiv:1710.09412.
"""
