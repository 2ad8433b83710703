"""The architectures of networks for tables: one entry holds all that is needed of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Generator, Tensor, nn

from skdeep.neural_network._tabular.networks.plan import TablePlan
from skdeep.neural_network._tabular.networks.transformer import TableTransformerTrunk
from skdeep.neural_network._tabular.networks.trunks import (
    PerceptronTrunk,
    ResidualTrunk,
    SharedHeadsTrunk,
)


@dataclass(frozen=True)
class TableArchitecture:
    """What an architecture is, and what goes with it.

    Attributes
    ----------
    words : str
        For the docstring.
    trunk : callable
        Builds the trunk from a plan, what it will see of some rows, outputs before training and a
        generator.
    depth : int
        Hidden layers (or blocks), unless the user says how many.
    width : int or None
        Units of each; None for a number by effort and rows.
    n_heads : int
    n_uses : callable
        How often the products of the trunk are computed for a row, by the plan.
    recipes : tuple of str
        Kinds of networks that are trained, by what they read of numbers; see `recipes`.
    reads_tokens : bool
        Whether every column is a token; the heads, those of attention, then split the width.
    has_losses_of_heads : bool
        Whether every head has outputs, and is trained by a loss, of its own.
    takes_dropout : bool
        Whether hidden units can be left out.
    refuses_crosses : str
        Why a cross network beside the trunk makes no sense; empty if it does.
    is_by_hand : bool
        Whether there is a hand-written backward pass, and a way to rewrite it to predict.
    multiplies_pieces : bool
        Whether networks that read pieces have a cross network by default, where that is quick.
    """

    words: str
    trunk: Callable[[TablePlan, Any, Tensor, Generator], nn.Module]
    depth: int
    width: int | None = None
    n_heads: int = 1
    n_uses: Callable[[TablePlan], int] = lambda plan: 1
    recipes: tuple[str, ...] = ("pieces", "cosines", "both", "additive")
    reads_tokens: bool = False
    has_losses_of_heads: bool = False
    takes_dropout: bool = True
    refuses_crosses: str = ""
    is_by_hand: bool = False
    multiplies_pieces: bool = False


ARCHITECTURES = {
    "mlp": TableArchitecture(
        "perceptrons",
        PerceptronTrunk,
        depth=3,
        is_by_hand=True,
        multiplies_pieces=True,
    ),
    "resnet": TableArchitecture("residual networks [4]_", ResidualTrunk, depth=2),
    "transformer": TableArchitecture(
        "Transformers over the columns [4]_",
        TableTransformerTrunk,
        depth=2,
        width=32,
        n_heads=4,
        n_uses=lambda plan: plan.n_columns + 1,
        recipes=("plain",),
        reads_tokens=True,
        takes_dropout=False,
        refuses_crosses="whose attention is between columns already",
    ),
    "tabm": TableArchitecture(
        "perceptrons with heads that share all weights but those of their inputs and outputs [5]_",
        SharedHeadsTrunk,
        depth=2,
        n_heads=8,
        n_uses=lambda plan: plan.n_heads,
        recipes=("pieces",),
        has_losses_of_heads=True,
    ),
}


def architecture_of(plan: TablePlan) -> TableArchitecture:
    """The entry of a plan's architecture."""
    return ARCHITECTURES[plan.architecture]


def n_losses(plan: TablePlan) -> int:
    """Heads that are trained by a loss each; 1 where the network is trained as a whole."""
    return plan.n_heads if architecture_of(plan).has_losses_of_heads else 1
