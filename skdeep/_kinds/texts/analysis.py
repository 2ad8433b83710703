"""From a text to its terms, with scikit-learn's analyzers, and how often they occur."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer

Analyzer = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class TextAnalysis:
    """Parameters of CountVectorizer that define the terms of a text.

    Attributes
    ----------
    analyzer : {'word', 'char', 'char_wb'} or callable
    ngram_range : tuple (int, int)
    lowercase, strip_accents, preprocessor, tokenizer, stop_words, token_pattern
        As in CountVectorizer.
    """

    analyzer: Any
    ngram_range: tuple[int, int]
    lowercase: bool
    strip_accents: Any
    preprocessor: Any
    tokenizer: Any
    stop_words: Any
    token_pattern: str

    def build(self) -> Analyzer:
        """Return the function from a text to its terms."""
        has_tokenizer = self.tokenizer is not None
        vectorizer = CountVectorizer(
            analyzer=self.analyzer,
            ngram_range=self.ngram_range,
            lowercase=self.lowercase,
            strip_accents=self.strip_accents,
            preprocessor=self.preprocessor,
            tokenizer=self.tokenizer,
            stop_words=self.stop_words,
            token_pattern=None if has_tokenizer else self.token_pattern,
        )
        analyze: Analyzer = vectorizer.build_analyzer()
        return analyze


def parts_of_words(ngram_range: tuple[int, int]) -> Analyzer:
    """Return the function from a word to its character n-grams; a space marks its ends."""
    vectorizer = CountVectorizer(analyzer="char_wb", ngram_range=ngram_range, lowercase=False)
    analyze: Analyzer = vectorizer.build_analyzer()
    return analyze


def count_terms(
    analyze: Analyzer, texts: Sequence[str] | np.ndarray, vocabulary: dict[str, int] | None = None
) -> tuple[scipy.sparse.csr_array, list[str]]:
    """Count terms; those that a given vocabulary lacks are left out.

    Parameters
    ----------
    analyze : callable
        Takes a text, returns its terms.
    texts : sequence of str of shape (n,)
    vocabulary : dict of str to int, default=None
        Column of each term; None for all terms that occur, in sorted order.

    Returns
    -------
    counts : csr_array of float64 of shape (n, n_terms)
    terms : list of str
    """
    known: dict[str, int] = {} if vocabulary is None else vocabulary
    columns: list[int] = []
    ends = [0]
    for text in texts:
        if vocabulary is None:
            columns.extend([known.setdefault(term, len(known)) for term in analyze(text)])
        else:
            columns.extend([known[term] for term in analyze(text) if term in known])
        ends.append(len(columns))
    indices = np.array(columns, dtype=np.int64)
    terms = sorted(known, key=known.__getitem__)
    if vocabulary is None:
        order = np.array(sorted(range(len(terms)), key=terms.__getitem__), dtype=np.int64)
        places = np.empty_like(order)
        places[order] = np.arange(len(order))
        indices, terms = places[indices], [terms[i] for i in order]
    shape = (len(texts), len(terms))
    counts = scipy.sparse.csr_array((np.ones(len(indices)), indices, np.array(ends)), shape=shape)
    counts.sum_duplicates()
    return counts, terms


def frequent(counts: scipy.sparse.csr_array, least: int, most: int | None) -> np.ndarray:
    """The `most` frequent columns of those in at least `least` rows; of all if there are none.

    Parameters
    ----------
    counts : csr_array of shape (n, n_terms)
    least : int
    most : int or None

    Returns
    -------
    ndarray of int
        In ascending order.
    """
    n_rows = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero(n_rows >= least)
    if not len(kept):
        kept = np.arange(counts.shape[1])
    if most is not None and len(kept) > most:
        kept = np.sort(kept[np.argsort(-n_rows[kept], kind="stable")[:most]])
    return kept
