"""Weights of attention of fitted Transformers over sequences."""

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.rows import as_rows
from skdeep._engine.training.threads import safe_after_fork


def sequence_attention(estimator, X, most_weights):
    """Return the weights of all blocks of all networks, as `attention_weights` describes them.

    Parameters
    ----------
    estimator : SequenceClassifier or SequenceRegressor
    X : sequences
    most_weights : int
        Weights that are computed at once, roughly.

    Returns
    -------
    ndarray of shape (n_samples, n_estimators * depth, n_heads, T', T'), float32
    """
    check_is_fitted(estimator)
    # The parameters may have been changed since `fit`; what is fitted counts.
    fitted = estimator._built.maker.arguments
    if fitted["architecture"] != "transformer":
        raise ValueError(
            f"the estimator was fitted with architecture={fitted['architecture']!r}, which has no "
            "attention: fit it with architecture='transformer'."
        )
    cpu = torch.device("cpu")
    array = estimator._validated(X, dtype=estimator._fitted_dtype, reset=False)
    rows = as_rows(array, cpu)
    module = estimator._built.loaded(estimator._weights, estimator._buffers, cpu)
    trunks = [network.trunk for network in module.networks]
    n_blocks = sum(len(trunk.blocks) for trunk in trunks)
    n_steps = -(-array.shape[2] // trunks[0].stem.patch)
    shape = (len(array), n_blocks, fitted["n_heads"], n_steps, n_steps)
    weights = np.zeros(shape, np.float32)
    n_chunk = max(1, most_weights // max(1, weights[:1].size))
    with safe_after_fork(), torch.inference_mode():
        for start in range(0, len(array), n_chunk):
            blocks = module.attention(rows.slice(start, start + n_chunk))
            seen = blocks[0].shape[2]  # steps of the longest in the chunk
            part = weights[start : start + n_chunk, :, :, :seen, :seen]
            part[:] = torch.stack(blocks, dim=1).numpy()
    return weights
