"""Small products run on one thread, without an effect on other code."""

import threading

import pytest
import torch
from threadpoolctl import ThreadpoolController

from skdeep._engine.training.threads import _WORTH_THREADS, _set_mkl_threads, threads_for


def openmp_threads():
    return {
        lib.num_threads for lib in ThreadpoolController().select(user_api="openmp").lib_controllers
    }


def mkl_threads():
    """The calling thread's own number in torch's MKL; 0 where it follows OpenMP's."""
    number = _set_mkl_threads()(0)
    _set_mkl_threads()(number)
    return number


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_small_products_get_one_thread_also_after_torch_was_given_a_number():
    mkl_before = mkl_threads()
    with threads_for(_WORTH_THREADS - 1):
        assert openmp_threads() == {1}
        # Once torch.set_num_threads was called, MKL no longer follows OpenMP.
        assert mkl_threads() == (1 if mkl_before else 0)
        assert torch.get_num_threads() == 1
    assert mkl_threads() == mkl_before
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_large_products_get_what_there_is():
    with threads_for(_WORTH_THREADS):
        assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_an_error_gives_the_threads_back():
    mkl_before = mkl_threads()
    with pytest.raises(KeyError), threads_for(1):
        raise KeyError
    assert torch.get_num_threads() == 2
    assert mkl_threads() == mkl_before


@pytest.mark.usefixtures("two_threads")
def test_other_threads_keep_theirs():
    seen = []

    def look():
        seen.append(torch.get_num_threads())

    with threads_for(1):
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert seen == [2]
