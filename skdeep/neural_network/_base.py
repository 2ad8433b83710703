"""What every perceptron estimator does: encode, describe the fit as a member, hand it over."""

import warnings
from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from skdeep.base import (
    UnavailableMethodError,
    VersionedState,
    unchanged_on_error,
    validate_parameters,
)
from skdeep.encoding import (
    Target,
    accepted_dtypes,
    as_rows,
    checked_weight,
    held_weight,
    link,
    resolve_device,
    shared_tensor,
)
from skdeep.modules import MLP
from skdeep.neural_network._callbacks import epoch_watcher
from skdeep.neural_network._fit_data import FitData
from skdeep.neural_network._member import make_member
from skdeep.neural_network._mlp_parameters import MLPParameters
from skdeep.neural_network._weights import layer_arrays
from skdeep.training import (
    DEFAULT_WARMUP,
    STOCHASTIC_SOLVERS,
    EpochReport,
    Loss,
    Trained,
    network_outputs,
    safe_after_fork,
    train,
)


class BaseMLP(CallbackSupportMixin, VersionedState, MLPParameters, BaseEstimator):
    """Base of MLPClassifier and MLPRegressor."""

    _target: Target
    _layer_units: tuple[int, ...]
    _trains_in_packs = True  # `skdeep.parallel` looks for it

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
            continuing = hasattr(self, "coefs_") and (incremental or self.warm_start)
            data = self._encode(X, y, sample_weight, continuing, classes)
            member = make_member(self, data, validation_data, continuing, incremental)
            if incremental:
                (trained,) = train([member], [epoch_watcher(self)])
                self._take(trained, continuing, incremental)
            else:
                context = self._init_callback_context(max_subtasks=self.max_iter)
                seen = {"X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
                context.call_on_fit_task_begin(estimator=self, **seen)
                (trained,) = train([member], [epoch_watcher(self, context, seen)])
                self._take(trained, continuing, incremental)
                context.call_on_fit_task_end(estimator=self, reconstruction_attributes=dict, **seen)
            self._warn(trained, incremental)
        return self

    def _check_combinations(self) -> None:
        """Raise for parameters that are valid alone but not together."""
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)).tolist()
        if not all(
            isinstance(size, int | np.integer) and not isinstance(size, bool) and size > 0
            for size in sizes
        ):
            raise ValueError(
                f"hidden_layer_sizes must be > 0, got {sizes}. Give one positive integer a layer."
            )
        if self.dropout and self.solver == "lbfgs":
            raise ValueError(
                f"dropout={self.dropout} does not go with solver='lbfgs', which needs the same "
                f"loss at every evaluation; use one of {list(STOCHASTIC_SOLVERS)} or dropout=0."
            )

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
        dtype = self.coefs_[0].dtype if continuing else accepted_dtypes(self.dtype)
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            multi_output=True,
            y_numeric=self._is_regressor,
            dtype=dtype,
            order="C",
            reset=not continuing,
        )
        weight = checked_weight(sample_weight, X)
        kept = None
        if weight is not None and not weight.all():
            kept = np.flatnonzero(weight)
        codes, class_and_sample = self._encode_target(y, weight, kept, continuing, classes)
        self._target.check(codes if kept is None else codes[kept], X.dtype)
        class_and_sample = held_weight(class_and_sample, X.dtype, "sample_weight and class_weight")
        if class_and_sample is not None and not class_and_sample.all():
            kept = np.flatnonzero(class_and_sample)
        return FitData(X, y, codes, weight, class_and_sample, kept)

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
        for name, value in self._weight_attributes(trained.weights).items():
            setattr(self, name, value)
        if not all(np.isfinite(w).all() for w in [*self.coefs_, *self.intercepts_]):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large "
                "values and need to be preprocessed: put a StandardScaler before the network, or "
                f"lower learning_rate_init={self.learning_rate_init:g}."
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
            # As long as the data: kept where the next call is likely to go on from here.
            order=trained.state.order if keeps_order else None,
        )

    def _weight_attributes(self, flat: np.ndarray) -> dict[str, Any]:
        coefs, intercepts = layer_arrays(flat, self._layer_units)
        coefs[-1], intercepts[-1] = self._target.absorb(coefs[-1], intercepts[-1])
        return {"coefs_": coefs, "intercepts_": intercepts}

    def _fitted_attributes(self, report: EpochReport) -> dict[str, Any]:
        return {**self._weight_attributes(report.weights()), "n_iter_": report.n_iter}

    def _warn(self, trained: Trained, incremental: bool) -> None:
        if self.verbose and not incremental:
            print(trained.message, flush=True)
        reason, advice = trained.stop_reason, None
        if reason == "interrupted":
            warnings.warn("Training interrupted by user.", stacklevel=5)
        elif reason == "diverged":
            advice = f"Scale the data or lower learning_rate_init={self.learning_rate_init:g}."
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
        dtype = self.coefs_[0].dtype
        X = validate_data(self, X, accept_sparse="csr", dtype=dtype, order="C", reset=False)
        device = self._prediction_device()
        rows = as_rows(X, device)
        with safe_after_fork(), torch.inference_mode():
            layers = [
                [shared_tensor(w) for w in arrays] for arrays in (self.coefs_, self.intercepts_)
            ]
            if device.type != "cpu":
                layers = [[tensor.to(device) for tensor in tensors] for tensors in layers]
            weights, biases = layers
            outputs = network_outputs(rows, weights, biases, self._activation)
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

    @property
    def module_(self) -> MLP:
        """The fitted network as a torch module in eval mode; it returns raw outputs."""
        check_is_fitted(self, "coefs_")
        weights = [torch.from_numpy(np.array(w)) for w in self.coefs_]
        biases = [torch.from_numpy(np.array(b)) for b in self.intercepts_]
        units = (*(w.shape[0] for w in weights), weights[-1].shape[1])
        with torch.device("meta"):  # else torch draws weights from its global generator
            module = MLP(units, self._activation, self.dropout).to(weights[0].dtype)
        module.to_empty(device="cpu")
        return module.load_weights(weights, biases).eval()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefs_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
