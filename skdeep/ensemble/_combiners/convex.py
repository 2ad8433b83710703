"""Stacking with optimal convex weights, as a classifier and as a regressor."""

import warnings
from dataclasses import KW_ONLY
from numbers import Integral, Real
from typing import Annotated, Any

from sklearn.exceptions import ConvergenceWarning

from skdeep._calibration.simplex import least_squares_weights, log_loss_weights
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval
from skdeep.ensemble._combiners.base import (
    ATTRIBUTES,
    CLASSIFIER_NOTES,
    REGRESSOR_NOTES,
    Problem,
)
from skdeep.ensemble._combiners.classifier import CombinationClassifier
from skdeep.ensemble._combiners.regressor import CombinationRegressor

REFERENCES = """
.. [1] L. Breiman, "Stacked regressions", Machine Learning 24, 1996.
.. [2] M. J. van der Laan, E. C. Polley, A. E. Hubbard, "Super learner", Statistical Applications in
   Genetics and Molecular Biology 6(1), 2007.
"""


_CLASSIFIER_SECTIONS = {
    "attributes": f"""
classes_ : ndarray of shape (n_classes,) or list of ndarray
    The classes; of each label if y is multilabel.

{ATTRIBUTES.strip()}

dual_gap_ : float
    Bound on the distance to the optimum: no weights have a `loss_` lower by more than this.

n_iter_ : int
    Number of iterations.
""",
    "notes": f"""
The constraint is Breiman's [1]_, the method that of the super learner [2]_. The log-loss of a
convex combination is a convex function of the weights; Newton steps on the simplex find its
minimum. Where bases agree on all rows, how their weight is divided among them is arbitrary.

{CLASSIFIER_NOTES.format(platt=3).strip()}
""",
    "references": f"""
{REFERENCES.strip()}
.. [3] J. Platt, "Probabilistic outputs for support vector machines and comparisons to
   regularized likelihood methods", Advances in Large Margin Classifiers, 1999.
""",
}


@estimator(**_CLASSIFIER_SECTIONS)
class ConvexStackingClassifier(CombinationClassifier):
    """Weighted mean of probabilities, with the weights that have the least log-loss.

    Weights are not negative and sum to 1, so the combination cannot be surer than its surest base.
    Give it to a stacker as `final_estimator`, or fit it on a matrix of predictions.

    Parameters
    ----------
    max_iter : int, default=100
        Largest number of iterations; ten are usual.

    tol : float, default=1e-10
        Stop when the log-loss is proven to be within this of its minimum.

    columns_per_base : int, array-like of int or None, default=None
        Number of adjacent columns of X that hold the predictions of one base; an array has one
        number for each base. None infers it, see Notes; the stackers of skdeep know it and set it
        in the copy that they fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of ndarray
        The classes; of each label if y is multilabel.
    weights_ : ndarray of shape (n_bases,)
        Weight of each base: not negative, summing to 1.
    coef_ : ndarray of shape (n_bases,)
        The same as `weights_`, under the name that linear models use.
    columns_per_base_ : ndarray of shape (n_bases,)
        Number of columns of X for each base.
    loss_ : float
        Log-loss or mean squared error of the combination on the rows of `fit`; with `scoring`,
        where there is such a parameter, the negated score.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns seen in `fit`, if X was a DataFrame whose column names are strings.
    dual_gap_ : float
        Bound on the distance to the optimum: no weights have a `loss_` lower by more than this.
    n_iter_ : int
        Number of iterations.

    See Also
    --------
    EnsembleSelectionClassifier : Greedy weights, for any scorer.
    ConvexStackingRegressor : The same for regression.
    StackingClassifier : Makes the predictions that this one combines.

    Notes
    -----
    The constraint is Breiman's [1]_, the method that of the super learner [2]_. The log-loss of a
    convex combination is a convex function of the weights; Newton steps on the simplex find its
    minimum. Where bases agree on all rows, how their weight is divided among them is arbitrary.

    X holds the predictions of the bases side by side, as the second layer of a stacker gets them.
    The columns of one base are

    - the probabilities of the C classes in sorted order; a base of a stacker gives these if C > 2;
    - one column, the probability of the second of two classes: what stackers pass on if C = 2;
    - if y is multilabel, the probability of each label.

    `columns_per_base=None` recognises probabilities of all classes by their rows, which sum to 1,
    even if y lacks a class (y must then hold numbers of classes, 0 for the first column). Otherwise
    it assumes one column for each base with two classes, and one for each class or label of a base
    with more.

    Columns that are not such probabilities, such as those of a `decision_function` or of a
    regressor, become probabilities by a sigmoid for each column, fitted on the rows of `fit` [3]_,
    and are scaled to sum to 1 over the classes. With more than two classes, a single column may
    hold the numbers of the predicted classes, 0 for the first; it is expanded to a column for each
    class, which is 1 where the class was predicted. Any other single column is the input of the
    sigmoids of all classes. Bases that give probabilities work better.

    References
    ----------
    .. [1] L. Breiman, "Stacked regressions", Machine Learning 24, 1996.
    .. [2] M. J. van der Laan, E. C. Polley, A. E. Hubbard, "Super learner", Statistical
       Applications in Genetics and Molecular Biology 6(1), 2007.
    .. [3] J. Platt, "Probabilistic outputs for support vector machines and comparisons to
       regularized likelihood methods", Advances in Large Margin Classifiers, 1999.

    Examples
    --------
    >>> from skdeep.ensemble import ConvexStackingClassifier
    >>> y = ["no", "no", "no", "yes", "yes", "yes"]
    >>> X = [  # the probability of "yes" by three bases
    ...     [0.1, 0.3, 0.6],
    ...     [0.2, 0.1, 0.5],
    ...     [0.6, 0.2, 0.5],
    ...     [0.8, 0.5, 0.4],
    ...     [0.9, 0.7, 0.5],
    ...     [0.9, 0.8, 0.6],
    ... ]
    >>> convex = ConvexStackingClassifier().fit(X, y)
    >>> convex.weights_.round(3)
    array([0.829, 0.171, 0.   ])
    >>> convex.dual_gap_ < 1e-10
    True
    """

    _: KW_ONLY
    max_iter: Annotated[
        int,
        Parameter(
            """int

            Largest number of iterations; ten are usual.""",
            Interval(Integral, 1, None, closed="left"),
        ),
    ] = 100
    tol: Annotated[
        float,
        Parameter(
            """float

            Stop when the log-loss is proven to be within this of its minimum.""",
            Interval(Real, 0.0, None, closed="left"),
        ),
    ] = 1e-10

    def __init__(
        self,
        *,
        max_iter: int = 100,
        tol: float = 1e-10,
        columns_per_base: Any = None,
    ) -> None:
        self.max_iter = max_iter
        self.tol = tol
        self.columns_per_base = columns_per_base

    def _find_weights(self, problem: Problem) -> dict[str, Any]:
        loss = self._default_loss(problem)
        weights, gap, n_iter = log_loss_weights(
            loss.observed, loss.row_weights, max_iter=self.max_iter, tol=self.tol
        )
        if gap > self.tol:
            warnings.warn(
                f"The log-loss may be {gap:.2g} above its minimum, which is more than tol="
                f"{self.tol}, after {n_iter} iterations: increase max_iter={self.max_iter} or tol.",
                ConvergenceWarning,
                stacklevel=4,
            )
        return {
            "weights_": weights,
            "loss_": loss.of(weights),
            "dual_gap_": gap,
            "n_iter_": n_iter,
        }


_REGRESSOR_SECTIONS = {
    "attributes": f"""
{ATTRIBUTES.strip()}

dual_gap_ : float
    Bound on the distance to the optimum: no weights have a `loss_` lower by more than this.
""",
    "notes": f"""
The constraint is Breiman's [1]_, the method that of the super learner [2]_. The quadratic
programme is solved exactly, by non-negative least squares with an active set. Where bases agree
on all rows, how their weight is divided among them is arbitrary.

{REGRESSOR_NOTES.strip()}
""",
    "references": f"""
{REFERENCES.strip()}
""",
}


@estimator(**_REGRESSOR_SECTIONS)
class ConvexStackingRegressor(CombinationRegressor):
    """Weighted mean of predictions, with the weights that have the least squared error.

    Weights are not negative and sum to 1, which keeps bases that resemble each other from taking
    large weights of opposite signs. Give it to a stacker as `final_estimator`, or fit it on a
    matrix of predictions.

    Parameters
    ----------
    columns_per_base : int, array-like of int or None, default=None
        Number of adjacent columns of X that hold the predictions of one base; an array has one
        number for each base. None infers it, see Notes; the stackers of skdeep know it and set it
        in the copy that they fit.

    Attributes
    ----------
    weights_ : ndarray of shape (n_bases,)
        Weight of each base: not negative, summing to 1.
    coef_ : ndarray of shape (n_bases,)
        The same as `weights_`, under the name that linear models use.
    columns_per_base_ : ndarray of shape (n_bases,)
        Number of columns of X for each base.
    loss_ : float
        Log-loss or mean squared error of the combination on the rows of `fit`; with `scoring`,
        where there is such a parameter, the negated score.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns seen in `fit`, if X was a DataFrame whose column names are strings.
    dual_gap_ : float
        Bound on the distance to the optimum: no weights have a `loss_` lower by more than this.

    See Also
    --------
    EnsembleSelectionRegressor : Greedy weights, for any scorer.
    ConvexStackingClassifier : The same for classification.
    StackingRegressor : Makes the predictions that this one combines.

    Notes
    -----
    The constraint is Breiman's [1]_, the method that of the super learner [2]_. The quadratic
    programme is solved exactly, by non-negative least squares with an active set. Where bases agree
    on all rows, how their weight is divided among them is arbitrary.

    X holds the predictions of the bases side by side, as the second layer of a stacker gets them:
    one column for each base, or with several targets one for each target of each base. All targets
    of a base have the same weight. There is no intercept: a prediction lies between those of the
    bases.

    References
    ----------
    .. [1] L. Breiman, "Stacked regressions", Machine Learning 24, 1996.
    .. [2] M. J. van der Laan, E. C. Polley, A. E. Hubbard, "Super learner", Statistical
       Applications in Genetics and Molecular Biology 6(1), 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep.ensemble import ConvexStackingRegressor
    >>> y = np.array([1.0, 2.0, 3.0, 4.0])
    >>> X = np.column_stack([y + 1, y - 3, y + [5, -5, 5, -5]])  # too high, too low, and bad
    >>> convex = ConvexStackingRegressor().fit(X, y)
    >>> convex.weights_.round(3)
    array([0.75, 0.25, 0.  ])
    >>> convex.predict([[2.0, -2.0, 6.0]]).round(3)
    array([1.])
    """

    def __init__(
        self,
        *,
        columns_per_base: Any = None,
    ) -> None:
        self.columns_per_base = columns_per_base

    def _find_weights(self, problem: Problem) -> dict[str, Any]:
        loss = self._default_loss(problem)
        weights, gap = least_squares_weights(loss.errors, loss.row_weights)
        return {"weights_": weights, "loss_": loss.of(weights), "dual_gap_": gap}
