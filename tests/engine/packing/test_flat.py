"""Parameters of a module as a vector, and back."""

import pytest
import torch
from torch import nn

from skdeep._engine.packing.flat import FlatLayout, flat_vector, load_flat, persistent_buffers


def make_module():
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))


def test_weights_come_first_and_biases_after():
    module = make_module()
    module[0].bias.requires_grad_(False)
    layout = FlatLayout(module)
    assert layout.names == ["0.weight", "2.weight", "1.weight", "1.bias", "2.bias"]
    assert (layout.n_weights, layout.n_parameters) == (9, 16)
    expected = [module.get_parameter(name).reshape(-1) for name in layout.names]
    torch.testing.assert_close(flat_vector(module), torch.cat(expected).detach())


def test_a_vector_and_buffers_come_back():
    module, other = make_module(), make_module()
    module(torch.randn(5, 2, generator=torch.Generator().manual_seed(0)))
    assert persistent_buffers(module).keys() == {
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
    }
    assert load_flat(other, flat_vector(module), persistent_buffers(module)) is other
    for one, two in zip(module.state_dict().values(), other.state_dict().values(), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_tied_parameters_stand_once():
    module = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    module[1].weight = module[0].weight
    assert flat_vector(module).shape == (15,)


def test_a_vector_of_another_module_is_refused():
    with pytest.raises(ValueError, match=r"vector has shape \(3,\), but module=Linear has 4"):
        load_flat(nn.Linear(3, 1), torch.zeros(3))


def test_nothing_to_train_is_refused():
    with pytest.raises(ValueError, match="module=Linear has no parameter that requires a gradient"):
        flat_vector(nn.Linear(3, 1).requires_grad_(False))
