"""Modules as users write them."""

import torch
from torch import nn


class Net(nn.Sequential):
    """A perceptron that is told its sizes."""

    def __init__(self, n_features, n_outputs, units=10):
        super().__init__(nn.Linear(n_features, units), nn.ReLU(), nn.Linear(units, n_outputs))


class SkorchNet(nn.Module):
    """The module of skorch's README, but for lazy input: numbers of classes, ends in a softmax."""

    def __init__(self, num_units=10, n_outputs=2):
        super().__init__()
        self.dense0 = nn.LazyLinear(num_units)
        self.output = nn.Linear(num_units, n_outputs)

    def forward(self, X, **kwargs):
        return torch.softmax(self.output(torch.relu(self.dense0(X))), dim=-1)


class Flat(nn.Module):
    """It returns a vector, and fixes its only output itself."""

    def __init__(self, n_features):
        super().__init__()
        self.linear = nn.Linear(n_features, 1)

    def forward(self, x):
        return self.linear(x).squeeze(-1)


class Normalized(nn.Sequential):
    def __init__(self, n_features, n_outputs):
        super().__init__(
            nn.Linear(n_features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, n_outputs)
        )


class LastStep(nn.Module):
    """A recurrent network for rows of shape (time, channels)."""

    def __init__(self, input_shape, n_outputs, units=6):
        super().__init__()
        self.recurrent = nn.LSTM(input_shape[1], units, batch_first=True)
        self.head = nn.Linear(units, n_outputs)

    def forward(self, x):
        return self.head(self.recurrent(x)[0][:, -1])


class Words(nn.Module):
    """A bag of embedded words."""

    def __init__(self, n_outputs, n_words=20):
        super().__init__()
        self.words = nn.Embedding(n_words, 4)
        self.head = nn.Linear(4, n_outputs)

    def forward(self, x):
        return self.head(self.words(x).mean(dim=1))


class Dropping(nn.Sequential):
    def __init__(self, n_features, n_outputs, p=0.3):
        super().__init__(
            nn.Linear(n_features, 8), nn.Dropout(p), nn.ReLU(inplace=True), nn.Linear(8, n_outputs)
        )


class TwoInputs(nn.Module):
    """Embedded cities beside numbers."""

    def __init__(self, n_outputs, input_shapes, units=4):
        super().__init__()
        self.cities = nn.Embedding(6, units)
        self.head = nn.Linear(units + input_shapes["numbers"][0], n_outputs)

    def forward(self, numbers, city):
        return self.head(torch.cat([self.cities(city), numbers], dim=1))
