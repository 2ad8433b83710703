"""Weights of attention of fitted Transformers."""

from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.rows import as_rows
from skdeep._engine.training.threads import safe_after_fork
from skdeep.neural_network._sequence.architectures import ARCHITECTURES as SEQUENCE_ARCHITECTURES
from skdeep.neural_network._sequence.base import BaseSequence
from skdeep.neural_network._tabular.networks.architectures import (
    ARCHITECTURES as TABLE_ARCHITECTURES,
)

# Weights that are computed at once.
_MOST_WEIGHTS = 1 << 24


def attention_weights(estimator: Any, X: Any) -> np.ndarray:
    """Return how much every token of a row attends to every other, in a fitted Transformer.

    For a table, tokens are the columns as encoded (`attention_tokens` names them), after one that
    gathers the prediction: its row in the last block shows from which columns the prediction was
    read. Weights are means over the networks that predict, weighted by their shares. Heads of
    different networks do not correspond, so that differences between mean heads mean little:
    average over heads to get one map.

    For a sequence, tokens are the time steps (groups of adjacent ones if it was fitted on more than
    256), and the blocks of all networks are returned, those of the first network first.

    Parameters
    ----------
    estimator : TabularClassifier, TabularRegressor, SequenceClassifier or SequenceRegressor
        Fitted with `architecture="transformer"`.

    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features) or sequences
        Rows, as `predict` takes them.

    Returns
    -------
    weights : ndarray of shape (n_samples, n_blocks, n_heads, n_tokens, n_tokens), float32
        Not negative; the sum over the last axis (the tokens looked at) is 1. That is ``n_tokens **
        2`` numbers for each row, block and head: pass wide tables and long sequences in parts. For
        sequences `n_blocks` is ``n_estimators * depth``, and `n_tokens` that of the longest in `X`;
        the weights of steps that a shorter one lacks are 0.

    Raises
    ------
    ValueError
        If the estimator has no attention.

    See Also
    --------
    attention_tokens : Names of the tokens.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdeep import TabularClassifier
    >>> from skdeep.inspection import attention_tokens, attention_weights
    >>> X, y = load_iris(return_X_y=True)
    >>> model = TabularClassifier(
    ...     architecture="transformer", effort="fast", max_iter=7, random_state=0
    ... ).fit(X, y)
    >>> attention_tokens(model)
    ['[answer]', 'x0', 'x1', 'x2', 'x3']
    >>> weights = attention_weights(model, X[:10])
    >>> weights.shape
    (10, 2, 4, 5, 5)
    >>> from_answer = weights[:, -1, :, 0].mean(axis=(0, 1))  # in the last block; (n_tokens,)

    Sequences of 5 and 8 steps, seen by 2 networks of 2 blocks each:

    >>> import numpy as np
    >>> from skdeep import SequenceRegressor
    >>> sequences = [np.ones((1, 5)), np.zeros((1, 8))]
    >>> model = SequenceRegressor(
    ...     architecture="transformer", n_estimators=2, max_iter=1, random_state=0
    ... ).fit(sequences, [0.0, 1.0])
    >>> attention_weights(model, sequences).shape
    (2, 4, 4, 8, 8)
    """
    if isinstance(estimator, BaseSequence):
        return _sequence_attention(estimator, X)
    _check_has_attention(estimator)
    matrix = estimator._matrix(X)
    n_rows = matrix.shape[0]
    rows = as_rows(matrix, torch.device("cpu"))
    candidates = estimator._candidates
    packs = [candidate.pack() for candidate in candidates]
    shares = [candidate.share for candidate in candidates]
    plan = packs[0].network.plan  # candidates differ in their weights, not in their sizes
    n_tokens = plan.n_columns + 1
    weights = np.empty((n_rows, plan.depth, plan.n_heads, n_tokens, n_tokens), np.float32)
    n_networks = max(len(pack.flat) for pack in packs)
    n_chunk = max(1, _MOST_WEIGHTS // (weights[:1].size * n_networks))
    with safe_after_fork(), torch.inference_mode():
        for start in range(0, n_rows, n_chunk):
            x = rows.slice(start, min(start + n_chunk, n_rows))
            weights[start : start + n_chunk] = sum(
                # blocks of (K, n, heads, tokens, tokens) -> (n, blocks, heads, tokens, tokens)
                share * torch.stack(pack.attention(x), dim=2).mean(dim=0)
                for pack, share in zip(packs, shares, strict=True)
            ).numpy()
    return weights


def _sequence_attention(estimator: BaseSequence, X: Any) -> np.ndarray:
    """The weights of all blocks of all networks, as `attention_weights` describes them.

    Parameters
    ----------
    estimator : SequenceClassifier or SequenceRegressor
    X : sequences

    Returns
    -------
    ndarray of shape (n_samples, n_estimators * depth, n_heads, T', T'), float32
    """
    check_is_fitted(estimator)
    # The parameters may have been changed since `fit`; what is fitted counts.
    fitted = estimator._built.maker.arguments
    if not SEQUENCE_ARCHITECTURES[fitted["architecture"]].heads_divide:
        raise ValueError(
            f"the estimator was fitted with architecture={fitted['architecture']!r}, which has no "
            "attention: fit it with architecture='transformer'."
        )
    rows, device = estimator._rows_seen(X)
    module: Any = estimator._built.loaded(estimator._weights, estimator._buffers, device)
    trunks = [network.trunk for network in module.networks]
    n_blocks = sum(len(trunk.blocks) for trunk in trunks)
    n_steps = -(-rows.shape[2] // trunks[0].stem.patch)
    shape = (rows.shape[0], n_blocks, fitted["n_heads"], n_steps, n_steps)
    weights = np.zeros(shape, np.float32)
    n_chunk = max(1, _MOST_WEIGHTS // max(1, weights[:1].size))
    with safe_after_fork(), torch.inference_mode():
        for start in range(0, rows.shape[0], n_chunk):
            blocks = module.attention(rows.slice(start, start + n_chunk))
            seen = blocks[0].shape[2]  # steps of the longest in the chunk
            part = weights[start : start + n_chunk, :, :, :seen, :seen]
            part[:] = torch.stack(blocks, dim=1).numpy()
    return weights


def attention_tokens(estimator: Any) -> list[str]:
    """Return the names of the tokens whose weights `attention_weights` returns.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        Fitted with `architecture="transformer"`.

    Returns
    -------
    names : list of str of length n_tokens
        "[answer]", from which the prediction is read, then the columns as encoded: a number has the
        name of its feature, a category of few levels a token for each level.

    Raises
    ------
    ValueError
        If the estimator has no attention, or is one for sequences.

    See Also
    --------
    attention_weights : The weights between them.

    Examples
    --------
    >>> from skdeep import TabularRegressor
    >>> from skdeep.inspection import attention_tokens
    >>> X = [[i, "red" if i % 2 else "blue"] for i in range(50)]
    >>> model = TabularRegressor(
    ...     architecture="transformer", effort="fast", max_iter=1, random_state=0
    ... )
    >>> attention_tokens(model.fit(X, range(50)))
    ['[answer]', 'x0', 'x1=red']
    """
    if isinstance(estimator, BaseSequence):
        raise ValueError(
            f"estimator is a {type(estimator).__name__}, whose tokens are time steps and have no "
            "names: give a TabularClassifier or TabularRegressor."
        )
    _check_has_attention(estimator)
    return ["[answer]", *estimator._encoder.column_names_]


def _check_has_attention(estimator: Any) -> None:
    """Raise unless the estimator is a fitted Transformer."""
    # The parameter may have been changed since `fit`; what is fitted counts.
    if not hasattr(estimator, "architecture"):
        raise ValueError(
            f"estimator is a {type(estimator).__name__}, which has no attention: give a Tabular or "
            "Sequence estimator fitted with architecture='transformer'."
        )
    check_is_fitted(estimator)
    fitted = estimator._candidates[0].plan["architecture"]
    if not TABLE_ARCHITECTURES[fitted].reads_tokens:
        raise ValueError(
            f"the estimator was fitted with architecture={estimator.architecture!r}, which has no "
            "attention: fit it with architecture='transformer'."
        )
