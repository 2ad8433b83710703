"""Texts as sequences of token numbers."""

import numpy as np

from skdeep._kinds.sequences.array import SequenceArray
from skdeep._kinds.texts.analysis import TextAnalysis, count_terms, frequent

# Numbers that no token has: of a text without tokens, and of tokens not learned.
EMPTY, UNKNOWN = 0, 1


class TokenEncoder:
    """Learns the tokens of texts, and turns texts into sequences of their numbers.

    Tokens of fewer than `min_df` texts become the unknown one, so that there is something to learn
    about it.

    Parameters
    ----------
    analysis : TextAnalysis
        Its terms are the tokens, in their order.
    min_df : int
        Texts that a token occurs in, at least.
    max_features : int or None
        The most frequent tokens that are kept.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Number of each token; 0 is an empty text and 1 an unknown token.
    """

    def __init__(self, analysis: TextAnalysis, min_df: int, max_features: int | None):
        self.analysis = analysis
        self.min_df = min_df
        self.max_features = max_features

    def fit_encode(self, texts: np.ndarray, dtype: np.dtype) -> SequenceArray:
        """Learn from distinct texts (n,) of object, and encode them."""
        counts, terms = count_terms(self.analysis.build(), texts)
        kept = frequent(counts, self.min_df, self.max_features)
        self.vocabulary_ = {terms[column]: i + 2 for i, column in enumerate(kept)}
        return self.encode(texts, dtype)

    @property
    def n_terms(self) -> int:
        """Numbers that a table needs a row for."""
        return len(self.vocabulary_) + 2

    def encode(self, texts: np.ndarray, dtype: np.dtype) -> SequenceArray:
        """Numbers of the tokens of each text, one channel."""
        analyze, known = self.analysis.build(), self.vocabulary_
        rows = [[known.get(token, UNKNOWN) for token in analyze(text)] or [EMPTY] for text in texts]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        numbers = np.fromiter((i for row in rows for i in row), dtype, count=lengths.sum())
        return SequenceArray(numbers, lengths, 1)
