"""The parameters that TabularClassifier and TabularRegressor share, and their attributes."""

import textwrap
from dataclasses import KW_ONLY
from typing import Annotated, Any

from skdeep._estimator.network.training_parameters import COUNT, FRACTION, NOT_NEGATIVE, POSITIVE
from skdeep._estimator.parameters import Parameter
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._tabular.fit.settings import EFFORTS
from skdeep.neural_network._tabular.networks.architectures import ARCHITECTURES

_NAMES = ", ".join(map(repr, ARCHITECTURES))
*_SOME_WORDS, _LAST_WORDS = [architecture.words for architecture in ARCHITECTURES.values()]
_WORDS = f"Kind of network: {'; '.join(_SOME_WORDS)}; or {_LAST_WORDS}."
_ARCHITECTURE = f"{{{_NAMES}}}\n\n{textwrap.fill(_WORDS, 88)}"
_CROSSLESS = ", ".join(repr(n) for n, a in ARCHITECTURES.items() if a.refuses_crosses)
_DROPOUTLESS = ", ".join(repr(n) for n, a in ARCHITECTURES.items() if not a.takes_dropout)


class TabularParameters:
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    effort: Annotated[
        str,
        Parameter(
            """{'fast', 'default', 'best'}

            How much a fit computes: it decides the numbers of folds, of updates and of
            networks.""",
            StrOptions(set(EFFORTS)),
        ),
    ] = "default"
    max_time: Annotated[
        float | None,
        Parameter(
            """float or None

            Seconds that `fit` may take; training is planned to need no longer, and ends with the
            epoch in which the time is up. None is no limit.""",
            POSITIVE,
            None,
        ),
    ] = None
    categorical_features: Annotated[
        Any,
        Parameter(
            """'from_dtype', None or array-like of {bool, int, str} of shape (n_features,) or \
(n_categorical_features,)

            Which features are categories. 'from_dtype' is those of category, string, object and
            boolean dtypes, and None is none of them; or give a mask, indices or names.""",
            StrOptions({"from_dtype"}),
            "array-like",
            None,
        ),
    ] = "from_dtype"
    architecture: Annotated[
        str,
        Parameter(
            _ARCHITECTURE,
            StrOptions(set(ARCHITECTURES)),
        ),
    ] = "mlp"
    interactions: Annotated[
        str | None,
        Parameter(
            f"""{{'cross'}} or None

            'cross' adds to all networks a part that multiplies features explicitly [6]_, which
            suits click logs. Not for {_CROSSLESS}. With None no network has it, except one kind of
            network of a regressor where rows and columns are few.""",
            StrOptions({"cross"}),
            None,
        ),
    ] = None
    hidden_layer_sizes: Annotated[
        Any,
        Parameter(
            """array-like of int or 'auto'

            Number of units in every hidden layer (or block), the same in all of them; 'auto'
            depends on `effort`, `architecture` and the number of rows.""",
            StrOptions({"auto"}),
            "array-like",
            COUNT,
        ),
    ] = "auto"
    cv: Annotated[
        Any,
        Parameter(
            """int, cross-validation generator, iterable or None

            Folds of the cross-validation: every network is trained on all of them but one and
            evaluated on that one. An int is a number of shuffled (for classes, stratified) folds,
            and None a number that depends on `effort`; with `groups` no group is in two folds. Pass
            `TimeSeriesSplit` for rows ordered in time.""",
            "cv_object",
        ),
    ] = None
    unlabeled_label: Annotated[
        Any,
        Parameter(
            """object or None

            Value of y that marks rows of unknown target, such as -1 or NaN. Networks are then
            trained again, after learning to restore swapped cells of all rows (Yoon et al. 2020),
            and with pseudo-labels: their own predictions of these rows, where they are sure [8]_.
            Those of the resulting networks that lower the out-of-fold loss are used. None if every
            target is known."""
        ),
    ] = None
    learning_rate_init: Annotated[
        float | str,
        Parameter(
            "float or 'auto'\n\nHighest learning rate; 'auto' draws one for each network.",
            StrOptions({"auto"}),
            POSITIVE,
        ),
    ] = "auto"
    weight_decay: Annotated[
        float | str,
        Parameter(
            "float or 'auto'\n\nDecoupled weight decay; 'auto' draws one for each network.",
            StrOptions({"auto"}),
            NOT_NEGATIVE,
        ),
    ] = "auto"
    dropout: Annotated[
        float | str,
        Parameter(
            f"""float in [0, 1) or 'auto'

            Probability of dropping a hidden unit; 'auto' draws one for each network. Not for
            {_DROPOUTLESS}.""",
            StrOptions({"auto"}),
            FRACTION,
        ),
    ] = "auto"
    batch_size: Annotated[
        int | str,
        Parameter(
            "int or 'auto'\n\nRows in a batch; 'auto' depends on the number of all rows.",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    max_iter: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Number of epochs, rounded so that the cycles of the learning rate end with epochs.
            'auto' depends on `effort` and the number of rows; networks that overfit train for about
            half as many, and, unless `effort` is 'fast', those that still improve much for about
            twice as many.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    random_state: Annotated[
        Any,
        Parameter(
            """int, RandomState instance or None

            Seed of the folds, the hyperparameters drawn, initial weights, batches and dropout.""",
            "random_state",
        ),
    ] = None
    verbose: Annotated[
        Any, Parameter("bool\n\nWhether to print what is trained and chosen.", "verbose")
    ] = False


ATTRIBUTES = """
n_features_in_ : int
    Number of features.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the features, where X has any.
is_categorical_ : ndarray of shape (n_features_in_,)
    Which features were taken as categories.
feature_importances_ : ndarray of shape (n_features_in_,)
    Permutation importances [7]_: by how much the out-of-fold loss rises when the values of a
    feature are shuffled, on some hundreds of rows, divided by their sum; not negative.
splits_ : list of (ndarray, ndarray)
    Rows on which the networks of each fold were trained, and those on which they were evaluated.
candidates_ : list of dict
    Every configuration of networks, at the end of each cycle of its training: 'architecture',
    'hidden_layers', 'features', 'unlabeled' (how it learned from rows of unknown target:
    'denoising', 'guesses' (pseudo-labels), both or neither), 'n_iter', 'loss' (out of fold) and
    'share' (its weight in the predictions).
loss_curves_ : list of list of float
    Training losses of every network, epoch by epoch.
validation_loss_curves_ : list of list of float
    Out-of-fold losses of every network, at the end of each of its cycles.
n_iter_ : int
    Number of epochs of the networks that trained longest.
n_estimators_ : int
    Number of networks that predict.
"""

REFERENCES = """
.. [1] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default: strong pre-tuned
   MLPs and boosted trees on tabular data", arXiv:2407.04491.
.. [2] Y. Gorishniy, I. Rubachev and A. Babenko (2022), "On embeddings for numerical features in
   tabular deep learning", arXiv:2203.05556.
.. [3] A. Rahimi and B. Recht (2007), "Random features for large-scale kernel machines", NIPS.
.. [4] Y. Gorishniy, I. Rubachev, V. Khrulkov and A. Babenko (2021), "Revisiting deep learning
   models for tabular data", arXiv:2106.11959.
.. [5] Y. Gorishniy, A. Kotelnikov and A. Babenko (2024), "TabM: advancing tabular deep learning
   with parameter-efficient ensembling", arXiv:2410.24210.
.. [6] R. Wang et al. (2021), "DCN V2: improved deep and cross network", arXiv:2008.13535.
.. [7] L. Breiman (2001), "Random forests", Machine Learning 45.
.. [8] D.-H. Lee (2013), "Pseudo-label: the simple and efficient semi-supervised learning method for
   deep neural networks", ICML workshop on challenges in representation learning.
"""
