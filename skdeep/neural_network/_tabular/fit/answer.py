"""The target of a fit to a table: its encoding, its loss, and predictions from outputs."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from skdeep._encoding.targets import ClassTarget, RegressionTarget
from skdeep._engine.training.losses import Loss
from skdeep._kinds.tables.encoder import TableEncoder
from skdeep.neural_network._tabular.fit.combination import OutOfFold
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.rows import FitRows
from skdeep.neural_network._tabular.networks.plan import TablePlan


@dataclass
class HeldOut:
    """Data to calibrate an answer: predictions by networks that have not seen the rows.

    Attributes
    ----------
    combined : ndarray of shape (n, n_outputs)
        Predictions of the networks that were kept, with their shares.
    of_one : ndarray of shape (n, n_outputs)
        The same by a single network of each fold and candidate.
    rows : FitRows
    judged : OutOfFold
        The rows that these are of.
    importances : ndarray of shape (n_features,)
    encoder : TableEncoder
    of_fold : callable
        From the number of a fold and encoded rows to predictions of its networks; (n, n_outputs).
    """

    combined: np.ndarray
    of_one: np.ndarray
    rows: FitRows
    judged: OutOfFold
    importances: np.ndarray
    encoder: TableEncoder
    of_fold: Callable[[int, Any], np.ndarray]


class Answer(ABC):
    """What y is to the networks of a fit, and what their outputs are to the user.

    Attributes
    ----------
    is_numeric : bool
        Whether targets are numbers, which have units, rather than classes.
    activation : str
        Activation of the hidden units, the best for such targets.
    label_smoothing : float
    target : Target
        Set by `encode`.
    """

    is_numeric: ClassVar[bool]
    activation: ClassVar[str]
    label_smoothing: float = 0.0
    target: ClassTarget | RegressionTarget

    @abstractmethod
    def checked(self, y: Any) -> np.ndarray:
        """Targets as an array."""

    @abstractmethod
    def encode(
        self, y: np.ndarray, weight: np.ndarray | None, kept: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Codes of y, and weights times class weights; `kept` are the rows of positive weight."""

    @abstractmethod
    def loss(self) -> tuple[Loss, tuple[Any, ...]]:
        """The loss, and a key that is equal for equal losses."""

    @property
    @abstractmethod
    def combination_loss(self) -> Any:
        """The loss that the shares of candidates minimise; see `OutOfFold`."""

    @abstractmethod
    def strata(self, codes: np.ndarray) -> np.ndarray | None:
        """Values to stratify folds by."""

    @abstractmethod
    def start(self, codes: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
        """Raw outputs before training, for training rows; (n_outputs,)."""

    @abstractmethod
    def truth(self, codes: np.ndarray) -> np.ndarray:
        """True values of the predictions; (n, n_outputs)."""

    @abstractmethod
    def predicted(self, outputs: Tensor) -> Tensor:
        """Predictions from raw outputs, of the same shape."""

    @abstractmethod
    def pseudo_labels(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pseudo-labels from predictions (n, n_outputs), as codes, and how sure they are; (n,)."""

    @abstractmethod
    def calibrate(self, held_out: HeldOut) -> np.ndarray:
        """Learn from held-out predictions; return calibrated ones of the rows `fit` was given."""

    def tensor(self, codes: np.ndarray) -> Tensor:
        """Targets in the units that all folds share."""
        return self.target.tensor(codes, torch.float32)

    def tensor_of_fold(self, codes: np.ndarray, fold: Fold) -> Tensor:
        """Targets as the networks of a fold learn them."""
        return self.tensor(codes)

    def fold(
        self,
        rows: FitRows,
        data: TabularData,
        train: np.ndarray,
        columns: TablePlan,
        bins: tuple[int, ...],
    ) -> Fold:
        """Statistics of the training rows of a fold."""
        start = self.start(rows.codes[train], rows.weight_of(train))
        return Fold.of(data, train, columns, bins, start)
