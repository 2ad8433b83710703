"""X as users have it, as rows that training can gather."""

import difflib
from typing import Any

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from skdeep.encoding.image_array import ImageArray
from skdeep.encoding.named_arrays import NamedArrays, packed
from skdeep.encoding.sequence_array import SequenceArray
from skdeep.training import DenseRows, ImageRows, Rows, SequenceRows, SparseRows

TORCH_DTYPES = {"float32": torch.float32, "float64": torch.float64}


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


class _Alias:
    """The memory of an array, not marked read-only; torch warns of read-only arrays."""

    def __init__(self, array: np.ndarray):
        self._array = array
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


def shared_tensor(array: np.ndarray) -> Tensor:
    """A tensor on the memory of a contiguous array, which nobody may write to."""
    if not array.flags.writeable:
        array = np.asarray(_Alias(array))
    return torch.from_numpy(array)


def as_rows(X: Any, device: torch.device) -> Rows:
    """Rows of a validated array, dense or CSR, of sequences, images or several arrays."""
    if isinstance(X, ImageArray):
        values = shared_tensor(np.ascontiguousarray(X.values)).to(device)
        dtype = TORCH_DTYPES[X.dtype.name]
        mean, scale = (torch.from_numpy(part).to(device, dtype) for part in (X.mean, X.scale))
        return ImageRows(values, mean, scale)
    if isinstance(X, SequenceArray):
        lengths = torch.from_numpy(X.lengths).to(device)
        return SequenceRows(shared_tensor(X.values).to(device), lengths, X.n_channels)
    if isinstance(X, NamedArrays):
        X = packed(X)
    if scipy.sparse.issparse(X):
        return SparseRows(X, device)
    return DenseRows(shared_tensor(np.ascontiguousarray(X)).to(device))
