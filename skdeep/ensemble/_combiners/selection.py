"""Greedy ensemble selection, as a classifier and as a regressor."""

from typing import Any

from skdeep._estimator.parameters import estimator
from skdeep.ensemble._combiners.base import (
    ATTRIBUTES,
    CLASSIFIER_NOTES,
    REGRESSOR_NOTES,
)
from skdeep.ensemble._combiners.classifier import CombinationClassifier
from skdeep.ensemble._combiners.greedy import (
    SELECTION_ATTRIBUTES,
    SELECTION_NOTES,
    SELECTION_REFERENCES,
    EnsembleSelection,
)
from skdeep.ensemble._combiners.regressor import CombinationRegressor

_CLASSIFIER_SECTIONS = {
    "attributes": f"""
classes_ : ndarray of shape (n_classes,) or list of ndarray
    The classes; of each label if y is multilabel.

{ATTRIBUTES.strip()}

{SELECTION_ATTRIBUTES.strip()}
""",
    "notes": f"""
{SELECTION_NOTES.strip()}

{CLASSIFIER_NOTES.format(platt=3).strip()}
""",
    "references": f"""
{SELECTION_REFERENCES.strip()}
.. [3] J. Platt, "Probabilistic outputs for support vector machines and comparisons to
   regularized likelihood methods", Advances in Large Margin Classifiers, 1999.
""",
}


@estimator(**_CLASSIFIER_SECTIONS)
class EnsembleSelectionClassifier(CombinationClassifier, EnsembleSelection):
    """Weighted mean of probabilities, with weights by greedy forward selection.

    A second layer for few rows: it only chooses bases, with replacement, and so hardly overfits.
    Give it to a stacker as `final_estimator`, or fit it on a matrix of predictions.

    Parameters
    ----------
    scoring : str, callable or None, default=None
        What the selection improves on the rows of `fit`: the name of a scorer of scikit-learn, or a
        callable ``(estimator, X, y)``, the greater the better. None is the log-loss of a classifier
        and the squared error of a regressor, for which all bases are tried at once; a scorer is
        called for each base in each step. It must take `sample_weight` if `fit` does.

    max_iter : int, default=100
        Largest size of the ensemble, in which a base that is taken three times counts three times.
        Weights are multiples of one over the size. The best ensemble on the way is kept.

    n_initial : int, default=1
        Number of bases from which the ensemble starts: those with the best scores. A greater number
        (5 to 25 of hundreds) guards against overfitting to few rows.

    n_bags : int or None, default=None
        Bagged selection: the mean of this many selections, each from a random part of the bases.
        Guards against overfitting where there are many bases. None selects once, from all of them.

    bag_size : float, default=0.5
        Share of the bases from which each of the `n_bags` selections may choose, rounded up.

    n_iter_no_change : int or None, default=10
        Stop when the score has not improved by more than `tol` in this many steps; None continues
        to `max_iter`. An ensemble often gets worse before it gets better.

    tol : float, default=0.0
        Smallest improvement of the score that counts for `n_iter_no_change`.

    random_state : int, RandomState instance or None, default=None
        Draws the random parts of the bases for `n_bags`; without `n_bags` nothing is random.

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
    selections_ : list of ndarray
        The bases in the order in which they were taken, copies included, one array for each
        selection (see `n_bags`).
    n_iter_ : int
        Size of the largest ensemble that was tried.

    See Also
    --------
    ConvexStackingClassifier : The weights with the least log-loss.
    EnsembleSelectionRegressor : The same for regression.
    StackingClassifier : Makes the predictions that this one combines.

    Notes
    -----
    The ensemble starts from the best base; then, step by step, the base whose addition gives the
    best mean is added, which may be one that is in it already [1]_. The ensemble with the best
    score on the way is kept; of equally good ones, the smallest. Of equally good bases, one that is
    in the ensemble already is added, else the first. Starting from several bases, and the mean of
    selections from random parts of the bases, guard against overfitting [2]_.

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
    .. [1] R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes, "Ensemble selection from libraries of
       models", ICML 2004.
    .. [2] R. Caruana, A. Munson, A. Niculescu-Mizil, "Getting the most out of ensemble selection",
       ICDM 2006.
    .. [3] J. Platt, "Probabilistic outputs for support vector machines and comparisons to
       regularized likelihood methods", Advances in Large Margin Classifiers, 1999.

    Examples
    --------
    >>> from skdeep.ensemble import EnsembleSelectionClassifier
    >>> y = ["no", "no", "no", "yes", "yes", "yes"]
    >>> X = [  # the probability of "yes" by three bases
    ...     [0.1, 0.3, 0.6],
    ...     [0.2, 0.1, 0.5],
    ...     [0.6, 0.2, 0.5],
    ...     [0.8, 0.5, 0.4],
    ...     [0.9, 0.7, 0.5],
    ...     [0.9, 0.8, 0.6],
    ... ]
    >>> selection = EnsembleSelectionClassifier(max_iter=5).fit(X, y)
    >>> selection.weights_
    array([0.8, 0.2, 0. ])
    >>> selection.predict_proba(X)[:2]
    array([[0.86, 0.14],
           [0.82, 0.18]])

    As the second layer of a stacker that holds out few rows:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skdeep.ensemble import StackingClassifier
    >>> bases = [("nb", GaussianNB()), ("lda", LinearDiscriminantAnalysis())]
    >>> X, y = load_iris(return_X_y=True)
    >>> stack = StackingClassifier(bases, selection, cv=0.2, random_state=0).fit(X, y)
    >>> stack.final_estimator_.columns_per_base_
    array([3, 3])
    """

    def __init__(
        self,
        *,
        scoring: Any = None,
        max_iter: int = 100,
        n_initial: int = 1,
        n_bags: int | None = None,
        bag_size: float = 0.5,
        n_iter_no_change: int | None = 10,
        tol: float = 0.0,
        random_state: Any = None,
        columns_per_base: Any = None,
    ) -> None:
        self.scoring = scoring
        self.max_iter = max_iter
        self.n_initial = n_initial
        self.n_bags = n_bags
        self.bag_size = bag_size
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state
        self.columns_per_base = columns_per_base


_REGRESSOR_SECTIONS = {
    "attributes": f"""
{ATTRIBUTES.strip()}

{SELECTION_ATTRIBUTES.strip()}
""",
    "notes": f"""
{SELECTION_NOTES.strip()}

{REGRESSOR_NOTES.strip()}
""",
    "references": f"""
{SELECTION_REFERENCES.strip()}
""",
}


@estimator(**_REGRESSOR_SECTIONS)
class EnsembleSelectionRegressor(CombinationRegressor, EnsembleSelection):
    """Weighted mean of predictions, with weights by greedy forward selection.

    A second layer for few rows: it only chooses bases, with replacement, and so hardly overfits.
    Give it to a stacker as `final_estimator`, or fit it on a matrix of predictions.

    Parameters
    ----------
    scoring : str, callable or None, default=None
        What the selection improves on the rows of `fit`: the name of a scorer of scikit-learn, or a
        callable ``(estimator, X, y)``, the greater the better. None is the log-loss of a classifier
        and the squared error of a regressor, for which all bases are tried at once; a scorer is
        called for each base in each step. It must take `sample_weight` if `fit` does.

    max_iter : int, default=100
        Largest size of the ensemble, in which a base that is taken three times counts three times.
        Weights are multiples of one over the size. The best ensemble on the way is kept.

    n_initial : int, default=1
        Number of bases from which the ensemble starts: those with the best scores. A greater number
        (5 to 25 of hundreds) guards against overfitting to few rows.

    n_bags : int or None, default=None
        Bagged selection: the mean of this many selections, each from a random part of the bases.
        Guards against overfitting where there are many bases. None selects once, from all of them.

    bag_size : float, default=0.5
        Share of the bases from which each of the `n_bags` selections may choose, rounded up.

    n_iter_no_change : int or None, default=10
        Stop when the score has not improved by more than `tol` in this many steps; None continues
        to `max_iter`. An ensemble often gets worse before it gets better.

    tol : float, default=0.0
        Smallest improvement of the score that counts for `n_iter_no_change`.

    random_state : int, RandomState instance or None, default=None
        Draws the random parts of the bases for `n_bags`; without `n_bags` nothing is random.

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
    selections_ : list of ndarray
        The bases in the order in which they were taken, copies included, one array for each
        selection (see `n_bags`).
    n_iter_ : int
        Size of the largest ensemble that was tried.

    See Also
    --------
    ConvexStackingRegressor : The weights with the least squared error.
    EnsembleSelectionClassifier : The same for classification.
    StackingRegressor : Makes the predictions that this one combines.

    Notes
    -----
    The ensemble starts from the best base; then, step by step, the base whose addition gives the
    best mean is added, which may be one that is in it already [1]_. The ensemble with the best
    score on the way is kept; of equally good ones, the smallest. Of equally good bases, one that is
    in the ensemble already is added, else the first. Starting from several bases, and the mean of
    selections from random parts of the bases, guard against overfitting [2]_.

    X holds the predictions of the bases side by side, as the second layer of a stacker gets them:
    one column for each base, or with several targets one for each target of each base. All targets
    of a base have the same weight. There is no intercept: a prediction lies between those of the
    bases.

    References
    ----------
    .. [1] R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes, "Ensemble selection from libraries of
       models", ICML 2004.
    .. [2] R. Caruana, A. Munson, A. Niculescu-Mizil, "Getting the most out of ensemble selection",
       ICDM 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeep.ensemble import EnsembleSelectionRegressor
    >>> y = np.array([1.0, 2.0, 3.0, 4.0])
    >>> X = np.column_stack([y + 1, y - 2, y + [5, -5, 5, -5]])  # too high, too low, and bad
    >>> selection = EnsembleSelectionRegressor().fit(X, y)
    >>> selection.weights_
    array([0.66666667, 0.33333333, 0.        ])
    >>> selection.selections_
    [array([0, 1, 0])]
    """

    def __init__(
        self,
        *,
        scoring: Any = None,
        max_iter: int = 100,
        n_initial: int = 1,
        n_bags: int | None = None,
        bag_size: float = 0.5,
        n_iter_no_change: int | None = 10,
        tol: float = 0.0,
        random_state: Any = None,
        columns_per_base: Any = None,
    ) -> None:
        self.scoring = scoring
        self.max_iter = max_iter
        self.n_initial = n_initial
        self.n_bags = n_bags
        self.bag_size = bag_size
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state
        self.columns_per_base = columns_per_base
