"""What TabularClassifier and TabularRegressor do: read a table, have networks fitted, predict."""

import copy
import time
from abc import ABCMeta, abstractmethod
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import Tags
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from skdeep._engine.training.threads import safe_after_fork
from skdeep._estimator.network.member import draw_seed
from skdeep._estimator.parameters import validate_parameters
from skdeep._estimator.state import VersionedState, unchanged_on_error
from skdeep._kinds.tables.encoder import TableEncoder
from skdeep._scikit_learn import num_samples, safe_indexing
from skdeep.neural_network._tabular.fit.answer import Answer
from skdeep.neural_network._tabular.fit.candidates import (
    Candidate,
    candidates_of_fold,
    mean_predictions,
    representations,
)
from skdeep.neural_network._tabular.fit.ensemble import FittedEnsemble, fit_ensemble
from skdeep.neural_network._tabular.fit.folds import given_splits
from skdeep.neural_network._tabular.fit.progress import FitProgress
from skdeep.neural_network._tabular.fit.rows import FitRows
from skdeep.neural_network._tabular.fit.settings import EFFORTS, FitSettings
from skdeep.neural_network._tabular.fit.unlabeled import unlabeled_rows
from skdeep.neural_network._tabular.networks.architectures import ARCHITECTURES
from skdeep.neural_network._tabular.parameters import TabularParameters


class BaseTabular(
    CallbackSupportMixin,
    TransformerMixin,
    VersionedState,
    TabularParameters,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """Base of TabularClassifier and TabularRegressor."""

    _answer: Answer
    _candidates: list[Candidate]
    _encoder: TableEncoder
    _shares_of_folds: np.ndarray  # (n_folds, n_candidates)
    _trains_in_packs = True  # `skdeep.parallel` looks for it
    _unlabeled_steps = ("denoising", "guesses")  # what is tried with unlabelled rows

    @abstractmethod
    def _set_answer(self) -> None:
        """Set what y is, by the parameters."""

    @abstractmethod
    def _take_out_of_fold(self, predictions: np.ndarray) -> None:
        """Set the attributes that depend on the answer and on predictions of the rows of `fit`."""

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None) -> Self:
        """Fit networks to a table.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Training rows, as they are: numbers, categories, dates, missing values.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; 0 is the same as leaving a row out.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group stay in one fold.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data cannot be used. The estimator is then as it was before.
        """
        progress = FitProgress(self, X, y)
        self._fit(X, y, sample_weight, groups, self.cv, progress)
        progress.end()
        return self

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, cv: Any, progress: FitProgress
    ) -> None:
        begin = time.perf_counter()
        with safe_after_fork(), unchanged_on_error(self):
            validate_parameters(self)
            self._check_combinations()
            self._set_answer()
            settings = self._settings(cv, begin)
            rows = self._encode(settings, X, y, sample_weight, groups)
            self._take(fit_ensemble(settings, self._answer, self._encoder, rows, progress))

    def _check_combinations(self) -> None:
        """Raise for parameters that are valid alone but not together."""
        architecture = ARCHITECTURES[self.architecture]
        if self.interactions is not None and architecture.refuses_crosses:
            raise ValueError(
                f"interactions={self.interactions!r} does not go with "
                f"architecture={self.architecture!r}, {architecture.refuses_crosses}; set "
                "interactions=None or another architecture."
            )
        if isinstance(self.hidden_layer_sizes, str):
            return
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object)).tolist()
        are_counts = all(isinstance(s, int | np.integer) and s >= 1 for s in sizes)
        if not sizes or not are_counts or len(set(sizes)) > 1:
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} must be positive integers, one a "
                "layer and all alike, such as (128, 128), or 'auto'."
            )
        if architecture.reads_tokens and sizes[0] % architecture.n_heads:
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} must be divisible by "
                f"{architecture.n_heads}, the number of heads of attention."
            )

    def _settings(self, cv: Any, begin: float) -> FitSettings:
        return FitSettings(
            effort=EFFORTS[self.effort],
            architecture=self.architecture,
            interactions=self.interactions,
            hidden_layer_sizes=self.hidden_layer_sizes,
            cv=cv,
            learning_rate_init=self.learning_rate_init,
            weight_decay=self.weight_decay,
            dropout=self.dropout,
            batch_size=self.batch_size,
            max_iter=self.max_iter,
            max_time=self.max_time,
            verbose=self.verbose,
            unlabeled_steps=self._unlabeled_steps,
            seed=draw_seed(self.random_state),
            begin=begin,
        )

    def _encode(
        self, settings: FitSettings, X: Any, y: Any, sample_weight: Any, groups: Any
    ) -> FitRows:
        """Read what `fit` was given; sets the encoder and has the answer encode the targets."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        answer = self._answer
        encoder = TableEncoder(self.categorical_features, estimator_name=type(self).__name__)
        y = answer.checked(y)
        matrix, kept, weight = FitRows.read(encoder, X, y, sample_weight)
        validate_data(self, X, skip_check_array=True)
        if groups is not None:
            groups = np.asarray(groups)
            check_consistent_length(groups, y)
        unknown = unlabeled_rows(y, self.unlabeled_label)
        given_weight = weight
        if unknown is not None:
            weight, kept, y = self._without_targets(unknown, weight, y)
        codes, weight = answer.encode(y, weight, kept)
        self._encoder = encoder
        self.is_categorical_ = encoder.is_categorical_
        splits = given_splits(
            settings.cv,
            settings.effort.n_folds,
            matrix,
            codes,
            answer.strata(codes),
            groups,
            seed=int(settings.rng(2).integers(1 << 31)),
        )
        rows = FitRows.of(matrix, codes, weight, splits)
        if unknown is not None:
            rows.take_unlabeled(matrix, unknown, given_weight)
        return rows

    def _without_targets(
        self, unknown: np.ndarray, weight: np.ndarray | None, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give rows of unknown target weight 0, and a target that other rows have."""
        weight = np.where(unknown, 0.0, 1.0 if weight is None else weight)
        kept = np.flatnonzero(weight)
        if not len(kept):
            raise ValueError(
                f"unlabeled_label={self.unlabeled_label!r} marks all {len(y)} rows of y; some "
                "must have a target to learn from."
            )
        y = y.copy()
        y[unknown] = y[kept[0]]
        return weight, kept, y

    def _take(self, fitted: FittedEnsemble) -> None:
        self._candidates = fitted.candidates
        self._shares_of_folds = fitted.shares_of_folds
        self.splits_ = fitted.splits
        self.n_iter_ = fitted.report.n_iter
        self.loss_curves_ = fitted.report.loss_curves
        self.validation_loss_curves_ = fitted.report.validation_loss_curves
        self.candidates_ = fitted.report.candidates
        self.n_estimators_ = sum(len(candidate.weights) for candidate in self._candidates)
        self.feature_importances_ = fitted.importances
        self._take_out_of_fold(fitted.out_of_fold)

    @with_callbacks
    def fit_cross_predict(
        self, X: Any, y: Any, *, splits: Any, method: str, refit: bool, **fit_params: Any
    ) -> list[np.ndarray]:
        """Fit on given splits and predict their test rows: what a stacker asks of its bases.

        One fit serves all splits: each is a fold of the ensemble.

        Parameters
        ----------
        X, y : of n rows
        splits : list of (ndarray, ndarray)
            Rows to train on and to predict.
        method : {'predict', 'predict_proba', 'predict_log_proba'}
        refit : bool
            Whether to leave the estimator fitted on all rows. It is already if every row is in the
            training part of some split; else it is fitted again, on folds of its own.
        **fit_params : dict
            `sample_weight` and `groups`.

        Returns
        -------
        list of ndarray
            Predictions of the test rows of every split by networks that have not seen them.
        """
        weight, groups = fit_params.get("sample_weight"), fit_params.get("groups")
        progress = FitProgress(self, X, y, n_fits=2)
        given = [(np.asarray(a), np.asarray(b)) for a, b in splits]
        self._fit(X, y, weight, groups, given, progress)
        answers = [
            getattr(self._of_fold(k), method)(safe_indexing(X, test))
            for k, (_, test) in enumerate(splits)
        ]
        learned = np.unique(np.concatenate([train for train, _ in splits]))
        if refit and len(learned) < num_samples(X):
            progress.is_stopped = False  # a callback that wants to stop will ask again
            self._fit(X, y, weight, groups, self.cv, progress)
        progress.end()
        return answers

    def _of_fold(self, k: int) -> Self:
        """A copy that predicts with the networks of one fold."""
        alone = copy.copy(self)
        alone._candidates = candidates_of_fold(self._candidates, self._shares_of_folds, k)
        return alone

    def _matrix(self, X: Any) -> Any:
        """Encode rows to predict."""
        check_is_fitted(self)
        # Names first: columns in another order would be taken for values of the wrong kind.
        validate_data(self, X, skip_check_array=True, ensure_2d=False, reset=False)
        return self._encoder.transform(X)

    def _mean_predictions(self, matrix: Any) -> np.ndarray:
        """Mean prediction of the networks for encoded rows; (n, n_outputs)."""
        with safe_after_fork():
            return mean_predictions(self._candidates, matrix, self._answer.predicted)

    def transform(self, X: Any) -> np.ndarray:
        """Return the learned representation: last hidden layers of the networks with most share.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_folds * width)
        """
        matrix = self._matrix(X)
        with safe_after_fork():
            return representations(self._main_candidate, matrix)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of `transform`.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Not used, present for API consistency.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        blank = np.zeros((1, self._encoder.width_), dtype=np.float32)
        width = representations(self._main_candidate, blank).shape[1]
        stem = type(self).__name__.lower()
        return np.asarray([f"{stem}{i}" for i in range(width)], dtype=object)

    @property
    def _main_candidate(self) -> Candidate:
        deep = [c for c in self._candidates if c.plan["depth"]] or self._candidates
        return max(deep, key=lambda candidate: candidate.share)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_candidates")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags
