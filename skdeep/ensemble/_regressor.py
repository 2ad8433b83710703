"""Stacked regression."""

from sklearn.base import RegressorMixin
from sklearn.linear_model import RidgeCV
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import column_or_1d

from skdeep.ensemble._base import BaseStacking, final_has


class StackingRegressor(RegressorMixin, BaseStacking):
    """Regressor that learns how to combine the predictions of several regressors.

    A drop-in for :class:`sklearn.ensemble.StackingRegressor`. The base estimators predict rows
    that they were not fitted on; the final estimator is fitted on these predictions; then the
    base estimators are fitted again on all rows.

    Beyond scikit-learn, `cv` may be a single held-out split, which is known as *blending*, or any
    other splitter, whether or not it predicts each row once.

    Parameters
    ----------
    estimators : list of (str, regressor)
        The base estimators and their names. 'drop' instead of an estimator leaves it out.

    final_estimator : regressor, default=None
        What is fitted on the predictions. None stands for
        :class:`~sklearn.linear_model.RidgeCV`.

    cv : int, float, splitter, iterable, "prefit" or None, default=None
        Which rows are held out of a base estimator's fit and predicted by it.

        - None: 5 folds.
        - int: the number of folds, not shuffled: where the rows are sorted, give a splitter that
          shuffles.
        - float in (0, 1): blending on this share of the rows, drawn with `random_state`.
        - splitter or iterable of (train, test) index arrays: any. The final estimator is fitted on
          the rows that were predicted, once each; a row that was predicted often counts with the
          mean. The splitter is copied and asked once, and every base sees the same splits.
        - "prefit": the base estimators are fitted already and are not cloned. Give rows to `fit`
          that they have not seen, or the final estimator will trust the one that fits closest.

    n_jobs : int, default=None
        Number of fits that run in parallel, over bases and splits. None means 1 outside of a
        :obj:`joblib.parallel_config` context, -1 all processors.

    passthrough : bool, default=False
        Whether the final estimator reads the columns of X too. A pandas or polars DataFrame with
        other columns than numbers reaches it as a DataFrame.

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
        Whether to keep the predictions that the final estimator was fitted on.

    Attributes
    ----------
    estimators_ : list of regressors
        The fitted base estimators without those dropped. With `refit=False` and several splits
        each is a small object that averages the fits: iterate over it or index it to reach them.

    named_estimators_ : :class:`~sklearn.utils.Bunch`
        The same by name, and 'drop' for what was dropped.

    final_estimator_ : regressor
        The fitted final estimator.

    stack_method_ : list of str
        "predict" for each base estimator.

    meta_indices_ : ndarray of shape (n_meta,)
        The rows that the final estimator was fitted on, sorted. Rows of `X_val` are counted on
        after those of `X`.

    meta_features_ : ndarray of shape (n_meta, n_columns)
        The out-of-sample predictions for these rows, without the columns of X. Only if
        `store_cv_predictions=True`.

    n_features_in_ : int
        Number of features seen in `fit`, if the first base estimator tells.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in `fit`, if the base estimators tell.

    See Also
    --------
    StackingClassifier : The same for classification.
    blend : Shorthand for a stacker with one held-out split.

    Notes
    -----
    The idea is Wolpert's [1]_, its use for regression Breiman's [2]_, who found that weights that
    cannot be negative serve best:
    ``final_estimator=LinearRegression(positive=True, fit_intercept=False)``. Blending, the variant
    with a single held-out part, spread with the Netflix prize [3]_: it fits each base once (twice
    with `refit=True`) where five folds fit it six times, and pays with fewer rows for the final
    estimator.

    Callbacks (`set_callbacks`) hear of each fit, and are handed on to the estimators inside that
    support callbacks themselves.

    Indices given as `cv` count rows of the `X` passed to `fit`, so inside a cross-validation use a
    splitter instead.

    References
    ----------
    .. [1] D. H. Wolpert, "Stacked generalization", Neural Networks 5(2), 1992.
    .. [2] L. Breiman, "Stacked regressions", Machine Learning 24, 1996.
    .. [3] A. Toescher, M. Jahrer, R. M. Bell, "The BigChaos Solution to the Netflix Grand Prize",
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

    @staticmethod
    def _default_final_estimator():
        return RidgeCV()

    def _encode_target(self, y):
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, estimator_name=type(self).__name__, input_name="y")
        return y, "numbers", []

    @final_has("predict")
    def predict(self, X, **predict_params):
        """Predict numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to be predicted.

        **predict_params : dict
            Arguments of the final estimator's `predict`, such as `return_std`; with metadata
            routing, those that it requests.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            Predicted targets, or whatever else the final estimator is asked to return.
        """
        return self._predict(X, predict_params)
