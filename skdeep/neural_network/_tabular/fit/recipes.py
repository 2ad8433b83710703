"""Recipes: configurations of the networks of a tabular fit, and how long they train."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skdeep.neural_network._tabular.fit.settings import Effort, FitSettings
from skdeep.neural_network._tabular.networks.architectures import ARCHITECTURES
from skdeep.neural_network._tabular.networks.plan import TablePlan

# Features that piecewise-linear encodings may have together, and bins of one number.
_MOST_PIECES = 384
_MOST_BINS = 48
_FEWEST_BINS = 4
_ROWS_OF_A_BIN = 15
_MOST_COSINES = 512
_N_COSINES = 8
_N_CROSSES = 2
# Products of more columns take too long for what they gain.
_FEW_COLUMNS = 32
# Learning rates of classifiers and regressors (whose targets have variance 1).
_RATE = (0.015, 0.07)
_ADDITIVE_RATE = (0.2, 0.4)
# Few rows are learned in few steps.
_STEPS_PER_ROOT_OF_ROWS = 30
# From here on, networks of one recipe are much alike: half as many are trained, and another recipe
# comes in instead.
MANY_ROWS = 3_000
# From here on, what there is to learn grows slowly with the rows.
_VERY_MANY_ROWS = 50_000
_GROWTH = 1.0 / 3.0
_BATCH_SIZES = ((3_000, 64), (20_000, 128), (50_000, 256), (100_000, 512))
_LARGEST_BATCH = 1_024
# Few rows fill few units: half of those that an effort has.
_FEW_ROWS = 1_500


@dataclass(frozen=True)
class Recipe:
    """One configuration of networks, trained on every fold.

    Attributes
    ----------
    plan : TablePlan
    learning_rate : float
        Learning rates are drawn around it.
    """

    plan: TablePlan
    learning_rate: float


@dataclass(frozen=True)
class Draw:
    """Hyperparameters of one member."""

    learning_rate: float
    weight_decay: float
    dropout: float
    frequency_scale: float
    seed: int


def draw(recipe: Recipe, settings: FitSettings, rng: np.random.Generator) -> Draw:
    """Draw the hyperparameters of a member around those of its recipe.

    Diversity is worth more than the best single setting, which is not known beforehand (TabPack,
    RealMLP's tuned ensembles).
    """
    rate = recipe.learning_rate * math.exp(rng.uniform(-0.7, 0.7))
    decay = math.exp(rng.uniform(math.log(0.005), math.log(0.04)))
    dropout = float(rng.uniform(0.05, 0.3)) if rng.uniform() < 0.6 else 0.0
    scale = math.exp(rng.uniform(math.log(0.03), math.log(0.5)))
    return Draw(
        learning_rate=_chosen(settings.learning_rate_init, rate),
        weight_decay=_chosen(settings.weight_decay, decay),
        dropout=_chosen(settings.dropout, dropout) if recipe.plan.depth else 0.0,
        frequency_scale=scale,
        seed=int(rng.integers(1 << 31)),
    )


def _chosen(value: float | str, drawn: float) -> float:
    return drawn if value == "auto" else float(value)


def recipes(
    columns: TablePlan,
    bins: tuple[int, ...],
    n_rows: int,
    settings: FitSettings,
    is_numeric: bool,
) -> list[Recipe]:
    """The recipes of a fit, one for each way in which its architecture reads numbers.

    "plain" networks read scaled values alone, "pieces" and "cosines" encodings of these, and "both"
    both, where rows are many; "additive" ones are perceptrons without hidden layers.

    Parameters
    ----------
    columns : TablePlan
        The columns and outputs, and the activation.
    bins : tuple of int
        Bins of every number, for recipes that have them.
    n_rows : int
    settings : FitSettings
    is_numeric : bool
        Whether targets are numbers.
    """
    architecture, effort = ARCHITECTURES[settings.architecture], settings.effort
    width, depth = _hidden_layers(settings, n_rows)
    sizes: dict[str, Any] = {
        "architecture": settings.architecture,
        "width": width,
        "depth": depth,
        "n_heads": architecture.n_heads,
        "n_crosses": _N_CROSSES if settings.interactions == "cross" else 0,
    }
    n_numbers = columns.n_numbers
    n_cosines = min(_N_COSINES, _MOST_COSINES // n_numbers) if n_numbers else 0
    features: dict[str, dict[str, Any]] = {
        "plain": {},
        "pieces": {"bins": bins},
        "cosines": {"n_frequencies": n_cosines},
        "both": {"bins": bins, "n_frequencies": n_cosines},
        "additive": {"bins": bins, "architecture": "mlp", "depth": 0, "n_crosses": 0},
    }
    is_small = n_rows < MANY_ROWS and columns.n_columns <= _FEW_COLUMNS
    if is_numeric and effort.has_products and is_small and architecture.multiplies_pieces:
        features["pieces"]["n_crosses"] = _N_CROSSES
    if not (bins and n_cosines and n_rows >= MANY_ROWS):
        del features["both"]
    # An additive network starts at zero and has no hidden layers that amplify its steps.
    rates = {"additive": _ADDITIVE_RATE[is_numeric]}
    return [
        Recipe(
            TablePlan(**{**vars(columns), **sizes, **features[name]}),
            rates.get(name, _RATE[is_numeric]),
        )
        for name in architecture.recipes
        if name in features
    ]


def _hidden_layers(settings: FitSettings, n_rows: int) -> tuple[int, int]:
    if not isinstance(settings.hidden_layer_sizes, str):
        sizes = np.atleast_1d(settings.hidden_layer_sizes).tolist()
        return int(sizes[0]), len(sizes)
    architecture = ARCHITECTURES[settings.architecture]
    width = settings.effort.width // 2 if n_rows < _FEW_ROWS else settings.effort.width
    return architecture.width or width, architecture.depth


def bins_of_a_number(n_numbers: int, n_rows: int) -> int:
    """Most bins that one of several numbers gets; 0 where there are too many numbers."""
    share = _MOST_PIECES // max(1, n_numbers)
    if share < _FEWEST_BINS:
        return 0
    return max(_FEWEST_BINS, min(_MOST_BINS, share, n_rows // _ROWS_OF_A_BIN))


def batch_size_for(n_rows: int) -> int:
    """Rows of a batch."""
    for most_rows, size in _BATCH_SIZES:
        if n_rows < most_rows:
            return size
    return _LARGEST_BATCH


def n_steps_for(n_rows: int, effort: Effort) -> int:
    """Updates that a member makes."""
    most = effort.n_steps * max(1.0, n_rows / _VERY_MANY_ROWS) ** _GROWTH
    return max(1, int(min(most, _STEPS_PER_ROOT_OF_ROWS * math.sqrt(n_rows))))


@dataclass(frozen=True)
class Cycles:
    """How long a member trains.

    Attributes
    ----------
    n_epochs : int
    n_cycles : int
        Cycles of the learning rate. At the end of each, weights are kept as a candidate.
    """

    n_epochs: int
    n_cycles: int

    @classmethod
    def of(cls, n_epochs: int) -> "Cycles":
        """As many cycles as have an epoch or more, up to four."""
        n_cycles = max(n for n in (1, 2, 3, 4) if n_epochs >= 2**n - 1)
        return cls(n_epochs, n_cycles)

    @property
    def ends(self) -> list[int]:
        """Epochs after which a cycle ends, to the nearest; each is twice as long as the last."""
        first = self.n_epochs / (2**self.n_cycles - 1)
        return [round(first * (2**i - 1)) for i in range(1, self.n_cycles + 1)]

    def longer(self) -> "Cycles":
        """The same cycles, and another."""
        n_cycles = self.n_cycles + 1
        n_epochs = self.n_epochs * (2**n_cycles - 1) / (2**self.n_cycles - 1)
        return Cycles(round(n_epochs), n_cycles)
