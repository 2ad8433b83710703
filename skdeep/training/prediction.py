"""Outputs of a fitted network for many rows."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from skdeep.modules import mlp_outputs
from skdeep.training.rows import Rows
from skdeep.training.threads import threads_for

# Rows of a chunk times its widest layer: small enough for hidden values to stay in the cache.
_CHUNK_VALUES = 1 << 17
# Multiplications that are worth a thread pool.
_WORTH_POOL = 1 << 26


def network_outputs(
    X: Rows,
    weights: Sequence[Tensor],
    biases: Sequence[Tensor],
    activation: str,
    index: Tensor | None = None,
) -> Tensor:
    """Raw outputs of a perceptron, computed in chunks of rows.

    Where there is much to do on the CPU, each of torch's threads computes chunks of its own:
    threads that share every product wait for each other at every product.

    Parameters
    ----------
    X : Rows
    weights : sequence of Tensor of shape (fan_in, fan_out)
    biases : sequence of Tensor of shape (fan_out,)
    activation : str
    index : Tensor of shape (n,), default=None
        Rows of `X` that are wanted; None for all.

    Returns
    -------
    Tensor of shape (n, outputs)
    """
    n_rows = X.shape[0] if index is None else index.shape[0]
    n_chunk = max(1, _CHUNK_VALUES // max(max(weight.shape) for weight in weights))

    def outputs_of(start: int) -> Tensor:
        stop = min(start + n_chunk, n_rows)
        x = X.slice(start, stop) if index is None else X.chunk(index[start:stop])
        return mlp_outputs(x, weights, biases, activation)

    starts = range(0, max(n_rows, 1), n_chunk)
    n_threads = torch.get_num_threads()
    n_multiplications = n_rows * sum(weight.numel() for weight in weights)
    if n_threads == 1 or n_multiplications < _WORTH_POOL or weights[0].is_cuda:
        parts = [outputs_of(start) for start in starts]
    else:
        parts = list(_on_threads(outputs_of, starts, n_threads))
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _on_threads(function, starts: Sequence[int], n_threads: int) -> Iterator[Tensor]:
    inference = torch.is_inference_mode_enabled()  # a thread does not inherit it

    def on_one_thread(start: int) -> Tensor:
        with threads_for(0), torch.inference_mode(inference):
            return function(start)

    with ThreadPoolExecutor(n_threads) as pool:
        yield from pool.map(on_one_thread, starts)
