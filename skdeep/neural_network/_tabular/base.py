"""What TabularClassifier and TabularRegressor do: encode, train folds, weigh what came of them."""

import time
from abc import ABCMeta, abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils.validation import check_consistent_length, validate_data
from torch import Tensor

from skdeep._encoding.targets import ClassTarget, RegressionTarget
from skdeep._engine.training.losses import Loss
from skdeep._engine.training.threads import safe_after_fork, single_threaded
from skdeep._estimator.network.member import draw_seed
from skdeep._estimator.parameters import validate_parameters
from skdeep._estimator.state import VersionedState, unchanged_on_error
from skdeep._kinds.tables.encoder import TableEncoder
from skdeep._kinds.tables.statistics import bin_counts, spread_rows
from skdeep._scikit_learn import num_samples, safe_indexing
from skdeep.neural_network._tabular.answers import TabularAnswers
from skdeep.neural_network._tabular.fit.candidates import Candidate, fold_predictions
from skdeep.neural_network._tabular.fit.combination import OutOfFold
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.folds import dealt_splits, given_splits
from skdeep.neural_network._tabular.fit.importances import permutation_importances
from skdeep.neural_network._tabular.fit.progress import N_TRAININGS, FitProgress
from skdeep.neural_network._tabular.fit.recipes import EFFORTS, bins_of_a_number, recipes
from skdeep.neural_network._tabular.fit.rows import FitRows
from skdeep.neural_network._tabular.fit.trainees import make_trainees
from skdeep.neural_network._tabular.fit.training import Training, planned
from skdeep.neural_network._tabular.fit.unlabeled import UnlabeledTraining, unlabeled_rows
from skdeep.neural_network._tabular.networks.architectures import ARCHITECTURES
from skdeep.neural_network._tabular.networks.plan import TablePlan
from skdeep.neural_network._tabular.parameters import TabularParameters


class BaseTabular(
    CallbackSupportMixin,
    TabularAnswers,
    VersionedState,
    TabularParameters,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """Base of TabularClassifier and TabularRegressor."""

    _target: ClassTarget | RegressionTarget
    _trains_in_packs = True  # `skdeep.parallel` looks for it
    _unlabeled_steps = ("denoising", "guesses")  # what is tried with unlabelled rows

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None):
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
            rows = self._encode(X, y, sample_weight, groups, cv)
            self._train(rows, cv, begin, progress)

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

    def _encode(self, X: Any, y: Any, sample_weight: Any, groups: Any, cv: Any) -> FitRows:
        """Read what `fit` was given; sets the encoder and the target."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        encoder = TableEncoder(self.categorical_features, estimator_name=type(self).__name__)
        y = self._checked_target(y)
        matrix, kept, weight = FitRows.read(encoder, X, y, sample_weight)
        validate_data(self, X, skip_check_array=True)
        if groups is not None:
            groups = np.asarray(groups)
            check_consistent_length(groups, y)
        self._seed = draw_seed(self.random_state)
        unknown = unlabeled_rows(y, self.unlabeled_label)
        given_weight = weight
        if unknown is not None:
            weight, kept, y = self._without_targets(unknown, weight, y)
        codes, weight = self._encode_target(y, weight, kept)
        self._encoder = encoder
        self.is_categorical_ = encoder.is_categorical_
        n_folds = EFFORTS[self.effort].n_folds
        seed = int(np.random.default_rng([abs(self._seed), 2]).integers(1 << 31))
        strata = self._strata(codes)
        splits = given_splits(cv, n_folds, matrix, codes, strata, groups, seed)
        rows = FitRows.of(matrix, codes, weight, splits)
        if unknown is not None:
            rows.take_unlabeled(matrix, unknown, given_weight)
        return rows

    def _without_targets(
        self, unknown: np.ndarray, weight: np.ndarray | None, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows of unknown target weigh nothing; they stand with a target that others have."""
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

    @abstractmethod
    def _checked_target(self, y: Any) -> np.ndarray:
        """Targets as an array."""

    @property
    @abstractmethod
    def _is_regressor(self) -> bool: ...

    @abstractmethod
    def _encode_target(
        self, y: np.ndarray, weight: np.ndarray | None, kept: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Set `_target`; return the codes of y and the weights, class weights included."""

    @abstractmethod
    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        """The loss, and a key that is equal for equal losses."""

    @abstractmethod
    def _strata(self, codes: np.ndarray) -> np.ndarray | None:
        """What folds should have alike."""

    @abstractmethod
    def _start(self, codes: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
        """Raw outputs before training, for training rows; (n_outputs,)."""

    @abstractmethod
    def _truth(self, codes: np.ndarray) -> np.ndarray:
        """What predictions should have been; (n, n_outputs)."""

    @abstractmethod
    def _guesses(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Targets that predictions (n, n_outputs) come to, and how sure they are; (n,)."""

    @property
    @abstractmethod
    def _combination_loss(self) -> Any:
        """What the shares of candidates make least; see `OutOfFold`."""

    @abstractmethod
    def _take_out_of_fold(
        self, combined: np.ndarray, of_one: np.ndarray, rows: FitRows, judged: OutOfFold
    ) -> None:
        """Calibrate; sets the attributes that hang on out-of-fold predictions."""

    def _train(self, rows: FitRows, cv: Any, begin: float, progress: FitProgress) -> None:
        effort = EFFORTS[self.effort]
        rng = np.random.default_rng([abs(self._seed), 0])
        strata = self._strata(rows.codes)
        units = np.arange(len(rows.codes)) if rows.units is None else rows.units
        splits = rows.splits or dealt_splits(cv, effort.n_folds, strata, units, rng)
        data = TabularData(
            rows.matrix,
            self._target.tensor(rows.codes, torch.float32),
            rows.weight,
            splits,
        )
        columns, bins = self._columns(data)
        with single_threaded():  # small products are not worth a second thread
            folds = [self._fold(rows, data, train, columns, bins) for train, _ in splits]
        chosen = recipes(columns, bins, data.n_rows, self, effort)
        n_trainings = 1 if rows.unlabeled is None else N_TRAININGS
        plan = planned(self, data, folds, chosen, effort, begin, rng, n_trainings)
        training = Training(self, make_trainees(self, data, plan, rng), progress, begin)

        def judge(candidates: list[Candidate]) -> np.ndarray:
            return self._predicted_out_of_fold(rows, data, candidates).relative_losses()

        training.run(judge if self.max_iter == "auto" else None)
        if rows.unlabeled is None:
            candidates = training.candidates()
        else:
            second = UnlabeledTraining(self, rows, data, plan, columns, bins, begin, progress, rng)
            candidates = second.run(training)
        self._judge(rows, data, training, candidates)

    def _fold(
        self,
        rows: FitRows,
        data: TabularData,
        train: np.ndarray,
        columns: TablePlan,
        bins: tuple[int, ...],
    ) -> Fold:
        """What the training rows of a fold say."""
        start = self._start(rows.codes[train], rows.weight_of(train))
        return Fold.of(data, train, columns, bins, start)

    def _tensor(self, codes: np.ndarray, fold: Fold) -> Tensor:
        """Targets as the networks of a fold learn them."""
        return self._target.tensor(codes, torch.float32)

    def _columns(self, data: TabularData) -> tuple[TablePlan, tuple[int, ...]]:
        encoder = self._encoder
        columns = TablePlan(
            n_numbers=encoder.n_numbers_,
            n_plain=encoder.n_plain_,
            cardinalities=tuple(encoder.cardinalities_),
            n_outputs=self._target.n_outputs,
            activation="silu" if self._is_regressor else "selu",
            has_units=self._is_regressor,
        )
        most = bins_of_a_number(columns.n_numbers, data.n_rows)
        if not most or not columns.n_numbers:
            return columns, ()
        some = data.dense(spread_rows(data.n_rows))[:, : columns.n_numbers]
        return columns, bin_counts(some, most)

    def _chosen(self, candidates: list[Candidate], judged: OutOfFold) -> list[Candidate]:
        """The candidates that predict; sets the shares of all."""
        kept, shares = judged.choose(EFFORTS[self.effort].n_kept)
        for candidate in candidates:
            candidate.share = 0.0
        for number, share in zip(kept, shares, strict=True):
            candidates[number].share = float(share)
        return [candidate for candidate in candidates if candidate.share > 0.0]

    def _judge(
        self, rows: FitRows, data: TabularData, training: Training, candidates: list[Candidate]
    ) -> None:
        """Weigh the candidates by rows they have not seen, and keep the best."""
        judged = self._out_of_fold(rows, data, candidates)
        self._candidates: list[Candidate] = self._chosen(candidates, judged)
        kept = np.flatnonzero([candidate.share > 0.0 for candidate in candidates])
        self._shares_of_folds = judged.shares_of_folds(kept)
        self.splits_ = rows.original_splits(data.splits)
        training.report(self, candidates, judged)
        self.n_estimators_ = sum(len(candidate.weights) for candidate in self._candidates)
        self.feature_importances_ = permutation_importances(self, data, judged, self._candidates)
        combined, of_one = judged.combined(kept, self._shares_of_folds)
        self._take_out_of_fold(combined, of_one, rows, judged)

    def _out_of_fold(
        self, rows: FitRows, data: TabularData, candidates: list[Candidate]
    ) -> OutOfFold:
        """What candidates predict out of fold; raises where all have diverged."""
        judged = self._predicted_out_of_fold(rows, data, candidates)
        if not np.isfinite(judged.predictions).all(axis=(1, 2)).any():
            raise ValueError(
                "All networks diverged: their predictions are not finite. Lower "
                f"learning_rate_init={self.learning_rate_init!r}, or leave it at 'auto'."
            )
        return judged

    def _predicted_out_of_fold(
        self, rows: FitRows, data: TabularData, candidates: list[Candidate]
    ) -> OutOfFold:
        """The same, for whatever has come of them."""
        tests = [test for _, test in data.splits]
        index = np.concatenate(tests)
        each = np.stack(
            [
                np.concatenate(
                    [
                        fold_predictions(candidate, k, data.matrix, test, self._predicted)
                        for k, test in enumerate(tests)
                    ]
                )
                for candidate in candidates
            ]
        )  # (n_candidates, n, n_repeats, n_outputs)
        has_diverged = ~np.isfinite(each).all(axis=(1, 2, 3))
        return OutOfFold(
            predictions=each.mean(axis=2),
            of_one=each[:, :, 0],
            n_repeats=each.shape[2],
            n_folds=len(tests),
            truth=self._truth(rows.codes[index]),
            weight=np.ones(len(index)) if data.weight is None else data.weight[index],
            fold=np.repeat(np.arange(len(tests)), [len(test) for test in tests]),
            loss=self._combination_loss,
            rows=index,
            late=self._late(candidates),
            barred=has_diverged | np.asarray([c.is_barred for c in candidates]),
        )

    def _late(self, candidates: list[Candidate]) -> np.ndarray:
        """Deep candidates at the end of training, for classifiers; see `OutOfFold`."""
        if self._is_regressor:
            return np.empty(0, dtype=np.int64)
        return np.asarray(
            [i for i, c in enumerate(candidates) if c.is_late and c.plan["depth"]], dtype=np.int64
        )

    @with_callbacks
    def fit_cross_predict(
        self, X: Any, y: Any, *, splits: Any, method: str, refit: bool, **fit_params: Any
    ) -> list[np.ndarray]:
        """Fit on given splits and predict their test rows: what a stacker asks of its bases.

        One fit does for all splits, each of which is a fold of the ensemble.

        Parameters
        ----------
        X, y : of n rows
        splits : list of (ndarray, ndarray)
            Rows to train on and to predict.
        method : {'predict', 'predict_proba', 'predict_log_proba'}
        refit : bool
            Whether the estimator is to be left fitted on all rows. It is where every row is in
            the training part of some split; else it is fitted again, on folds of its own.
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
            progress.is_stopped = False  # a callback that still wants to stop says so again
            self._fit(X, y, weight, groups, self.cv, progress)
        progress.end()
        return answers

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_candidates")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags
