"""What every network estimator does: encode, describe the fit as a member, hand it over."""

import warnings
from abc import ABCMeta, abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from skdeep._encoding.fit_data import FitData
from skdeep._encoding.rows import accepted_dtypes, as_rows, resolve_device
from skdeep._encoding.targets import Target, link
from skdeep._encoding.weights import checked_weight, held_weight
from skdeep._engine.training.loop import train
from skdeep._engine.training.losses import Loss
from skdeep._engine.training.member import EpochReport, Trained
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.schedules import DEFAULT_WARMUP
from skdeep._engine.training.solvers import STOCHASTIC_SOLVERS
from skdeep._engine.training.threads import safe_after_fork
from skdeep._estimator.availability import UnavailableMethodError
from skdeep._estimator.network.callbacks import epoch_watcher
from skdeep._estimator.network.member import draw_seed, make_member
from skdeep._estimator.network.training_parameters import TrainingParameters
from skdeep._estimator.parameters import validate_parameters
from skdeep._estimator.state import VersionedState, unchanged_on_error


class BaseNetwork(
    CallbackSupportMixin, VersionedState, TrainingParameters, BaseEstimator, metaclass=ABCMeta
):
    """Base of the estimators that train one network, whatever computes it."""

    _target: Target
    _trains_in_packs = True  # `skdeep.parallel` looks for it
    _judges_itself = False  # by its method score, where others are judged by their raw outputs

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ):
        """Fit the network to data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; 0 is the same as leaving a row out.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation rows, for curves and early stopping; none are then held out of `X`.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of the validation rows.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of the validation rows.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data cannot be used. The estimator is then as it was before.
        """
        return self._train(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    def _train(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation_data: tuple[Any, Any, Any] = (None, None, None),
        *,
        incremental: bool = False,
        classes: Any = None,
    ):
        with safe_after_fork(), unchanged_on_error(self):
            validate_parameters(self)
            self._check_combinations()
            continuing = self.__sklearn_is_fitted__() and (incremental or self.warm_start)
            if not (continuing and hasattr(self, "_seed")):
                self._seed = draw_seed(self.random_state)
            data = self._encode(X, y, sample_weight, continuing, classes)
            self._settle(data, continuing, incremental)
            member = make_member(self, data, validation_data, continuing, incremental)
            if incremental:
                (trained,) = train([member], [epoch_watcher(self)])
                self._take(trained, continuing, incremental)
            else:
                context = self._init_callback_context(max_subtasks=member.max_iter)
                seen = {"X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
                context.call_on_fit_task_begin(estimator=self, **seen)
                (trained,) = train([member], [epoch_watcher(self, context, seen)])
                self._take(trained, continuing, incremental)
                context.call_on_fit_task_end(estimator=self, reconstruction_attributes=dict, **seen)
            self._warn(trained, incremental)
        return self

    def _check_combinations(self) -> None:
        """Raise for parameters that are valid alone but not together."""

    def _check_partial_fit(self) -> None:
        """Raise where partial_fit is not offered; `hasattr` is then False."""
        if self.solver not in STOCHASTIC_SOLVERS:
            raise UnavailableMethodError(
                f"partial_fit is only available for stochastic solvers, not for "
                f"solver={self.solver!r}; use one of {list(STOCHASTIC_SOLVERS)}."
            )
        if self.early_stopping:
            raise UnavailableMethodError(
                "partial_fit does not support early_stopping=True: one epoch has nothing to stop. "
                "Set early_stopping=False, or use fit with warm_start=True."
            )

    def _encode(
        self, X: Any, y: Any, sample_weight: Any, continuing: bool, classes: Any
    ) -> FitData:
        dtype = self._fitted_dtype if continuing else accepted_dtypes(self.dtype)
        X, y = self._validated_for_fit(X, y, dtype=dtype, reset=not continuing)
        dtype = self._training_dtype(X, dtype)
        weight = checked_weight(sample_weight, X, dtype=dtype)
        kept = None
        if weight is not None and not weight.all():
            kept = np.flatnonzero(weight)
        codes, class_and_sample = self._encode_target(y, weight, kept, continuing, classes)
        self._target.check(codes if kept is None else codes[kept], dtype)
        class_and_sample = held_weight(class_and_sample, dtype, "sample_weight and class_weight")
        if class_and_sample is not None and not class_and_sample.all():
            kept = np.flatnonzero(class_and_sample)
        return FitData(X, y, codes, weight, class_and_sample, kept, dtype)

    def _validated(self, X: Any, y: Any = "no_validation", *, dtype: Any, reset: bool) -> Any:
        """X, or X and y, as arrays that training and prediction take."""
        arguments = {"accept_sparse": "csr", "dtype": dtype, "order": "C", "reset": reset}
        if not (isinstance(y, str) and y == "no_validation"):
            arguments |= {"multi_output": True, "y_numeric": self._is_regressor}
        # Numbers too large for the dtype raise an error all the same.
        with np.errstate(over="ignore", invalid="ignore"):
            return validate_data(self, X, y, **arguments, **self._input_options)

    def _validated_for_fit(self, X: Any, y: Any, *, dtype: Any, reset: bool) -> Any:
        """X and y of a fit, from which more is learned before training takes them."""
        return self._validated(X, y, dtype=dtype, reset=reset)

    @property
    def _input_options(self) -> dict[str, Any]:
        """What else `validate_data` is told of X."""
        return {}

    def _training_dtype(self, X: Any, accepted: Any) -> np.dtype:
        """What training computes in, for validated X."""
        return X.dtype

    def _settle(self, data: FitData, continuing: bool, incremental: bool) -> None:
        """Choose what parameters leave to the data of a first fit."""

    @property
    def _step_settings(self) -> dict[str, float]:
        """The fields of a member that say how far a step goes."""
        decay = self.weight_decay
        if isinstance(decay, str):
            decay = 0.01 if self.solver == "adamw" else 0.0
        return {
            "learning_rate_init": self.learning_rate_init,
            "epsilon": self.epsilon,
            "weight_decay": float(decay),
        }

    @property
    def _named_rate(self) -> str:
        return f"learning_rate_init={self._step_settings['learning_rate_init']:g}"

    def _automatic_batch_size(self, n_rows: int) -> int:
        """Rows of a batch where `batch_size` is 'auto'."""
        return min(200, n_rows)

    def _n_epochs(self, n_rows: int, batch_size: int) -> int:
        """Epochs of one call to `fit`."""
        return self.max_iter

    @property
    def _takes_one_row(self) -> bool:
        """Whether the network can train on a batch of a single row."""
        return True

    @abstractmethod
    def __sklearn_is_fitted__(self) -> bool: ...

    @property
    @abstractmethod
    def _fitted_dtype(self) -> np.dtype:
        """What the fitted network computes in."""

    @property
    @abstractmethod
    def _parameter_arrays(self) -> list[np.ndarray]:
        """The fitted parameters."""

    @abstractmethod
    def _describe_network(self, data: FitData, continuing: bool) -> dict[str, Any]:
        """The fields of a member that say what network is trained, and from where."""

    @abstractmethod
    def _weight_attributes(
        self, flat: np.ndarray, buffers: dict[str, np.ndarray] | None = None
    ) -> dict[str, Any]:
        """The fitted attributes that hold parameters, given as training gives them."""

    @abstractmethod
    def _raw_outputs(self, rows: Rows, device: torch.device) -> torch.Tensor:
        """Raw outputs of the fitted network; (n, n_outputs)."""

    @property
    @abstractmethod
    def _is_regressor(self) -> bool: ...

    @abstractmethod
    def _encode_target(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        kept: np.ndarray | None,
        continuing: bool,
        classes: Any,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Set `_target`; return the codes of y and the weights, class weights included."""

    @abstractmethod
    def _encode_validation_target(
        self, y: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Codes of validation targets, and their weights, class weights included."""

    @abstractmethod
    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        """The loss, and a key that is equal for equal losses."""

    def _take(self, trained: Trained, continuing: bool, incremental: bool) -> None:
        """Set the fitted attributes."""
        for name, value in self._weight_attributes(trained.weights, trained.buffers).items():
            setattr(self, name, value)
        if not all(np.isfinite(array).all() for array in self._parameter_arrays):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large "
                "values and need to be preprocessed: put a StandardScaler before the network, or "
                f"lower {self._named_rate}."
            )

        def extended(name: str, values: list[float]) -> list[float]:
            return [*((getattr(self, name, None) or []) if continuing else []), *values]

        validated = bool(trained.validation_scores)
        self.loss_curve_ = extended("loss_curve_", trained.loss_curve)
        scores = extended("validation_scores_", trained.validation_scores)
        losses = extended("validation_loss_curve_", trained.validation_loss_curve)
        self.validation_scores_ = scores if validated else None
        self.validation_loss_curve_ = losses if validated else None
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        self.best_loss_ = None if self.early_stopping else min(self.loss_curve_, default=np.inf)
        self.best_validation_score_ = trained.state.best_score if self.early_stopping else None
        self.n_iter_ = trained.n_iter
        self.t_ = trained.state.n_samples_seen
        self._trained_by = self.solver
        self._no_improvement_count = trained.state.no_improvement_count
        keeps_order = self.warm_start or incremental
        self._optimizer = replace(
            trained.state,
            weights=np.empty(0),
            best_weights=None,
            buffers={},
            best_buffers={},
            # As long as the data: kept where the next call is likely to go on from here.
            order=trained.state.order if keeps_order else None,
        )

    def _fitted_attributes(self, report: EpochReport) -> dict[str, Any]:
        attributes = self._weight_attributes(report.weights(), report.buffers())
        return {**attributes, "n_iter_": report.n_iter}

    def _warn(self, trained: Trained, incremental: bool) -> None:
        if self.verbose and not incremental:
            print(trained.message, flush=True)
        reason, advice = trained.stop_reason, None
        if reason == "interrupted":
            warnings.warn("Training interrupted by user.", stacklevel=5)
        elif reason == "diverged":
            advice = f"Scale the data or lower {self._named_rate}."
        elif self.early_stopping and np.isnan(trained.validation_scores).all():
            advice = (
                f"scoring={self.scoring!r} gave NaN in every epoch; the first weights were kept. "
                "Choose another scorer, or check the validation rows."
            )
        elif (
            reason == "max_iter"
            and not incremental
            and self.learning_rate not in DEFAULT_WARMUP  # these end at max_iter by design
        ):
            advice = f"Increase max_iter, or tol (now {self.tol:g})."
        if advice is not None:
            warnings.warn(f"{trained.message} {advice}", ConvergenceWarning, stacklevel=5)

    def _outputs(self, X: Any, *, activated: bool = False) -> np.ndarray:
        """Outputs of the network for X, raw or activated; (n, n_outputs)."""
        check_is_fitted(self)
        X = self._validated(X, dtype=self._fitted_dtype, reset=False)
        device = self._prediction_device()
        rows = as_rows(X, device)
        with safe_after_fork(), torch.inference_mode():
            outputs = self._raw_outputs(rows, device)
            if activated:
                outputs = link(outputs, self.out_activation_)
            return outputs.cpu().numpy()

    def _prediction_device(self) -> torch.device:
        """The device asked for, or the CPU on a machine that lacks it."""
        try:
            return resolve_device(self.device)
        except ValueError:
            warnings.warn(
                f"device={self.device!r} is not on this machine; predicting on the CPU.",
                stacklevel=4,
            )
            return torch.device("cpu")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
