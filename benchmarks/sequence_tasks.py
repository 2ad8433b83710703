"""Train the networks for sequences bare, without estimators, on tasks that need one of them.

    python benchmarks/sequence_tasks.py [--only TASK ...] [--seeds 0 1] [--loaders PATH]

`memory`: two channels of noise over 100 steps; the sign of a peak in one of the first five is the
label.
`order`: the same noise, and two peaks of other signs at least 40 steps apart; the sign of the first
is the label.
`lookup`: eight pairs of a key and a value, one after the other, then a key whose value is asked.
With --loaders, a Python file with `load(name, part)` that returns sequences (time, channels) and
labels, also recordings with an official split. Channels are standardised by the training rows.

Every architecture has the settings below, whatever the task: AdamW, one cycle of the learning rate,
gradients clipped at norm 1. Printed are the share of test rows labelled right, and CPU seconds.
"""

import argparse
import importlib.util
import math
import time
from itertools import product

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from skdeep._engine.modules.batch_norm import MaskedBatchNorm1d
from skdeep._kinds.sequences.network import SequenceNet
from skdeep._kinds.sequences.recurrent import RecurrentTrunk
from skdeep._kinds.sequences.transformer import TransformerTrunk

N_STEPS, N_KEYS = 100, 8
ARCHITECTURES = ("cnn", "rnn", "lstm", "gru", "transformer")
POOLING = "mean"
LEARNING_RATE = 3e-3  # at its peak
ROWS_SEEN = 25_600
RECORDINGS = ("ts_gunpoint", "ts_italy_power", "ts_japanese_vowels", "ts_basic_motions")


class Convolutions(nn.Module):
    """Three convolutions, as a baseline that sees 13 steps."""

    def __init__(self, n_channels, width=64):
        super().__init__()
        self.n_features = width
        sizes = [n_channels, width, width]
        self.layers = nn.ModuleList(nn.Conv1d(size, width, 5, padding=2) for size in sizes)
        self.norms = nn.ModuleList(MaskedBatchNorm1d(width) for _ in sizes)

    def forward(self, h, real):
        """Features of every step."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            h = norm(layer(h), real).relu()
        return h, real


def trunk(architecture, x):
    """A trunk for sequences like `x`, which is cut to some 64 steps."""
    n_channels, n_steps = x.shape[1] - 1, x.shape[2]
    if architecture == "cnn":
        return Convolutions(n_channels)
    patch = -(-n_steps // 64)
    if architecture == "transformer":
        return TransformerTrunk(n_channels, width=64, depth=2, n_heads=4, patch=patch)
    return RecurrentTrunk(
        n_channels, architecture, width=64, bidirectional=True, patch=patch, longest=n_steps
    )


def memory(n_rows, seed):
    """A label that is seen at the start."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n_rows, 2, N_STEPS, generator=generator)
    y = torch.randint(2, (n_rows,), generator=generator)
    when = torch.randint(5, (n_rows,), generator=generator)
    x[torch.arange(n_rows), 1, when] += 4.0 * (2.0 * y - 1.0)
    return with_mark(x), y


def order(n_rows, seed):
    """A label that no window of 40 steps shows."""
    generator = torch.Generator().manual_seed(seed)
    row = torch.arange(n_rows)
    x = torch.randn(n_rows, 2, N_STEPS, generator=generator)
    y = torch.randint(2, (n_rows,), generator=generator)
    early, late = torch.randint(10, 30, (2, n_rows), generator=generator)
    x[row, 1, early] += 4.0 * (2.0 * y - 1.0)
    x[row, 1, late + 60] -= 4.0 * (2.0 * y - 1.0)
    return with_mark(x), y


def lookup(n_rows, seed):
    """Keys and values in turn, then the key whose value is the label."""
    generator = torch.Generator().manual_seed(seed)
    row = torch.arange(n_rows)
    keys = torch.rand(n_rows, N_KEYS, generator=generator).argsort(dim=1)
    values = torch.randint(N_KEYS, (n_rows, N_KEYS), generator=generator)
    asked = torch.randint(N_KEYS, (n_rows,), generator=generator)
    symbols = torch.stack([keys, values + N_KEYS], dim=2).flatten(1)
    symbols = torch.cat([symbols, keys[row, asked].unsqueeze(1)], dim=1)
    return with_mark(one_hot(symbols, 2 * N_KEYS).float().transpose(1, 2)), values[row, asked]


def with_mark(x):
    """Add the channel that says which steps exist: all."""
    return torch.cat([x, torch.ones_like(x[:, :1])], dim=1)


def recordings(load, name):
    """Training and test rows, standardised and padded."""
    parts = {part: load(name, part) for part in ("train", "test")}
    steps = np.concatenate(list(parts["train"][0]))
    center, scale = steps.mean(axis=0), steps.std(axis=0) + 1e-8
    classes = np.unique(parts["train"][1])

    def tensors(rows, y):
        x = torch.zeros(len(rows), len(center) + 1, max(len(row) for row in rows))
        for place, row in zip(x, rows, strict=True):
            place[:-1, : len(row)] = torch.tensor(((row - center) / scale).T)
            place[-1, : len(row)] = 1.0
        return x, torch.tensor(np.searchsorted(classes, y))

    return tensors(*parts["train"]), tensors(*parts["test"])


def train(architecture, x, y, seed):
    """A network that has seen `ROWS_SEEN` rows."""
    torch.manual_seed(seed)
    net = SequenceNet(trunk(architecture, x), POOLING, int(y.max()) + 1)
    batch_size = min(64, max(8, len(x) // 4))
    n_steps = ROWS_SEEN // batch_size
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, n_steps)
    for _ in range(math.ceil(n_steps / math.ceil(len(x) / batch_size))):
        for rows in torch.randperm(len(x)).split(batch_size):
            if schedule.last_epoch == n_steps:
                break
            optimizer.zero_grad()
            cross_entropy(net(x[rows]), y[rows]).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return net.eval()


@torch.inference_mode()
def accuracy(net, x, y):
    """Share of rows labelled right."""
    found = torch.cat([net(rows).argmax(dim=1) for rows in x.split(500)])
    return (found == y).double().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--loaders")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    options = parser.parse_args()
    torch.set_num_threads(1)
    tasks = {
        "memory": lambda: (memory(2000, 1), memory(1000, 2)),
        "order": lambda: (order(2000, 1), order(1000, 2)),
        "lookup": lambda: (lookup(4000, 1), lookup(1000, 2)),
    }
    if options.loaders:
        spec = importlib.util.spec_from_file_location("loaders", options.loaders)
        loaders = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaders)
        tasks |= {name: lambda name=name: recordings(loaders.load, name) for name in RECORDINGS}
    for name, load in tasks.items():
        if options.only and name not in options.only:
            continue
        rows, unseen = load()
        for architecture, seed in product(ARCHITECTURES, options.seeds):
            start = time.process_time()
            net = train(architecture, *rows, seed)
            seconds = time.process_time() - start
            right = accuracy(net, *unseen)
            print(f"{name:20} {architecture:12} {right:.3f} {seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
