import weakref

import numpy as np
import pytest
import scipy.sparse
import torch

from skdeep._encoding.memory import shared_tensor
from skdeep._encoding.rows import as_rows, resolve_device
from skdeep._engine.training.rows import DenseRows, SparseRows

CPU = torch.device("cpu")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("writeable", [True, False])
@pytest.mark.parametrize("shape", [(4, 3), (5,), (1, 1), (0, 3)])
def test_a_tensor_shares_the_memory_of_its_array_without_a_warning(shape, writeable, dtype):
    # Warnings are errors here, and torch warns of arrays that are not writeable.
    array = np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    array.flags.writeable = writeable
    tensor = shared_tensor(array)
    assert tensor.shape == shape
    np.testing.assert_array_equal(tensor.numpy(), array)
    if array.size:
        assert tensor.data_ptr() == array.ctypes.data
    assert array.flags.writeable == writeable


def test_a_shared_tensor_keeps_the_memory_alive():
    array = np.arange(6.0).copy()
    array.flags.writeable = False
    watched = weakref.ref(array)
    tensor = shared_tensor(array)
    del array
    assert watched() is not None
    np.testing.assert_array_equal(tensor.numpy(), np.arange(6.0))
    del tensor
    assert watched() is None


def test_a_memory_map_is_shared(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.arange(12.0).reshape(4, 3))
    mapped = np.load(path, mmap_mode="r")
    tensor = shared_tensor(mapped)
    assert tensor.data_ptr() == mapped.ctypes.data


def test_dense_rows_are_gathered_from_the_array_itself():
    X = np.arange(12.0).reshape(4, 3)
    rows = as_rows(X, CPU)
    assert isinstance(rows, DenseRows)
    assert rows.values.data_ptr() == X.ctypes.data
    assert rows.shape == (4, 3)
    fortran = as_rows(np.asfortranarray(X), CPU)
    torch.testing.assert_close(fortran.values, rows.values)


@pytest.mark.parametrize("index", [[2, 0, 0], [3], []])
def test_sparse_rows_are_gathered_as_dense_ones(index):
    X = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, 3.0], [0.0, 0.0, 4.0]])
    index = torch.tensor(index, dtype=torch.int64)
    for rows in (as_rows(scipy.sparse.csr_array(X), CPU), as_rows(scipy.sparse.csr_matrix(X), CPU)):
        assert isinstance(rows, SparseRows)
        out = torch.full((len(index), 3), torch.nan, dtype=torch.float64)
        rows.gather(index, out)
        np.testing.assert_array_equal(out.numpy(), X[index.numpy()])
        np.testing.assert_array_equal(rows.chunk(index).numpy(), X[index.numpy()])


def test_the_device_is_named_or_found():
    assert resolve_device("cpu") == CPU
    assert resolve_device("auto").type in ("cpu", "cuda")


@pytest.mark.parametrize("device", ["cuda:99", "abacus", "cpu:-1"])
def test_a_device_that_is_not_there_is_named_in_the_error(device):
    with pytest.raises(ValueError, match=r"device=.*cannot be used.*device='cpu'"):
        resolve_device(device)
