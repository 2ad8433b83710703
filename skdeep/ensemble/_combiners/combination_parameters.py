"""The parameter that all combiners of predictions share, and texts about them."""

from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any

from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval


@estimator
class CombinationParameters:
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    columns_per_base: Annotated[
        Any,
        Parameter(
            """int, array-like of int or None

            Number of adjacent columns of X that hold the predictions of one base; one number for
            each base where they differ. None infers it, see Notes; the stackers of skdeep know it
            and set it in their copy.""",
            Interval(Integral, 1, None, closed="left"),
            "array-like",
            None,
        ),
    ] = None


ATTRIBUTES = """
weights_ : ndarray of shape (n_bases,)
    Weight of each base: not negative, summing to 1.

coef_ : ndarray of shape (n_bases,)
    The same under the name that linear models give it.

columns_per_base_ : ndarray of shape (n_bases,)
    How many columns of X each base was taken to have.

loss_ : float
    Log-loss or mean squared error of the combination on the rows of `fit`; with `scoring`, where
    there is such a parameter, the score with its sign turned.

n_features_in_ : int
    Number of columns seen in `fit`.

feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the columns seen in `fit`, if X was a DataFrame with names of str.
"""

CLASSIFIER_NOTES = """
X holds the predictions of the bases side by side, as the second layer of a stacker gets them. The
columns of one base are

- the probabilities of the C classes in sorted order; a base of a stacker gives these if C > 2;
- one column, the probability of the second of two classes: what stackers pass on if C = 2;
- if y is multilabel, the probability of each label.

`columns_per_base=None` recognises probabilities of all classes by their rows, which sum to 1, also
where y lacks a class (y must then hold numbers of classes, 0 for the first column); else it takes
one column a base for two classes, and one a class or label for more.

Columns that are no such probabilities, such as those of a `decision_function` or of a regressor,
become probabilities by a sigmoid for each column, fitted on the rows of `fit` [{platt}]_, and are
scaled to sum to 1 over the classes. Of more than two classes, a single column may hold the numbers
of the predicted ones, 0 for the first, each of which stands for a column that is 1 where the class
was predicted; any other single number serves the sigmoids of all classes. Better are bases that
give probabilities.
"""

REGRESSOR_NOTES = """
X holds the predictions of the bases side by side, as the second layer of a stacker gets them: one
column a base, or with several targets one a target. All targets of a base have the same weight.
There is no intercept: a prediction lies between those of the bases.
"""
