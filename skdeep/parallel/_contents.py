"""Data that several fits hold copies of, stored once.

The candidates of a search train on the same folds, each on a copy of its own. Copies are found by
their content; members that hold the same object then see the same batches at the cost of one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from skdeep._engine.training.member import Member
from skdeep._engine.training.rows import Rows, in_main_memory

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
        They train at the same time: their arrays must not change meanwhile.
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
        if validation is not None and validation.X is member.X:
            validation = replace(validation, X=data["X"])
        shared.append(replace(member, validation=validation, **data))
    return shared


def _digest(data: Rows | torch.Tensor | None) -> bytes | None:
    if data is None:
        return None
    arrays = in_main_memory(data) if isinstance(data, torch.Tensor) else data.arrays()
    if arrays is None:
        return None
    digest = hashlib.blake2b(type(data).__name__.encode(), digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()


def n_bytes(member: Member) -> int:
    """Size of the rows of a member."""
    return sum(array.nbytes for array in member.X.arrays() or [])
