"""Greedy ensemble selection, as a classifier and as a regressor."""

from skdeep._estimator.parameters import estimator, shared_docstring
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


@shared_docstring(
    attributes=ATTRIBUTES,
    selection=SELECTION_ATTRIBUTES,
    notes=SELECTION_NOTES,
    layout=CLASSIFIER_NOTES.format(platt=3),
    references=SELECTION_REFERENCES,
)
@estimator
class EnsembleSelectionClassifier(CombinationClassifier, EnsembleSelection):
    """Weighted mean of probabilities, with weights by greedy forward selection.

    The second layer for few rows, which it hardly overfits: it only chooses bases, with
    replacement. Give it to a stacker as `final_estimator`, or fit it on a matrix of predictions.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of ndarray
        The classes; of each label if y is multilabel.

    {attributes}

    {selection}

    See Also
    --------
    ConvexStackingClassifier : The weights with the least log-loss.
    EnsembleSelectionRegressor : The same for regression.
    StackingClassifier : Makes the predictions that this one combines.

    Notes
    -----
    {notes}

    {layout}

    References
    ----------
    {references}
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


@shared_docstring(
    attributes=ATTRIBUTES,
    selection=SELECTION_ATTRIBUTES,
    notes=SELECTION_NOTES,
    layout=REGRESSOR_NOTES,
    references=SELECTION_REFERENCES,
)
@estimator
class EnsembleSelectionRegressor(CombinationRegressor, EnsembleSelection):
    """Weighted mean of predictions, with weights by greedy forward selection.

    The second layer for few rows, which it hardly overfits: it only chooses bases, with
    replacement. Give it to a stacker as `final_estimator`, or fit it on a matrix of predictions.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    {selection}

    See Also
    --------
    ConvexStackingRegressor : The weights with the least squared error.
    EnsembleSelectionClassifier : The same for classification.
    StackingRegressor : Makes the predictions that this one combines.

    Notes
    -----
    {notes}

    {layout}

    References
    ----------
    {references}

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
