"""Where the time of a pack goes: products of matrices, the rest of the operators, the interpreter.

    python benchmarks/pack_profile.py [--members 8] [--hidden 100 100] [--batch 200] [--epochs 5]

One pack on digits, one thread. The operators' own times come from torch's profiler; what is left of
the wall clock without it is the interpreter. Products at the rate of large ones would take the time
in the last line: no training with the same operations can be faster.
"""

import argparse
import time
import warnings
from itertools import pairwise
from statistics import median

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler
from torch.profiler import ProfilerActivity, profile

from skdeep import MLPClassifier
from skdeep._engine.training.loop import handed_over, train_sub_pack
from skdeep._engine.training.threads import single_threaded

PRODUCTS = ("bmm", "baddbmm", "addmm", "mm")


class _Described(Exception):  # noqa: N818  (it carries members, it is no error)
    def __init__(self, members):
        self.members = members


def describe(members, watchers):
    raise _Described(members)


def members_of_a_search(options):
    """Members on one fold that differ in learning rate and penalty, as a grid makes them."""
    X, y = load_digits(return_X_y=True)
    X = StandardScaler().fit_transform(X).astype(np.float32)[:1437]
    found = []
    for k in range(options.members):
        network = MLPClassifier(
            tuple(options.hidden),
            batch_size=options.batch,
            max_iter=options.epochs,
            n_iter_no_change=options.epochs + 1,
            learning_rate_init=0.001 * 2 ** (k // 4 % 4),
            alpha=1e-5 * 10 ** (k % 4),
            random_state=0,
        )
        try:
            with handed_over(describe):
                network.fit(X, y[: len(X)])
        except _Described as described:
            (member,) = described.members
        if found:  # the same objects, as copies of a fold are made to be
            member.X, member.y = found[0].X, found[0].y
        found.append(member)
    return found


def seconds(members, watchers):
    start = time.perf_counter()
    train_sub_pack(members, watchers)
    return time.perf_counter() - start


def product_seconds(members):
    """Time of the products at the rate of large ones."""
    n = 1024
    a = torch.rand(n, n)
    times = []
    for _ in range(7):
        start = time.perf_counter()
        torch.mm(a, a)
        times.append(time.perf_counter() - start)
    first = members[0]
    layers = list(pairwise(first.layer_units))
    row = sum(2 * p * q * (3 - (i == 0)) for i, (p, q) in enumerate(layers))
    n_operations = row * first.n_rows * first.max_iter * len(members)
    return n_operations / (2 * n**3 / min(times))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--hidden", type=int, nargs="+", default=[100, 100])
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    members = members_of_a_search(options)
    watchers = [None] * len(members)
    with single_threaded():
        wall = median([seconds(members, watchers) for _ in range(7)])
        with profile(activities=[ProfilerActivity.CPU]) as profiled:
            seconds(members, watchers)
        limit = product_seconds(members)
    own = {
        e.key.removeprefix("aten::"): e.self_cpu_time_total / 1e6 for e in profiled.key_averages()
    }
    products = sum(own.get(name, 0.0) for name in PRODUCTS)
    others = sum(own.values()) - products
    print(f"{len(members)} networks {tuple(options.hidden)}, batch {options.batch}: {wall:.3f} s")
    print(f"products of matrices             {products / wall:6.0%}")
    for name, value in sorted(own.items(), key=lambda pair: -pair[1]):
        if name not in PRODUCTS and value > 0.02 * wall:
            print(f"  {name:30} {value / wall:6.0%}")
    print(f"all other operators              {others / wall:6.0%}")
    print(f"interpreter and the rest         {max(0.0, 1 - (products + others) / wall):6.0%}")
    print(f"products at the rate of large    {limit / wall:6.0%}")


if __name__ == "__main__":
    main()
