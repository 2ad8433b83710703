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

Several targets are learnt together, by bases and a final estimator that support this; wrap others
in a :class:`~sklearn.multioutput.MultiOutputRegressor`.

In regression, weights of the base estimators that cannot be negative work best, as Breiman
found [3]_: ``final_estimator=LinearRegression(positive=True, fit_intercept=False)``, or, with
weights that sum to 1 besides, :class:`ConvexStackingRegressor`.
"""


_REFERENCES = f"""
{REFERENCES.strip()}
.. [3] L. Breiman, "Stacked regressions", Machine Learning 24, 1996.
"""


@estimator(attributes=ATTRIBUTES, notes=_NOTES, references=_REFERENCES)
class StackingRegressor(RegressorMixin, BaseStacking):
    """Regressor that learns how to combine the predictions of several regressors.

    A drop-in for :class:`sklearn.ensemble.StackingRegressor`.

    The base estimators predict rows that they were not fitted on, and are fitted again on all rows;
    the final estimator is fitted on these predictions. With several layers, each layer is fitted on
    the predictions of the layer before it.

    Beyond scikit-learn, `cv` may be a single held-out split, which is known as *blending*, or any
    other splitter, whether or not it predicts each row once.

    Parameters
    ----------
    estimators : list of (str, estimator), or list of such lists
        The base estimators and their names. 'drop' instead of an estimator leaves it out.

        A list of lists is a stack of several layers: the first reads X, every other layer the
        predictions of the layer before it. All names must differ, whatever the layer, so that
        ``set_params(name=...)`` reaches every base.

    final_estimator : estimator or None, default=None
        What is fitted on the predictions: a classifier for classification, a regressor for
        regression. None stands for :class:`~sklearn.linear_model.LogisticRegression` or
        :class:`~sklearn.linear_model.RidgeCV`. Where some layer holds out a single split (`cv` a
        float, `X_val`, or a splitter that makes one), its rows are few, and None stands for
        :class:`EnsembleSelectionClassifier` or :class:`EnsembleSelectionRegressor`, which hardly
        overfit to them. These combine predictions only: with columns of X beside the predictions
        (`passthrough`), or with decisions between pairs of classes, None stands for scikit-learn's
        in any case.

        If it has a parameter `columns_per_base` that is None, this is set to the numbers of columns
        of the bases, in the copy that is fitted. Inside a Pipeline it stays as it is.

    cv : int, float, splitter, iterable, 'prefit' or None, default=None
        Which rows are held out of a base estimator's fit and predicted by it.

        - None: 5 folds.
        - int: the number of folds, not shuffled. Classes are stratified; where the rows of a
          regression are sorted, give a splitter that shuffles.
        - float in (0, 1): blending on this share of the rows, drawn with `random_state`. Classes
          are stratified.
        - splitter or iterable of (train, test) index arrays: any. The final estimator is fitted on
          the rows that were predicted, each of them once; a row that was predicted several times
          has the mean of its predictions. The splitter is copied and called once, so that every
          base gets the same splits.
        - 'prefit': the base estimators are fitted already and are not cloned. Give `fit` rows that
          they have not seen, or the final estimator will trust the one that overfits most.

        With several layers, a tuple gives one of these for each layer; anything else applies to all
        of them. A layer splits the rows that the layer before it predicted, so a share held out in
        each layer leaves few: ``cv=(0.2, 5)`` holds out once.

    n_jobs : int or None, default=None
        Number of fits that run in parallel, over bases and splits. None means 1 outside of a
        :obj:`joblib.parallel_config` context, -1 all processors.

    passthrough : bool, list, array, slice, callable or tuple, default=False
        Whether the final estimator reads the columns of X too, or which of them: names of a
        DataFrame's columns, indices, a mask, a slice, or a callable that is given X and returns one
        of these, such as :func:`~sklearn.compose.make_column_selector`. Columns of a pandas or
        polars DataFrame that are not all numbers reach it as a DataFrame.

        With several layers, a tuple gives one of these for each layer: what is passed on beside its
        predictions. Anything else applies to all of them.

    verbose : int, default=0
        Verbosity of joblib.

    refit : bool, default=True
        Whether the base estimators are fitted again on all rows. If not, the models that made the
        predictions are kept: with one split the model itself, with several splits all of them,
        whose predictions are averaged. Has no effect with `cv="prefit"`.

    random_state : int, RandomState instance or None, default=None
        Draws the held-out split if `cv` is a float, and seeds the copy of a splitter without a
        random state of its own. numpy's global generator is never used.

    store_cv_predictions : bool, default=False
        Whether to store the out-of-sample predictions of every layer, in `meta_features_` and
        `layers_`.

    scoring : str, callable or None, default=None
        What `base_scores_` and `gain_` measure: the name of a scorer, such as 'neg_log_loss', or a
        callable ``scorer(estimator, X, y)``. None is accuracy for classifiers and R2 for
        regressors. The predictions of the held-out rows are scored as they are, so that nothing is
        predicted again.

    check_gain : bool, default=False
        Whether to compare the ensemble with its best base estimator on rows that neither has learnt
        from, and to warn if it is no better: the layers above the first are fitted on a part of the
        predictions that the first one made out of sample, and both are scored on the rest, in turn.
        This costs about five more fits of everything above the first layer. See `gain_`. With k
        folds the predictions for one part come from models that have seen the other parts; a layer
        that reads X too (`passthrough`) can exploit that, and `gain_` is then too high: hold out a
        part (`cv=0.5`) to be sure.

    error_score : 'raise', 'drop' or float, default='raise'
        What happens if a base estimator fails in a fit or a prediction, or predicts NaN or
        infinity. 'raise' raises the error. 'drop' leaves the base out of the ensemble, with a
        warning, and records the reason in `failed_estimators_`. A number does the same, and is
        entered for its missing scores in `base_scores_`.

    max_time : float or None, default=None
        Seconds after which no further fit of a base estimator starts; fits that have started are
        finished. The ensemble is built from the bases that are complete by then, at least one in
        each layer; the others are listed in `skipped_estimators_`. The time of the final estimator
        and of `check_gain` does not count. Networks then do not train in packs, because all fits of
        a pack start together. None is no limit.

    warm_start : bool, default=False
        Whether a further `fit` on the same data keeps the base estimators that have not changed,
        and the splits, and fits only those that are new, changed or were skipped for lack of time,
        then the final estimator. The fitted stacker then stores the held-out predictions.

    Attributes
    ----------
    estimators_ : list of estimators
        The fitted base estimators of all layers, without those left out. With `refit=False` and
        several splits, each is an object that averages the fits: iterate over it or index it to
        reach them.
    named_estimators_ : :class:`~sklearn.utils.Bunch`
        The same by name, and 'drop' for what was left out.
    layers_ : list of :class:`~sklearn.utils.Bunch`
        For each layer: `names`, `estimators`, `stack_method` and `n_columns` of its bases,
        `indices` (the rows that it predicted out of sample) and `predictions` (of these rows, all
        columns side by side; None unless they are stored).
    final_estimator_ : estimator
        The fitted final estimator.
    stack_method_ : list of str
        The method of each base estimator that makes its predictions.
    meta_indices_ : ndarray of shape (n_meta,)
        The rows that the final estimator was fitted on, sorted. Rows of `X_val` are numbered after
        those of `X`.
    meta_features_ : ndarray of shape (n_meta, n_columns)
        The out-of-sample predictions for these rows, without the columns of X. Only if
        `store_cv_predictions=True`.
    base_scores_ : dict of str to ndarray of shape (n_splits,)
        The score of each base estimator on the held-out rows of each split. NaN where `scoring`
        cannot score what the base predicts.
    fit_times_, score_times_ : dict of str to ndarray of shape (n_splits,)
        Seconds that fitting each base estimator took, and predicting the held-out rows. NaN where
        there was no fit (`cv="prefit"`), or no prediction apart from the fit (`fit_cross_predict`).
        Networks of skdeep train in packs, and the time of each then includes waiting for the
        others: do not add them up. With `n_jobs=1` they are fitted, and timed, one after another.
    failed_estimators_ : dict of str to str
        The base estimators that failed, and why. Empty if `error_score="raise"`.
    skipped_estimators_ : list of str
        The base estimators for which `max_time` left no time.
    gain_ : float
        By how much the ensemble's score exceeds that of the best base estimator, on rows that
        neither has learnt from. The best base is chosen without those rows. Only if
        `check_gain=True`.
    ensemble_scores_ : ndarray of shape (n_checks,)
        The ensemble's scores in that comparison. Only if `check_gain=True`.
    best_base_ : str
        Name of the first layer's base with the best score. Only if `check_gain=True`.
    n_features_in_ : int
        Number of features seen in `fit`, if the first base estimator has this attribute.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in `fit`, if the base estimators have this attribute.

    Notes
    -----
    The idea is Wolpert's [1]_. Blending, the variant with a single held-out part, spread with the
    Netflix prize [2]_: it fits each base once (twice with `refit=True`) where five folds fit it six
    times, but leaves fewer rows for the final estimator.

    Callbacks (`set_callbacks`) are called for each fit, and are passed on to those inner estimators
    that support callbacks themselves.

    A base estimator with a method `fit_cross_predict` is asked for its predictions out of sample
    instead of being fitted once for each split; the user guide describes the protocol.

    Indices given as `cv` refer to rows of the `X` passed to `fit`, so inside a cross-validation use
    a splitter instead.

    Several targets are learnt together, by bases and a final estimator that support this; wrap
    others in a :class:`~sklearn.multioutput.MultiOutputRegressor`.

    In regression, weights of the base estimators that cannot be negative work best, as Breiman
    found [3]_: ``final_estimator=LinearRegression(positive=True, fit_intercept=False)``, or, with
    weights that sum to 1 besides, :class:`ConvexStackingRegressor`.

    References
    ----------
    .. [1] D. H. Wolpert, "Stacked generalization", Neural Networks 5(2), 1992.
    .. [2] A. Toescher, M. Jahrer, R. M. Bell, "The BigChaos Solution to the Netflix Grand Prize",
       2009.
    .. [3] L. Breiman, "Stacked regressions", Machine Learning 24, 1996.

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
