"""What SequenceClassifier and SequenceRegressor share: parameters, and what reads sequences."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags

from skdeep._encoding.fit_data import FitData
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
    NOT_NEGATIVE,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter, defaults_in_words, one_of
from skdeep._kinds.sequences.array import SequenceReader
from skdeep._kinds.sequences.augmentation import Augmentation
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._sequence.architectures import ARCHITECTURES, sequence_networks


class BaseSequence(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BuiltNetwork):
    """Base of SequenceClassifier and SequenceRegressor."""

    _: KW_ONLY
    architecture: Annotated[str, one_of(ARCHITECTURES, "What reads the sequence: {words}.")] = "cnn"
    width: Annotated[
        int | str,
        Parameter(
            f"""int or 'auto'

            Number of features of a time step (in recurrent cells, for each direction). 'auto' is
            {defaults_in_words(ARCHITECTURES, "width")}; later blocks of 'cnn' have twice as
            many.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    depth: Annotated[
        int | str,
        Parameter(
            f"""int or 'auto'

            Number of blocks, or of layers of cells. 'auto' is {
                defaults_in_words(ARCHITECTURES, "depth")
            }.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    bidirectional: Annotated[bool, of_networks.BIDIRECTIONAL] = True
    n_heads: Annotated[int, of_networks.n_heads(ARCHITECTURES)] = 4
    pooling: Annotated[str, of_networks.pooling(ARCHITECTURES)] = "auto"
    dropout: Annotated[float, of_networks.DROPOUT_OF_STEPS] = 0.0
    n_estimators: Annotated[int, of_networks.n_estimators("[12]_", True)] = 4
    jitter: Annotated[
        float,
        Parameter(
            """float

            Augmentation: standard deviation of the noise that is added to the values in training,
            in standard deviations of their channel.""",
            NOT_NEGATIVE,
        ),
    ] = 0.0
    crop: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Augmentation: largest share of a sequence that is cut off at its ends in training.""",
            FRACTION,
        ),
    ] = 0.0
    masking: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Augmentation: share of the time steps, in one span, that is set to the mean in training
            [13]_.""",
            FRACTION,
        ),
    ] = 0.0
    mixup: Annotated[float | str, of_networks.mixup(ARCHITECTURES, "sequence", "[14]_")] = "auto"
    solver: Annotated[str, of_networks.SOLVER] = "adamw"
    batch_size: Annotated[
        int | str,
        of_networks.batch_size("Number of rows in a batch, which are of similar length", 16, 64),
    ] = "auto"
    learning_rate: Annotated[str, of_networks.LEARNING_RATE] = "one_cycle"
    learning_rate_init: Annotated[float, of_networks.LEARNING_RATE_INIT] = 0.003
    max_iter: Annotated[int | str, of_networks.max_iter(400, 10, " (1,000 in a regression)")] = (
        "auto"  # type: ignore[assignment]  # 'auto' too
    )
    n_iter_no_change: Annotated[float, of_networks.N_ITER_NO_CHANGE] = np.inf
    gradient_clip: Annotated[float | str | None, of_networks.gradient_clip(ARCHITECTURES)] = "auto"  # type: ignore[assignment]  # 'auto' too
    dtype: Annotated[str, of_networks.DTYPE] = "float32"

    _design = Design(
        sequence_networks,
        (
            "n_estimators",
            "architecture",
            "width",
            "depth",
            "bidirectional",
            "n_heads",
            "pooling",
            "dropout",
        ),
    )
    _extent = Extent(n_steps=400, most_rows=64)

    @property
    def _reader(self) -> SequenceReader:
        return SequenceReader()

    def _check_combinations(self) -> None:
        drawn = ("dropout", "jitter", "crop", "masking", "mixup")
        check_draws(self, drawn, self._answer.is_regressor)
        ARCHITECTURES[self.architecture].checked_width(self.width, self.n_heads)

    @property
    def _n_networks(self) -> int:
        return self.n_estimators

    def _network_settings(self, data: FitData) -> dict[str, Any]:
        return {"n_channels": data.X.n_channels, "longest": data.X.shape[2]}

    @property
    def _clip(self) -> float | None:
        return resolved_clip(self, ARCHITECTURES[self.architecture])

    @property
    def _augmentation(self) -> Augmentation | None:
        mixup = resolved_mixup(self, ARCHITECTURES[self.architecture], self._answer.is_regressor)
        augmentation = Augmentation(self.jitter, self.crop, self.masking, mixup)
        return augmentation if augmentation != Augmentation() else None

    def transform(self, X: Any) -> np.ndarray:
        """Return the learned representation: the input of the last layer of each network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_timepoints) or (n_samples, \
n_timepoints), or list of ndarray of shape (n_channels, n_timepoints_i)

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
n_channels_ : int
    Number of channels of a sequence.
n_timepoints_ : int or None
    Time steps of the sequences seen during `fit`; None where `X` was a list.
"""

REFERENCES = f"""
{TRAINING_REFERENCES.strip()}
.. [8] Z. Wang, W. Yan and T. Oates (2017), "Time series classification from scratch with deep
   neural networks: a strong baseline", arXiv:1611.06455.
.. [9] S. Hochreiter and J. Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8).
.. [10] K. Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder for
   statistical machine translation", arXiv:1406.1078.
.. [11] A. Vaswani et al. (2017), "Attention is all you need", arXiv:1706.03762.
.. [12] B. Lakshminarayanan, A. Pritzel and C. Blundell (2017), "Simple and scalable predictive
   uncertainty estimation using deep ensembles", arXiv:1612.01474.
.. [13] D. Park et al. (2019), "SpecAugment", arXiv:1904.08779.
.. [14] H. Zhang et al. (2018), "mixup: beyond empirical risk minimization", arXiv:1710.09412.
"""
