"""What TextClassifier and TextRegressor do beside other networks: they read str."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.fit_data import FitData
from skdeep._estimator.network.built_ensemble import BuiltEnsemble
from skdeep._estimator.network.equal_rows import with_equal_rows_merged
from skdeep._kinds.sequences.array import SequenceArray
from skdeep._kinds.texts.analysis import TextAnalysis
from skdeep._kinds.texts.bags import BagEncoder
from skdeep._kinds.texts.network import set_vectors
from skdeep._kinds.texts.reading import read_texts
from skdeep._kinds.texts.tokens import TokenEncoder
from skdeep.neural_network._text.architectures import text_networks
from skdeep.neural_network._text.parameters import TextParameters
from skdeep.neural_network._text.weight_decay import FEWEST_ROWS, chosen_weight_decay

# Words of a text, on average, up to which texts are taken for single words.
_SINGLE_WORDS = 1.5
# Vectors of rare n-grams have small gradients: with a small epsilon they would take steps as long
# as those of others, and the network would learn its texts by heart.
_BAG_STEPS = {"learning_rate_init": 0.06, "epsilon": 0.003}
_OTHER_STEPS = {"learning_rate_init": 0.005, "epsilon": 1e-8}
_WEIGHT_DECAYS = (0.0, 0.1, 0.3, 1.0)
_UNTRIED_WEIGHT_DECAY = 0.2
_OF_WORDS = ("lowercase", "strip_accents", "preprocessor", "tokenizer", "stop_words")


class BaseText(TextParameters, BuiltEnsemble):
    """Base of TextClassifier and TextRegressor."""

    _encoder: BagEncoder | TokenEncoder
    _of_networks = (
        "n_estimators",
        "architecture",
        "depth",
        "bidirectional",
        "n_heads",
        "pooling",
        "dropout",
    )
    _drawn = ("dropout",)
    _networks = staticmethod(text_networks)
    _n_steps = 400
    _unclipped = ("bag", "cnn")
    _augmentation = None

    def _check_combinations(self) -> None:
        super()._check_combinations()
        for name in ("ngram_range", "part_range"):
            _check_range(name, getattr(self, name))
        self._check_vectors()
        width = self._resolved_width
        if self.architecture == "transformer" and width % (2 * self.n_heads):
            raise ValueError(
                f"width={width!r} cannot be shared among n_heads={self.n_heads}, each of an "
                f"even size: choose a multiple of {2 * self.n_heads}."
            )

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
        return 16 if self.architecture == "bag" else 64

    def _read(self, X: Any, *, dtype: Any, reset: bool) -> np.ndarray:
        return read_texts(X)

    def _training_dtype(self, X: Any, accepted: Any) -> np.dtype:
        return np.dtype(accepted[0] if isinstance(accepted, tuple) else accepted)

    def _seen(self, X: Any) -> SequenceArray:
        return self._encoder.encode(X, self._fitted_dtype)

    def _with_seen_rows(self, data: FitData, continuing: bool) -> FitData:
        if continuing:
            return with_equal_rows_merged(replace(data, X=self._encoder.encode(data.X, data.dtype)))
        kept = slice(None) if data.kept is None else data.kept
        # Distinct ones: what is learned of a text hangs on no weight.
        texts = sorted(set(data.X[kept]))
        self._encoder = self._new_encoder(texts)
        encoded = self._encoder.fit_encode(np.array(texts, dtype=object), data.dtype)
        self.vocabulary_ = self._encoder.vocabulary_
        places = {text: place for place, text in enumerate(texts)}
        # Texts of weight 0 stand for any: they are left out.
        rows = np.array([places.get(text, 0) for text in data.X])
        return with_equal_rows_merged(replace(data, X=encoded[rows]))

    def _new_encoder(self, texts: list[str]) -> BagEncoder | TokenEncoder:
        vocabulary = (self.min_df, self.max_features)
        if self.architecture == "bag":
            is_auto = self.analyzer == "auto"
            analyzer = "word" if is_auto else self.analyzer
            of_characters = analyzer in ("char", "char_wb")
            span = self.ngram_range
            if isinstance(span, str):
                span = (2, 5) if of_characters else (1, 2)
            parts = self.part_range if is_auto else None
            return BagEncoder(self._analysis(analyzer, span), parts, *vocabulary)
        analyzer = self.analyzer
        if analyzer == "auto":
            words = self._analysis("word", (1, 1)).build()
            n_words = sum(sum(1 for _ in words(text)) for text in texts)
            analyzer = "char" if n_words <= _SINGLE_WORDS * len(texts) else "word"
        return TokenEncoder(self._analysis(analyzer, (1, 1)), *vocabulary)

    def _analysis(self, analyzer: Any, ngram_range: tuple[int, int]) -> TextAnalysis:
        words = {name: getattr(self, name) for name in _OF_WORDS}
        return TextAnalysis(analyzer, ngram_range, token_pattern=self.token_pattern, **words)

    def _settle(self, data: FitData, continuing: bool, incremental: bool) -> None:
        is_open = self.weight_decay == "auto"
        if is_open and continuing:
            return
        self.weight_decay_ = super()._step_settings["weight_decay"]
        if not is_open or self.architecture != "bag" or self.solver != "adamw":
            return
        self.weight_decay_ = _UNTRIED_WEIGHT_DECAY
        n_rows = data.X.shape[0] if data.kept is None else len(data.kept)
        if n_rows >= FEWEST_ROWS and not incremental:
            self.weight_decay_ = chosen_weight_decay(self, data, _WEIGHT_DECAYS)

    @property
    def _step_settings(self) -> dict[str, float]:
        is_bag = self.architecture == "bag" and self.solver in ("adam", "adamw")
        settings = super()._step_settings
        if self.weight_decay == "auto":
            settings["weight_decay"] = self.weight_decay_
        for name, value in (_BAG_STEPS if is_bag else _OTHER_STEPS).items():
            if getattr(self, name) == "auto":
                settings[name] = value
        return settings

    @property
    def _batch_sizes(self) -> tuple[int, int]:  # type: ignore[override]
        return 16, 128 if self.architecture == "bag" else 64

    def _made_for(self, data: FitData) -> dict[str, Any]:
        return {
            "width": self._resolved_width,
            "n_terms": self._encoder.n_terms,
            "longest": data.X.shape[2],
        }

    def _prepare(self, template: Any) -> None:
        if self.vectors is None or self.vocabulary is None:
            return
        shared = self.vocabulary_.keys() & self.vocabulary.keys()
        rows = torch.tensor([self.vocabulary_[word] for word in shared], dtype=torch.int64)
        given = np.asarray(self.vectors)[[self.vocabulary[word] for word in shared]]
        for network in template.networks:
            set_vectors(network, rows, torch.from_numpy(given))

    def transform(self, X: Any) -> np.ndarray:
        """Learned representation: the vector of a text that the last layer of each network sees.

        Parameters
        ----------
        X : list, array or Series of str, of n_samples texts

        Returns
        -------
        ndarray of shape (n_samples, n_estimators * n_features_of_a_network)
        """
        return self._transformed(X)

    @property
    def vectors_(self) -> np.ndarray:
        """Vectors of the n-grams or tokens; rows are the numbers of `vocabulary_`."""
        check_is_fitted(self)
        module: Any = self._built.loaded(self._weights, self._buffers, torch.device("cpu"))
        return np.hstack([network.table.weight.numpy() for network in module.networks])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = tags.input_tags.three_d_array = False
        return tags


def _check_range(name: str, value: Any) -> None:
    if value is None or isinstance(value, str):
        return
    if len(value) != 2 or not 1 <= value[0] <= value[1]:
        raise ValueError(
            f"{name}={value!r} should be two lengths, the shortest (1 or more) and the longest."
        )
