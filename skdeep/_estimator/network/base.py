"""What every network estimator does: encode, hold out, describe the fit as a member, train it."""

import copy
import warnings
from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skdeep._encoding.channel_array import RowArray
from skdeep._encoding.fit_data import FitData
from skdeep._encoding.reader import Reader
from skdeep._encoding.rows import accepted_dtypes, as_rows, resolve_device
from skdeep._encoding.targets import Target, link
from skdeep._encoding.weights import checked_weight, held_weight
from skdeep._engine.training.loop import train
from skdeep._engine.training.member import EpochReport, Member, Trained
from skdeep._engine.training.rows import Rows
from skdeep._engine.training.schedules import SCHEDULES
from skdeep._engine.training.solvers import SOLVERS, STOCHASTIC_SOLVERS
from skdeep._engine.training.threads import safe_after_fork
from skdeep._estimator.availability import UnavailableMethodError
from skdeep._estimator.network import training_parameters as of_training
from skdeep._estimator.network.answer import Answer
from skdeep._estimator.network.callbacks import epoch_watcher
from skdeep._estimator.network.member import Description, Extent, draw_seed, make_member
from skdeep._estimator.network.validation import Held, check_validation_data, hold_out
from skdeep._estimator.parameters import validate_parameters
from skdeep._estimator.state import VersionedState, unchanged_on_error

ValidationData = tuple[Any, Any, Any]  # X_val, y_val, sample_weight_val


class BaseNetwork(CallbackSupportMixin, VersionedState, BaseEstimator, metaclass=ABCMeta):
    """Base of the estimators that train one network, whatever computes it.

    A subclass has a reader (for X) and an answer (for y), and defines which network is trained and
    how the fitted network is stored.
    """

    _: KW_ONLY
    solver: Annotated[str, of_training.SOLVER] = "adam"
    alpha: Annotated[float, of_training.ALPHA] = 0.0001
    batch_size: Annotated[int | str, of_training.BATCH_SIZE] = "auto"
    learning_rate: Annotated[str, of_training.LEARNING_RATE] = "constant"
    learning_rate_init: Annotated[float, of_training.LEARNING_RATE_INIT] = 0.001
    power_t: Annotated[float, of_training.POWER_T] = 0.5
    max_iter: Annotated[int, of_training.MAX_ITER] = 200
    shuffle: Annotated[bool, of_training.SHUFFLE] = True
    random_state: Annotated[Any, of_training.RANDOM_STATE] = None
    tol: Annotated[float, of_training.TOL] = 1e-4
    verbose: Annotated[bool, of_training.VERBOSE] = False
    warm_start: Annotated[bool, of_training.WARM_START] = False
    momentum: Annotated[float, of_training.MOMENTUM] = 0.9
    nesterovs_momentum: Annotated[bool, of_training.NESTEROVS_MOMENTUM] = True
    early_stopping: Annotated[bool, of_training.EARLY_STOPPING] = False
    validation_fraction: Annotated[float, of_training.VALIDATION_FRACTION] = 0.1
    beta_1: Annotated[float, of_training.BETA_1] = 0.9
    beta_2: Annotated[float, of_training.BETA_2] = 0.999
    epsilon: Annotated[float, of_training.EPSILON] = 1e-8
    n_iter_no_change: Annotated[float, of_training.N_ITER_NO_CHANGE] = 10
    max_fun: Annotated[int, of_training.MAX_FUN] = 15000
    weight_decay: Annotated[float | str, of_training.WEIGHT_DECAY] = "auto"
    l1: Annotated[float, of_training.L1] = 0.0
    gradient_clip: Annotated[float | None, of_training.GRADIENT_CLIP] = None
    warmup_fraction: Annotated[float | None, of_training.WARMUP_FRACTION] = None
    scoring: Annotated[str | Callable[..., float] | None, of_training.SCORING] = None
    device: Annotated[str, of_training.DEVICE] = "auto"
    dtype: Annotated[str, of_training.DTYPE] = "auto"

    _target: Target
    _view: Any = None  # how networks see what is read; learned by the reader
    _extent: ClassVar[Extent] = Extent()
    _trains_in_packs = True  # `skdeep.parallel` looks for it

    @property
    @abstractmethod
    def _reader(self) -> Reader:
        """How X is read."""

    @property
    @abstractmethod
    def _answer(self) -> Answer:
        """What y is."""

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
    def _built_for(self, data: FitData, continuing: bool) -> FitData:
        """The data as the network takes them; builds the network where it has to be."""

    @abstractmethod
    def _describe_network(self, data: FitData, continuing: bool) -> Description:
        """What network is trained, and from where."""

    @abstractmethod
    def _weight_attributes(
        self, flat: np.ndarray, buffers: dict[str, np.ndarray] | None = None
    ) -> dict[str, Any]:
        """The fitted attributes that hold parameters, given as training gives them."""

    @abstractmethod
    def _raw_outputs(self, rows: Rows, device: torch.device) -> torch.Tensor:
        """Raw outputs of the fitted network; (n, n_outputs)."""

    # Training ------------------------------------------------------------------------------------

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
    ) -> Self:
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
        validation_data: ValidationData = (None, None, None),
        *,
        incremental: bool = False,
        classes: Any = None,
    ) -> Self:
        with safe_after_fork(), unchanged_on_error(self):
            validate_parameters(self)
            self._check_parameters(validation_data)
            continuing = self.__sklearn_is_fitted__() and (incremental or self.warm_start)
            if not (continuing and hasattr(self, "_seed")):
                self._seed = draw_seed(self.random_state)
            device = resolve_device(self.device)
            data = self._encode(X, y, sample_weight, validation_data, continuing, classes)
            held = hold_out(
                data, self._target, self._answer, self, self._seed, device, self._at_parameters
            )
            member = self._describe(data, held, device, continuing, incremental)
            seen = {"X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
            trained = self._trained(member, seen, continuing, incremental)
            self._warn(trained, incremental)
        return self

    def _check_parameters(self, validation_data: ValidationData) -> None:
        """Raise for what is valid alone but not together."""
        conflict = self._answer.conflict()
        if conflict is not None:
            raise ValueError(conflict)
        self._check_combinations()
        check_validation_data(*validation_data)

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
        reason = self._answer.why_no_parts()
        if reason is not None:
            raise UnavailableMethodError(reason)

    def _encode(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation_data: ValidationData,
        continuing: bool,
        classes: Any,
    ) -> FitData:
        """Read what `fit` was given; sets the target, the view of X and the network."""
        reader = self._reader
        dtype = self._fitted_dtype if continuing else accepted_dtypes(self.dtype)
        X, y = reader.read_both(
            self,
            X,
            y,
            self._read_target,
            y_numeric=self._answer.is_regressor,
            dtype=dtype,
            reset=not continuing,
        )
        dtype = reader.training_dtype(X, dtype)
        weight = checked_weight(sample_weight, X, dtype=dtype)
        kept = None if weight is None or weight.all() else np.flatnonzero(weight)
        answer = self._answer
        # Coefficients may have been set by hand: then nothing is known of y.
        known = getattr(self, "_target", None) if continuing else None
        encoded = answer.encode(
            y, weight, kept, known=known, classes=classes, warm_start=self.warm_start
        )
        self._target = encoded.target
        for name, value in answer.attributes(encoded.target).items():
            setattr(self, name, value)
        encoded.target.check(encoded.codes if kept is None else encoded.codes[kept], dtype)
        class_and_sample = held_weight(encoded.weight, dtype, "sample_weight and class_weight")
        if class_and_sample is not None and not class_and_sample.all():
            kept = np.flatnonzero(class_and_sample)
        data = FitData(X, y, encoded.codes, weight, class_and_sample, kept, dtype)
        data, self._view = reader.learn(data, self._view if continuing else None)
        for name, value in reader.attributes(self._view).items():
            setattr(self, name, value)
        data = self._built_for(data, continuing)
        data.validation = self._encode_validation(validation_data, data)
        return data

    def _read_target(self, y: Any) -> np.ndarray:
        """Y in a form that can be indexed; X has been read."""
        return self._answer.read(y, type(self).__name__)

    def _encode_validation(self, given: ValidationData, data: FitData) -> FitData | None:
        """Validation rows as networks see them, or None where there are none."""
        X_val, y_val, weight_val = given
        if X_val is None:
            return None
        reader, answer, target = self._reader, self._answer, self._target
        try:
            X, y = reader.read_both(
                self,
                X_val,
                y_val,
                self._read_target,
                y_numeric=answer.is_regressor,
                dtype=data.dtype,
                reset=False,
            )
            X = reader.seen(X, self._view, data.dtype)
            weight = checked_weight(weight_val, X, "sample_weight_val", data.dtype)
        except ValueError as error:
            raise ValueError(f"In X_val, y_val or sample_weight_val: {error}") from error
        codes, weight = answer.encode_validation(y, weight, target)
        weight = held_weight(weight, data.dtype, "sample_weight_val and class_weight")
        counted = slice(None) if weight is None else np.flatnonzero(weight)
        target.check(codes[counted], data.dtype, "y_val")
        return replace(data, X=X, y=y, codes=codes, weight=weight)

    def _describe(
        self,
        data: FitData,
        held: Held,
        device: torch.device,
        continuing: bool,
        incremental: bool,
    ) -> Member:
        """Describe the fit, with what its parameters leave open."""
        self._settle(data, continuing, incremental)
        return self._member(data, held, device, continuing, incremental)

    def _settle(self, data: FitData, continuing: bool, incremental: bool) -> None:
        """Choose what parameters leave to the data of a first fit."""

    def _member(
        self,
        data: FitData,
        held: Held,
        device: torch.device,
        continuing: bool,
        incremental: bool,
    ) -> Member:
        """Describe a fit; sets the attributes that say what the network returns."""
        network = self._describe_network(data, continuing)
        network.fields = {**self._step_settings, **network.fields}
        target, loss = self._target, self._answer.loss(self._target, data)
        self.n_outputs_ = target.n_outputs
        self.out_activation_ = loss[0].out_activation
        return make_member(
            self,
            data,
            held,
            network,
            target,
            loss,
            device=device,
            seed=self._seed,
            extent=self._extent,
            incremental=incremental,
        )

    @property
    def _step_settings(self) -> dict[str, float]:
        """The fields of a member that determine the size of a step."""
        decay = self.weight_decay
        if isinstance(decay, str):
            decay = SOLVERS[self.solver].weight_decay
        return {
            "learning_rate_init": self.learning_rate_init,
            "epsilon": self.epsilon,
            "weight_decay": float(decay),
        }

    @property
    def _named_rate(self) -> str:
        return f"learning_rate_init={self._step_settings['learning_rate_init']:g}"

    def _trained(
        self, member: Member, seen: dict[str, Any], continuing: bool, incremental: bool
    ) -> Trained:
        """Train the member and store the result; callbacks hear of `fit` only."""
        if incremental:
            (trained,) = train([member], [epoch_watcher(self)])
            self._take(trained, continuing, incremental)
            return trained
        context = self._init_callback_context(max_subtasks=member.max_iter)
        context.call_on_fit_task_begin(estimator=self, **seen)
        (trained,) = train([member], [epoch_watcher(self, context, seen)])
        self._take(trained, continuing, incremental)
        context.call_on_fit_task_end(estimator=self, reconstruction_attributes=dict, **seen)
        return trained

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
            # As long as the data: kept only if the next call is likely to continue from here.
            order=trained.state.order if keeps_order else None,
        )

    def _at_parameters(self, *parameters: Any) -> Self:
        """A copy of the estimator with a network at parameters as training gives them."""
        fitted = copy.copy(self)
        # The rows are an array by now: names would only raise a warning.
        fitted.__dict__.pop("feature_names_in_", None)
        fitted.__dict__.update(self._weight_attributes(*parameters))
        return fitted

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
            and not SCHEDULES[self.learning_rate].is_annealed  # these end at max_iter by design
        ):
            advice = f"Increase max_iter, or tol (now {self.tol:g})."
        if advice is not None:
            warnings.warn(f"{trained.message} {advice}", ConvergenceWarning, stacklevel=5)

    # Prediction ----------------------------------------------------------------------------------

    def _rows_seen(self, X: Any) -> tuple[Rows, torch.device]:
        """X as the fitted network reads it, and the device where it does."""
        check_is_fitted(self)
        if not isinstance(X, RowArray):  # which a scorer predicts: held-out rows, as they are seen
            reader, dtype = self._reader, self._fitted_dtype
            X = reader.seen(reader.read(self, X, dtype=dtype, reset=False), self._view, dtype)
        device = self._prediction_device()
        return as_rows(X, device), device

    def _outputs(self, X: Any, *, activated: bool = False) -> np.ndarray:
        """Outputs of the network for X, raw or activated; (n, n_outputs)."""
        rows, device = self._rows_seen(X)
        with safe_after_fork(), torch.inference_mode():
            outputs = self._raw_outputs(rows, device)
            if activated:
                outputs = link(outputs, self.out_activation_)
            array: np.ndarray = outputs.cpu().numpy()
        # Those of regressors are in double precision anyway: y may be far from 0.
        is_regressor = self._answer.is_regressor
        return array if is_regressor else array.astype(self._fitted_dtype, copy=False)

    def _prediction_device(self) -> torch.device:
        """The device asked for, or the CPU on a machine that lacks it."""
        try:
            return resolve_device(self.device)
        except ValueError:
            warnings.warn(
                f"device={self.device!r} is not on this machine; predicting on the CPU.",
                stacklevel=5,
            )
            return torch.device("cpu")

    def _with_tags_of_reader(self, tags: Tags) -> Tags:
        """Tags that say what is read.

        Not a `__sklearn_tags__` of its own: scikit-learn's mixins, which come after, would start
        from theirs.
        """
        self._reader.describe(tags)
        return tags
