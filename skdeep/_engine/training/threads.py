"""How many threads to use for a product of matrices."""

import ctypes
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import torch
from threadpoolctl import ThreadpoolController

# Multiplications of the largest product in a step; below, waking a second thread costs more than it
# saves, and many times as much if another process uses the core.
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


_is_forked = False


def _after_fork() -> None:
    global _is_forked
    _is_forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def threads_for(n_multiplications: int) -> Iterator[None]:
    """Compute small products on one thread; the setting is the calling thread's own."""
    if n_multiplications >= _WORTH_THREADS:
        yield
        return
    with single_threaded():
        yield


@contextmanager
def single_threaded() -> Iterator[None]:
    """Compute on one thread; the setting is the calling thread's own."""
    set_mkl_threads = _set_mkl_threads()
    with _openmp().limit(limits=1):
        before = set_mkl_threads(1)
        try:
            yield
        finally:
            set_mkl_threads(before)


def for_single_threads(n_threads: int) -> ThreadPoolExecutor:
    """A pool whose threads compute on one thread each."""
    return ThreadPoolExecutor(n_threads, initializer=_compute_on_one_thread)


def _compute_on_one_thread() -> None:
    _openmp().limit(limits=1)
    _set_mkl_threads()(1)


@contextmanager
def safe_after_fork() -> Iterator[None]:
    """Compute on one thread in a forked process, where OpenMP would wait for its parent's."""
    if not _is_forked:
        yield
    else:
        with single_threaded():
            yield
