"""One fit as data: the network, what it learns from, and the result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skdeep._engine.packing.structure import structure_key
from skdeep._engine.packing.trial import PacksItself
from skdeep._engine.training.augmentation import Augments
from skdeep._engine.training.losses import Loss
from skdeep._engine.training.rows import Rows


@dataclass
class Validation:
    """Rows held out of training, and the score computed on them.

    Attributes
    ----------
    X : Rows
    y : Tensor
        Targets, encoded as those of the member.
    sample_weight : Tensor of shape (n_rows,) or None
    rows : Tensor of shape (n_rows,)
        Which rows of `X` and `y`.
    score : {"accuracy", "r2", "loss"} or callable
        What is monitored; greater is better ("loss" is negated). A callable takes the parameters
        as a flat numpy array, and for a module its buffers by name, and returns a float.
    """

    X: Rows
    y: Tensor
    sample_weight: Tensor | None
    rows: Tensor
    score: str | Callable[..., float]


@dataclass
class TrainingState:
    """Everything needed to continue training where a run ended, as numpy arrays and plain values.

    Attributes
    ----------
    weights : ndarray of shape (P,)
        All weights, then all biases.
    moments : list of ndarray of shape (P,)
        Memory of the solver.
    n_steps, n_epochs, n_samples_seen : int
        Updates, epochs and rows so far, over all runs.
    learning_rate : float
        Learning rate of the last update.
    no_improvement_count : int
        Epochs since the last improvement.
    best_loss, best_score, best_validation_loss : float
        Best training loss; best validation score, and the validation loss that came with it.
    best_weights : ndarray of shape (P,) or None
        Parameters of the best validation score.
    buffers, best_buffers : dict of str to ndarray
        What a module keeps besides its parameters, at `weights` and at `best_weights`.
    rng_state : tuple or None
        State of the random stream.
    order : ndarray of shape (n_rows,) or None
        Order of the rows in the last epoch, which the next one shuffles further.
    """

    weights: np.ndarray
    moments: list[np.ndarray] = field(default_factory=list)
    n_steps: int = 0
    n_epochs: int = 0
    n_samples_seen: int = 0
    learning_rate: float | None = None
    no_improvement_count: int = 0
    best_loss: float = np.inf
    best_score: float = -np.inf
    best_validation_loss: float = np.inf
    best_weights: np.ndarray | None = None
    buffers: dict[str, np.ndarray] = field(default_factory=dict)
    best_buffers: dict[str, np.ndarray] = field(default_factory=dict)
    rng_state: Any = None
    order: np.ndarray | None = None


@dataclass
class Member:
    """Description of one network and its training. It is data, not behaviour.

    Hyperparameters have scikit-learn's names and meanings. `pack_key` says which members can share
    a pack: those of one shape, loss and solver with equally many batches an epoch. In all else,
    rows included, they may differ.

    The network is a perceptron, or any `module` whose forward pass takes rows and returns raw
    outputs (n, outputs). A module is a template: its parameters are where training starts, and it
    is never changed. `layer_units` are then its numbers of inputs and outputs, and between them the
    units for which it needs dropout masks, if any; `activation` and `weight_init` do not apply to
    it.
    """

    # Shared by a pack.
    layer_units: tuple[int, ...]
    activation: str
    loss: Loss
    loss_key: tuple[Any, ...]
    solver: str
    batch_size: int
    nesterovs_momentum: bool
    dtype: torch.dtype
    device: torch.device

    # Data.
    X: Rows
    y: Tensor
    sample_weight: Tensor | None
    rows: Tensor | None  # rows of X to train on; None for all
    row_groups: Tensor | None  # number of each training row's content, for one-batch dropout
    validation: Validation | None
    output_scale: Tensor  # (outputs,), factor from the loss of an output to reported units
    penalty_scale: float  # the same for the penalties

    # Hyperparameters of its own.
    weight_init: str
    seed: int
    learning_rate: str
    learning_rate_init: float
    power_t: float
    warmup_fraction: float
    momentum: float
    beta_1: float
    beta_2: float
    epsilon: float
    alpha: float
    l1: float
    weight_decay: float
    dropout: float
    label_smoothing: float
    gradient_clip: float | None
    shuffle: bool
    max_iter: int
    tol: float
    n_iter_no_change: float
    early_stopping: bool
    max_fun: int
    anneals_regularization: bool = False  # weight decay and dropout, over the second half
    coslog_cycles: int = 4
    start: TrainingState | None = None
    module: nn.Module | None = None
    augmentation: Augments | None = None  # of training rows, anew in every epoch

    @property
    def n_rows(self) -> int:
        """Number of training rows."""
        return self.X.shape[0] if self.rows is None else self.rows.shape[0]

    @property
    def n_batches(self) -> int:
        """Number of batches in an epoch."""
        return -(-self.n_rows // self.batch_size)

    @property
    def pack_key(self) -> tuple[Any, ...]:
        """Members with equal keys can train as one tensor program."""
        return (
            self.layer_units,
            self.activation,
            self.loss_key,
            self.solver,
            self.n_batches,
            # Where one batch holds all rows, their number may differ.
            self.batch_size if self.n_batches > 1 else None,
            self.nesterovs_momentum,
            self.dtype,
            self.device,
            self._module_key,
        )

    @property
    def _module_key(self) -> Any:
        if self.module is None:
            return None
        # Shorter members of a pack see filling rows at weight 0. A module may look at its
        # neighbours in the batch (normalisation, random numbers), so that these would count.
        # Those that pack themselves do not.
        n_rows = None if isinstance(self.module, PacksItself) else self.n_rows
        return (structure_key(self.module), self.X.shape[1:], self.X.dtype, n_rows)

    @property
    def feed_key(self) -> tuple[Any, ...]:
        """Members of a pack with equal keys start from the same weights and see the same batches.

        Data count as equal where they are the same objects.
        """
        resumed = id(self) if self.start is not None else None
        data = (self.X, self.y, self.sample_weight, self.rows)
        drawn = (self.seed, self.weight_init, self.shuffle, self.label_smoothing, resumed)
        return (*map(id, data), *drawn, self.augmentation)

    @property
    def update_key(self) -> tuple[Any, ...]:
        """Members of a pack with equal keys make the same update of equal gradients."""
        return (
            self.learning_rate,
            self.learning_rate_init,
            self.warmup_fraction,
            self.max_iter,
            self.momentum,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            self.weight_decay,
            self.anneals_regularization,
            self.coslog_cycles,
        )


@dataclass
class Trained:
    """Result of training one member.

    Attributes
    ----------
    weights : ndarray of shape (P,)
        Parameters: the best ones with early stopping, else the last ones.
    buffers : dict of str to ndarray
        What a module keeps besides them; `load_flat` puts both into a module.
    state : TrainingState
        To continue training later.
    loss_curve : list of float
        Training loss of every epoch, penalties included, in reported units.
    validation_loss_curve, validation_scores : list of float
        One value an epoch; empty without validation rows.
    n_iter : int
        Epochs of this run.
    stop_reason : {"max_iter", "converged", "callback", "interrupted", "diverged", "cancelled"}
    message : str
        What ended the run, in words.
    """

    weights: np.ndarray
    state: TrainingState
    loss_curve: list[float]
    validation_loss_curve: list[float]
    validation_scores: list[float]
    n_iter: int
    stop_reason: str
    message: str
    buffers: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass
class EpochReport:
    """What a watcher learns at the end of an epoch of one member.

    Attributes
    ----------
    n_iter : int
        Epochs of this run so far.
    loss : float
    validation_loss, validation_score : float or None
    weights : callable
        Returns a copy of the parameters as a flat numpy array.
    buffers : callable
        Returns a copy of the buffers of a module by name.
    """

    n_iter: int
    loss: float
    validation_loss: float | None
    validation_score: float | None
    weights: Callable[[], np.ndarray]
    buffers: Callable[[], dict[str, np.ndarray]] = dict


Watcher = Callable[[EpochReport], bool]
