"""What both stackers do."""

from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn.base import TransformerMixin, clone
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.ensemble._base import _BaseHeterogeneousEnsemble
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch
from sklearn.utils.metadata_routing import _raise_for_params, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_response_method,
    _is_arraylike,
    _num_samples,
    check_is_fitted,
    indexable,
)

from skdeep.base import VersionedState, validate_parameters
from skdeep.ensemble._alignment import Target
from skdeep.ensemble._containers import concat_rows, concat_targets
from skdeep.ensemble._fitting import blame
from skdeep.ensemble._layers import Plan, fit_layers
from skdeep.ensemble._parameters import StackingParameters
from skdeep.ensemble._predictions import MetaFeatures
from skdeep.ensemble._routing import route_fit, router_of, routing_enabled
from skdeep.ensemble._splits import make_splits
from skdeep.ensemble._validation import (
    check_estimators,
    check_final_estimator,
    check_validation_data,
    check_weights,
    check_weights_of_splits,
)


def final_has(method):
    """Make a method available where the second layer has it, fitted or not."""

    def check(self):
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
    StackingParameters,
    _BaseHeterogeneousEnsemble,
    metaclass=ABCMeta,
):
    """Common part of StackingClassifier and StackingRegressor."""

    @staticmethod
    @abstractmethod
    def _default_final_estimator():
        """Return the second layer that None stands for."""

    def _second_layer(self):
        """Return the second layer as it was given, not fitted."""
        if self.final_estimator is None:
            return self._default_final_estimator()
        return self.final_estimator

    @abstractmethod
    def _encode_target(self, y):
        """Return y as it is learnt, its kind, and a list of arrays of classes."""

    def _check_rows(self, plan):
        """Say what the second layer cannot learn from the rows it is given."""

    @with_callbacks
    def fit(self, X, y, *, X_val=None, y_val=None, sample_weight_val=None, **fit_params):
        """Fit the base estimators, and the final estimator on what they predict.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Training rows.

        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Targets. Several columns are the labels of a multilabel classification.

        X_val : {array-like, sparse matrix, DataFrame} of shape (n_val, n_features), default=None
            Rows for the final estimator (blending on a set of your own): the base estimators are
            fitted on `X` and predict `X_val`. `cv` must be None. With `refit=True` the base
            estimators are then fitted again on both.

        y_val : array-like of shape (n_val,) or (n_val, n_labels), default=None
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
        _raise_for_params(fit_params, self, "fit", allow=["sample_weight", "groups"])
        validate_parameters(self)
        names, estimators = check_estimators(self)
        bases = {n: e for n, e in zip(names, estimators, strict=True) if not isinstance(e, str)}
        final_estimator = self._second_layer()
        check_final_estimator(self, final_estimator)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        fit_params = {key: value for key, value in fit_params.items() if value is not None}
        splits = None
        if check_validation_data(self, bases, X, X_val, y_val, sample_weight_val):
            X, y, splits = self._append_validation(
                X, y, fit_params, X_val, y_val, sample_weight_val
            )
        plan, classes = self._plan(X, y, fit_params, splits, bases, clone(final_estimator))
        n_phases = 1 if plan.splits is None else 2 + self.refit
        root = self._init_callback_context(max_subtasks=n_phases)
        root.call_on_fit_task_begin(estimator=self, X=X, y=y)
        fitted = fit_layers(self, plan, root)
        fitted["_names"] = list(names)
        if classes:
            fitted["classes_"] = classes[0] if plan.target.kind == "classes" else classes
        self._replace_fitted(fitted)
        root.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    def _append_validation(self, X, y, fit_params, X_val, y_val, sample_weight_val):
        """Return both parts as one set of rows, and the split between them.

        The weights in `fit_params` become those of both parts.
        """
        n, n_val = _num_samples(X), _num_samples(X_val)
        weights = fit_params.pop("sample_weight", None)
        if self.refit:
            unmatched = [
                key
                for key, value in fit_params.items()
                if _is_arraylike(value) and _num_samples(value) == n
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

    def _plan(self, X, y, fit_params, splits, bases, final_estimator):
        """Return all that can be settled before the first fit, and `classes_`."""
        y, kind, classes = self._encode_target(y)
        X, y = indexable(X, y)
        weights = fit_params.get("sample_weight")
        if weights is not None:
            weights = fit_params["sample_weight"] = check_weights(weights, X, "sample_weight")
        base_params, split_params, final_params = route_fit(
            self, bases, final_estimator, fit_params, prefit=splits is None and self._prefit
        )
        methods = [self._method_of(name, base) for name, base in bases.items()]
        splits = self._make_splits(X, y, kind, splits, split_params, bases)
        tests = [np.arange(_num_samples(X))] if splits is None else [test for _, test in splits]
        rows = np.unique(np.concatenate(tests))
        if splits is not None and weights is not None and not routing_enabled():
            check_weights_of_splits(weights, splits, rows)
        known = [np.arange(len(labels)) for labels in classes] if splits is not None else classes
        many = sum(map(len, tests)) > len(rows) or (len(tests) > 1 and not self.refit)
        features = MetaFeatures(
            Target(kind, known, votes=many, labels=classes),
            list(bases),
            methods,
            prefix=type(self).__name__.lower(),
            passthrough=self.passthrough,
        )
        labels = classes[0] if kind == "classes" else []
        layers = (bases, base_params, final_estimator, final_params)
        plan = Plan(X, y, splits, rows, *layers, features, labels)
        self._check_rows(plan)
        return plan, classes

    def _make_splits(self, X, y, kind, splits, split_params, bases):
        """Return the splits; None for bases that are fitted already."""
        if splits is not None:
            return splits
        if self._prefit:
            for name, base in bases.items():
                with blame(f"base estimator {name!r}", base, "to be fitted, as cv='prefit' needs"):
                    check_is_fitted(base)
            return None
        return make_splits(
            self.cv,
            X,
            y,
            stratify=kind == "classes",
            random_state=self.random_state,
            split_params=split_params,
        )

    @property
    def _prefit(self):
        return isinstance(self.cv, str)  # "prefit" is the only string it may be

    def _method_of(self, name, estimator):
        """Return the name of the method whose answers the second layer reads."""
        wanted = getattr(self, "stack_method", "predict")
        choice = ["predict_proba", "decision_function", "predict"] if wanted == "auto" else wanted
        try:
            return _check_response_method(estimator, choice).__name__
        except AttributeError as error:
            raise ValueError(
                f"Underlying estimator {name} does not implement the method {wanted}. Choose "
                "stack_method='auto', or another estimator."
            ) from error

    def _replace_fitted(self, fitted):
        """Put the results of a fit that has succeeded in place of an earlier one."""
        for name in [n for n in vars(self) if n.endswith("_") and not n.startswith("_")]:
            delattr(self, name)
        self.__dict__.update(fitted)

    @property
    def named_estimators_(self):
        """The fitted base estimators by name, 'drop' for those dropped."""
        # Not stored: a saved stacker should hold each estimator once, and no container type.
        models = dict(zip(self._features.names, self.estimators_, strict=True))
        return Bunch(**{name: models.get(name, "drop") for name in self._names})

    @property
    def n_features_in_(self):
        """Number of features seen during :term:`fit`."""
        try:
            check_is_fitted(self)
        except NotFittedError as error:
            raise AttributeError(
                f"{type(self).__name__} object has no attribute n_features_in_"
            ) from error
        return self.estimators_[0].n_features_in_

    def _meta_features(self, X):
        check_is_fitted(self)
        return self._features.join(self._features.predict(self.estimators_, X), X)

    def transform(self, X):
        """Return the predictions of the base estimators for X.

        On the rows that the bases were fitted on, these are better than the predictions that the
        final estimator was trained with; those are in `meta_features_` if they were asked for.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        predictions : {ndarray, sparse matrix, DataFrame} of shape (n_samples, n_columns)
            What the final estimator reads. See `get_feature_names_out` for what the columns are.
        """
        return self._meta_features(X)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns of `transform`.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the columns of X, needed with `passthrough=True` only. None stands for
            `feature_names_in_`, or for x0, x1, ... if X had no names.

        Returns
        -------
        feature_names_out : ndarray of str objects
            The name of the stacker's class, of the base, and the column's number where the base
            has several; with `passthrough=True` followed by the names of the columns of X.
        """
        check_is_fitted(self)
        passthrough = self._features.passthrough
        input_features = _check_feature_names_in(self, input_features, generate_names=passthrough)
        names = self._features.names_out()
        return np.asarray([*names, *input_features] if passthrough else names, dtype=object)

    def _predict(self, X, predict_params):
        check_is_fitted(self)
        if routing_enabled():
            predict_params = process_routing(self, "predict", **predict_params)["final_estimator_"][
                "predict"
            ]
        return self.final_estimator_.predict(self._meta_features(X), **predict_params)

    def get_metadata_routing(self):
        """Return which metadata the stacker, its estimators and its splitter request.

        Returns
        -------
        routing : MetadataRouter
            The base estimators by their names, `splitter` for `cv`, `final_estimator_` for
            `predict` and, if it requests anything for `fit`, `final_estimator`.
        """
        return router_of(self)

    def _sk_visual_block_(self):
        from sklearn.utils._repr_html.estimator import _VisualBlock

        names, estimators = zip(*self.estimators, strict=True)
        final_estimator = self._second_layer()
        bases = _VisualBlock("parallel", estimators, names=names, dash_wrapped=False)
        final = _VisualBlock(
            "parallel", [final_estimator], names=["final_estimator"], dash_wrapped=False
        )
        return _VisualBlock("serial", (bases, final), dash_wrapped=False)
