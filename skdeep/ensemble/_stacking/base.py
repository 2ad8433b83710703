"""What both stackers do."""

import time
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch
from sklearn.utils.metadata_routing import MetadataRouter, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, indexable

from skdeep._estimator.parameters import validate_parameters
from skdeep._estimator.state import VersionedState
from skdeep._scikit_learn import (
    check_feature_names_in,
    is_arraylike,
    num_samples,
    raise_for_params,
)
from skdeep.ensemble._combiners.checks import Kind, check_weights
from skdeep.ensemble._stacking.checks import (
    check_estimators,
    check_final_estimator,
    check_stack_method,
    check_validation_data,
)
from skdeep.ensemble._stacking.containers import concat_rows, concat_targets
from skdeep.ensemble._stacking.gain import measure_gain
from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators, layers_of, setting_of
from skdeep.ensemble._stacking.metadata import route_fit, router_of, routing_enabled
from skdeep.ensemble._stacking.passthrough import names_of
from skdeep.ensemble._stacking.plan import Data, Plan, plan_stack
from skdeep.ensemble._stacking.progress import Progress
from skdeep.ensemble._stacking.scoring import Scoring
from skdeep.ensemble._stacking.second_layer import expected_second_layer
from skdeep.ensemble._stacking.single_fit import blame
from skdeep.ensemble._stacking.splits import Splits
from skdeep.ensemble._stacking.stack import Stack, carry, fit_stack
from skdeep.ensemble._stacking.warm_start import memory_of


def final_has(method: str) -> Callable[[Callable[..., Any]], Any]:
    """Make a method available where the second layer has it, fitted or not."""

    def check(self: "BaseStacking") -> bool:
        final_estimator = getattr(self, "final_estimator_", None)
        if final_estimator is None:
            final_estimator = self._second_layer()
        getattr(final_estimator, method)  # its AttributeError says whose method is missing
        return True

    return available_if(check)


class BaseStacking(
    TransformerMixin,
    CallbackSupportMixin,
    VersionedState,
    LayeredEstimators,
    metaclass=ABCMeta,
):
    """Common part of StackingClassifier and StackingRegressor."""

    def _second_layer(self) -> Any:
        return expected_second_layer(self)

    @abstractmethod
    def _encode_target(self, y: Any) -> tuple[np.ndarray, Kind, list[np.ndarray]]:
        """The target as it is learnt, its kind, and a list of arrays of classes."""

    def _check_rows(self, plan: Plan) -> None:
        """Refuse rows that the second layer cannot learn from."""

    def _check_fitted(self, data: Data, final_estimator: Any) -> None:
        """Warn of classes that the second layer has not learnt."""

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        **fit_params: Any,
    ) -> Self:
        """Fit the base estimators, and the final estimator on what they predict.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Training rows.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets. Several columns are the labels of a multilabel classification, or the outputs
            of a regression.

        X_val : {array-like, sparse matrix, DataFrame} of shape (n_val, n_features), default=None
            Rows for the final estimator (blending on a set of your own): the base estimators are
            fitted on `X` and predict `X_val`. `cv` must be None. With `refit=True` the base
            estimators are then fitted again on both.

        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of `X_val`.

        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of `X_val`. If only one of the two parts has weights, the other's are 1.

        **fit_params : dict
            Metadata. `sample_weight` of shape (n_samples,) goes to every base estimator (in a
            Pipeline to its last step) and to the final estimator, `groups` to the splitter. With
            ``sklearn.set_config(enable_metadata_routing=True)`` each of them gets what it
            requests, and any other metadata may be given too.

        Returns
        -------
        self : object
            The fitted stacker.

        Raises
        ------
        ValueError
            If a parameter, the data or the splits cannot be used; before anything is fitted.
        Exception
            Whatever a base or the final estimator raises, with a note that names it. The stacker
            is then as it was before.
        """
        raise_for_params(fit_params, self, "fit", allow=["sample_weight", "groups"])
        final_estimator = self._check_parameters()
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        deadline = np.inf if self.max_time is None else time.monotonic() + self.max_time
        fit_params = {key: value for key, value in fit_params.items() if value is not None}
        bases = {n: e for n, e in self._pairs if not isinstance(e, str)}
        splits = {}
        if check_validation_data(self, bases, X, X_val, y_val, sample_weight_val):
            X, y, splits[0] = self._append_validation(
                X, y, fit_params, X_val, y_val, sample_weight_val
            )
        data = self._read_data(X, y, fit_params, bases, final_estimator, bool(splits))
        memory = memory_of(self, data, splits) if self.warm_start else None
        plan = plan_stack(self, data, splits=splits if memory is None else memory.splits)
        self._check_rows(plan)
        if memory is not None:
            memory.splits = {layer.number: layer.splits for layer in plan.layers if layer.splits}
        scoring = Scoring(self.scoring, data.X, data.y, data.kind, data.classes, data.routed.scorer)
        progress = Progress(self, scoring, memory, deadline)
        n_phases = sum(layer.splits is not None for layer in plan.layers) + 1 + self.check_gain
        root = self._init_callback_context(max_subtasks=n_phases)
        root.call_on_fit_task_begin(estimator=self, X=X, y=y)
        stack = fit_stack(progress, plan, data.X, root)
        gain = measure_gain(progress, plan, stack, root) if self.check_gain else {}
        scoring.warn_of_unscored()
        self._check_fitted(data, stack.final_estimator)
        self._replace_fitted(self._fitted(progress, plan, stack) | gain)
        root.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    def _check_parameters(self) -> Any:
        """Refuse parameters that cannot be used, and return the final estimator."""
        validate_parameters(self)
        names, _ = check_estimators(self)
        check_stack_method(self, names)
        final_estimator = self._second_layer()
        check_final_estimator(self, final_estimator)
        return final_estimator

    def _append_validation(
        self,
        X: Any,
        y: Any,
        fit_params: dict[str, Any],
        X_val: Any,
        y_val: Any,
        sample_weight_val: Any,
    ) -> tuple[Any, np.ndarray, Splits]:
        """Both parts as one set of rows, and the split between them.

        The weights in `fit_params` become those of both parts.
        """
        n, n_val = num_samples(X), num_samples(X_val)
        weights = fit_params.pop("sample_weight", None)
        if self.refit:
            unmatched = [
                key
                for key, value in fit_params.items()
                if is_arraylike(value) and num_samples(value) == n
            ]
            if unmatched:
                raise ValueError(
                    f"{unmatched} hold a value for each row of X and none for the rows of X_val, "
                    "which refit=True needs: set refit=False, or give cv=[(train, test)] instead "
                    "of X_val."
                )
        if weights is not None or sample_weight_val is not None:
            fit_params["sample_weight"] = np.concatenate(
                [
                    check_weights(weights, X, "sample_weight"),
                    check_weights(sample_weight_val, X_val, "sample_weight_val"),
                ]
            )
        split = (np.arange(n), np.arange(n, n + n_val))
        return concat_rows(X, X_val), concat_targets(y, y_val), [split]

    def _read_data(
        self,
        X: Any,
        y: Any,
        metadata: dict[str, Any],
        bases: dict[str, Any],
        final_estimator: Any,
        with_val: bool,
    ) -> Data:
        """The data with encoded targets and routed metadata."""
        y, kind, classes = self._encode_target(y)
        X, y = indexable(X, y)
        if "sample_weight" in metadata:
            metadata["sample_weight"] = check_weights(metadata["sample_weight"], X, "sample_weight")
        prefit = {
            name: base
            for number, layer in enumerate(layers_of(self.estimators))
            for name, base in layer
            if name in bases and isinstance(setting_of(self, "cv", number), str)
        }
        for name, base in prefit.items():
            with blame(f"base estimator {name!r}", base, "to be fitted, as cv='prefit' needs"):
                check_is_fitted(base)
        routed = route_fit(self, bases, final_estimator, metadata, prefit=prefit)
        return Data(X, y, kind, classes, metadata, routed, with_val)

    def _fitted(self, progress: Progress, plan: Plan, stack: Stack) -> dict[str, Any]:
        """The fitted attributes."""
        names = [name for name, _ in self._pairs]

        def in_order(report: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: report[name] for name in names if name in report}

        fits = [fit for of_layer in stack.fits for fit in of_layer]
        models = [fit.model for fit in fits]
        fitted = {
            "estimators_": models,
            "final_estimator_": stack.final_estimator,
            "stack_method_": [fit.method for fit in fits],
            "meta_indices_": plan.rows,
            "base_scores_": in_order(progress.scores),
            "fit_times_": in_order(progress.fit_times),
            "score_times_": in_order(progress.score_times),
            "failed_estimators_": progress.failed,
            "skipped_estimators_": progress.skipped,
            "_names": names,
            "_features": stack.features,
            "_rows": [layer.rows for layer in plan.layers],
            "_predictions": None,
            "_memory": None if progress.memory is None else progress.memory.closed(),
        }
        if self.store_cv_predictions:
            blocks = [np.hstack([fit.block for fit in of_layer]) for of_layer in stack.fits]
            fitted |= {"meta_features_": blocks[-1], "_predictions": blocks[:-1]}
        of_first = [fit.model for fit in stack.fits[0]]
        feature_names = [getattr(model, "feature_names_in_", None) for model in of_first]
        known = [each for each in feature_names if each is not None]
        if known:
            fitted["feature_names_in_"] = known[-1]
        if plan.data.kind != "numbers":
            classes = plan.data.classes
            fitted["classes_"] = classes[0] if plan.data.kind == "classes" else classes
        return fitted

    def _replace_fitted(self, fitted: Mapping[str, Any]) -> None:
        """Put the results of a fit that has succeeded in place of an earlier one."""
        for name in [n for n in vars(self) if n.endswith("_") and not n.startswith("_")]:
            delattr(self, name)
        self.__dict__.update(fitted)

    @property
    def named_estimators_(self) -> Bunch:
        """The fitted base estimators by name, 'drop' for those left out."""
        # Not stored: a saved stacker should hold each estimator once, and no container type.
        names = [name for features in self._features for name in features.names]
        models = dict(zip(names, self.estimators_, strict=True))
        return Bunch(**{name: models.get(name, "drop") for name in self._names})

    @property
    def layers_(self) -> list[Bunch]:
        """The layers: names, fitted estimators and methods, predicted rows and predictions."""
        stored = [None] * len(self._features)
        if self._predictions is not None:
            stored = [*self._predictions, self.meta_features_]
        return [
            Bunch(
                names=list(features.names),
                estimators=models,
                stack_method=list(features.methods),
                n_columns=list(features.widths),
                indices=rows,
                predictions=predictions,
            )
            for features, models, rows, predictions in zip(
                self._features, self._models_by_layer(), self._rows, stored, strict=True
            )
        ]

    def _models_by_layer(self) -> list[list[Any]]:
        models = iter(self.estimators_)
        return [[next(models) for _ in features.names] for features in self._features]

    @property
    def n_features_in_(self) -> int:
        """Number of features seen during :term:`fit`."""
        try:
            check_is_fitted(self)
        except NotFittedError as error:
            raise AttributeError(
                f"{type(self).__name__} object has no attribute n_features_in_"
            ) from error
        return self.estimators_[0].n_features_in_

    def _meta_features(self, X: Any) -> Any:
        check_is_fitted(self)
        return carry(self._features, self._models_by_layer(), X, X)

    def transform(self, X: Any) -> Any:
        """Return the predictions of the last layer of base estimators for X.

        On the rows that the bases were fitted on, these are better than the out-of-sample
        predictions that the final estimator was trained with; those are in `meta_features_`, if
        stored.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        predictions : {ndarray, sparse matrix, DataFrame} of shape (n_samples, n_columns)
            What the final estimator reads. See `get_feature_names_out` for what the columns are.
        """
        return self._meta_features(X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of `transform`.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the columns of X, needed with `passthrough` only. None stands for
            `feature_names_in_`, or for x0, x1, ... if X had no names.

        Returns
        -------
        feature_names_out : ndarray of str objects
            The name of the stacker's class, of the base, and the column's number where the base
            has several; then the names of the columns of X that pass through.
        """
        check_is_fitted(self)
        last = self._features[-1]
        passing = last.columns is not None
        input_features = check_feature_names_in(self, input_features, generate_names=passing)
        names = last.names_out()
        if passing:
            names += names_of(last.columns, input_features)
        return np.asarray(names, dtype=object)

    def _predict(self, X: Any, predict_params: dict[str, Any]) -> Any:
        check_is_fitted(self)
        if routing_enabled():
            predict_params = process_routing(self, "predict", **predict_params)["final_estimator_"][
                "predict"
            ]
        return self.final_estimator_.predict(self._meta_features(X), **predict_params)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata the stacker, its estimators and its splitter request.

        Returns
        -------
        routing : MetadataRouter
            The base estimators by their names, `splitter` for `cv` (`splitter_1` and so on where
            each layer has its own), `final_estimator_` for `predict` and, if they request
            anything, `final_estimator` for `fit` and `scorer` for `scoring`.
        """
        return router_of(self)
