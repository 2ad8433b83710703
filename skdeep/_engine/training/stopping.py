"""When training of a member ends: plateaus, best weights, and the curves from which they follow."""

from dataclasses import dataclass, field

import numpy as np

from skdeep._engine.training.learning_rates import after_epoch, after_plateau, first_rate
from skdeep._engine.training.member import Member, Trained, TrainingState
from skdeep._engine.training.solvers import SOLVERS


@dataclass
class EpochLosses:
    """Losses and score of one member after one epoch.

    Attributes
    ----------
    criterion : float
        Training loss, penalties included, in the units that training sees; `tol` refers to it.
    loss : float
        The same in reported units.
    validation_loss, validation_score : float or None
        In reported units; None without validation rows.
    """

    criterion: float
    loss: float
    validation_loss: float | None = None
    validation_score: float | None = None


@dataclass
class Progress:
    """The progress of a member in this run, and whether it continues."""

    member: Member
    learning_rate: float
    no_improvement_count: int = 0
    best_loss: float = np.inf
    best_score: float = -np.inf
    best_validation_loss: float = np.inf
    best_weights: np.ndarray | None = None
    best_buffers: dict[str, np.ndarray] = field(default_factory=dict)
    n_iter: int = 0
    n_epochs: int = 0
    n_samples_seen: int = 0
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    stop_reason: str = ""
    message: str = ""

    @classmethod
    def of(cls, member: Member) -> "Progress":
        """Start a run, where the last one ended if there was one."""
        start = member.start or TrainingState(weights=np.empty(0))
        return cls(
            member=member,
            learning_rate=first_rate(member, start.learning_rate, start.n_samples_seen),
            no_improvement_count=start.no_improvement_count,
            best_loss=start.best_loss,
            best_score=start.best_score,
            best_validation_loss=start.best_validation_loss,
            best_weights=start.best_weights,
            best_buffers=start.best_buffers,
            n_epochs=start.n_epochs,
            n_samples_seen=start.n_samples_seen,
        )

    def keep_best(self, weights: np.ndarray, buffers: dict[str, np.ndarray]) -> None:
        """Take what there is now for the best."""
        self.best_weights, self.best_buffers = weights, buffers

    def record(self, losses: EpochLosses) -> bool:
        """Take in an epoch; return whether its weights are the best so far."""
        self.n_iter += 1
        self.n_epochs += 1
        self.n_samples_seen += self.member.n_rows
        self.loss_curve.append(losses.loss)
        if losses.validation_loss is not None and losses.validation_score is not None:
            self.validation_loss_curve.append(losses.validation_loss)
            self.validation_scores.append(losses.validation_score)
        is_best = self._update_no_improvement_count(losses)
        self._decide(losses)
        return is_best

    def _update_no_improvement_count(self, losses: EpochLosses) -> bool:
        tol = self.member.tol
        if self.member.early_stopping:
            score = losses.validation_score
            assert score is not None
            stalled = not score >= self.best_score + tol  # NaN is no improvement
            loss = losses.validation_loss
            assert loss is not None
            # Few rows give few different scores; among equal ones the lower loss is better.
            is_best = (score, -loss) > (self.best_score, -self.best_validation_loss)
            if is_best:
                self.best_score, self.best_validation_loss = score, loss
        else:
            stalled = losses.criterion > self.best_loss - tol or np.isinf(losses.criterion)
            is_best = False
            self.best_loss = min(self.best_loss, losses.criterion)
        self.no_improvement_count = self.no_improvement_count + 1 if stalled else 0
        return is_best

    def _decide(self, losses: EpochLosses) -> None:
        member = self.member
        self.learning_rate = after_epoch(member, self.learning_rate, self.n_samples_seen)
        if np.isnan(losses.criterion):
            self.stop_reason = "diverged"
            self.message = f"The training loss became NaN in epoch {self.n_iter}."
        elif not SOLVERS[member.solver].is_stochastic and not member.early_stopping:
            return  # scipy decides, on the gradient and the budget
        elif self.no_improvement_count > member.n_iter_no_change:
            watched = "Validation score" if member.early_stopping else "Training loss"
            message = (
                f"{watched} did not improve by more than tol={member.tol:g} "
                f"for {member.n_iter_no_change} consecutive epochs."
            )
            reduced = after_plateau(member, self.learning_rate)
            if reduced is None:
                self.stop_reason, self.message = "converged", message
            else:
                self.learning_rate = reduced
                self.no_improvement_count = 0
        if self.n_iter == member.max_iter and not self.stop_reason:
            self.stop_reason = "max_iter"
            self.message = f"max_iter={member.max_iter} epochs ran without convergence."

    def finish(
        self,
        weights: np.ndarray,
        moments: list[np.ndarray],
        n_steps: int,
        buffers: dict[str, np.ndarray],
    ) -> Trained:
        """Close the run with the last parameters and buffers and the memory of the solver."""
        best = self.best_weights if self.member.early_stopping else None
        best_buffers = self.best_buffers if best is not None else {}
        return Trained(
            weights=weights if best is None else best,
            buffers=buffers if best is None else best_buffers,
            state=TrainingState(
                weights=weights,
                moments=moments,
                n_steps=n_steps,
                n_epochs=self.n_epochs,
                n_samples_seen=self.n_samples_seen,
                learning_rate=self.learning_rate,
                no_improvement_count=self.no_improvement_count,
                best_loss=self.best_loss,
                best_score=self.best_score,
                best_validation_loss=self.best_validation_loss,
                best_weights=best,
                buffers=buffers,
                best_buffers=best_buffers,
            ),
            loss_curve=self.loss_curve,
            validation_loss_curve=self.validation_loss_curve,
            validation_scores=self.validation_scores,
            n_iter=self.n_iter,
            stop_reason=self.stop_reason,
            message=self.message,
        )
