"""What TextClassifier and TextRegressor share: parameters, and what reads texts."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.rows import resolve_device
from skdeep._engine.training.member import Member
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
)
from skdeep._estimator.network.training_parameters import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
    solvers_with,
)
from skdeep._estimator.network.validation import Held
from skdeep._estimator.parameters import Parameter, defaults_in_words, names_in_words, one_of
from skdeep._kinds.texts.network import set_vectors
from skdeep._kinds.texts.reader import Encoder, TextReader, text_encoder
from skdeep._scikit_learn import Interval, StrOptions
from skdeep.neural_network._text.architectures import (
    ARCHITECTURES,
    TextArchitecture,
    text_networks,
)
from skdeep.neural_network._text.weight_decay import FEWEST_ROWS, chosen_weight_decay

# Vectors of rare n-grams have small gradients: with a small epsilon they would take steps as long
# as those of others, and the network would memorise its texts.
_BAG_STEPS = {"learning_rate_init": 0.06, "epsilon": 0.003}
_OTHER_STEPS = {"learning_rate_init": 0.005, "epsilon": 1e-8}
_WEIGHT_DECAYS = (0.0, 0.1, 0.3, 1.0)
_UNTRIED_WEIGHT_DECAY = 0.2
_OF_WORDS = (
    "lowercase",
    "strip_accents",
    "preprocessor",
    "tokenizer",
    "stop_words",
    "token_pattern",
)


class BaseText(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BuiltNetwork):
    """Base of TextClassifier and TextRegressor."""

    _: KW_ONLY
    architecture: Annotated[str, one_of(ARCHITECTURES, "What reads a text: {words}.")] = "bag"
    analyzer: Annotated[
        str | Callable[[str], Any],
        Parameter(
            """{'auto', 'word', 'char', 'char_wb'} or callable

            What n-grams or tokens are made of, as in CountVectorizer. 'auto' is words, and for
            'bag' the character n-grams inside words as well [9]_; the other architectures take
            characters where texts are mostly single words.""",
            StrOptions({"auto", "word", "char", "char_wb"}),
            callable,
        ),
    ] = "auto"
    ngram_range: Annotated[
        tuple[int, int] | str,
        Parameter(
            """tuple (int, int) or 'auto'

            Shortest and longest n-grams of 'bag'. 'auto' is (1, 2) for words and (2, 5) for
            characters. Other architectures read single words or characters.""",
            StrOptions({"auto"}),
            tuple,
        ),
    ] = "auto"
    part_range: Annotated[
        tuple[int, int] | None,
        Parameter(
            """tuple (int, int) or None

            Shortest and longest character n-grams of words that ``analyzer='auto'`` adds to the
            words of 'bag'; None for none.""",
            tuple,
            None,
        ),
    ] = (2, 5)
    lowercase: Annotated[
        bool, Parameter("bool\n\nWhether to turn texts into lower case.", "boolean")
    ] = True
    strip_accents: Annotated[
        str | Callable[[str], str] | None,
        Parameter(
            """{'ascii', 'unicode'}, callable or None

            How accents are removed; None keeps them.""",
            StrOptions({"ascii", "unicode"}),
            None,
            callable,
        ),
    ] = None
    preprocessor: Annotated[
        Callable[[str], str] | None,
        Parameter(
            "callable or None\n\nPrepares a text, in place of `lowercase` and `strip_accents`.",
            callable,
            None,
        ),
    ] = None
    tokenizer: Annotated[
        Callable[[str], Any] | None,
        Parameter(
            "callable or None\n\nDivides a text into words, in place of `token_pattern`.",
            callable,
            None,
        ),
    ] = None
    stop_words: Annotated[
        str | list[str] | None,
        Parameter(
            """{'english'}, list of str or None

            Words to leave out; 'english' is scikit-learn's list.""",
            StrOptions({"english"}),
            list,
            None,
        ),
    ] = None
    token_pattern: Annotated[
        str,
        Parameter(
            """str

            Regular expression of a word. By default a word has one letter or more and may contain
            apostrophes; exclamation and question marks are words too.""",
            str,
        ),
    ] = r"(?u)\w+(?:'\w+)*|[!?]"
    min_df: Annotated[
        int,
        Parameter(
            """int

            Smallest number of distinct training texts in which an n-gram or token has to occur;
            rarer ones are treated as if they had never occurred. If none occurs so often, all are
            kept.""",
            COUNT,
        ),
    ] = 2
    max_features: Annotated[
        int | None,
        Parameter(
            """int or None

            Largest number of n-grams of each kind, or of tokens, to keep: the most frequent ones.
            None keeps all.""",
            Interval(Integral, 1, 1 << 23, closed="both"),
            None,
        ),
    ] = 200_000
    vectors: Annotated[
        np.ndarray | None,
        Parameter(
            """ndarray of shape (n_vectors, width) or None

            Pretrained vectors of words, from which training starts.""",
            "array-like",
            None,
        ),
    ] = None
    vocabulary: Annotated[
        Mapping[str, int] | None,
        Parameter(
            "dict of str to int or None\n\nRow of `vectors` for each word.",
            Mapping,
            None,
        ),
    ] = None
    width: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Length of a vector, and number of features of a token. 'auto' is that of `vectors`, else
            16 for 'bag' and 64 for others.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    depth: Annotated[
        int | str,
        Parameter(
            f"""int or 'auto'

            Blocks or layers of cells. 'auto' is {defaults_in_words(ARCHITECTURES, "depth")}.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    bidirectional: Annotated[bool, of_networks.BIDIRECTIONAL] = True
    n_heads: Annotated[int, of_networks.n_heads(ARCHITECTURES)] = 4
    pooling: Annotated[str, of_networks.pooling(ARCHITECTURES)] = "auto"
    dropout: Annotated[float, of_networks.DROPOUT_OF_STEPS] = 0.0
    n_estimators: Annotated[int, of_networks.n_estimators("[12]_", False)] = 1
    solver: Annotated[str, of_networks.SOLVER] = "adamw"
    alpha: Annotated[
        float,
        Parameter("float\n\nStrength of the L2 penalty on the weights.", NOT_NEGATIVE),
    ] = 0.0
    batch_size: Annotated[
        int | str,
        of_networks.batch_size(
            "Number of texts in a batch, which are of similar length", 16, 64, ", or 128 for 'bag'"
        ),
    ] = "auto"
    learning_rate: Annotated[str, of_networks.LEARNING_RATE] = "one_cycle"
    learning_rate_init: Annotated[
        float | str,
        Parameter(
            """float or 'auto'

            Initial learning rate; for 'one_cycle', 'cosine' and 'coslog', the highest. 'auto' is
            0.06 for 'bag' with 'adamw' and 'adam', and 0.005 for others.""",
            StrOptions({"auto"}),
            POSITIVE,
        ),
    ] = "auto"  # type: ignore[assignment]  # 'auto' too
    max_iter: Annotated[int | str, of_networks.max_iter(400, 10)] = "auto"  # type: ignore[assignment]  # 'auto' too
    epsilon: Annotated[
        float | str,
        Parameter(
            f"""float or 'auto'

            Added to divisors of {solvers_with("epsilon")}. 'auto' is 0.003 for 'bag' under
            {names_in_words(SOLVERS, lambda entry: entry.adapts_steps)}, so that the vectors of
            rare n-grams, whose gradients are small, take small steps, and 1e-8 for others.""",
            StrOptions({"auto"}),
            POSITIVE,
        ),
    ] = "auto"  # type: ignore[assignment]  # 'auto' too
    n_iter_no_change: Annotated[float, of_networks.N_ITER_NO_CHANGE] = np.inf
    weight_decay: Annotated[
        float | str,
        Parameter(
            """float or 'auto'

            Decoupled weight decay [4]_. 'auto' is 0.01 for 'adamw' and 0 otherwise. For 'bag' with
            'adamw', 0, 0.1, 0.3 and 1 are tried on at most 2,000 texts, a quarter of them held out,
            and the smallest is taken whose held-out loss is within 3 % of the best; it is 0.2 for
            fewer than 200 distinct texts, and in `partial_fit`. `weight_decay_` is the value
            used.""",
            StrOptions({"auto"}),
            NOT_NEGATIVE,
        ),
    ] = "auto"
    gradient_clip: Annotated[float | str | None, of_networks.gradient_clip(ARCHITECTURES)] = "auto"  # type: ignore[assignment]  # 'auto' too
    dtype: Annotated[str, of_networks.DTYPE] = "float32"

    _view: Encoder
    _design = Design(
        text_networks,
        (
            "n_estimators",
            "architecture",
            "depth",
            "bidirectional",
            "n_heads",
            "pooling",
            "dropout",
        ),
    )

    @property
    def _chosen(self) -> TextArchitecture:
        return ARCHITECTURES[self.architecture]

    @property
    def _extent(self) -> Extent:  # type: ignore[override]  # batches are larger for bags
        return Extent(n_steps=400, most_rows=self._chosen.most_rows)

    @property
    def _reader(self) -> TextReader:
        return TextReader(self._new_encoder)

    def _new_encoder(self, texts: Sequence[str]) -> Encoder:
        return text_encoder(
            texts,
            as_bag=self._chosen.is_bag,
            analyzer=self.analyzer,
            ngram_range=self.ngram_range,
            part_range=self.part_range,
            min_df=self.min_df,
            max_features=self.max_features,
            words={name: getattr(self, name) for name in _OF_WORDS},
        )

    def _check_combinations(self) -> None:
        check_draws(self, ("dropout",), self._answer.is_regressor)
        for name in ("ngram_range", "part_range"):
            _check_range(name, getattr(self, name))
        self._check_vectors()
        self._chosen.checked_width(self._resolved_width, self.n_heads)

    def _check_vectors(self) -> None:
        if (self.vectors is None) != (self.vocabulary is None):
            given, missing = ("vectors", "vocabulary")[:: 1 if self.vocabulary is None else -1]
            raise ValueError(f"{given} was passed without {missing}; pass both or neither.")
        if self.vectors is None or self.vocabulary is None:
            return
        n_vectors, width = check_array(self.vectors, input_name="vectors").shape
        if self.width not in ("auto", width):
            raise ValueError(
                f"width={self.width!r}, but vectors have a length of {width}: set width='auto'."
            )
        rows = self.vocabulary.values()
        if not all(0 <= row < n_vectors for row in rows):
            raise ValueError(
                f"vocabulary names the rows {min(rows)} to {max(rows)}, but vectors has rows 0 to "
                f"{n_vectors - 1}."
            )

    @property
    def _resolved_width(self) -> int:
        if not isinstance(self.width, str):
            return self.width
        if self.vectors is not None:
            return np.shape(self.vectors)[1]
        return self._chosen.width

    @property
    def _n_networks(self) -> int:
        return self.n_estimators

    @property
    def _network_parameters(self) -> dict[str, Any]:
        return {**super()._network_parameters, "width": self._resolved_width}

    def _network_settings(self, data: FitData) -> dict[str, Any]:
        return {"n_terms": self._view.n_terms, "longest": data.X.shape[2]}

    @property
    def _clip(self) -> float | None:
        return resolved_clip(self, self._chosen)

    def _settle(self, data: FitData, continuing: bool, incremental: bool) -> None:
        is_open = self.weight_decay == "auto"
        if is_open and continuing:
            return
        self.weight_decay_ = super()._step_settings["weight_decay"]
        decays = SOLVERS[self.solver].weight_decay > 0.0
        if not is_open or not self._chosen.is_bag or not decays:
            return
        self.weight_decay_ = _UNTRIED_WEIGHT_DECAY
        if len(data.kept_rows) >= FEWEST_ROWS and not incremental:
            self.weight_decay_ = chosen_weight_decay(
                data, self._seed, _WEIGHT_DECAYS, self._trial_member
            )

    def _trial_member(self, data: FitData, rows: np.ndarray) -> Member:
        """Describe a fit to fewer rows, to its end."""
        trial = copy.copy(self)
        trial.early_stopping = False
        if not isinstance(trial.batch_size, str):
            trial.batch_size = min(trial.batch_size, len(rows))
        return trial._member(data, Held(rows, None), resolve_device(self.device), False, False)

    @property
    def _step_settings(self) -> dict[str, float]:
        settings = super()._step_settings
        if self.weight_decay == "auto":
            settings["weight_decay"] = self.weight_decay_
        takes_long_steps = self._chosen.is_bag and SOLVERS[self.solver].adapts_steps
        for name, value in (_BAG_STEPS if takes_long_steps else _OTHER_STEPS).items():
            if getattr(self, name) == "auto":
                settings[name] = value
        return settings

    def _prepare(self, template: Any) -> None:
        if self.vectors is None or self.vocabulary is None:
            return
        learned = self._view.vocabulary_
        shared = learned.keys() & self.vocabulary.keys()
        rows = torch.tensor([learned[word] for word in shared], dtype=torch.int64)
        given = np.asarray(self.vectors)[[self.vocabulary[word] for word in shared]]
        for network in template.networks:
            set_vectors(network, rows, torch.from_numpy(given))

    def transform(self, X: Any) -> np.ndarray:
        """Return the learned representation: the input of the last layer of each network.

        Parameters
        ----------
        X : list, array or Series of str, of n_samples texts

        Returns
        -------
        ndarray of shape (n_samples, n_estimators * n_features_of_a_network)
        """
        rows, device = self._rows_seen(X)
        return embeddings(self._built, rows, self._weights, self._buffers, device)

    @property
    def vectors_(self) -> np.ndarray:
        """Vectors of the n-grams or tokens; rows are the numbers of `vocabulary_`."""
        check_is_fitted(self)
        module: Any = self._built.loaded(self._weights, self._buffers, torch.device("cpu"))
        return np.hstack([network.table.weight.numpy() for network in module.networks])

    @property
    def _n_features_out(self) -> int:
        return n_embedded(self._built)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


def _check_range(name: str, value: Any) -> None:
    if value is None or isinstance(value, str):
        return
    if len(value) != 2 or not 1 <= value[0] <= value[1]:
        raise ValueError(
            f"{name}={value!r} should be two lengths, the shortest (1 or more) and the longest."
        )


ATTRIBUTES = f"""
{TRAINING_ATTRIBUTES.split("n_features_in_")[0].strip()}
vocabulary_ : dict of str to int
    Row of `vectors_` for each n-gram or token. For 'bag', character n-grams of words start with a
    '#'; for the others, rows 0 and 1 stand for empty texts and unknown tokens.
vectors_ : ndarray of shape (n_terms, n_estimators * width)
    Vectors of the n-grams or tokens.
weight_decay_ : float
    Weight decay that the fit used.
"""

REFERENCES = f"""
{TRAINING_REFERENCES.strip()}
.. [8] A. Joulin, E. Grave, P. Bojanowski and T. Mikolov (2017), "Bag of tricks for efficient text
   classification", arXiv:1607.01759.
.. [9] P. Bojanowski, E. Grave, A. Joulin and T. Mikolov (2017), "Enriching word vectors with
   subword information", arXiv:1607.04606.
.. [12] B. Lakshminarayanan, A. Pritzel and C. Blundell (2017), "Simple and scalable predictive
   uncertainty estimation using deep ensembles", arXiv:1612.01474.
"""
