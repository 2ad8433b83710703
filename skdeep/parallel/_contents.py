"""Data that several fits hold copies of, stored once.

The candidates of a search train on the same folds, each on a copy of its own. Copies are found by
their content; members that hold the same object then see the same batches at the price of one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from skdeep.training import DenseRows, Member, SequenceRows, SparseRows

_SHARED = ("X", "y", "sample_weight", "rows")
Digests = dict[str, bytes | None]


def digests(member: Member) -> Digests:
    """What the arrays of a member hold, by name; None for what is not in main memory."""
    return {name: _digest(getattr(member, name)) for name in _SHARED}


def with_shared_data(members: Sequence[Member], contents: Sequence[Digests]) -> list[Member]:
    """Return the members with the first copy of each of their arrays.

    Parameters
    ----------
    members : sequence of Member
        They train at the same time: nobody may change their arrays meanwhile.
    contents : sequence of dict
        Their `digests`.
    """
    first: dict[bytes, Any] = {}
    shared = []
    for member, content in zip(members, contents, strict=True):
        own = {name: getattr(member, name) for name in _SHARED}
        data = {
            name: own[name] if digest is None else first.setdefault(digest, own[name])
            for name, digest in content.items()
        }
        validation = member.validation
        if validation is not None and _memory(validation.X) == _memory(member.X) is not None:
            validation = replace(validation, X=data["X"])
        shared.append(replace(member, validation=validation, **data))
    return shared


def _digest(data: Any) -> bytes | None:
    arrays = _arrays(data)
    if arrays is None:
        return None
    digest = hashlib.blake2b(type(data).__name__.encode(), digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()


def _arrays(data: Any) -> list[np.ndarray] | None:
    """Arrays that make up the data, None for what is not in main memory."""
    if isinstance(data, DenseRows):
        data = data.values
    if isinstance(data, torch.Tensor):
        return [data.numpy()] if data.device.type == "cpu" else None
    if isinstance(data, SequenceRows):
        lengths = [] if data.lengths is None else [data.lengths.cpu().numpy()]
        values = _arrays(data.values)
        return None if values is None else [np.array(data.shape), *lengths, *values]
    if isinstance(data, SparseRows):
        matrix = data.values
        return [np.array(matrix.shape), matrix.data, matrix.indices, matrix.indptr]
    return None


def _memory(data: Any) -> tuple[int, tuple[int, ...]] | None:
    held = isinstance(data, DenseRows | SequenceRows)
    return (data.values.data_ptr(), data.shape) if held else None


def n_bytes(member: Member) -> int:
    """Size of the rows of a member."""
    return sum(array.nbytes for array in _arrays(member.X) or [])
