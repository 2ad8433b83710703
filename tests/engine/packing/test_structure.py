"""Modules of one architecture have equal keys, others have not."""

import copy
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from skdeep._engine.packing.structure import structure_key


@dataclass
class Config:
    width: int = 3


class Configured(nn.Module):
    def __init__(self, config, power=1, function=torch.relu):
        super().__init__()
        self.config, self.power, self.function = config, power, function
        self.linear = nn.Linear(2, config.width)

    def forward(self, x):
        return self.function(self.linear(x)) ** self.power


def tied(is_tied):
    module = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    if is_tied:
        module[1].weight = module[0].weight
    return module


def hooked():
    module = nn.Linear(3, 2)
    module.register_forward_hook(lambda module, x, out: 2 * out)
    return module


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(3, 2),
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.Dropout(0.1)),
        lambda: nn.LSTM(2, 3),
        lambda: nn.TransformerEncoderLayer(4, 2, 8),
        lambda: Configured(Config()),
        lambda: tied(True),
    ],
)
def test_modules_of_one_recipe_are_one_architecture(make):
    assert structure_key(make()) == structure_key(make())
    assert hash(structure_key(make())) == hash(structure_key(make()))
    assert structure_key(copy.deepcopy(make())) == structure_key(make())
    assert structure_key(make().eval()) == structure_key(make())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (nn.Linear(3, 2), nn.Linear(3, 4)),
        (nn.Linear(3, 2), nn.Linear(3, 2, bias=False)),
        (nn.Linear(3, 2), nn.Linear(3, 2).double()),
        (nn.Linear(3, 2), nn.Linear(3, 2).requires_grad_(False)),
        (nn.Linear(3, 2), hooked()),
        (hooked(), hooked()),
        (nn.Dropout(0.1), nn.Dropout(0.2)),
        (nn.Conv1d(1, 2, 3), nn.Conv1d(1, 2, 3, dilation=2)),
        (nn.BatchNorm1d(3), nn.BatchNorm1d(3, track_running_stats=False)),
        (nn.Sequential(nn.ReLU()), nn.Sequential(nn.Tanh())),
        (tied(True), tied(False)),
        (Configured(Config()), Configured(Config(), power=2)),
        (Configured(Config()), Configured(Config(), power=True)),
        (Configured(Config()), Configured(Config(), function=torch.tanh)),
        (Configured(Config()), Configured(Config(4))),
        (nn.LSTM(2, 3), nn.LSTM(2, 3, bidirectional=True)),
    ],
)
def test_other_modules_are_other_architectures(one, other):
    assert structure_key(one) != structure_key(other)
