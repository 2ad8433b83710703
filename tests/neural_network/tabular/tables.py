"""Settings of short fits, tables with all kinds of columns, networks taken out of estimators."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import torch

from skdeep._engine.packing.flat import load_flat
from skdeep.neural_network._tabular.networks.network import TableNetwork
from skdeep.neural_network._tabular.networks.plan import TablePlan
from skdeep.neural_network._tabular.networks.tensors import own_tensors

QUICK = {
    "effort": "fast",
    "cv": 2,
    "max_iter": 3,
    "hidden_layer_sizes": (8, 8),
    "random_state": 0,
}
# One kind of network that is kept at one time only, so that its share is 1. The first step has
# length 0: there must be more.
ONE_CANDIDATE = {
    **QUICK,
    "architecture": "tabm",
    "max_iter": 2,
    "batch_size": 8,
    "learning_rate_init": 0.05,
}


def columns(n_rows=60, seed=0):
    """Lists by name: numbers, categories, strings, booleans, dates; None for missing values."""
    rng = np.random.default_rng(seed)

    def with_holes(values):
        holes = rng.uniform(size=n_rows) < 0.2
        return [None if hole else v for v, hole in zip(values, holes, strict=True)]

    day = datetime.datetime(2021, 3, 28)
    return {
        "size": rng.normal(size=n_rows).tolist(),
        "hole": with_holes(rng.normal(size=n_rows).tolist()),
        "count": rng.integers(9, size=n_rows).tolist(),
        "city": rng.choice(["Rome", "Oslo", "Lima"], n_rows).tolist(),
        "many": with_holes([f"m{i}" for i in rng.integers(15, size=n_rows)]),
        "flag": rng.choice([True, False], n_rows).tolist(),
        "when": with_holes([day + datetime.timedelta(hours=7 * i) for i in range(n_rows)]),
        "same": ["x"] * n_rows,
    }


def as_pandas(table):
    return pd.DataFrame(table).astype({"city": "category"})


def as_polars(table):
    return pl.DataFrame(table).with_columns(pl.col("city").cast(pl.Categorical))


def as_objects(table):
    return np.array([list(row) for row in zip(*table.values(), strict=True)], dtype=object)


FRAMES = {"pandas": as_pandas, "polars": as_polars}


def score_of(table):
    """A number that a row's columns explain."""
    city = np.array([{"Rome": 1.0, "Oslo": -1.0, "Lima": 0.0}[c] for c in table["city"]])
    return np.array(table["size"]) + city + np.array(table["flag"], dtype=float)


def networks(estimator):
    """The network of every fold, candidate by candidate, as modules."""
    return [
        [
            load_flat(
                TableNetwork.blank(TablePlan(**candidate.plan)),
                torch.from_numpy(np.array(candidate.weights[k])),
                {n: torch.from_numpy(np.array(b[k])) for n, b in candidate.buffers.items()},
            )
            for k in range(len(candidate.weights))
        ]
        for candidate in estimator._candidates
    ]


def raw_outputs(network, estimator, X):
    """Outputs of one network in shared units, its heads apart; (n, heads, n_outputs)."""
    matrix = torch.from_numpy(np.asarray(estimator._encoder.transform(X)))
    with torch.no_grad():
        outputs = network.answer(own_tensors(network), matrix[None])[0]
        return outputs.unflatten(1, (-1, network.plan.n_outputs)).numpy()


def same_fit(one, other):
    """Whether two fits ended in the same networks, to the last bit."""
    return len(one._candidates) == len(other._candidates) and all(
        np.array_equal(a.weights, b.weights)
        and a.share == b.share
        and all(np.array_equal(a.buffers[n], b.buffers[n], equal_nan=True) for n in a.buffers)
        for a, b in zip(one._candidates, other._candidates, strict=True)
    )
