"""Arrays and tensors on one memory, and their types."""

import numpy as np
import torch
from torch import Tensor

TORCH_DTYPES = {"float32": torch.float32, "float64": torch.float64}


class _Alias:
    """The memory of an array, not marked read-only; torch warns of read-only arrays."""

    def __init__(self, array: np.ndarray):
        self._array = array
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


def shared_tensor(array: np.ndarray) -> Tensor:
    """A tensor that shares the memory of a contiguous array and must not be written to."""
    if not array.flags.writeable:
        array = np.asarray(_Alias(array))
    return torch.from_numpy(array)
