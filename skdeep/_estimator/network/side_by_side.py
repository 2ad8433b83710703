"""What the networks of an ensemble that learn side by side have in common, whatever they read."""

from typing import Any

import numpy as np
import torch

from skdeep._engine.training.losses import loss_entry
from skdeep._engine.training.prediction import module_outputs
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.solvers import SOLVERS
from skdeep._engine.training.threads import safe_after_fork
from skdeep._estimator.network.architecture import Architecture
from skdeep._estimator.network.built_module import BuiltModule

# How much classifiers mix rows.
_MIXUP = 0.2


def check_draws(settings: Any, drawn: tuple[str, ...], is_regressor: bool) -> None:
    """Raise if random changes in training do not go with the solver or the loss.

    Parameters
    ----------
    settings : estimator
    drawn : tuple of str
        Parameters by which training draws at random.
    is_regressor : bool
    """
    used = {n: v for n in drawn if (v := getattr(settings, n)) not in (0, "auto")}
    given = ", ".join(f"{name}={value!r}" for name, value in used.items())
    if used and not SOLVERS[settings.solver].is_stochastic:
        raise ValueError(
            f"{given} changes the loss at random and does not go with solver={settings.solver!r}, "
            "which needs the same at every evaluation: set it to 0, or choose another solver."
        )
    if "mixup" in used and not (is_regressor or loss_entry(settings.loss).takes_soft_labels):
        raise ValueError(
            f"mixup={settings.mixup!r} makes soft labels, which loss={settings.loss!r} does not "
            "take: set mixup=0, or loss='log_loss'."
        )


def resolved_mixup(settings: Any, architecture: Architecture, is_regressor: bool) -> float:
    """The value of `mixup`, with 'auto' resolved."""
    if not isinstance(settings.mixup, str):
        return float(settings.mixup)
    if is_regressor or not loss_entry(settings.loss).takes_soft_labels:
        return 0.0
    gains = architecture.mixes_rows and SOLVERS[settings.solver].is_stochastic
    return _MIXUP if gains else 0.0


def resolved_clip(settings: Any, architecture: Architecture) -> float | None:
    """The largest norm of a gradient, with 'auto' resolved."""
    clip: float | str | None = settings.gradient_clip
    if isinstance(clip, str):
        return 1.0 if architecture.clips_gradients else None
    return clip


def embeddings(
    built: BuiltModule,
    rows: Rows,
    weights: np.ndarray,
    buffers: dict[str, np.ndarray],
    device: torch.device,
) -> np.ndarray:
    """What the last layer of each network sees; (n, features of all)."""
    module: Any = built.loaded(weights, buffers, device)
    with safe_after_fork(), torch.inference_mode():
        values = built.values_per_row
        return module_outputs(rows, module.embedding, values, one_size=True).cpu().numpy()


def n_embedded(built: BuiltModule) -> int:
    """Features of all networks together."""
    networks: Any = built.template(torch.device("cpu")).networks
    return sum(network.head.in_features for network in networks)
