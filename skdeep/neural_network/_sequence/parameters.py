"""The parameters that describe a network for sequences, and the attributes that hold it."""

from dataclasses import KW_ONLY
from typing import Annotated

from skdeep._estimator.network.steps_parameters import StepsParameters
from skdeep._estimator.network.training_parameters import (
    COUNT,
    FRACTION,
    NOT_NEGATIVE,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import StrOptions

ARCHITECTURES = ("cnn", "rnn", "lstm", "gru", "transformer")


@estimator
class SequenceParameters(StepsParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    architecture: Annotated[
        str,
        Parameter(
            """{'cnn', 'rnn', 'lstm', 'gru', 'transformer'}

            What reads the sequence: residual blocks of convolutions [8]_, recurrent cells
            [9]_ [10]_, or blocks of attention [11]_.""",
            StrOptions(set(ARCHITECTURES)),
        ),
    ] = "cnn"
    width: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Features of a time step. 'auto' is 16 for 'cnn', whose later blocks have twice as many,
            and 64 for others (of each direction).""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    depth: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Blocks or layers of cells. 'auto' is 3 for 'cnn', 2 for 'transformer' and 1 for
            others.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
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

            Augmentation: largest part of a sequence that is cut off its ends in training.""",
            FRACTION,
        ),
    ] = 0.0
    masking: Annotated[
        float,
        Parameter(
            """float in [0, 1)

            Augmentation: part of the time steps, in one span, that is set to the mean in
            training [13]_.""",
            FRACTION,
        ),
    ] = 0.0
    mixup: Annotated[
        float | str,
        Parameter(
            """float or 'auto'

            Augmentation: both parameters of the beta distribution by which each sequence, and its
            target, is mixed with another [14]_; 0 for none. Around 0.2 mixes little, 1 much.
            'auto' is 0.2 for the 'cnn' of a classifier with 'log_loss', and 0 otherwise.""",
            StrOptions({"auto"}),
            NOT_NEGATIVE,
        ),
    ] = "auto"
    max_iter: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Epochs of one call to `fit`. 'auto' makes about 400 steps, 1,000 where the target is
            numbers, and not less than 10 epochs.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"


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
