"""The parameters that StackingClassifier and StackingRegressor share, and texts about both."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from numbers import Integral, Real
from typing import Annotated, Any

import numpy as np
from sklearn.metrics import get_scorer_names

from skdeep._estimator.parameters import Parameter
from skdeep._scikit_learn import HasMethods, Interval, RealNotInt, StrOptions


class StackingParameters:
    """Declarations alone; see `skdeep._estimator.parameters`."""

    estimators: Annotated[
        list[Any],
        Parameter(
            """list of (str, estimator), or list of such lists

            The base estimators and their names. 'drop' instead of an estimator leaves it out.

            A list of lists is a stack of several layers: the first reads X, each other one the
            predictions of the layer before it. All names are different, whatever the layer, so
            that ``set_params(name=...)`` reaches every base.""",
            list,
        ),
    ]
    final_estimator: Annotated[
        Any,
        Parameter(
            """estimator or None

            What is fitted on the predictions, a classifier in a classification and a regressor
            in a regression. None stands for :class:`~sklearn.linear_model.LogisticRegression` and
            :class:`~sklearn.linear_model.RidgeCV`; where some layer holds out a single split
            (`cv` a float, `X_val`, or a splitter that makes one), so that the rows are few, for
            :class:`EnsembleSelectionClassifier` and :class:`EnsembleSelectionRegressor`, which
            these rows can hardly mislead. A selection reads predictions alone: with columns of X
            beside them (`passthrough`) None stands for scikit-learn's in any case, as it does
            with decisions between pairs of classes.

            A parameter `columns_per_base` that it has and that is None is set, in the copy that
            is fitted, to the number of columns of each base. In a Pipeline it stays as it is.""",
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
              closest.

            With several layers, a tuple has one of these for each layer; anything else holds for
            all of them. A layer splits the rows that the layer before it predicted, so a share
            held out in each layer leaves few: ``cv=(0.2, 5)`` holds out once.""",
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
        Any,
        Parameter(
            """bool, list, array, slice, callable or tuple

            Whether the final estimator reads the columns of X too, or which: names of a
            DataFrame's columns, indices, a mask, a slice, or a callable that is given X and
            returns one of these, such as :func:`~sklearn.compose.make_column_selector`. A pandas
            or polars DataFrame with other columns than numbers reaches it as a DataFrame.

            With several layers, a tuple has one of these for each layer and says what goes on
            beside its predictions; anything else holds for all of them.""",
            "boolean",
            list,
            tuple,
            np.ndarray,
            slice,
            callable,
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
            """bool

            Whether to keep the predictions that each layer's successor was fitted on, as
            `meta_features_` and in `layers_`.""",
            "boolean",
        ),
    ] = False
    scoring: Annotated[
        str | Callable | None,
        Parameter(
            """str, callable or None

            What `base_scores_` and `gain_` measure: the name of a scorer, such as
            'neg_log_loss', or a callable ``scorer(estimator, X, y)``. None is the estimators' own:
            accuracy, or R2. What is scored are the predictions of the held-out rows themselves,
            so that it costs no prediction more.""",
            None,
            callable,
            StrOptions(set(get_scorer_names())),
        ),
    ] = None
    check_gain: Annotated[
        bool,
        Parameter(
            """bool

            Whether to compare the ensemble with its best base estimator on rows that neither has
            learnt from, and to warn if it is no better: the layers above the first are fitted on
            a part of the predictions that the first one made out of sample, and both are scored
            on the rest, in turn. Costs about five more fits of all above the first layer. See
            `gain_`. With k folds the predictions of one part come from models that have seen the
            others; a layer that reads X too (`passthrough`) can make use of that, and `gain_` is
            then too high: hold a part out (`cv=0.5`) to be sure.""",
            "boolean",
        ),
    ] = False
    error_score: Annotated[
        str | float,
        Parameter(
            """'raise', 'drop' or float

            What becomes of a base estimator that fails in a fit or a prediction, or predicts NaN
            or infinity. 'raise' ends the fit of the stacker. 'drop' leaves the base out of the
            ensemble, with a warning, and records why in `failed_estimators_`. A number does the
            same and stands for the scores that it lacks in `base_scores_`.""",
            StrOptions({"raise", "drop"}),
            Real,
        ),
    ] = "raise"
    max_time: Annotated[
        float | None,
        Parameter(
            """float or None

            Seconds after which no further fit of a base estimator starts. The ensemble is built
            from the bases that are complete by then, at least one in each layer; the others are
            named in `skipped_estimators_`. What has started is finished; the final estimator and
            the comparison of `check_gain` are not counted. Networks do not train in packs then,
            for all fits of a pack start together. None is no limit.""",
            None,
            Interval(Real, 0, None, closed="neither"),
        ),
    ] = None
    warm_start: Annotated[
        bool,
        Parameter(
            """bool

            Whether a further `fit` on the same data keeps the base estimators that are as they
            were, on the same splits, and fits only those that are new, changed or were missing
            for lack of time, then the final estimator. Keeps the held-out predictions in the
            fitted stacker.""",
            "boolean",
        ),
    ] = False


ATTRIBUTES = """
estimators_ : list of estimators
    The fitted base estimators of all layers, without those left out. With `refit=False` and several
    splits each is a small object that averages the fits: iterate over it or index it to reach them.

named_estimators_ : :class:`~sklearn.utils.Bunch`
    The same by name, and 'drop' for what was left out.

layers_ : list of :class:`~sklearn.utils.Bunch`
    For each layer: `names`, `estimators`, `stack_method` and `n_columns` of its bases, `indices`
    (the rows that it predicted out of sample) and `predictions` of these rows with all the columns
    side by side, None unless they are stored.

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

base_scores_ : dict of str to ndarray of shape (n_splits,)
    The score of each base estimator on the rows held out of each split. NaN where `scoring` cannot
    score what the base predicts.

fit_times_, score_times_ : dict of str to ndarray of shape (n_splits,)
    Seconds that each base estimator took to be fitted, and to predict the rows held out. NaN where
    there was no fit (`cv="prefit"`), or no prediction apart from the fit (`fit_cross_predict`).
    Networks of skdeep train in packs, and the time of each then includes that of waiting for the
    others: do not add them up; `n_jobs=1` fits, and times, one after another.

failed_estimators_ : dict of str to str
    The base estimators that failed, and why. Empty if `error_score="raise"`.

skipped_estimators_ : list of str
    The base estimators that `max_time` left no time for.

gain_ : float
    By how much the ensemble's score is above that of the base estimator with the best one, on rows
    that neither has learnt from. The base is chosen without those rows. Only if `check_gain=True`.

ensemble_scores_ : ndarray of shape (n_checks,)
    The ensemble's scores in that comparison. Only if `check_gain=True`.

best_base_ : str
    Name of the first layer's base with the best score. Only if `check_gain=True`.

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

A base estimator with a method `fit_cross_predict` is asked for its predictions out of sample
instead of being fitted once a split; the user guide has the protocol.

Indices given as `cv` count rows of the `X` passed to `fit`, so inside a cross-validation use a
splitter instead.
"""

REFERENCES = """
.. [1] D. H. Wolpert, "Stacked generalization", Neural Networks 5(2), 1992.
.. [2] A. Toescher, M. Jahrer, R. M. Bell, "The BigChaos Solution to the Netflix Grand Prize",
   2009.
"""
