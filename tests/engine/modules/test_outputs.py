import torch
from torch import nn

from skdeep._engine.modules.outputs import AsColumn, AsRawOutputs, without_adapters


def test_a_vector_becomes_a_column():
    module = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))
    x = torch.rand(5, 3)
    assert torch.equal(AsColumn(module)(x)[:, 0], module(x))


def test_links_give_probabilities_back():
    x = torch.randn(6, 3, dtype=torch.float64)
    softmax = AsRawOutputs(nn.Softmax(dim=1), independent=False)
    torch.testing.assert_close(torch.softmax(softmax(x), dim=1), torch.softmax(x, dim=1))
    torch.testing.assert_close(AsRawOutputs(nn.Sigmoid(), independent=True)(x), x)


def test_probabilities_of_0_and_1_have_finite_outputs_and_gradients():
    x = torch.tensor([[300.0, -300.0]], requires_grad=True)
    for link, independent in ((nn.Softmax(dim=1), False), (nn.Sigmoid(), True)):
        outputs = AsRawOutputs(link, independent)(x)
        assert torch.isfinite(outputs).all()
        assert torch.isfinite(torch.autograd.grad(outputs.sum(), x)[0]).all()


def test_adapters_come_off():
    module = nn.Linear(2, 1)
    assert without_adapters(AsRawOutputs(AsColumn(module), True)) is module
    assert without_adapters(module) is module
