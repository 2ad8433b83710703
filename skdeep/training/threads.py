"""How many threads a product of matrices is worth."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import torch
from threadpoolctl import ThreadpoolController

# Multiplications of the largest product in a step; below, waking a second thread costs more than
# it saves, and costs many times as much where another process wants the core.
_WORTH_THREADS = 1 << 22


@lru_cache(maxsize=1)
def _openmp() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="openmp")


@lru_cache(maxsize=1)
def _set_mkl_threads() -> Callable[[int], int]:
    """Set the threads that torch's MKL takes in the calling thread; returns the number before.

    `torch.set_num_threads` gives MKL a number of its own, which OpenMP's then no longer binds.
    """
    library = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    try:
        return ctypes.CDLL(str(library)).MKL_Set_Num_Threads_Local
    except (OSError, AttributeError):  # torch without MKL, or on another system
        return lambda n_threads: 0


@contextmanager
def threads_for(n_multiplications: int) -> Iterator[None]:
    """Compute small products on one thread; the setting is the calling thread's own."""
    if n_multiplications >= _WORTH_THREADS:
        yield
        return
    set_mkl_threads = _set_mkl_threads()
    with _openmp().limit(limits=1):
        before = set_mkl_threads(1)
        try:
            yield
        finally:
            set_mkl_threads(before)
