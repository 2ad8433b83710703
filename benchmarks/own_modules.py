"""Time of a fit of NeuralNetClassifier, against a bare torch loop and against skorch.

Four modules, a perceptron, embedded categories, a small convolution and a bidirectional LSTM, train
for some epochs of batches of 64 rows with Adam. All run in one process, in turn; medians of their
times are printed, and those of the others over that of skdeep: above 1 is slower than skdeep. The
last column is the bare loop's time without the forward and backward pass, over all of it: what is
left to gain.
"""

import time
import warnings
from statistics import median

import numpy as np
import torch
from skorch import NeuralNetClassifier as Skorch
from torch import nn

from skdeep import NeuralNetClassifier

ROUNDS = 5
BATCH_SIZE = 64
N_CLASSES = 3
N_CATEGORIES = 12


class Perceptron(nn.Sequential):
    """One hidden layer."""

    def __init__(self):
        super().__init__(nn.Linear(20, 100), nn.ReLU(), nn.Linear(100, N_CLASSES))


class Embedded(nn.Module):
    """Every category of eight columns is a vector; a perceptron takes them side by side."""

    def __init__(self):
        super().__init__()
        self.vectors = nn.Embedding(8 * N_CATEGORIES, 6)
        self.register_buffer("first", N_CATEGORIES * torch.arange(8))
        self.answer = nn.Sequential(nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, N_CLASSES))

    def forward(self, x):  # (rows, columns), int64
        """Raw outputs."""
        return self.answer(self.vectors(x + self.first).flatten(1))


class Convolution(nn.Sequential):
    """Two convolutions and a mean over time."""

    def __init__(self):
        super().__init__(
            nn.Conv1d(3, 16, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(16, 16, 5, padding=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(16, N_CLASSES),
        )


class Recurrent(nn.Module):
    """A bidirectional LSTM and a mean over time."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 24, batch_first=True, bidirectional=True)
        self.last = nn.Linear(48, N_CLASSES)

    def forward(self, x):  # (rows, channels, time)
        """Raw outputs."""
        return self.last(self.lstm(x.transpose(1, 2))[0].mean(dim=1))


CASES = {
    "perceptron": (Perceptron, (2000, 20), 10),
    "embedding": (Embedded, (2000, 8), 10),
    "convolution": (Convolution, (1000, 3, 50), 4),
    "LSTM": (Recurrent, (600, 3, 40), 3),
}


def rows_of(module, shape, rng):
    """Numbers of categories, or numbers."""
    if module is Embedded:
        return rng.integers(N_CATEGORIES, size=shape)
    return rng.normal(size=shape).astype(np.float32)


def bare_loop(module, X, y, n_epochs):
    """What one writes by hand."""
    net = module()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    for _ in range(n_epochs):
        order = torch.randperm(len(X))
        for rows in order.split(BATCH_SIZE):
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()
            optimizer.step()


def skorch(module, X, y, n_epochs):
    """The same by skorch, which prints nothing and holds nothing out."""
    Skorch(
        module,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        max_epochs=n_epochs,
        batch_size=BATCH_SIZE,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    ).fit(X, y)


def ours(module, X, y, n_epochs):
    """The same by skdeep."""
    net = NeuralNetClassifier(
        module, max_iter=n_epochs, batch_size=BATCH_SIZE, n_iter_no_change=n_epochs + 1
    )
    net.fit(X, y)


def share_beside_the_module(module, X, y, n_epochs):
    """Share of the time of a bare loop that is not spent in the module, forward and backward."""
    net = module()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    inside, begin = 0.0, time.perf_counter()
    for _ in range(n_epochs):
        for rows in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad(set_to_none=True)
            x, target = X[rows], y[rows]
            start = time.perf_counter()
            nn.functional.cross_entropy(net(x), target).backward()
            inside += time.perf_counter() - start
            optimizer.step()
    return 1 - inside / (time.perf_counter() - begin)


def seconds(fit, *args):
    """Time one fit."""
    begin = time.perf_counter()
    fit(*args)
    return time.perf_counter() - begin


def main():
    """Print one line a module."""
    warnings.simplefilter("ignore")  # of fits that have not converged
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    print(f"{'':<12} {'skdeep':>9} {'bare loop':>10} {'skorch':>8} {'beside':>8}")
    for name, (module, shape, n_epochs) in CASES.items():
        X = rows_of(module, shape, rng)
        y = rng.integers(N_CLASSES, size=len(X))
        fits = (ours, bare_loop, skorch)
        for fit in fits:
            fit(module, X, y, 1)  # the first run reads from disk
        rounds = [[seconds(fit, module, X, y, n_epochs) for fit in fits] for _ in range(ROUNDS)]
        own, by_hand, by_skorch = (median(column) for column in zip(*rounds, strict=True))
        beside = median(share_beside_the_module(module, X, y, n_epochs) for _ in range(ROUNDS))
        ratios = f"{by_hand / own:>10.2f} {by_skorch / own:>8.2f} {beside:>8.2f}"
        print(f"{name:<12} {own:>7.3f} s {ratios}")


if __name__ == "__main__":
    main()
