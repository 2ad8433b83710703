"""X as users have it, as rows that training can gather."""

import difflib
from typing import Any

import numpy as np
import scipy.sparse
import torch

from skdeep._encoding.channel_array import RowArray
from skdeep._encoding.memory import shared_tensor
from skdeep._encoding.named_arrays import NamedArrays, packed
from skdeep._engine.training.rows import DenseRows, Rows, SparseRows


def accepted_dtypes(dtype: str) -> Any:
    """What `validate_data` may leave X as: the input's precision, or the one asked for."""
    return (np.float64, np.float32) if dtype == "auto" else np.dtype(dtype)


def resolve_device(device: str) -> torch.device:
    """The torch device of a `device` parameter.

    Raises
    ------
    ValueError
        If the device does not exist.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.empty(0, device=resolved)
    except (RuntimeError, AssertionError) as error:
        known = ["auto", "cpu", "cuda", "mps", "xpu"]
        name = "cuda" if device == "gpu" else device.partition(":")[0]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near and device.partition(":")[0] != near[0] else ""
        raise ValueError(
            f"device={device!r} cannot be used on this machine; "
            f"choose device='auto' or device='cpu'. {hint}".rstrip()
        ) from error
    return resolved


def as_rows(X: Any, device: torch.device) -> Rows:
    """Rows of a validated array: dense, CSR, of a kind that says itself how, or several by name."""
    if isinstance(X, RowArray):
        return X.as_rows(device)
    if isinstance(X, NamedArrays):
        X = packed(X)
    if scipy.sparse.issparse(X):
        return SparseRows(X, device)
    return DenseRows(shared_tensor(np.ascontiguousarray(X)).to(device))
