"""The fitted networks of a tabular estimator: arrays, and what they predict."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skdeep._encoding.memory import shared_tensor
from skdeep._encoding.rows import as_rows
from skdeep._engine.training.prediction import in_chunks
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.threads import single_threaded
from skdeep.neural_network._tabular.networks.folded import TableInference
from skdeep.neural_network._tabular.networks.network import TableNetwork
from skdeep.neural_network._tabular.networks.packed import PackedTable
from skdeep.neural_network._tabular.networks.plan import TablePlan

# From raw outputs (..., n, n_outputs) to predictions.
Predict = Callable[[Tensor], Tensor]
# Numbers that the networks keep of a chunk of rows, together: they should stay in the cache.
_CHUNK_VALUES = 1 << 20
_FEWEST_ROWS = 512


@dataclass
class Candidate:
    """Networks of one configuration at one time of their training, equally many for every fold.

    Attributes
    ----------
    plan : dict
        Arguments of `TablePlan`.
    weights : ndarray of shape (n_networks, P)
    buffers : dict of str to ndarray of shape (n_networks, ...)
    folds : ndarray of shape (n_networks,)
        Fold that each network has not seen, repeat by repeat.
    is_late : bool
        Whether they are from the end of training.
    is_barred : bool
        Whether they may not have a share.
    share : float
        Weight among the candidates.
    unlabeled : tuple of str
        How they learned from unlabelled rows; see `Trainee`.
    """

    plan: dict[str, Any]
    weights: np.ndarray
    buffers: dict[str, np.ndarray]
    folds: np.ndarray
    is_late: bool = True
    is_barred: bool = False
    share: float = 1.0
    unlabeled: tuple[str, ...] = ()

    @property
    def n_columns(self) -> int:
        """Columns of the rows that they read."""
        return TablePlan(**self.plan).n_columns

    def of_fold(self, k: int) -> "Candidate":
        """The networks of one fold."""
        chosen = np.flatnonzero(self.folds == k)
        buffers = {name: value[chosen] for name, value in self.buffers.items()}
        weights, folds = self.weights[chosen], self.folds[chosen]
        return replace(self, weights=weights, buffers=buffers, folds=folds)

    def pack(self, dtype: type = np.float32) -> PackedTable:
        """The networks as one program."""
        network = _structure(TablePlan(**self.plan))
        held = {
            name: shared_tensor(_in_precision(value, dtype)) for name, value in self.buffers.items()
        }
        return PackedTable(network, shared_tensor(_in_precision(self.weights, dtype)), held)


@lru_cache(maxsize=16)
def _structure(plan: TablePlan) -> TableNetwork:
    """A network of a plan, shared by all that have no use for its tensors."""
    return TableNetwork.blank(plan)


def candidates_of_fold(
    candidates: Sequence[Candidate], shares_of_folds: np.ndarray, k: int
) -> list[Candidate]:
    """The networks of one fold, with the shares of candidates in it; (n_folds, n_candidates)."""
    return [
        replace(candidate.of_fold(k), share=float(share))
        for candidate, share in zip(candidates, shares_of_folds[k], strict=True)
    ]


def make_candidate(
    networks: Sequence[TableNetwork],
    weights: Sequence[np.ndarray],
    folds: Sequence[int],
    is_late: bool,
) -> Candidate:
    """A candidate from the templates of its members, their weights and their folds."""
    buffers = [dict(network.named_buffers()) for network in networks]
    return Candidate(
        plan=asdict(networks[0].plan),
        weights=np.stack(list(weights)),
        buffers={name: np.stack([own[name].numpy() for own in buffers]) for name in buffers[0]},
        folds=np.asarray(folds),
        is_late=is_late,
    )


def fold_predictions(
    candidate: Candidate, fold: int, matrix: Any, rows: np.ndarray, predict: Predict
) -> np.ndarray:
    """What the networks of one fold predict for some rows; (n, n_repeats, n_outputs)."""
    pack = candidate.of_fold(fold).pack()
    index = torch.from_numpy(rows)
    networks = _made_for(len(rows), [pack])

    def chunk(X: Rows, start: int, stop: int) -> Tensor:
        (outputs,) = networks.outputs(X.chunk(index[start:stop]))
        heads = predict(_split_heads(pack, outputs))
        return heads.unflatten(0, (-1, len(pack.flat))).mean(0).transpose(0, 1)

    return _all_chunks(matrix, len(rows), [pack], networks.values_per_row, chunk)


def mean_predictions(candidates: Sequence[Candidate], matrix: Any, predict: Predict) -> np.ndarray:
    """Mean prediction of all folds and candidates, by their shares; (n, ...).

    Parameters
    ----------
    candidates : sequence of Candidate
    matrix : ndarray or CSR matrix of shape (n, n_columns)
    predict : callable
        From raw outputs (..., n, n_outputs) to predictions.
    """
    packs = [candidate.pack() for candidate in candidates]
    shares = [candidate.share for candidate in candidates]
    networks = _made_for(matrix.shape[0], packs)

    def chunk(X: Rows, start: int, stop: int) -> Tensor:
        outputs = networks.outputs(X.slice(start, stop))
        mean: Any = sum(
            predict(_split_heads(pack, of_pack)).double().mean(0).mul_(share)
            for pack, of_pack, share in zip(packs, outputs, shares, strict=True)
        )
        return mean

    return _all_chunks(matrix, matrix.shape[0], packs, networks.values_per_row, chunk)


def representations(candidate: Candidate, matrix: Any) -> np.ndarray:
    """Last hidden layers of the networks of all folds, side by side; (n, n_networks * width).

    In double precision, else values near 0 would depend on the other rows in the batch.
    """
    pack = candidate.pack(np.float64)

    def chunk(X: Rows, start: int, stop: int) -> Tensor:
        rows = X.slice(start, stop).double()
        return pack.representations(rows).transpose(0, 1).flatten(1)

    n_kept = len(pack.flat) * pack.values_per_row
    return _all_chunks(matrix, matrix.shape[0], [pack], n_kept, chunk)


def _made_for(n_rows: int, packs: Sequence[PackedTable]) -> TableInference:
    with single_threaded():  # idle threads would keep spinning while chunks are computed
        return TableInference(packs, n_rows)


def _in_precision(values: np.ndarray, dtype: type) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=dtype if values.dtype.kind == "f" else None)


def _split_heads(pack: PackedTable, outputs: Tensor) -> Tensor:
    """Raw outputs with the heads of a network as networks; (heads * K, n, n_outputs)."""
    return outputs.unflatten(2, (-1, pack.network.plan.n_outputs)).movedim(2, 0).flatten(0, 1)


def _all_chunks(
    matrix: Any,
    n_rows: int,
    packs: Sequence[PackedTable],
    n_kept: int,
    chunk: Callable[[Rows, int, int], Tensor],
) -> np.ndarray:
    X = as_rows(matrix, torch.device("cpu"))
    n_chunk = max(_FEWEST_ROWS, _CHUNK_VALUES // n_kept)
    work = n_rows * sum(pack.flat.numel() for pack in packs)
    with torch.inference_mode():
        return in_chunks(lambda a, b: chunk(X, a, b), n_rows, n_chunk, work).numpy()
