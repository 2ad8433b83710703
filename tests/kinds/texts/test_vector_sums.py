"""Sums of rows are products with a matrix of weights, gradients included."""

import pytest
import torch

from skdeep._kinds.texts.vector_sums import _table_gradient, vector_sums


def bags(lengths, n_terms, seed=0):
    """Return numbers and weights of bags, and the matrix (n_bags, n_terms) that they stand for."""
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.randint(0, n_terms, (sum(lengths),), generator=generator)
    weights = torch.rand(sum(lengths), dtype=torch.float64, generator=generator)
    owners = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
    matrix = torch.zeros(len(lengths), n_terms, dtype=torch.float64)
    matrix.index_put_((owners, numbers), weights, accumulate=True)
    return numbers, weights, matrix


@pytest.mark.parametrize("lengths", [[3, 0, 5, 1], [4, 4], [0, 0], [200]])
def test_sums_and_gradients(lengths):
    numbers, weights, matrix = bags(lengths, n_terms=7)
    table = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    delta = torch.randn(len(lengths), 3, dtype=torch.float64)
    sums = vector_sums(table, numbers, weights, torch.tensor(lengths))
    torch.testing.assert_close(sums, matrix @ table)
    (gradient,) = torch.autograd.grad(sums, table, delta)
    torch.testing.assert_close(gradient, matrix.T @ delta)
    assert (gradient[(matrix == 0).all(dim=0)] == 0).all()
    anywhere = _table_gradient(delta, numbers, weights, torch.tensor(lengths), 7)
    torch.testing.assert_close(anywhere, gradient)  # what devices without scipy compute
