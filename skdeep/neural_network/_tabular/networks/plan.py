"""Description of a network for tables."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from skdeep.neural_network._tabular.networks.tensors import Tensors


@dataclass(frozen=True)
class TablePlan:
    """Columns and sizes of a network for tables; networks of equal plans can share a pack.

    Attributes
    ----------
    n_numbers, n_plain : int
        Columns that hold numbers, and columns of two values, in this order.
    cardinalities : tuple of int
        Number of codes of each code column; they come last.
    n_outputs : int
        Raw outputs; those of one head, where every head has some.
    architecture : str
        See `ARCHITECTURES`.
    width, depth : int
        Units of a hidden layer, and number of hidden layers (or blocks).
    activation : str
    learns_activation : bool
        Whether every unit learns how far it goes from the identity to the activation.
    n_frequencies : int
        Cosines of each number.
    bins : tuple of int
        Pieces of the piecewise-linear encoding of each number; empty for no such encoding.
    category_size : int
        Values that the embedding of a category has.
    n_crosses : int
        Layers of a cross network beside the trunk.
    n_heads : int
        Heads, of attention or with outputs of their own, where the architecture has any.
    has_units : bool
        Whether outputs have units of their own, see `OutputUnits`.
    """

    n_numbers: int
    n_plain: int
    cardinalities: tuple[int, ...]
    n_outputs: int
    architecture: str = "mlp"
    width: int = 128
    depth: int = 3
    activation: str = "selu"
    learns_activation: bool = True
    n_frequencies: int = 0
    bins: tuple[int, ...] = ()
    category_size: int = 8
    n_crosses: int = 0
    n_heads: int = 1
    has_units: bool = False

    @property
    def n_scaled(self) -> int:
        """Columns that are scaled: all but codes."""
        return self.n_numbers + self.n_plain

    @property
    def n_columns(self) -> int:
        """Columns of the rows a network reads."""
        return self.n_scaled + len(self.cardinalities)


class PlannedNetwork(nn.Module, ABC):
    """What packs use of a network for tables; its own tensors are not read.

    Attributes
    ----------
    plan : TablePlan
    scaled, trunk : Module
    cross, categories, units : Module or None
    """

    plan: TablePlan
    scaled: Any
    trunk: Any
    cross: Any
    categories: Any
    units: Any

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Fixed functions of the columns that the trunk reads."""

    @abstractmethod
    def write_features(
        self, tensors: Tensors, x: Tensor, out: Tensor, with_pieces: bool = True
    ) -> None:
        """Write fixed functions of the columns of rows (K, B, n_columns) into `out`."""

    @abstractmethod
    def run(self, tensors: Tensors, x: Tensor, masks: Any = None) -> Tensor:
        """Raw outputs of K members; (K, B, n_columns) -> (K, B, outputs)."""

    @abstractmethod
    def answer(self, tensors: Tensors, x: Tensor) -> Tensor:
        """Raw outputs of K members in the units they share; (K, B, outputs)."""

    @abstractmethod
    def representation(self, tensors: Tensors, x: Tensor) -> Tensor:
        """Values of the last hidden layer of K members; (K, B, width)."""

    @abstractmethod
    def attention(self, tensors: Tensors, x: Tensor) -> list[Tensor]:
        """Weights of attention, one (K, B, heads, tokens, tokens) for each block."""
