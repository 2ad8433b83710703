"""Stacked regression."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.linear_model import RidgeCV
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import column_or_1d

from skdeep._estimator.parameters import estimator
from skdeep.ensemble._combiners.checks import Kind
from skdeep.ensemble._combiners.selection import EnsembleSelectionRegressor
from skdeep.ensemble._stacking.base import BaseStacking, final_has
from skdeep.ensemble._stacking.layered_estimators import tags_of
from skdeep.ensemble._stacking.parameters import ATTRIBUTES, NOTES, REFERENCES

_NOTES = f"""
{NOTES.strip()}

A target of several columns is learnt as it is, by bases and a final estimator that take one;
:class:`~sklearn.multioutput.MultiOutputRegressor` wraps those that do not.

In regression, weights of the base estimators that cannot be negative serve best, as Breiman
found [3]_: ``final_estimator=LinearRegression(positive=True, fit_intercept=False)``, or, with
weights that sum to 1 besides, :class:`ConvexStackingRegressor`.
"""


@estimator(attributes=ATTRIBUTES, notes=_NOTES, references=REFERENCES)
class StackingRegressor(RegressorMixin, BaseStacking):
    """Regressor that learns how to combine the predictions of several regressors.

    A drop-in for :class:`sklearn.ensemble.StackingRegressor`.

    The base estimators predict rows that they were not fitted on, and are fitted again on all rows;
    the final estimator is fitted on these predictions. With several layers, so is each layer on
    those of the layer before it.

    Beyond scikit-learn, `cv` may be a single held-out split, which is known as *blending*, or any
    other splitter, whether or not it predicts each row once.

    Parameters
    ----------
    estimators : list of (str, estimator), or list of such lists
        The base estimators and their names. 'drop' instead of an estimator leaves it out.

        A list of lists is a stack of several layers: the first reads X, each other one the
        predictions of the layer before it. All names are different, whatever the layer, so that
        ``set_params(name=...)`` reaches every base.

    final_estimator : estimator or None, default=None
        What is fitted on the predictions, a classifier in a classification and a regressor in a
        regression. None stands for :class:`~sklearn.linear_model.LogisticRegression` and
        :class:`~sklearn.linear_model.RidgeCV`; where some layer holds out a single split (`cv` a
        float, `X_val`, or a splitter that makes one), so that the rows are few, for
        :class:`EnsembleSelectionClassifier` and :class:`EnsembleSelectionRegressor`, which these
        rows can hardly mislead. A selection reads predictions alone: with columns of X beside them
        (`passthrough`) None stands for scikit-learn's in any case, as it does with decisions
        between pairs of classes.

        A parameter `columns_per_base` that it has and that is None is set, in the copy that is
        fitted, to the number of columns of each base. In a Pipeline it stays as it is.

    cv : int, float, splitter, iterable, 'prefit' or None, default=None
        Which rows are held out of a base estimator's fit and predicted by it.

        - None: 5 folds. - int: the number of folds, not shuffled. Classes are stratified; where the
        rows of a regression are sorted, give a splitter that shuffles. - float in (0, 1): blending
        on this share of the rows, drawn with `random_state`. Classes are stratified. - splitter or
        iterable of (train, test) index arrays: any. The final estimator is fitted on the rows that
        were predicted, once each; a row that was predicted often counts with the mean. The splitter
        is copied and asked once, and every base sees the same splits. - 'prefit': the base
        estimators are fitted already and are not cloned. Give rows to `fit` that they have not
        seen, or the final estimator will trust the one that fits closest.

        With several layers, a tuple has one of these for each layer; anything else holds for all of
        them. A layer splits the rows that the layer before it predicted, so a share held out in
        each layer leaves few: ``cv=(0.2, 5)`` holds out once.

    n_jobs : int or None, default=None
        Number of fits that run in parallel, over bases and splits. None means 1 outside of a
        :obj:`joblib.parallel_config` context, -1 all processors.

    passthrough : bool, list, array, slice, callable or tuple, default=False
        Whether the final estimator reads the columns of X too, or which: names of a DataFrame's
        columns, indices, a mask, a slice, or a callable that is given X and returns one of these,
        such as :func:`~sklearn.compose.make_column_selector`. A pandas or polars DataFrame with
        other columns than numbers reaches it as a DataFrame.

        With several layers, a tuple has one of these for each layer and says what goes on beside
        its predictions; anything else holds for all of them.

    verbose : int, default=0
        How much joblib tells of the progress.

    refit : bool, default=True
        Whether the base estimators are fitted again on all rows. If not, the models that made the
        predictions are kept: after one split the model itself, after several the mean of all of
        them. Has no effect with `cv="prefit"`.

    random_state : int, RandomState instance or None, default=None
        Draws the held-out split where `cv` is a float, and seeds a copy of a splitter that has no
        random state of its own. numpy's global generator is never touched.

    store_cv_predictions : bool, default=False
        Whether to keep the predictions that each layer's successor was fitted on, as
        `meta_features_` and in `layers_`.

    scoring : str, callable or None, default=None
        What `base_scores_` and `gain_` measure: the name of a scorer, such as 'neg_log_loss', or a
        callable ``scorer(estimator, X, y)``. None is the estimators' own: accuracy, or R2. What is
        scored are the predictions of the held-out rows themselves, so that it costs no prediction
        more.

    check_gain : bool, default=False
        Whether to compare the ensemble with its best base estimator on rows that neither has learnt
        from, and to warn if it is no better: the layers above the first are fitted on a part of the
        predictions that the first one made out of sample, and both are scored on the rest, in turn.
        Costs about five more fits of all above the first layer. See `gain_`. With k folds the
        predictions of one part come from models that have seen the others; a layer that reads X too
        (`passthrough`) can make use of that, and `gain_` is then too high: hold a part out
        (`cv=0.5`) to be sure.

    error_score : 'raise', 'drop' or float, default='raise'
        What becomes of a base estimator that fails in a fit or a prediction, or predicts NaN or
        infinity. 'raise' ends the fit of the stacker. 'drop' leaves the base out of the ensemble,
        with a warning, and records why in `failed_estimators_`. A number does the same and stands
        for the scores that it lacks in `base_scores_`.

    max_time : float or None, default=None
        Seconds after which no further fit of a base estimator starts. The ensemble is built from
        the bases that are complete by then, at least one in each layer; the others are named in
        `skipped_estimators_`. What has started is finished; the final estimator and the comparison
        of `check_gain` are not counted. Networks do not train in packs then, for all fits of a pack
        start together. None is no limit.

    warm_start : bool, default=False
        Whether a further `fit` on the same data keeps the base estimators that are as they were, on
        the same splits, and fits only those that are new, changed or were missing for lack of time,
        then the final estimator. Keeps the held-out predictions in the fitted stacker.

    Attributes
    ----------
    estimators_ : list of estimators
        The fitted base estimators of all layers, without those left out. With `refit=False` and
        several splits each is a small object that averages the fits: iterate over it or index it to
        reach them.
    named_estimators_ : :class:`~sklearn.utils.Bunch`
        The same by name, and 'drop' for what was left out.
    layers_ : list of :class:`~sklearn.utils.Bunch`
        For each layer: `names`, `estimators`, `stack_method` and `n_columns` of its bases,
        `indices` (the rows that it predicted out of sample) and `predictions` of these rows with
        all the columns side by side, None unless they are stored.
    final_estimator_ : estimator
        The fitted final estimator.
    stack_method_ : list of str
        The method that each base estimator is asked with.
    meta_indices_ : ndarray of shape (n_meta,)
        The rows that the final estimator was fitted on, sorted. Rows of `X_val` are counted on
        after those of `X`.
    meta_features_ : ndarray of shape (n_meta, n_columns)
        The out-of-sample predictions for these rows, without the columns of X. Only if
        `store_cv_predictions=True`.
    base_scores_ : dict of str to ndarray of shape (n_splits,)
        The score of each base estimator on the rows held out of each split. NaN where `scoring`
        cannot score what the base predicts.
    fit_times_, score_times_ : dict of str to ndarray of shape (n_splits,)
        Seconds that each base estimator took to be fitted, and to predict the rows held out. NaN
        where there was no fit (`cv="prefit"`), or no prediction apart from the fit
        (`fit_cross_predict`). Networks of skdeep train in packs, and the time of each then includes
        that of waiting for the others: do not add them up; `n_jobs=1` fits, and times, one after
        another.
    failed_estimators_ : dict of str to str
        The base estimators that failed, and why. Empty if `error_score="raise"`.
    skipped_estimators_ : list of str
        The base estimators that `max_time` left no time for.
    gain_ : float
        By how much the ensemble's score is above that of the base estimator with the best one, on
        rows that neither has learnt from. The base is chosen without those rows. Only if
        `check_gain=True`.
    ensemble_scores_ : ndarray of shape (n_checks,)
        The ensemble's scores in that comparison. Only if `check_gain=True`.
    best_base_ : str
        Name of the first layer's base with the best score. Only if `check_gain=True`.
    n_features_in_ : int
        Number of features seen in `fit`, if the first base estimator tells.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in `fit`, if the base estimators tell.

    See Also
    --------
    StackingClassifier : The same for classification.
    blend : Shorthand for a stacker with one held-out split.
    EnsembleSelectionRegressor, ConvexStackingRegressor : Second layers that weigh the bases.

    Notes
    -----
    The idea is Wolpert's [1]_. Blending, the variant with a single held-out part, spread with the
    Netflix prize [2]_: it fits each base once (twice with `refit=True`) where five folds fit it six
    times, and pays with fewer rows for the final estimator.

    Callbacks (`set_callbacks`) hear of each fit, and are handed on to the estimators inside that
    support callbacks themselves.

    A base estimator with a method `fit_cross_predict` is asked for its predictions out of sample
    instead of being fitted once a split; the user guide has the protocol.

    Indices given as `cv` count rows of the `X` passed to `fit`, so inside a cross-validation use a
    splitter instead.

    A target of several columns is learnt as it is, by bases and a final estimator that take one;
    :class:`~sklearn.multioutput.MultiOutputRegressor` wraps those that do not.

    In regression, weights of the base estimators that cannot be negative serve best, as Breiman
    found [3]_: ``final_estimator=LinearRegression(positive=True, fit_intercept=False)``, or, with
    weights that sum to 1 besides, :class:`ConvexStackingRegressor`.

    References
    ----------
    .. [1] D. H. Wolpert, "Stacked generalization", Neural Networks 5(2), 1992.
    .. [2] A. Toescher, M. Jahrer, R. M. Bell, "The BigChaos Solution to the Netflix Grand Prize",
       2009.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from skdeep.ensemble import StackingRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> estimators = [("ridge", Ridge(alpha=0.1)), ("near", KNeighborsRegressor(20))]
    >>> stack = StackingRegressor(estimators).fit(X[:300], y[:300])
    >>> stack.score(X[300:], y[300:]) > 0.45
    True

    Rows in the order of time are predicted from earlier rows only:

    >>> stack = StackingRegressor(estimators, cv=TimeSeriesSplit(3)).fit(X[:300], y[:300])
    >>> int(stack.meta_indices_[0])  # the rows before have no past to be predicted from
    75
    """

    def __init__(
        self,
        estimators: list[Any],
        final_estimator: Any = None,
        *,
        cv: Any = None,
        n_jobs: int | None = None,
        passthrough: Any = False,
        verbose: int = 0,
        refit: bool = True,
        random_state: Any = None,
        store_cv_predictions: bool = False,
        scoring: str | Callable | None = None,
        check_gain: bool = False,
        error_score: str | float = "raise",
        max_time: float | None = None,
        warm_start: bool = False,
    ) -> None:
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.n_jobs = n_jobs
        self.passthrough = passthrough
        self.verbose = verbose
        self.refit = refit
        self.random_state = random_state
        self.store_cv_predictions = store_cv_predictions
        self.scoring = scoring
        self.check_gain = check_gain
        self.error_score = error_score
        self.max_time = max_time
        self.warm_start = warm_start

    @staticmethod
    def _default_final_estimator(selects: bool) -> EnsembleSelectionRegressor | RidgeCV:
        return EnsembleSelectionRegressor() if selects else RidgeCV()

    def _encode_target(self, y: Any) -> tuple[np.ndarray, Kind, list[np.ndarray]]:
        y = check_array(
            y, ensure_2d=False, dtype=None, estimator=self, input_name="y", ensure_min_samples=0
        )
        if y.dtype.kind == "O":
            y = y.astype(np.float64)
        return y if y.ndim == 2 and y.shape[1] > 1 else column_or_1d(y, warn=True), "numbers", []

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        parts = tags_of([*self._pairs, ("final_estimator", self._second_layer())])
        tags.target_tags.multi_output = all(part.target_tags.multi_output for part in parts)
        return tags

    @final_has("predict")
    def predict(self, X: Any, **predict_params: Any) -> Any:
        """Predict numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        **predict_params : dict
            Arguments of the final estimator's `predict`, such as `return_std`; with metadata
            routing, those that it requests.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predicted targets, or whatever else the final estimator is asked to return.
        """
        return self._predict(X, predict_params)
