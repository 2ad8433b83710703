"""Solvers: one table, and those of the stochastic ones on the flat parameters of a pack.

Every member has hyperparameters of its own; neighbours that agree in all of them are a run, which
is updated in one call. On a run the fused kernels of torch do the work.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from skdeep._engine.packing.interface import PackedNetwork
from skdeep._engine.training.member import Member
from skdeep._engine.training.schedules import SCHEDULES, regularization_factor

# Smoothing of the mean square in RMSprop: Hinton's lecture 6e says 0.9, torch's default is 0.99.
_RMSPROP_SMOOTHING = 0.99


class Solver(ABC):
    """Updates the parameters of a pack from their gradients.

    Parameters
    ----------
    net : PackedNetwork
    members : sequence of Member
        A row of `net.flat` each.
    moments : list of Tensor of shape (K, P)
        Memory of the solver, `n_moments` of them.
    n_steps : list of int
        Updates made so far, a member each.
    """

    n_moments: int

    def __init__(
        self,
        net: PackedNetwork,
        members: Sequence[Member],
        moments: list[Tensor],
        n_steps: list[int],
    ):
        self.moments = moments
        self.n_steps = n_steps
        rows = self._runs(members, n_steps)
        self._rows = rows
        self._row_members = [members[row.start] for row in rows]
        self._parameters = [net.flat[row] for row in rows]
        self._weights = [net.flat[row, : net.n_weights] for row in rows]
        self._gradients = [net.grad[row] for row in rows]
        self._row_moments = [[moment[row] for moment in moments] for row in rows]

    def update(self, learning_rates: Sequence[float]) -> None:
        """Make one step; `learning_rates` has one value a member."""
        self.n_steps = [n + 1 for n in self.n_steps]
        for i, (member, row) in enumerate(zip(self._row_members, self._rows, strict=True)):
            rate = learning_rates[row.start]
            if member.weight_decay:
                progress = self.n_steps[row.start] / (member.max_iter * member.n_batches)
                decay = member.weight_decay * regularization_factor(member, progress)
                self._weights[i].mul_(1.0 - rate * decay)
            self._update_rows(i, member, rate, self.n_steps[row.start])

    @abstractmethod
    def _update_rows(self, i: int, member: Member, rate: float, step: int) -> None:
        """Update the parameters of run `i`."""

    @staticmethod
    def _runs(members: Sequence[Member], n_steps: Sequence[int]) -> list[slice]:
        """Rows side by side whose updates agree in all that they depend on."""

        def settings(k: int) -> tuple[object, ...]:
            # Rates that depend on rows or plateaus diverge without being set.
            parts = SCHEDULES[members[k].learning_rate].follows_epochs
            return (*members[k].update_key, n_steps[k], k if parts else None)

        runs = [list(run) for _, run in groupby(range(len(members)), key=settings)]
        return [slice(run[0], run[-1] + 1) for run in runs]


class Adam(Solver):
    """Adam (Kingma and Ba 2015, arXiv:1412.6980), with epsilon where scikit-learn has it.

    With `weight_decay` it is AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), but that biases
    do not decay.
    """

    n_moments = 2

    def __init__(
        self,
        net: PackedNetwork,
        members: Sequence[Member],
        moments: list[Tensor],
        n_steps: list[int],
    ):
        super().__init__(net, members, moments, n_steps)
        # The kernel's own bias correction is 1 from here on; ours goes into the learning rate.
        self._late = torch.full((), 1e30, dtype=torch.float32, device=net.flat.device)

    def _update_rows(self, i: int, member: Member, rate: float, step: int) -> None:
        first, second = self._row_moments[i]
        rate *= math.sqrt(1.0 - member.beta_2**step) / (1.0 - member.beta_1**step)
        torch._fused_adam_(
            [self._parameters[i]],
            [self._gradients[i]],
            [first],
            [second],
            [],
            [self._late],
            lr=rate,
            beta1=member.beta_1,
            beta2=member.beta_2,
            weight_decay=0.0,
            eps=member.epsilon,
            amsgrad=False,
            maximize=False,
        )


class SGD(Solver):
    """Gradient descent with momentum, optionally Nesterov's, as scikit-learn defines them."""

    n_moments = 1

    def _update_rows(self, i: int, member: Member, rate: float, step: int) -> None:
        (velocity,) = self._row_moments[i]
        parameters, gradient = self._parameters[i], self._gradients[i]
        if not member.momentum:
            parameters.add_(gradient, alpha=-rate)
            return
        velocity.mul_(member.momentum).add_(gradient, alpha=-rate)
        if member.nesterovs_momentum:
            parameters.add_(velocity, alpha=member.momentum).add_(gradient, alpha=-rate)
        else:
            parameters.add_(velocity)


class RMSprop(Solver):
    """RMSprop (Hinton's lecture 6e, 2012), without momentum, as in torch."""

    n_moments = 1

    def _update_rows(self, i: int, member: Member, rate: float, step: int) -> None:
        (square,) = self._row_moments[i]
        gradient = self._gradients[i]
        square.mul_(_RMSPROP_SMOOTHING)
        square.addcmul_(gradient, gradient, value=1.0 - _RMSPROP_SMOOTHING)
        root = square.sqrt().add_(member.epsilon)
        self._parameters[i].addcdiv_(gradient, root, value=-rate)


@dataclass(frozen=True)
class SolverEntry:
    """A solver by its name.

    Attributes
    ----------
    solver : type or None
        What updates a pack; None for L-BFGS, which has a loop of its own (`lbfgs.minimize`).
    memory : str
        What its moments mean: a solver can continue from those of another with equal memory.
    parameters : tuple of str
        Hyperparameters that no other kind of solver has.
    words : str
        A clause for documentation; empty where the name says it all.
    weight_decay : float
        What `weight_decay` is by default.
    follows_epochs : bool
        Whether the schedules that act after epochs act on it; on Adam they do not, as in
        scikit-learn.
    adapts_steps : bool
        Whether the length of its steps hardly depends on the size of the gradient, from the first
        step on.
    """

    solver: type[Solver] | None
    memory: str
    parameters: tuple[str, ...]
    words: str = ""
    weight_decay: float = 0.0
    follows_epochs: bool = False
    adapts_steps: bool = False

    @property
    def is_stochastic(self) -> bool:
        """Whether it works batch by batch; if not, it has all rows at once and ends by itself."""
        return self.solver is not None


_ADAM_PARAMETERS = ("beta_1", "beta_2", "epsilon")

SOLVERS: dict[str, SolverEntry] = {
    "adam": SolverEntry(Adam, "adam", _ADAM_PARAMETERS, adapts_steps=True),
    "adamw": SolverEntry(
        Adam,
        "adam",
        _ADAM_PARAMETERS,
        words="'adamw' is 'adam' with `weight_decay` on by default",
        weight_decay=0.01,
        adapts_steps=True,
    ),
    "sgd": SolverEntry(SGD, "sgd", ("momentum", "nesterovs_momentum"), follows_epochs=True),
    "rmsprop": SolverEntry(RMSprop, "rmsprop", ("epsilon",), follows_epochs=True),
    "lbfgs": SolverEntry(
        None,
        "lbfgs",
        ("max_fun",),
        words="'lbfgs' works on all rows at once, suits small data, and supports early stopping",
    ),
}
STOCHASTIC_SOLVERS = tuple(name for name, entry in SOLVERS.items() if entry.is_stochastic)


def make_solver(net: PackedNetwork, members: Sequence[Member]) -> Solver:
    """Build the solver of a pack, with the memory its members start from."""
    solver_class = SOLVERS[members[0].solver].solver
    assert solver_class is not None
    moments = [torch.zeros_like(net.flat) for _ in range(solver_class.n_moments)]
    n_steps = [0] * len(members)
    for k, member in enumerate(members):
        if member.start is not None and member.start.moments:
            n_steps[k] = member.start.n_steps
            for moment, saved in zip(moments, member.start.moments, strict=True):
                moment[k] = torch.from_numpy(np.array(saved))
    return solver_class(net, members, moments, n_steps)


def rebuilt_solver(
    solver: Solver, net: PackedNetwork, members: Sequence[Member], keep: Tensor
) -> Solver:
    """Build the solver for the members that stay in the pack."""
    moments = [moment[keep] for moment in solver.moments]
    n_steps = [solver.n_steps[k] for k in keep.tolist()]
    return type(solver)(net, members, moments, n_steps)
