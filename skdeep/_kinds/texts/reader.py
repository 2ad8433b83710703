"""How texts are read, and what of them networks see: n-grams with weights, or tokens in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils import Tags

from skdeep._encoding.fit_data import FitData, with_equal_rows_merged
from skdeep._encoding.reader import Reader
from skdeep._kinds.sequences.array import SequenceArray
from skdeep._kinds.texts.analysis import TextAnalysis
from skdeep._kinds.texts.bags import BagEncoder
from skdeep._kinds.texts.reading import read_texts
from skdeep._kinds.texts.tokens import TokenEncoder

# Words of a text, on average, up to which texts are taken for single words.
_SINGLE_WORDS = 1.5


Encoder = BagEncoder | TokenEncoder


@dataclass(frozen=True)
class TextReader(Reader):
    """Reads lists, arrays and Series of str.

    A view is the encoder of texts, which knows their vocabulary.

    Attributes
    ----------
    new_encoder : callable
        Makes an encoder for the distinct texts of a first fit.
    """

    new_encoder: Callable[[Sequence[str]], Encoder]

    def read(self, estimator: Any, X: Any, *, dtype: Any, reset: bool) -> np.ndarray:
        """Texts, (n,) of object."""
        return read_texts(X)

    def training_dtype(self, X: Any, accepted: Any) -> np.dtype:
        """The precision asked for, or the first of those accepted."""
        return np.dtype(accepted[0] if isinstance(accepted, tuple) else accepted)

    def learn(self, data: FitData, view: Encoder | None) -> tuple[FitData, Encoder]:
        """Encode texts, by a vocabulary that a first fit learns from the distinct ones."""
        if view is not None:
            encoded = view.encode(data.X, data.dtype)
            return with_equal_rows_merged(replace(data, X=encoded)), view
        # Distinct ones: what is learned of a text depends on no weight.
        texts = sorted(set(data.X[data.kept_rows]))
        encoder = self.new_encoder(texts)
        encoded = encoder.fit_encode(np.array(texts, dtype=object), data.dtype)
        places = {text: place for place, text in enumerate(texts)}
        # Texts of weight 0 are left out.
        rows = np.array([places.get(text, 0) for text in data.X])
        return with_equal_rows_merged(replace(data, X=encoded[rows])), encoder

    def seen(self, X: Any, view: Encoder, dtype: np.dtype) -> SequenceArray:
        """Numbers of the n-grams or tokens that are known."""
        return view.encode(X, dtype)

    def describe(self, tags: Tags) -> None:
        """Texts are read, and nothing else."""
        tags.input_tags.string = True
        tags.input_tags.sparse = False
        tags.input_tags.two_d_array = tags.input_tags.three_d_array = False

    def attributes(self, view: Encoder) -> dict[str, Any]:
        """The vocabulary."""
        return {"vocabulary_": view.vocabulary_}


def text_encoder(
    texts: Sequence[str],
    *,
    as_bag: bool,
    analyzer: Any,
    ngram_range: Any,
    part_range: tuple[int, int] | None,
    min_df: int,
    max_features: int | None,
    words: dict[str, Any],
) -> Encoder:
    """Make an encoder that has learned nothing yet.

    Parameters
    ----------
    texts : sequence of str
        Those that it will learn from.
    as_bag : bool
        Whether networks see n-grams and their weights; else they see tokens in their order.
    analyzer : {"auto", "word", "char", "char_wb"} or callable
    ngram_range : tuple (int, int) or "auto"
        Of bags.
    part_range : tuple (int, int) or None
        Lengths of the n-grams of words that "auto" adds to bags.
    min_df : int
    max_features : int or None
    words : dict
        How texts are divided into words: other arguments of `TextAnalysis`.
    """
    if as_bag:
        is_auto = analyzer == "auto"
        chosen = "word" if is_auto else analyzer
        span = ngram_range
        if isinstance(span, str):
            span = (2, 5) if chosen in ("char", "char_wb") else (1, 2)
        parts = part_range if is_auto else None
        return BagEncoder(TextAnalysis(chosen, span, **words), parts, min_df, max_features)
    if analyzer == "auto":
        in_words = TextAnalysis("word", (1, 1), **words).build()
        n_words = sum(sum(1 for _ in in_words(text)) for text in texts)
        analyzer = "char" if n_words <= _SINGLE_WORDS * len(texts) else "word"
    return TokenEncoder(TextAnalysis(analyzer, (1, 1), **words), min_df, max_features)
