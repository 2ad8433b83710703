"""How many threads a product of matrices is worth."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

# Multiplications of the largest product in a step; below, waking a second thread costs more than
# it saves, and costs many times as much where another process wants the core.
_WORTH_THREADS = 1 << 20


@lru_cache(maxsize=1)
def _openmp() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="openmp")


@contextmanager
def threads_for(n_multiplications: int) -> Iterator[None]:
    """Compute small products on one thread; the setting is the calling thread's own."""
    if n_multiplications >= _WORTH_THREADS:
        yield
    else:
        with _openmp().limit(limits=1):
            yield
