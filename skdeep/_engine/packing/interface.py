"""Interface of the networks that a pack trains."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor


class PackedNetwork(Protocol):
    """K networks of one architecture behind one interface.

    Attributes
    ----------
    flat : Tensor of shape (K, P)
        All parameters, a row a member. Solvers change them in place.
    grad : Tensor of shape (K, P)
        Gradients of the batch last seen by `backward`.
    n_weights : int
        Number of leading columns that are penalised and decay; the others are biases.
    values_per_row : int
        Numbers that one row of a batch asks one member to keep, roughly.
    multiplications_per_row : int
        Those of its largest product, roughly.
    """

    flat: Tensor
    grad: Tensor
    n_weights: int
    values_per_row: int
    multiplications_per_row: int

    def start_epoch(self, seeds: Sequence[int]) -> None:
        """Start an epoch, whose random numbers follow from one seed a member."""

    def forward(self, x: Tensor, out: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """Write the raw outputs for a batch `x` (K, B, ...) into `out` (K, B, outputs).

        Where the members share the batch, `x` is expanded: its first stride is 0.
        """

    def backward(self, x: Tensor, delta: Tensor, masks: Sequence[Tensor] | None = None) -> None:
        """Write into `grad` what follows from the gradient `delta` by the raw outputs."""

    def outputs(self, k: int, x: Tensor) -> Tensor:
        """Raw outputs (n, outputs) of member k for rows `x` (n, ...), as in prediction."""

    def buffers(self, k: int) -> dict[str, Tensor]:
        """What member k keeps besides its parameters, by name."""

    def keep(self, places: Tensor) -> "PackedNetwork":
        """Build the network of the members at `places`."""
