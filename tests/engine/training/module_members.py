"""Modules for the tests, members that train them, and a plain training loop in torch."""

import numpy as np
import torch
from torch import nn

from skdeep._engine.packing.flat import load_flat
from skdeep._engine.training.randomness import RandomStream
from skdeep._engine.training.rows import DenseRows
from tests.engine.training.members import make_member, make_validation, with_changes

N_CLASSES = 3


class LastStep(nn.Module):
    """A recurrent network that answers after the last step."""

    def __init__(self, kind=nn.LSTM):
        super().__init__()
        self.recurrent = kind(2, 4, batch_first=True)
        self.head = nn.Linear(4, N_CLASSES)

    def forward(self, x):
        return self.head(self.recurrent(x)[0][:, -1])


class Words(nn.Module):
    """A bag of embedded words."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 5)
        self.head = nn.Linear(5, N_CLASSES)

    def forward(self, x):
        return self.head(self.words(x).mean(dim=1))


class Attention(nn.Module):
    """A block of a Transformer, with what such blocks are made of.

    Without biases of the keys: their gradients are 0 but for rounding, which Adam makes steps of.
    """

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(2, 8)
        self.attend = nn.MultiheadAttention(8, 2, bias=False, batch_first=True)
        self.block = nn.TransformerEncoderLayer(
            8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=True, bias=False
        )
        self.register_buffer("positions", torch.linspace(-1.0, 1.0, 6)[:, None].repeat(1, 8))
        self.head = nn.Sequential(nn.LayerNorm(8), nn.GELU(), nn.Linear(8, N_CLASSES))

    def forward(self, x):
        h = self.project(x) + self.positions
        h = h + self.attend(h, h, h, need_weights=False)[0]
        return self.head(self.block(h).mean(dim=1))


class Branching(nn.Module):
    """A network whose flow of control follows the data."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(4, N_CLASSES), nn.Linear(4, N_CLASSES)

    def forward(self, x):
        h = self.one(x)
        return h if h.sum() > 0 else self.other(x)


class Counting(nn.Module):
    """A network that binds a buffer anew at every step."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, N_CLASSES)
        self.register_buffer("mean", torch.zeros(4))

    def forward(self, x):
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * x.mean(dim=0)
        return self.linear(x - self.mean)


def frozen_start():
    module = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, N_CLASSES))
    return module[0].requires_grad_(False) and module


def rows_of(kind, n, rng):
    """Rows as a module takes them, float64 or tokens."""
    if kind == "words":
        return rng.integers(11, size=(n, 7))
    shape = {"image": (1, 7, 7), "sequence": (6, 2), "table": (4,)}[kind]
    return rng.normal(size=(n, *shape))


# What a module is, what rows it takes, and whether torch.func is expected to batch it.
MODULES = {
    "mlp": (lambda: nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)), "table", True),
    "cnn": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 3)
        ),
        "image",
        True,
    ),
    "group_norm": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.SiLU(), nn.Flatten(), nn.Linear(100, 3)
        ),
        "image",
        True,
    ),
    "words": (Words, "words", True),
    "attention": (Attention, "sequence", False),
    "batch_norm": (
        lambda: nn.Sequential(
            nn.Linear(4, 6, bias=False), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)
        ),
        "table",
        True,
    ),
    "counting": (Counting, "table", True),
    "frozen": (frozen_start, "table", True),
    "lstm": (LastStep, "sequence", False),
    "gru": (lambda: LastStep(nn.GRU), "sequence", False),
    "dropout": (
        lambda: nn.Sequential(nn.Linear(4, 9), nn.Tanh(), nn.Dropout(0.3), nn.Linear(9, 3)),
        "table",
        False,
    ),
    "branching": (Branching, "table", False),
    "in_place": (lambda: nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 3)), "table", False),
}


def make_module(name, seed, dtype=torch.float64):
    """A module with initial weights from a seed; torch's global generator stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODULES[name][0]().to(dtype)


def module_data(name, n, rng, dtype=torch.float64):
    """Rows for a module as a tensor, and classes that can be learned from them."""
    X = torch.as_tensor(rows_of(MODULES[name][1], n, rng))
    score = X.reshape(n, -1).double().mean(dim=1) + 0.1 * torch.as_tensor(rng.normal(size=n))
    y = torch.bucketize(score, score.quantile(torch.tensor([1 / 3, 2 / 3]).double()))
    y[:N_CLASSES] = torch.arange(N_CLASSES)
    return (X.to(dtype) if X.is_floating_point() else X), y.numpy()


def module_member(name, seed=0, n=34, data_seed=0, **changes):
    """A member that trains a module to tell classes apart."""
    dtype = changes.get("dtype", torch.float64)
    X, y = module_data(name, n, np.random.default_rng(data_seed), dtype)
    changes.setdefault("module", make_module(name, seed, dtype))
    return make_member(
        DenseRows(X),
        y,
        loss="log_loss",
        kind="multiclass",
        layer_units=(X[0].numel(), N_CLASSES),
        seed=seed,
        batch_size=changes.pop("batch_size", 8),
        **changes,
    )


def with_validation(member, name, score="accuracy", n=20, data_seed=9, **changes):
    """The member with rows held out, and early stopping."""
    X, y = module_data(name, n, np.random.default_rng(data_seed), member.dtype)
    validation = make_validation(member, np.zeros((n, 1)), y, score)
    validation.X = DenseRows(X)
    return with_changes(member, validation=validation, early_stopping=True, **changes)


def trained_module(name, trained, seed=0):
    """The trained module, in evaluation mode."""
    weights, buffers = trained.weights, trained.buffers
    dtype = torch.float64 if weights.dtype == np.float64 else torch.float32
    module = make_module(name, seed, dtype)  # frozen parameters are not in the vector
    buffers = {key: torch.as_tensor(value) for key, value in buffers.items()}
    return load_flat(module, torch.from_numpy(weights), buffers).eval()


def plain_loop(member, module, make_optimizer):
    """Train as a page of torch's tutorials would, on the batches that the member sees."""
    optimizer = make_optimizer(module.parameters())
    stream, loss_curve, step = RandomStream(member), [], 0
    module.train()
    for _ in range(member.max_iter):
        order, total = stream.next_order(), 0.0
        for batch in order.split(member.batch_size):
            loss = nn.functional.cross_entropy(module(member.X.values[batch]), member.y[batch])
            optimizer.zero_grad()
            loss.backward()
            step += 1
            if member.solver == "adam":
                # scikit-learn adds epsilon before the bias correction, torch after it.
                optimizer.param_groups[0]["eps"] = member.epsilon / (1 - 0.999**step) ** 0.5
            optimizer.step()
            total += loss.item() * len(batch)
        loss_curve.append(total / len(order))
    return module.eval(), loss_curve
