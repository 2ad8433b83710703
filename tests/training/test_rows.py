import numpy as np
import pytest
import scipy.sparse
import torch

from skdeep.training import DenseRows, SparseRows
from skdeep.training import rows as rows_module

X = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, 3.0], [0.0, 0.0, 4.0]])


@pytest.fixture(params=["dense", "sparse"])
def rows(request):
    if request.param == "dense":
        return DenseRows(torch.from_numpy(X))
    return SparseRows(scipy.sparse.csr_array(X), torch.device("cpu"))


@pytest.mark.parametrize("chunk_values", [1, 6, 10**6])
def test_chunks_are_all_rows_in_their_order(rows, chunk_values, monkeypatch):
    monkeypatch.setattr(rows_module, "_CHUNK_VALUES", chunk_values)
    np.testing.assert_array_equal(torch.cat(list(rows.chunks())).numpy(), X)


@pytest.mark.parametrize("index", [[3, 0, 0], [1], []])
def test_rows_are_gathered_by_number(rows, index):
    index = torch.tensor(index, dtype=torch.int64)
    expected = X[index.numpy()]
    out = torch.full((len(index), 3), torch.nan, dtype=torch.float64)
    rows.gather(index, out)
    np.testing.assert_array_equal(out.numpy(), expected)
    np.testing.assert_array_equal(rows.chunk(index).numpy(), expected)
    assert rows.shape == (4, 3)
