from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse
import torch

from skdeep._engine.modules.mlp import mlp_outputs
from skdeep._engine.training import prediction
from skdeep._engine.training.prediction import network_outputs
from skdeep._engine.training.rows import DenseRows, SparseRows

CPU = torch.device("cpu")


def network(units=(7, 11, 2), seed=0):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    weights = [normal(i, o) for i, o in pairwise(units)]
    return normal(50, units[0]), weights, [normal(o) for o in units[1:]]


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("n_chunk", [1, 7, 49, 50, 51])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("index", [None, torch.tensor([3, 3, 49, 0]), torch.tensor([0])])
def test_chunks_and_threads_do_not_change_outputs(n_threads, n_chunk, sparse, index, monkeypatch):
    x, weights, biases = network()
    rows = SparseRows(scipy.sparse.csr_array(x.numpy()), CPU) if sparse else DenseRows(x)
    monkeypatch.setattr(prediction, "_CHUNK_VALUES", n_chunk * 11)
    monkeypatch.setattr(prediction, "_WORTH_POOL", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
    outputs = network_outputs(rows, weights, biases, "tanh", index)
    wanted = x if index is None else x[index]
    torch.testing.assert_close(outputs, mlp_outputs(wanted, weights, biases, "tanh"))


def test_no_rows_give_no_outputs():
    _, weights, biases = network()
    rows = DenseRows(torch.empty(0, 7, dtype=torch.float64))
    assert network_outputs(rows, weights, biases, "relu").shape == (0, 2)


def test_an_error_in_a_thread_reaches_the_caller(monkeypatch):
    x, weights, biases = network()
    monkeypatch.setattr(prediction, "_WORTH_POOL", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    with pytest.raises(IndexError):
        network_outputs(DenseRows(x), weights, biases, "relu", torch.tensor([np.iinfo("i8").max]))
