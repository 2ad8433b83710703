"""How often terms occur in texts, as sparse matrices."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import scipy.sparse

Analyzer = Callable[[str], Iterable[str]]


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
    """Columns in at least `least` rows, the `most` frequent ones; all where none is so frequent.

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
