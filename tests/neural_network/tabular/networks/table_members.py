"""Members that train networks for tables."""

import numpy as np
import torch

from skdeep._engine.training.losses import make_loss, with_heads
from skdeep._engine.training.rows import DenseRows
from tests.engine.training.members import make_member, with_changes
from tests.neural_network.tabular.networks.table_networks import make_network, make_plan, make_rows

KINDS = {"log_loss": "multiclass", "squared_error": "regression"}


def table_member(name="mlp-all", seed=0, n=34, loss="log_loss", plan=None, **changes):
    """A member that trains a network for tables; the rows follow from its seed."""
    plan = plan or make_plan(name, n_outputs=3 if loss == "log_loss" else 2)
    dtype = changes.setdefault("dtype", torch.float64)
    x = make_rows(plan, n, seed)
    score = x.nan_to_num(1.0).mean(dim=1).numpy()
    if loss == "log_loss":
        y = np.digitize(score, np.quantile(score, [1 / 3, 2 / 3]))
        y[:3] = [0, 1, 2]
    else:
        y = np.column_stack([np.sin(score), np.cos(score)])
    n_heads = plan.n_heads if plan.architecture == "tabm" else 1
    hidden = (plan.width * n_heads,) * plan.depth
    if plan.architecture == "transformer":
        hidden = ()
    changes = {"solver": "adamw", "batch_size": 9, "max_iter": 6, **changes}
    changes.setdefault("module", make_network(plan, seed, trained=False).to(dtype))
    units = (plan.n_columns, *hidden, plan.n_outputs * n_heads)
    kind = KINDS[loss]
    member = make_member(
        DenseRows(x.to(dtype)), y, loss=loss, kind=kind, layer_units=units, seed=seed, **changes
    )
    if n_heads > 1:
        shared = with_heads(make_loss(loss, kind), n_heads)
        return with_changes(member, loss=shared, loss_key=(loss, kind, n_heads))
    return member
