"""Outputs of a fitted network for many rows."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from skdeep._engine.modules.mlp import mlp_outputs
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.threads import single_threaded

# Rows of a chunk times its widest layer: small enough for hidden values to stay in the cache.
_CHUNK_VALUES = 1 << 18
# Multiplications that are worth a thread pool.
_WORTH_POOL = 1 << 26
# Rows that are worth a thread of their own.
_FEWEST_OF_A_THREAD = 256
# Rows that a module should have at once, however large it is.
_FEWEST_ROWS = 64
# The same for chunks of one size, which a single row has to fill as well.
_FEWEST_OF_ONE_SIZE = 16


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
    widest = max(X.shape[1], *[bias.shape[0] for bias in biases])
    n_chunk = max(1, _CHUNK_VALUES // widest)
    layers = (weights, biases, activation)
    if n_rows <= n_chunk:
        return mlp_outputs(_rows(X, index, 0, n_rows), *layers)
    outputs = weights[-1].new_empty(n_rows, weights[-1].shape[1])

    def fill(start: int, stop: int) -> None:
        """Compute the chunks between two rows."""
        for first in range(start, stop, n_chunk):
            last = min(first + n_chunk, stop)
            outputs[first:last] = mlp_outputs(_rows(X, index, first, last), *layers)

    n_threads = torch.get_num_threads()
    n_multiplications = n_rows * sum(weight.numel() for weight in weights)
    if n_threads == 1 or n_multiplications < _WORTH_POOL or outputs.is_cuda:
        fill(0, n_rows)
    else:
        _fill_on_threads(fill, n_rows, n_threads)
    return outputs


def in_chunks(
    compute: Callable[[int, int], Tensor], n_rows: int, n_chunk: int, n_multiplications: int
) -> Tensor:
    """Compute the rows of a tensor in chunks, on several threads where that is worth it.

    Parameters
    ----------
    compute : callable
        Takes the first row and the one after the last, returns a tensor of that many rows.
    n_rows, n_chunk : int
    n_multiplications : int
        Those of all rows, roughly.
    """
    n_threads = 1
    if n_multiplications >= _WORTH_POOL:
        n_threads = max(1, min(torch.get_num_threads(), n_rows // _FEWEST_OF_A_THREAD))
    n_chunk = min(n_chunk, -(-n_rows // n_threads))
    with single_threaded():  # threads that share a product wait for each other at every product
        if n_rows <= n_chunk:
            return compute(0, n_rows)
        first = compute(0, 1)  # what all threads are to wait for is to be short
        result = first.new_empty(n_rows, *first.shape[1:])

        def fill(start: int, stop: int) -> None:
            for at in range(start, stop, n_chunk):
                result[at : min(at + n_chunk, stop)] = compute(at, min(at + n_chunk, stop))

        if n_threads == 1 or result.is_cuda:
            fill(0, n_rows)
        else:
            _fill_on_threads(fill, n_rows, n_threads)
    return result


def module_outputs(
    X: Rows,
    function: Callable[[Tensor], Tensor],
    values_per_row: int,
    index: Tensor | None = None,
    one_size: bool = False,
) -> Tensor:
    """Raw outputs of a module, computed in chunks of rows.

    Rows that differ in length are computed in the order of length, so that little is padding.

    Parameters
    ----------
    X : Rows
    function : callable
        Takes rows (n, ...), returns raw outputs (n, outputs).
    values_per_row : int
        Numbers that the module keeps a row, roughly.
    index : Tensor of shape (n,), default=None
        Rows of `X` that are wanted; None for all.
    one_size : bool, default=False
        Whether the last chunk is filled up by copies of a row. How sums are rounded depends on the
        number of rows; in chunks of one size, a row has the same outputs in any company, mostly
        to the last bit.

    Returns
    -------
    Tensor of shape (n, outputs)
    """
    if one_size:
        n_chunk = max(_CHUNK_VALUES // values_per_row, _FEWEST_OF_ONE_SIZE)
        n_chunk = min(n_chunk - n_chunk % _FEWEST_OF_ONE_SIZE, _FEWEST_ROWS)
    else:
        n_chunk = max(_FEWEST_ROWS, _CHUNK_VALUES // values_per_row)
    if X.lengths is not None:
        lengths = X.lengths if index is None else X.lengths[index]
        order = torch.argsort(lengths, stable=True)
        sorted_index = order if index is None else index[order]
        outputs = _chunk_outputs(X, function, n_chunk, sorted_index, one_size)
        return torch.empty_like(outputs).index_copy_(0, order, outputs)
    return _chunk_outputs(X, function, n_chunk, index, one_size)


def _chunk_outputs(
    X: Rows,
    function: Callable[[Tensor], Tensor],
    n_chunk: int,
    index: Tensor | None,
    one_size: bool,
) -> Tensor:
    n_rows = X.shape[0] if index is None else index.shape[0]

    def outputs(start: int) -> Tensor:
        stop = min(start + n_chunk, n_rows)
        x = _rows(X, index, start, stop)
        n_copies = n_chunk - (stop - start) if one_size else 0
        if n_copies:
            x = torch.cat([x, x[:1].expand(n_copies, *x.shape[1:])])
        return function(x)[: stop - start]

    return torch.cat([outputs(start) for start in range(0, max(n_rows, 1), n_chunk)])


def _rows(X: Rows, index: Tensor | None, start: int, stop: int) -> Tensor:
    return X.slice(start, stop) if index is None else X.chunk(index[start:stop])


def _fill_on_threads(fill: Callable[[int, int], None], n_rows: int, n_threads: int) -> None:
    inference = torch.is_inference_mode_enabled()  # a thread does not inherit it

    def fill_on_one_thread(start: int, stop: int) -> None:
        with single_threaded(), torch.inference_mode(inference):
            fill(start, stop)

    edges = [n_rows * i // n_threads for i in range(n_threads + 1)]
    with ThreadPoolExecutor(n_threads) as pool:
        # Asking for the results lets an error through.
        list(pool.map(fill_on_one_thread, edges[:-1], edges[1:]))
