import numpy as np
import pytest
import scipy.sparse
import torch

from skdeep._engine.training.rows import DenseRows, SparseRows

X = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, 3.0], [0.0, 0.0, 4.0]])


@pytest.fixture(params=["dense", "sparse"])
def rows(request):
    if request.param == "dense":
        return DenseRows(torch.from_numpy(X))
    return SparseRows(scipy.sparse.csr_array(X), torch.device("cpu"))


@pytest.mark.parametrize(("start", "stop"), [(0, 4), (1, 3), (2, 2), (3, 9)])
def test_slices_are_adjacent_rows(rows, start, stop):
    np.testing.assert_array_equal(rows.slice(start, stop).numpy(), X[start:stop])


@pytest.mark.parametrize("index", [[3, 0, 0], [1], []])
def test_rows_are_gathered_by_number(rows, index):
    index = torch.tensor(index, dtype=torch.int64)
    expected = X[index.numpy()]
    out = torch.full((len(index), 3), torch.nan, dtype=torch.float64)
    rows.gather(index, out)
    np.testing.assert_array_equal(out.numpy(), expected)
    np.testing.assert_array_equal(rows.chunk(index).numpy(), expected)
    assert rows.shape == (4, 3)
