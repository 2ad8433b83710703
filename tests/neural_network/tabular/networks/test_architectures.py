"""An entry of the table of architectures is all that it takes: networks, options and words."""

import re

import pytest
import torch

from skdeep.neural_network import TabularClassifier, TabularRegressor
from skdeep.neural_network._tabular.networks.architectures import (
    ARCHITECTURES,
    architecture_of,
    n_losses,
)
from skdeep.neural_network._tabular.networks.network import TableNetwork
from skdeep.neural_network._tabular.networks.packed_perceptron import PackedPerceptronTable
from skdeep.neural_network._tabular.networks.plan import TablePlan


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_entry_says_what_is_built(name):
    entry = ARCHITECTURES[name]
    width = entry.width or 16
    sizes = {"width": width, "depth": entry.depth, "n_heads": entry.n_heads}
    plan = TablePlan(2, 1, (3,), n_outputs=2, architecture=name, **sizes)
    network = TableNetwork.blank(plan)
    assert architecture_of(plan) is entry
    assert network(torch.zeros(5, plan.n_columns)).shape == (5, 2 * n_losses(plan))
    assert (network.tokens is not None) == entry.reads_tokens
    flat = torch.nn.utils.parameters_to_vector(network.parameters())[None].detach()
    assert isinstance(network.packed([network], flat), PackedPerceptronTable) == entry.is_by_hand


@pytest.mark.parametrize("estimator", [TabularClassifier, TabularRegressor])
def test_an_entry_says_what_users_read(estimator):
    words = re.sub(r"\s+", " ", estimator.__doc__)
    assert all(repr(name) in words and ARCHITECTURES[name].words in words for name in ARCHITECTURES)
    (options,) = estimator._parameter_constraints["architecture"]
    assert options.options == set(ARCHITECTURES)
