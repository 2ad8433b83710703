"""From a text to its terms, with scikit-learn's analyzers."""

from dataclasses import dataclass
from typing import Any

from sklearn.feature_extraction.text import CountVectorizer

from skdeep._kinds.texts.term_counts import Analyzer


@dataclass(frozen=True)
class TextAnalysis:
    """Parameters of CountVectorizer that say what the terms of a text are.

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
