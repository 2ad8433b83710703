"""Texts as users have them: lists, arrays and Series of str."""

from typing import Any

import numpy as np


def read_texts(X: Any, name: str = "X") -> np.ndarray:
    """Check X and return its texts.

    Parameters
    ----------
    X : list, tuple, one-dimensional array or Series of str
    name : str, default="X"
        What errors call it.

    Returns
    -------
    ndarray of object of shape (n,)

    Raises
    ------
    ValueError
        If X is one text, has another number of dimensions, is empty, or holds anything but str.
    """
    texts = _one_dimensional(X, name)
    if not len(texts):
        raise ValueError(f"Found array with 0 sample(s): {name} is empty; give a text or more.")
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            advice = "use '' for a text that is missing" if _is_missing(text) else "use str(...)"
            raise ValueError(
                f"{name}[{row}] is {text!r} of type {type(text).__name__}, but texts are str: "
                f"{advice}."
            )
    return texts


def _one_dimensional(X: Any, name: str) -> np.ndarray:
    if isinstance(X, str | bytes):
        raise ValueError(
            f"{name} is a single {type(X).__name__}, {X[:30]!r}, but should be a list, array or "
            f"Series of str: pass [{name}] for one text."
        )
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) != 1:
        raise ValueError(
            f"{name} has the shape {tuple(shape)}, but texts have one dimension: pass the column "
            "that holds them, as a list, array or Series of str."
        )
    if isinstance(X, dict | set) or not hasattr(X, "__len__"):
        raise ValueError(
            f"{name} is a {type(X).__name__}, but should be a list, array or Series of str."
        )
    texts = np.empty(len(X), dtype=object)
    texts[:] = [text for text in X]  # a Series has no order of keys to rely on
    return texts


def _is_missing(text: Any) -> bool:
    return text is None or text != text or type(text).__name__ == "NAType"
