"""Data that several fits hold copies of, stored once.

The candidates of a search train on the same folds, each on a copy of its own. Copies are found by
their content; members that hold the same object then see the same batches at the price of one.
"""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from skdeep.training import DenseRows, Member, SparseRows


class Contents:
    """Arrays by their content."""

    def __init__(self) -> None:
        # Not of weak references: Python drops an interruption that falls into their callbacks.
        self._known: dict[bytes, Any] = {}

    def forget(self) -> None:
        """Let go of all arrays."""
        self._known.clear()

    def shared(self, member: Member) -> Member:
        """Return the member with the first copy of each of its arrays."""
        X = self._first(member.X)
        validation = member.validation
        if validation is not None and _memory(validation.X) == _memory(member.X) is not None:
            validation = replace(validation, X=X)
        return replace(
            member,
            X=X,
            y=self._first(member.y),
            sample_weight=self._first(member.sample_weight),
            rows=self._first(member.rows),
            validation=validation,
        )

    def _first(self, data: Any) -> Any:
        arrays = _arrays(data)
        if arrays is None:
            return data
        digest = hashlib.blake2b(type(data).__name__.encode(), digest_size=16)
        for array in arrays:
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return self._known.setdefault(digest.digest(), data)


def _arrays(data: Any) -> list[np.ndarray] | None:
    """Arrays that make up the data, None for what is not in main memory."""
    if isinstance(data, DenseRows):
        data = data.values
    if isinstance(data, torch.Tensor):
        return [data.numpy()] if data.device.type == "cpu" else None
    if isinstance(data, SparseRows):
        matrix = data.values
        return [np.array(matrix.shape), matrix.data, matrix.indices, matrix.indptr]
    return None


def _memory(data: Any) -> tuple[int, torch.Size] | None:
    return (data.values.data_ptr(), data.values.shape) if isinstance(data, DenseRows) else None


def n_bytes(member: Member) -> int:
    """Size of the rows of a member."""
    return sum(array.nbytes for array in _arrays(member.X) or [])
