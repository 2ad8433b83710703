"""What ImageClassifier and ImageRegressor share: parameters, input and augmentation."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags

from skdeep._encoding.fit_data import FitData
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.solvers import SOLVERS
from skdeep._estimator.network import built_parameters as of_networks
from skdeep._estimator.network.architecture import Design
from skdeep._estimator.network.built_network import BuiltNetwork
from skdeep._estimator.network.member import Extent
from skdeep._estimator.network.side_by_side import (
    check_draws,
    embeddings,
    n_embedded,
    resolved_clip,
    resolved_mixup,
)
from skdeep._estimator.network.training_parameters import (
    COUNT,
    FRACTION,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter, each_in_words, names_in_words, one_of
from skdeep._kinds.images.array import ImageReader
from skdeep._kinds.images.augmentation import ImageAugmentation
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._image.architectures import (
    ARCHITECTURES,
    ImageArchitecture,
    image_networks,
)

# Part of the height and width by which images are moved.
_SHIFT = 0.1


class BaseImage(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BuiltNetwork):
    """Base of ImageClassifier and ImageRegressor."""

    _: KW_ONLY
    image_shape: Annotated[
        tuple[int, ...] | list[int] | None,
        Parameter(
            """tuple of int or None

            (height, width) or (height, width, channels) of the images, needed where `X` holds flat
            rows of pixels: row by row, the channels of a pixel side by side. None reads flat rows
            as images of height 1.""",
            tuple,
            list,
            None,
        ),
    ] = None
    architecture: Annotated[str, one_of(ARCHITECTURES, "What reads the image: {words}.")] = "cnn"
    width: Annotated[
        int | str,
        Parameter(
            f"""int or 'auto'

            Number of features of a pixel or patch, or of units in a layer. 'auto' is
            {each_in_words(ARCHITECTURES, "width")}; every stage of 'cnn' doubles it.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    depth: Annotated[
        int | str,
        Parameter(
            f"""int or 'auto'

            Number of stages, blocks or layers. 'auto' is
            {each_in_words(ARCHITECTURES, "depth")}; 'cnn' halves the image in every stage, 2 to 4
            times, until 8 pixels or fewer are left along the longer side.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    patch_size: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Height and width of the patches of 'vit'; 'cnn' first takes the mean of each such patch.
            Along the longer side 'auto' makes at most 8 patches, of 2 pixels or more, for 'vit',
            and leaves at most 64 pixels for 'cnn'. Not used by 'mlp'.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    n_heads: Annotated[int, of_networks.n_heads(ARCHITECTURES)] = 4
    dropout: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Share of the features of the image, and of those between layers of 'mlp' and 'vit', that
            are dropped in training.""",
            FRACTION,
        ),
    ] = 0.0
    n_estimators: Annotated[int, of_networks.n_estimators("[11]_", True)] = 2
    shift: Annotated[
        float | str,
        Parameter(
            f"""float in [0, 1) or 'auto'

            Augmentation: how far images are moved at most in training, as a share of the height and
            of the width, in whole pixels; edges are repeated. 'auto' is {_SHIFT:g}, and 0 for
            {names_in_words(ARCHITECTURES, lambda entry: not entry.is_moved)}, for 'lbfgs' and for
            images of height 1.""",
            StrOptions({"auto"}),
            FRACTION,
        ),
    ] = "auto"
    crop: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Augmentation: largest share of the height and of the width that is cut off in training;
            what is left is stretched to the full size.""",
            FRACTION,
        ),
    ] = 0.0
    flip: Annotated[
        bool,
        Parameter(
            """bool

            Augmentation: whether images are mirrored, left to right, half of the time in training.
            Not for digits and letters, which mirroring turns into others.""",
            "boolean",
        ),
    ] = False
    cutout: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Augmentation: size of a patch that is set to the mean in training, as a share of the
            height and of the width [10]_.""",
            FRACTION,
        ),
    ] = 0.0
    mixup: Annotated[float | str, of_networks.mixup(ARCHITECTURES, "image", "[12]_")] = "auto"
    test_time_augmentation: Annotated[
        bool,
        Parameter(
            """bool

            Whether to predict from the mean raw outputs of several views: the image, with `shift`
            the image moved by one pixel up, down, left and right, and with `flip` all of these
            mirrored. It may be changed after `fit`.""",
            "boolean",
        ),
    ] = False
    solver: Annotated[str, of_networks.SOLVER] = "adamw"
    batch_size: Annotated[
        int | str, of_networks.batch_size("Number of images in a batch", 16, 64)
    ] = "auto"
    learning_rate: Annotated[str, of_networks.LEARNING_RATE] = "one_cycle"
    learning_rate_init: Annotated[float, of_networks.LEARNING_RATE_INIT] = 0.003
    max_iter: Annotated[int | str, of_networks.max_iter(800, 10)] = "auto"  # type: ignore[assignment]  # 'auto' too
    n_iter_no_change: Annotated[float, of_networks.N_ITER_NO_CHANGE] = np.inf
    gradient_clip: Annotated[float | str | None, of_networks.gradient_clip(ARCHITECTURES)] = "auto"  # type: ignore[assignment]  # 'auto' too
    dtype: Annotated[str, of_networks.DTYPE] = "float32"

    _design = Design(
        image_networks,
        ("n_estimators", "architecture", "width", "depth", "patch_size", "n_heads", "dropout"),
    )
    _extent = Extent(n_steps=800, most_rows=64)

    @property
    def _reader(self) -> ImageReader:
        return ImageReader(self.image_shape)

    def _check_combinations(self) -> None:
        drawn = ("dropout", "shift", "crop", "flip", "cutout", "mixup")
        check_draws(self, drawn, self._answer.is_regressor)
        ARCHITECTURES[self.architecture].checked_width(self.width, self.n_heads)

    @property
    def _n_networks(self) -> int:
        return self.n_estimators

    def _network_settings(self, data: FitData) -> dict[str, Any]:
        return {"image_shape": data.X.shape[1:]}

    @property
    def _clip(self) -> float | None:
        return resolved_clip(self, ARCHITECTURES[self.architecture])

    @property
    def _augmentation(self) -> ImageAugmentation | None:
        chosen = ARCHITECTURES[self.architecture]
        mixup = resolved_mixup(self, chosen, self._answer.is_regressor)
        shift = self._resolved_shift(chosen, self.solver)
        augmentation = ImageAugmentation(shift, self.crop, self.flip, self.cutout, mixup)
        return augmentation if augmentation != ImageAugmentation() else None

    def _resolved_shift(self, chosen: ImageArchitecture, solver: str) -> float:
        if not isinstance(self.shift, str):
            return self.shift
        is_row = self.image_shape_[0] == 1  # of a table, most likely
        is_moved = chosen.is_moved and SOLVERS[solver].is_stochastic and not is_row
        return _SHIFT if is_moved else 0.0

    def _views(self, rows: Rows) -> list[Rows]:
        if not self.test_time_augmentation:
            return [rows]
        # Those of the fitted network, whatever parameters have become; a first fit is scored
        # before it has ended.
        fitted = ARCHITECTURES[self._built.maker.arguments["architecture"]]
        shift = self._resolved_shift(fitted, getattr(self, "_trained_by", self.solver))
        return ImageAugmentation(shift, flip=self.flip).views(rows)

    def transform(self, X: Any) -> np.ndarray:
        """Return the learned representation: the input of the last layer of each network.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width), (n_samples, height, width, \
n_channels) or (n_samples, height * width * n_channels)

        Returns
        -------
        ndarray of shape (n_samples, n_estimators * n_features_of_a_network)
        """
        rows, device = self._rows_seen(X)
        return embeddings(self._built, rows, self._weights, self._buffers, device)

    @property
    def _n_features_out(self) -> int:
        return n_embedded(self._built)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


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
