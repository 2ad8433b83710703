"""The parameters that StackingClassifier and StackingRegressor share, and texts about both."""

from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any

from sklearn.utils._param_validation import HasMethods, Interval, RealNotInt, StrOptions

from skdeep.base import Parameter, estimator


@estimator
class StackingParameters:
    """Declarations alone; see `skdeep.base`."""

    estimators: Annotated[
        list[tuple[str, Any]],
        Parameter(
            """list of (str, estimator)

            The base estimators and their names. 'drop' instead of an estimator leaves it out.""",
            list,
        ),
    ]
    final_estimator: Annotated[
        Any,
        Parameter(
            """estimator or None

            What is fitted on the predictions, a classifier in a classification and a regressor
            in a regression. None stands for :class:`~sklearn.linear_model.LogisticRegression` and
            :class:`~sklearn.linear_model.RidgeCV`.""",
            None,
            HasMethods("fit"),
        ),
    ] = None
    _: KW_ONLY
    cv: Annotated[
        Any,
        Parameter(
            """int, float, splitter, iterable, 'prefit' or None

            Which rows are held out of a base estimator's fit and predicted by it.

            - None: 5 folds.
            - int: the number of folds, not shuffled. Classes are stratified; where the rows of a
              regression are sorted, give a splitter that shuffles.
            - float in (0, 1): blending on this share of the rows, drawn with `random_state`.
              Classes are stratified.
            - splitter or iterable of (train, test) index arrays: any. The final estimator is
              fitted on the rows that were predicted, once each; a row that was predicted often
              counts with the mean. The splitter is copied and asked once, and every base sees the
              same splits.
            - 'prefit': the base estimators are fitted already and are not cloned. Give rows to
              `fit` that they have not seen, or the final estimator will trust the one that fits
              closest.""",
            "cv_object",
            StrOptions({"prefit"}),
            Interval(RealNotInt, 0.0, 1.0, closed="neither"),
        ),
    ] = None
    n_jobs: Annotated[
        int | None,
        Parameter(
            """int or None

            Number of fits that run in parallel, over bases and splits. None means 1 outside of a
            :obj:`joblib.parallel_config` context, -1 all processors.""",
            None,
            Integral,
        ),
    ] = None
    passthrough: Annotated[
        bool,
        Parameter(
            """bool

            Whether the final estimator reads the columns of X too. A pandas or polars DataFrame
            with other columns than numbers reaches it as a DataFrame.""",
            "boolean",
        ),
    ] = False
    verbose: Annotated[
        int, Parameter("int\n\nHow much joblib tells of the progress.", "verbose")
    ] = 0
    refit: Annotated[
        bool,
        Parameter(
            """bool

            Whether the base estimators are fitted again on all rows. If not, the models that made
            the predictions are kept: after one split the model itself, after several the mean of
            all of them. Has no effect with `cv="prefit"`.""",
            "boolean",
        ),
    ] = True
    random_state: Annotated[
        Any,
        Parameter(
            """int, RandomState instance or None

            Draws the held-out split where `cv` is a float, and seeds a copy of a splitter that
            has no random state of its own. numpy's global generator is never touched.""",
            "random_state",
        ),
    ] = None
    store_cv_predictions: Annotated[
        bool,
        Parameter(
            "bool\n\nWhether to keep the predictions that the final estimator was fitted on.",
            "boolean",
        ),
    ] = False


PROCEDURE = """
The base estimators predict rows that they were not fitted on; the final estimator is fitted on
these predictions; then the base estimators are fitted again on all rows.

Beyond scikit-learn, `cv` may be a single held-out split, which is known as *blending*, or any
other splitter, whether or not it predicts each row once.
"""

ATTRIBUTES = """
estimators_ : list of estimators
    The fitted base estimators without those dropped. With `refit=False` and several splits each
    is a small object that averages the fits: iterate over it or index it to reach them.

named_estimators_ : :class:`~sklearn.utils.Bunch`
    The same by name, and 'drop' for what was dropped.

final_estimator_ : estimator
    The fitted final estimator.

stack_method_ : list of str
    The method that each base estimator is asked with.

meta_indices_ : ndarray of shape (n_meta,)
    The rows that the final estimator was fitted on, sorted. Rows of `X_val` are counted on after
    those of `X`.

meta_features_ : ndarray of shape (n_meta, n_columns)
    The out-of-sample predictions for these rows, without the columns of X. Only if
    `store_cv_predictions=True`.

n_features_in_ : int
    Number of features seen in `fit`, if the first base estimator tells.

feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the features seen in `fit`, if the base estimators tell.
"""

NOTES = """
The idea is Wolpert's [1]_. Blending, the variant with a single held-out part, spread with the
Netflix prize [2]_: it fits each base once (twice with `refit=True`) where five folds fit it six
times, and pays with fewer rows for the final estimator.

Callbacks (`set_callbacks`) hear of each fit, and are handed on to the estimators inside that
support callbacks themselves.

Indices given as `cv` count rows of the `X` passed to `fit`, so inside a cross-validation use a
splitter instead.
"""

REFERENCES = """
.. [1] D. H. Wolpert, "Stacked generalization", Neural Networks 5(2), 1992.
.. [2] A. Toescher, M. Jahrer, R. M. Bell, "The BigChaos Solution to the Netflix Grand Prize",
   2009.
"""
