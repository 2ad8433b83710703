"""Texts as bags of n-grams: which there are, and how much each counts in a text."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import scipy.sparse

from skdeep._kinds.sequences.array import SequenceArray
from skdeep._kinds.texts.analysis import TextAnalysis, count_terms, frequent, parts_of_words

# Before the name of a character n-gram, to tell it from a word.
PART = "#"


class BagEncoder:
    """Learns the n-grams of texts, and turns texts into their numbers and weights.

    An n-gram that occurs k times in a text has the weight (1 + log k) * idf, with the inverse
    document frequency of TfidfTransformer over the distinct texts learned from. The weights of the
    n-grams of a kind have length 1, divided by the root of the number of kinds.

    Parameters
    ----------
    analysis : TextAnalysis
    part_range : tuple (int, int) or None
        Lengths of the character n-grams of words that are a second kind; None for none.
    min_df : int
        Texts that an n-gram occurs in, at least.
    max_features : int or None
        The most frequent n-grams of each kind that are kept.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Number of each n-gram; those of characters have a '#' before them.
    """

    def __init__(
        self,
        analysis: TextAnalysis,
        part_range: tuple[int, int] | None,
        min_df: int,
        max_features: int | None,
    ):
        self.analysis = analysis
        self.part_range = part_range
        self.min_df = min_df
        self.max_features = max_features

    def fit_encode(self, texts: np.ndarray, dtype: np.dtype) -> SequenceArray:
        """Learn from distinct texts (n,) of object, and encode them."""
        self._columns: list[dict[str, int]] = []
        self._idf: list[np.ndarray] = []
        self.vocabulary_: dict[str, int] = {}
        kinds = []
        for kind, (all_counts, terms) in enumerate(self._counted(texts)):
            kept = frequent(all_counts, self.min_df, self.max_features)
            counts = scipy.sparse.csr_array(all_counts[:, kept])
            n_texts = np.bincount(counts.indices, minlength=len(kept))
            self._columns.append({terms[column]: i for i, column in enumerate(kept)})
            self._idf.append(np.log((1 + len(texts)) / (1 + n_texts)) + 1)
            prefix, start = PART if kind else "", len(self.vocabulary_)
            names = (prefix + terms[column] for column in kept)
            self.vocabulary_ |= {name: start + i for i, name in enumerate(names)}
            kinds.append(counts)
        return self._weighted(kinds, dtype)

    @property
    def n_terms(self) -> int:
        """Numbers of n-grams that a table needs a row for, at least one."""
        return max(1, sum(map(len, self._idf)))

    def encode(self, texts: np.ndarray, dtype: np.dtype) -> SequenceArray:
        """Numbers (channel 0) and weights (channel 1) of the known n-grams of each text."""
        return self._weighted([counts for counts, _ in self._counted(texts, self._columns)], dtype)

    def _weighted(self, kinds: list[scipy.sparse.csr_array], dtype: np.dtype) -> SequenceArray:
        """Turn the counts of each kind into weights."""
        for counts, idf in zip(kinds, self._idf, strict=True):
            counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
            squares = len(self._idf) * counts.multiply(counts).sum(axis=1)
            counts.data /= np.sqrt(squares).repeat(np.diff(counts.indptr))
        return _as_sequences(scipy.sparse.csr_array(scipy.sparse.hstack(kinds)), dtype)

    def _counted(
        self, texts: np.ndarray, known: list[dict[str, int]] | None = None
    ) -> Iterator[tuple[scipy.sparse.csr_array, list[str]]]:
        """Counts (n, n_terms) and terms of each kind."""
        words, parts = known if known and len(known) == 2 else (known[0] if known else None, None)
        yield count_terms(self.analysis.build(), texts, words)
        if self.part_range is not None:
            single = replace(self.analysis, ngram_range=(1, 1))
            of_texts, names = count_terms(single.build(), texts)  # (n, n_words)
            of_words, terms = count_terms(parts_of_words(self.part_range), names, parts)
            yield scipy.sparse.csr_array(of_texts @ of_words), terms


def _as_sequences(weights: scipy.sparse.csr_array, dtype: np.dtype) -> SequenceArray:
    """The places and values of each row, one after the other; an empty one has weight 0."""
    lengths = np.diff(weights.indptr)
    steps = np.maximum(lengths, 1)
    starts = 2 * (np.cumsum(steps) - steps)  # of each row
    within = np.arange(weights.nnz) - np.repeat(weights.indptr[:-1], lengths)
    at = np.repeat(starts, lengths) + within
    values = np.zeros(2 * steps.sum(), dtype=dtype)
    values[at] = weights.indices
    values[at + np.repeat(steps, lengths)] = weights.data
    return SequenceArray(values, steps.astype(np.int64), 2)
