"""Networks for tables for the tests: plans of every kind, rows, and networks that fit them."""

import numpy as np
import torch

from skdeep._engine.packing.flat import flat_vector
from skdeep.neural_network._tabular.networks.network import TableNetwork, TableStatistics
from skdeep.neural_network._tabular.networks.plan import TablePlan

ALL = {"n_frequencies": 2, "bins": (3, 1)}
SIZES = {"width": 8, "depth": 2, "n_outputs": 2, "category_size": 3}
NUMBERS = {"n_numbers": 2, "n_plain": 1, "cardinalities": (), **SIZES}
CODES = {"n_numbers": 0, "n_plain": 0, "cardinalities": (4, 3), **SIZES}
MIXED = {**NUMBERS, "cardinalities": (4, 3)}
PLANS = {
    "mlp": MIXED,
    "mlp-numbers": NUMBERS,
    "mlp-codes": CODES,
    "mlp-bins": {**NUMBERS, "bins": (3, 1)},
    "mlp-cosines": {**MIXED, "n_frequencies": 2},
    "mlp-all": {**MIXED, **ALL},
    "mlp-fixed-activation": {**NUMBERS, "learns_activation": False, "activation": "mish"},
    "mlp-no-hidden": {**MIXED, "bins": (3, 1), "depth": 0},
    "mlp-cross": {**MIXED, **ALL, "n_crosses": 2},
    "mlp-cross-numbers": {**NUMBERS, **ALL, "n_crosses": 2},
    "mlp-no-columns": {**NUMBERS, "n_numbers": 0, "n_plain": 0},
    "resnet": {**MIXED, **ALL, "architecture": "resnet"},
    "resnet-codes-cross": {**CODES, "architecture": "resnet", "n_crosses": 1},
    "tabm": {**MIXED, **ALL, "architecture": "tabm", "n_heads": 3},
    "tabm-cross": {**NUMBERS, "architecture": "tabm", "n_heads": 3, "n_crosses": 1},
    "transformer": {**MIXED, "architecture": "transformer", "n_heads": 2},
    "transformer-codes": {**CODES, "architecture": "transformer", "n_heads": 2},
}


def make_plan(name, **changes):
    return TablePlan(**{"architecture": "mlp", **PLANS[name], **changes})


def make_rows(plan, n_rows, seed=0, missing=0.2):
    """Rows as the encoder makes them, in float64."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(2.0, 3.0, (n_rows, plan.n_numbers))
    numbers[rng.uniform(size=numbers.shape) < missing] = np.nan
    plain = rng.choice([-1.0, 0.0, 1.0], (n_rows, plan.n_plain))
    codes = [rng.integers(n_codes, size=n_rows) for n_codes in plan.cardinalities]
    return torch.from_numpy(np.column_stack([numbers, plain, *codes]))


def make_statistics(plan, seed=0):
    """Some statistics; those of real columns are tested elsewhere."""
    rng = np.random.default_rng(seed)
    seen = [rng.integers(2, size=n_codes) for n_codes in plan.cardinalities]
    edges = [np.sort(rng.normal(2.0, 3.0, n_bins + 1)) for n_bins in plan.bins]
    return TableStatistics(
        center=torch.tensor(rng.normal(2.0, 1.0, plan.n_scaled), dtype=torch.float32),
        scale=torch.tensor(rng.uniform(0.2, 1.0, plan.n_scaled), dtype=torch.float32),
        left=torch.tensor([x for e in edges for x in e[:-1]], dtype=torch.float32),
        inverse_width=torch.tensor([x for e in edges for x in 1 / np.diff(e)]).float(),
        seen=[torch.tensor(codes * (np.arange(len(codes)) > 0)).float() for codes in seen],
        start=torch.tensor(rng.normal(size=plan.n_outputs), dtype=torch.float32),
    )


def make_network(plan, seed=0, *, trained=True):
    """A network in float64; a trained one has no parameter where training starts."""
    sample = make_rows(plan, 40, seed + 100).float()
    generator = torch.Generator().manual_seed(seed)
    network = TableNetwork(plan, make_statistics(plan, seed), sample, 0.3, generator).double()
    if trained:
        with torch.no_grad():
            for p in network.parameters():
                p.add_(0.3 * torch.randn(p.shape, generator=generator, dtype=torch.float64))
    return network


def make_pack(networks):
    return TableNetwork.packed(networks, torch.stack([flat_vector(n) for n in networks]))
