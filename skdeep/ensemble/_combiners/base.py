"""What all convex combinations of predictions share: parameters, texts about them, and the fit."""

from abc import ABCMeta, abstractmethod
from dataclasses import KW_ONLY, dataclass
from numbers import Integral
from typing import Annotated, Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from skdeep._estimator.parameters import Parameter, validate_parameters
from skdeep._estimator.state import VersionedState, unchanged_on_error
from skdeep._scikit_learn import Interval
from skdeep.ensemble._combiners.base_predictions import BasePredictions
from skdeep.ensemble._combiners.checks import Kind, check_weights
from skdeep.ensemble._combiners.column_layout import make_layout
from skdeep.ensemble._combiners.losses import Loss

ATTRIBUTES = """
weights_ : ndarray of shape (n_bases,)
    Weight of each base: not negative, summing to 1.

coef_ : ndarray of shape (n_bases,)
    The same as `weights_`, under the name that linear models use.

columns_per_base_ : ndarray of shape (n_bases,)
    Number of columns of X for each base.

loss_ : float
    Log-loss or mean squared error of the combination on the rows of `fit`; with `scoring`, where
    there is such a parameter, the negated score.

n_features_in_ : int
    Number of columns seen in `fit`.

feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the columns seen in `fit`, if X was a DataFrame whose column names are strings.
"""

CLASSIFIER_NOTES = """
X holds the predictions of the bases side by side, as the second layer of a stacker gets them. The
columns of one base are

- the probabilities of the C classes in sorted order; a base of a stacker gives these if C > 2;
- one column, the probability of the second of two classes: what stackers pass on if C = 2;
- if y is multilabel, the probability of each label.

`columns_per_base=None` recognises probabilities of all classes by their rows, which sum to 1, even
if y lacks a class (y must then hold numbers of classes, 0 for the first column). Otherwise it
assumes one column for each base with two classes, and one for each class or label of a base with
more.

Columns that are not such probabilities, such as those of a `decision_function` or of a regressor,
become probabilities by a sigmoid for each column, fitted on the rows of `fit` [{platt}]_, and are
scaled to sum to 1 over the classes. With more than two classes, a single column may hold the
numbers of the predicted classes, 0 for the first; it is expanded to a column for each class, which
is 1 where the class was predicted. Any other single column is the input of the sigmoids of all
classes. Bases that give probabilities work better. """

REGRESSOR_NOTES = """ X holds the predictions of the bases side by side, as the second layer of a
stacker gets them: one column for each base, or with several targets one for each target of each
base. All targets of a base have the same weight. There is no intercept: a prediction lies between
those of the bases. """


class CombinationParameters:
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    columns_per_base: Annotated[
        Any,
        Parameter(
            """int, array-like of int or None

            Number of adjacent columns of X that hold the predictions of one base; an array has one
            number for each base. None infers it, see Notes; the stackers of skdeep know it and set
            it in the copy that they fit.""",
            Interval(Integral, 1, None, closed="left"),
            "array-like",
            None,
        ),
    ] = None


@dataclass
class Problem:
    """The data from which the weights are computed, without rows of weight 0.

    Attributes
    ----------
    X, y : ndarray
        The rows and targets as they were given.
    row_weights : ndarray of shape (n_samples,)
        As they were given, or ones.
    truth : ndarray of shape (n_samples, n_outputs)
        Targets, or 1 for the true class or label and else 0.
    predictions : ndarray of shape (n_bases, n_samples, n_outputs)
        Of each base.
    """

    X: np.ndarray
    y: np.ndarray
    row_weights: np.ndarray
    truth: np.ndarray
    predictions: np.ndarray


class BaseCombination(VersionedState, CombinationParameters, BaseEstimator, metaclass=ABCMeta):
    """Weights that are not negative and sum to one, for the predictions of several bases."""

    @abstractmethod
    def _read_target(self, y: Any) -> tuple[np.ndarray, Kind, int]:
        """Keep what names the outputs; return y as an array, its kind and the number of outputs."""

    @abstractmethod
    def _encode(self, y: np.ndarray, kind: Kind, n_outputs: int) -> np.ndarray:
        """Targets as in `truth` of `Problem`; y may lack rows and classes of `fit`."""

    @abstractmethod
    def _default_loss(self, problem: Problem) -> Loss:
        """The loss that the weights minimise by default."""

    @abstractmethod
    def _fixed(self, predictions: np.ndarray) -> BaseEstimator:
        """An estimator that returns these predictions, for a scorer."""

    @abstractmethod
    def _find_weights(self, problem: Problem) -> dict[str, Any]:
        """Fitted attributes: `weights_`, `loss_` and what else the search returns."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Find the weights of the bases.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_columns)
            Predictions of the bases for rows that they were not fitted on, side by side.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, not negative. A weight of 2 is the same as having the row twice,
            0 the same as leaving it out.

        Returns
        -------
        self : object
            The fitted combiner.

        Raises
        ------
        ValueError
            If a parameter or the data cannot be used.
        """
        validate_parameters(self)
        with unchanged_on_error(self):
            self._fit(X, y, sample_weight)
        return self

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> None:
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        X = self._check_columns(X, reset=True)
        y, kind, n_outputs = self._read_target(y)
        check_consistent_length(X, y)
        weights = check_weights(sample_weight, X, "sample_weight").astype(np.float64, copy=False)
        present = weights > 0
        if not present.all():
            X, y, weights = X[present], y[present], weights[present]
        layout = make_layout(self.columns_per_base, X, y, kind, n_outputs)
        truth = self._encode(y, kind, layout.n_outputs)
        self._reader = BasePredictions(layout, kind, X, truth, weights)
        self.columns_per_base_ = layout.widths
        problem = Problem(X, y, weights, truth, self._reader.read(X))
        self.__dict__.update(self._find_weights(problem))

    def _check_columns(self, X: Any, *, reset: bool) -> np.ndarray:
        """The columns as floats, all of them finite; an error names those that are not."""
        X = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite=False)
        strange = np.flatnonzero(~np.isfinite(X).all(axis=0))
        if len(strange):
            what = "NaN" if np.isnan(X).any() else "infinity"
            raise ValueError(
                f"X contains {what} in the columns {strange[:10].tolist()}: {type(self).__name__} "
                "needs a prediction of every base for every row. Leave out those rows, or the "
                "bases of those columns."
            )
        return X

    def _combine(self, X: Any) -> np.ndarray:
        """The combined predictions, an array of shape (n_samples, n_outputs)."""
        check_is_fitted(self)
        predictions = self._reader.read(self._check_columns(X, reset=False))
        return np.tensordot(self.weights_, predictions, axes=1)

    @property
    def coef_(self) -> np.ndarray:
        """Weight of each base."""
        check_is_fitted(self)
        return self.weights_
