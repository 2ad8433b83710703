"""TabularRegressor."""

from dataclasses import KW_ONLY, replace
from typing import Annotated, Any

import numpy as np
import scipy.sparse
import scipy.special
import torch
from sklearn.base import RegressorMixin
from torch import Tensor

from skdeep._calibration.conformal import ResidualQuantiles
from skdeep._calibration.local_scale import LocalScale
from skdeep._encoding.targets import RegressionTarget, column_target, numeric_target
from skdeep._engine.training.losses import Loss, make_loss
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._kinds.tables.statistics import spread_rows
from skdeep._scikit_learn import StrOptions
from skdeep.neural_network._tabular.base import BaseTabular
from skdeep.neural_network._tabular.fit.combination import OutOfFold
from skdeep.neural_network._tabular.fit.data import Fold, TabularData
from skdeep.neural_network._tabular.fit.rows import FitRows
from skdeep.neural_network._tabular.fit.unlabeled import unlabeled_rows
from skdeep.neural_network._tabular.networks.plan import TablePlan
from skdeep.neural_network._tabular.parameters import ATTRIBUTES, REFERENCES

# Columns that the width of intervals may follow from.
_MOST_COVARIATES = 20
# Rows that the variance between folds is taken from, and the least part of a mean square it leaves.
_MOST_SPREAD_ROWS = 2_000
_LEAST_LEFT = 0.25
# Skewness from which on the squared error would look at little but the largest y.
_SKEWED = 1.0
# Of y in units of its largest value: below is rounding.
_LEAST_VARIANCE = 1e-24


@estimator(attributes=ATTRIBUTES, references=REFERENCES)
class TabularRegressor(RegressorMixin, BaseTabular):
    """Predict numbers from the rows of a table as they are, with intervals.

    One fit trains networks of several kinds on every fold of a cross-validation, all at once. Each
    network is judged by the fold that it has not seen; the kinds, and the times to stop, that
    predict these rows best make up the ensemble. What is left of y out of fold gives intervals
    whose coverage holds: their width follows from how large a residual is to be expected of a row.

    Numbers are scaled robustly [1]_ and spread out by piecewise-linear encodings [2]_ or cosines
    [3]_; categories are one-hot columns where few, else embeddings. All that is learned of a column
    is learned on the training rows of a fold. Predictions stay within the range of y.

    Parameters
    ----------
    loss : {'squared_error', 'absolute_error', 'poisson', 'gamma'}, default='squared_error'
        Loss: half the squared error, the absolute error, or half the Poisson or gamma deviance (the
        networks then predict the logarithm), for counts and positive numbers. With 'squared_error',
        where y is nowhere negative and skewed to the right (a skewness above 1), networks learn the
        logarithm of the mean by the Poisson deviance, times the mean of y; they are chosen by the
        squared error as ever.

    effort : {'fast', 'default', 'best'}, default='default'
        How much work a fit may be: numbers of folds, of updates, of networks.

    max_time : float or None, default=None
        Seconds that `fit` may take, which is then planned to fit in; None for as long as `effort`
        says. Training ends with the epoch in which the time is up.

    categorical_features : 'from_dtype', None or array-like of {bool, int, str} of shape \
(n_features,) or (n_categorical_features,), default='from_dtype'
        Which features are categories: those of category, string, object and boolean dtypes, none,
        or a mask, indices or names.

    architecture : {'mlp', 'resnet', 'transformer', 'tabm'}, default='mlp'
        Networks: perceptrons; residual networks [4]_; Transformers over the columns [4]_; or
        perceptrons whose heads share all weights but their inputs' and outputs' [5]_.

    interactions : {'cross'} or None, default=None
        'cross' adds a network of explicit products of features [6]_ to all networks, for click
        logs. Not for 'transformer'. None lets regressors have it in one kind of network where rows
        and columns are few.

    hidden_layer_sizes : array-like of int or 'auto', default='auto'
        Units of every hidden layer (or block), all alike; 'auto' is by `effort`, `architecture` and
        the number of rows.

    cv : int, cross-validation generator, iterable or None, default=None
        Folds. Every network trains on all folds but one and is judged by that one. An int is a
        number of shuffled (for classes, stratified) folds, None a number by `effort`; with `groups`
        no group is in two folds. Pass `TimeSeriesSplit` for rows ordered in time.

    unlabeled_label : object or None, default=None
        Label (or number; NaN for NaN) that marks rows of unknown target, such as -1. Networks are
        then trained again after they have learned to restore swapped cells of these rows and the
        others (Yoon et al. 2020), and with their own sure guesses [8]_; they predict with what
        helps out of fold. None where every target is known.

    learning_rate_init : float or 'auto', default='auto'
        Peak of the learning rate; 'auto' draws one for each network.

    weight_decay : float or 'auto', default='auto'
        Decay of the weights; 'auto' draws one for each network.

    dropout : float in [0, 1) or 'auto', default='auto'
        Probability with which a hidden unit is left out; 'auto' draws one for each network. Not for
        'transformer'.

    batch_size : int or 'auto', default='auto'
        Rows of a batch; 'auto' is by the number of rows.

    max_iter : int or 'auto', default='auto'
        Epochs, rounded so that the cycles of the learning rate end with epochs; 'auto' is by
        `effort` and the number of rows: about half of it for networks that overfit, and, unless
        `effort` is 'fast', about twice as many for those that still gain much.

    random_state : int, RandomState instance or None, default=None
        Decides folds, draws, initial weights, batches and dropout.

    verbose : bool, default=False
        Whether to print what is trained and chosen.

    Attributes
    ----------
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has any.
    is_categorical_ : ndarray of shape (n_features_in_,)
        Which features were taken for categories.
    feature_importances_ : ndarray of shape (n_features_in_,)
        How much worse the out-of-fold predictions get, in the loss, when the values of a feature
        change places [7]_; on some hundreds of rows, divided by their sum. 0 is the least.
    splits_ : list of (ndarray, ndarray)
        Rows that the networks of each fold were trained on and judged by.
    candidates_ : list of dict
        What came of each kind of network at the end of each cycle: 'architecture', 'hidden_layers',
        'features', 'unlabeled' (what it learned from rows of unknown target: some of 'denoising'
        and 'guesses'), 'n_iter', 'loss' (out of fold) and 'share' (in the predictions).
    loss_curves_ : list of list of float
        Training losses of every network, epoch by epoch.
    validation_loss_curves_ : list of list of float
        Out-of-fold losses of every network at the ends of its cycles.
    n_iter_ : int
        Epochs of the networks that trained longest.
    n_estimators_ : int
        Number of networks that predict.

    See Also
    --------
    TabularClassifier : The same for classes.
    MLPRegressor : One perceptron, for rows that are numbers already.

    References
    ----------
    .. [1] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default: strong
       pre-tuned MLPs and boosted trees on tabular data", arXiv:2407.04491.
    .. [2] Y. Gorishniy, I. Rubachev and A. Babenko (2022), "On embeddings for numerical features in
       tabular deep learning", arXiv:2203.05556.
    .. [3] A. Rahimi and B. Recht (2007), "Random features for large-scale kernel machines", NIPS.
    .. [4] Y. Gorishniy, I. Rubachev, V. Khrulkov and A. Babenko (2021), "Revisiting deep learning
       models for tabular data", arXiv:2106.11959.
    .. [5] Y. Gorishniy, A. Kotelnikov and A. Babenko (2024), "TabM: advancing tabular deep learning
       with parameter-efficient ensembling", arXiv:2410.24210.
    .. [6] R. Wang et al. (2021), "DCN V2: improved deep and cross network", arXiv:2008.13535.
    .. [7] L. Breiman (2001), "Random forests", Machine Learning 45.
    .. [8] D.-H. Lee (2013), "Pseudo-label: the simple and efficient semi-supervised learning method
       for deep neural networks", ICML workshop on challenges in representation learning.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skdeep.neural_network import TabularRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TabularRegressor(effort="fast", random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.4)
    True
    >>> model.predict_interval(X, coverage=0.9).shape
    (442, 2)
    """

    _: KW_ONLY
    loss: Annotated[
        str,
        Parameter(
            """{'squared_error', 'absolute_error', 'poisson', 'gamma'}

            Loss: half the squared error, the absolute error, or half the Poisson or gamma
            deviance (the networks then predict the logarithm), for counts and positive numbers.
            With 'squared_error', where y is nowhere negative and skewed to the right (a skewness
            above 1), networks learn the logarithm of the mean by the Poisson deviance, times
            the mean of y; they are chosen by the squared error as ever.""",
            StrOptions({"squared_error", "absolute_error", "poisson", "gamma"}),
        ),
    ] = "squared_error"

    def __init__(
        self,
        *,
        loss: str = "squared_error",
        effort: str = "default",
        max_time: float | None = None,
        categorical_features: Any = "from_dtype",
        architecture: str = "mlp",
        interactions: str | None = None,
        hidden_layer_sizes: Any = "auto",
        cv: Any = None,
        unlabeled_label: Any = None,
        learning_rate_init: float | str = "auto",
        weight_decay: float | str = "auto",
        dropout: float | str = "auto",
        batch_size: int | str = "auto",
        max_iter: int | str = "auto",
        random_state: Any = None,
        verbose: Any = False,
    ) -> None:
        self.loss = loss
        self.effort = effort
        self.max_time = max_time
        self.categorical_features = categorical_features
        self.architecture = architecture
        self.interactions = interactions
        self.hidden_layer_sizes = hidden_layer_sizes
        self.cv = cv
        self.unlabeled_label = unlabeled_label
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.random_state = random_state
        self.verbose = verbose

    @property
    def _is_regressor(self) -> bool:
        return True

    def _checked_target(self, y: Any) -> np.ndarray:
        y = np.asarray(y)
        unknown = unlabeled_rows(y, self.unlabeled_label)
        if unknown is None:
            return column_target(numeric_target(y))
        known = y.astype(np.float64)
        numeric_target(known[~unknown])
        return column_target(known)

    def _encode_target(
        self, y: np.ndarray, weight: np.ndarray | None, kept: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        rows = slice(None) if kept is None else kept
        seen, seen_weight = y[rows], None if weight is None else weight[rows]
        target = RegressionTarget(seen, seen_weight, self._trained_loss(seen, seen_weight), True)
        self._target: RegressionTarget = target
        self._target.check(seen, np.dtype(np.float32))
        return y, weight

    def _trained_loss(self, y: np.ndarray, weight: np.ndarray | None) -> str:
        """What networks learn by: the mean of a skewed y is easier to learn by its logarithm."""
        columns = y.reshape(len(y), -1)
        if self.loss != "squared_error" or (columns < 0.0).any():
            return self.loss
        skewed = (_skewness(columns, weight) > _SKEWED).all()
        return "poisson" if skewed else self.loss

    def _make_loss(self) -> tuple[Loss, tuple[Any, ...]]:
        loss = self._target.loss
        return make_loss(loss, "regression"), (loss,)

    def _strata(self, codes: np.ndarray) -> np.ndarray | None:
        return codes.astype(np.float64) if codes.ndim == 1 else None

    def _fold(
        self,
        rows: FitRows,
        data: TabularData,
        train: np.ndarray,
        columns: TablePlan,
        bins: tuple[int, ...],
    ) -> Fold:
        """What the training rows of a fold say; targets in units that follow from these alone."""
        fold = super()._fold(rows, data, train, columns, bins)
        y, shared = rows.codes[train], self._target
        # Of zeros alone there is no logarithm.
        has_log = (y.reshape(len(y), -1).sum(axis=0) > 0.0).all()
        own = shared
        if has_log or not shared.is_positive:
            own = RegressionTarget(y, rows.weight_of(train), shared.loss, normalize_y=True)
        extremes = self._truth(y).min(axis=0), self._truth(y).max(axis=0)
        if shared.is_positive:
            factor, summand = np.ones(shared.n_outputs), np.log(own.scale / shared.scale)
            with np.errstate(divide="ignore"):
                low, high = (np.log(extreme / shared.scale) for extreme in extremes)
        else:
            factor = own.scale / shared.scale
            summand = (own.shift - shared.shift) / shared.scale
            # What was never seen is not predicted: networks are bold outside their rows.
            low, high = ((extreme - shared.shift) / shared.scale for extreme in extremes)
        units = np.stack(np.broadcast_arrays(factor, summand, low, high)).astype(np.float32)
        # Near the mean, the Poisson deviance is half the squared error over the mean.
        unit = own.scale**2 if self.loss == "squared_error" else own.loss_unit
        fold = replace(fold, units=torch.from_numpy(units), loss_unit=unit, weight=data.weight)
        return replace(fold, y=self._tensor(rows.codes, fold))

    def _tensor(self, codes: np.ndarray, fold: Fold) -> Tensor:
        targets = super()._tensor(codes, fold)
        assert fold.units is not None
        factor, summand = fold.units[:2]
        return targets / summand.exp() if self._target.is_positive else (targets - summand) / factor

    def _start(self, codes: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
        return np.zeros(self._target.n_outputs)  # the mean of the training rows of a fold

    def _predicted(self, outputs: Tensor) -> Tensor:
        target = self._target
        scale, shift = (
            torch.as_tensor(v, dtype=torch.float64) for v in (target.scale, target.shift)
        )
        outputs = outputs.double()
        return outputs.exp() * scale if target.is_positive else outputs * scale + shift

    def _truth(self, codes: np.ndarray) -> np.ndarray:
        return codes.reshape(len(codes), -1).astype(np.float64)

    def _guesses(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        numbers = predictions if self._target.ndim == 2 else predictions[:, 0]
        return numbers, np.ones(len(numbers))

    @property
    def _combination_loss(self) -> Any:
        return "squared_error" if self.loss == "squared_error" else _LOSSES[self.loss]

    def _take_out_of_fold(
        self, combined: np.ndarray, of_one: np.ndarray, rows: FitRows, judged: OutOfFold
    ) -> None:
        by_row = rows.by_given_row(combined, judged.rows)
        self.oof_prediction_ = by_row if self._target.ndim == 2 else by_row[:, 0]
        residuals = judged.truth - combined
        order = np.argsort(-self.feature_importances_, kind="stable")[:_MOST_COVARIATES]
        sources = np.asarray(self._encoder.sources_)[: self._n_scaled]
        self._covariates = np.flatnonzero(np.isin(sources, order))[: 2 * _MOST_COVARIATES]
        covariates = self._covariates_of(rows.matrix[judged.rows])
        self._scale, scale = LocalScale.fit(combined, residuals, covariates, judged.weight)
        residuals = residuals * self._shrinkage(residuals, rows, judged)
        self._residuals = ResidualQuantiles.fit(residuals, judged.weight, scale)

    def _shrinkage(self, residuals: np.ndarray, rows: FitRows, judged: OutOfFold) -> np.ndarray:
        """How much smaller residuals of the mean of all folds are than those of one; (n_outputs,).

        The mean square of the latter has a part that is the variance between folds, which goes
        with one over their number in the mean. The variance is taken from folds that have trained
        on the row, where it is less than elsewhere: intervals stay a little too wide.
        """
        mean_square = np.average(residuals**2, axis=0, weights=judged.weight)
        judges_all_once = len(np.unique(judged.rows)) == len(judged.rows) == len(rows.codes)
        if judged.n_folds < 3 or not judges_all_once or not mean_square.all():
            return np.ones(len(mean_square))
        some = spread_rows(len(judged.rows), _MOST_SPREAD_ROWS)
        matrix, own = rows.matrix[judged.rows[some]], judged.fold[some]
        each = np.stack(
            [self._of_fold(k)._encoded_prediction(matrix) for k in range(judged.n_folds)]
        )  # (n_folds, n, n_outputs)
        trained = np.arange(judged.n_folds)[:, None] != own  # on the row
        variance = np.var(each, axis=0, ddof=1, where=trained[:, :, None])
        between = np.average(variance, axis=0, weights=judged.weight[some])
        left = 1.0 - between * (1.0 - 1.0 / judged.n_folds) / mean_square
        return np.sqrt(np.clip(left, _LEAST_LEFT, 1.0))

    @property
    def _n_scaled(self) -> int:
        return self._encoder.n_numbers_ + self._encoder.n_plain_

    def _covariates_of(self, matrix: Any) -> np.ndarray:
        part = matrix[:, self._covariates]
        return part.toarray() if scipy.sparse.issparse(part) else part

    def _spread(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Predictions, and how large their residuals may be expected; (n, n_outputs) each."""
        matrix = self._matrix(X)
        predicted = self._encoded_prediction(matrix)
        return predicted, self._scale.scale(predicted, self._covariates_of(matrix))

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        return_std : bool, default=False
            Whether to return a standard deviation of y around its prediction as well.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        y_std : ndarray of the same shape
            Only if `return_std` is True. In units of y.
        """
        if not return_std:
            return self._as_target(self._mean_prediction(X))
        predicted, scale = self._spread(X)
        return self._as_target(predicted), self._as_target(self._residuals.std(scale))

    def predict_interval(self, X: Any, coverage: float = 0.9) -> np.ndarray:
        """Predict bounds between which y lies with a given probability [9]_.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        coverage : float, default=0.9
            Between 0 and 1. Over all rows; y is as likely above as below.

        Returns
        -------
        ndarray of shape (n_samples, 2) or (n_samples, n_outputs, 2)
            Lower and upper bounds.

        Raises
        ------
        ValueError
            If `coverage` is not between 0 and 1.
        """
        predicted, scale = self._spread(X)
        return self._as_target(self._residuals.interval(predicted, coverage, scale))

    def predict_quantiles(self, X: Any, quantiles: Any = (0.1, 0.5, 0.9)) -> np.ndarray:
        """Predict quantiles of y.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        quantiles : array-like of float of shape (n_quantiles,), default=(0.1, 0.5, 0.9)
            Levels between 0 and 1.

        Returns
        -------
        ndarray of shape (n_samples, n_quantiles) or (n_samples, n_outputs, n_quantiles)

        Raises
        ------
        ValueError
            If a level is not between 0 and 1.
        """
        predicted, scale = self._spread(X)
        return self._as_target(self._residuals.quantiles(predicted, quantiles, scale))

    def _as_target(self, values: np.ndarray) -> np.ndarray:
        """Values (n, n_outputs, ...) in the dimensions of y."""
        return values if self._target.ndim == 2 else values[:, 0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.positive_only = self.loss in ("poisson", "gamma")
        return tags


def _skewness(columns: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Third central moment over the cube of the standard deviation; (n_columns,)."""
    columns = columns.astype(np.float64)
    largest = np.abs(columns).max(axis=0)
    columns = columns / np.where(largest > 0.0, largest, 1.0)  # cubes must not overflow
    gaps = columns - np.average(columns, axis=0, weights=weight)
    variance = np.average(gaps**2, axis=0, weights=weight)
    cubes = np.average(gaps**3, axis=0, weights=weight)
    varies = variance > _LEAST_VARIANCE
    return np.where(varies, cubes / np.where(varies, variance, 1.0) ** 1.5, 0.0)


def _absolute_error(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.abs(predicted - truth).mean(axis=1)


def _poisson_deviance(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    predicted = np.clip(predicted, 1e-12, None)
    deviance = predicted - truth * np.log(predicted) + scipy.special.xlogy(truth, truth) - truth
    return deviance.mean(axis=1)


def _gamma_deviance(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    predicted = np.clip(predicted, 1e-12, None)
    return (np.log(predicted / truth) + truth / predicted - 1.0).mean(axis=1)


_LOSSES = {
    "absolute_error": _absolute_error,
    "poisson": _poisson_deviance,
    "gamma": _gamma_deviance,
}
