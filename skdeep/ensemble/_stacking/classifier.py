"""Stacked classification."""

import reprlib
import warnings
from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.validation import check_is_fitted

from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import StrOptions
from skdeep.ensemble._combiners.checks import Kind, check_two_classes, read_class_target
from skdeep.ensemble._combiners.selection import EnsembleSelectionClassifier
from skdeep.ensemble._stacking.alignment import AnswerLayout
from skdeep.ensemble._stacking.base import BaseStacking, final_has
from skdeep.ensemble._stacking.parameters import ATTRIBUTES, NOTES, REFERENCES
from skdeep.ensemble._stacking.plan import Data, Plan

_CLASSES = """
classes_ : ndarray of shape (n_classes,) or list of ndarray
    The classes; of each label if y is multilabel.
"""

_NOTES = f"""
{NOTES.strip()}

Classes are learnt as numbers 0, 1, ... in sorted order, by the final estimator and by a
regressor among the base estimators. Of the two probabilities of a binary problem only the
second is passed on. A base estimator that did not see a class in some split predicts 0 for it
there (as a decision, something less than for all others), with a warning.

In blending, the row of a class that has only one goes to the base estimators, with a warning;
of a larger class each part gets at least one row. For a class that the held-out rows lack, an
ensemble selection or convex stacking keeps the probability that the bases give; other final
estimators cannot predict it: its column in `predict_proba` is 0, with a warning. A multilabel
target is not stratified.
"""


@estimator(attributes=_CLASSES + ATTRIBUTES, notes=_NOTES, references=REFERENCES)
class StackingClassifier(ClassifierMixin, BaseStacking):
    """Classifier that learns how to combine the predictions of several estimators.

    A drop-in for :class:`sklearn.ensemble.StackingClassifier`.

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

    stack_method : {'auto', 'predict_proba', 'decision_function', 'predict'} or dict, default='auto'
        The method of the base estimators that makes the predictions; 'auto' takes the first of
        these, in this order, that an estimator has. A dict gives one of these for some base
        estimators by name; the others are 'auto'.

        With 'predict', the prediction is the number of the class. Where predictions have to be
        averaged (a row is predicted several times, or several fits are kept) and there are more
        than two classes, it is one column for each class, with its share of the votes.

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
    classes_ : ndarray of shape (n_classes,) or list of ndarray
        The classes; of each label if y is multilabel.
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

    Classes are learnt as numbers 0, 1, ... in sorted order, by the final estimator and by a
    regressor among the base estimators. Of the two probabilities of a binary problem only the
    second is passed on. A base estimator that did not see a class in some split predicts 0 for it
    there (as a decision, something less than for all others), with a warning.

    In blending, the row of a class that has only one goes to the base estimators, with a warning;
    of a larger class each part gets at least one row. For a class that the held-out rows lack, an
    ensemble selection or convex stacking keeps the probability that the bases give; other final
    estimators cannot predict it: its column in `predict_proba` is 0, with a warning. A multilabel
    target is not stratified.

    References
    ----------
    .. [1] D. H. Wolpert, "Stacked generalization", Neural Networks 5(2), 1992.
    .. [2] A. Toescher, M. Jahrer, R. M. Bell, "The BigChaos Solution to the Netflix Grand Prize",
       2009.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skdeep.ensemble import StackingClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> estimators = [
    ...     ("tree", DecisionTreeClassifier(max_depth=4, random_state=0)),
    ...     ("linear", make_pipeline(StandardScaler(), LogisticRegression())),
    ... ]
    >>> stack = StackingClassifier(estimators).fit(X_train, y_train)
    >>> stack.score(X_test, y_test) > 0.95
    True

    Blending, with a fifth of the rows held out:

    >>> blend = StackingClassifier(estimators, cv=0.2, random_state=0).fit(X_train, y_train)
    >>> len(blend.meta_indices_), len(X_train)
    (86, 426)

    Two layers, of which the second reads the predictions of the first and two columns of X:

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> layers = [estimators, [("near", KNeighborsClassifier()), ("again", LogisticRegression())]]
    >>> deep = StackingClassifier(layers, passthrough=([0, 1], False)).fit(X_train, y_train)
    >>> deep.set_params(near__n_neighbors=9).score(X_test, y_test) > 0.95
    True
    """

    _: KW_ONLY
    stack_method: Annotated[
        str | dict[str, str],
        Parameter(
            """{'auto', 'predict_proba', 'decision_function', 'predict'} or dict

            The method of the base estimators that makes the predictions; 'auto' takes the first of
            these, in this order, that an estimator has. A dict gives one of these for some base
            estimators by name; the others are 'auto'.

            With 'predict', the prediction is the number of the class. Where predictions have to be
            averaged (a row is predicted several times, or several fits are kept) and there are more
            than two classes, it is one column for each class, with its share of the votes.""",
            StrOptions({"auto", "predict_proba", "decision_function", "predict"}),
            dict,
        ),
    ] = "auto"

    def __init__(
        self,
        estimators: list[Any],
        final_estimator: Any = None,
        *,
        stack_method: str | dict[str, str] = "auto",
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
        self.stack_method = stack_method
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
    def _default_final_estimator(selects: bool) -> EnsembleSelectionClassifier | LogisticRegression:
        return EnsembleSelectionClassifier() if selects else LogisticRegression()

    def _encode_target(self, y: Any) -> tuple[np.ndarray, Kind, list[np.ndarray]]:
        y, kind = read_class_target(self, y)
        if kind == "labels":
            encoders = [LabelEncoder().fit(column) for column in y.T]
            codes = [e.transform(column) for e, column in zip(encoders, y.T, strict=True)]
            return np.array(codes).T, kind, [e.classes_ for e in encoders]
        encoder = LabelEncoder()
        codes = encoder.fit_transform(y)
        check_two_classes(self, encoder.classes_)
        return codes, kind, [encoder.classes_]

    def _check_rows(self, plan: Plan) -> None:
        if plan.data.kind != "classes":
            return
        present = np.unique(plan.data.y[plan.rows])
        if len(present) == 1:
            labels = plan.data.classes[0].tolist()
            the_class = labels.pop(present[0])
            raise ValueError(
                f"The rows that the final estimator is to be fitted on are all of class "
                f"{the_class!r}, none of {labels}: give a larger or stratified "
                f"held-out part than cv={reprlib.repr(self.cv)} makes."
            )

    def _check_fitted(self, data: Data, final_estimator: Any) -> None:
        codes = [np.arange(len(labels)) for labels in data.classes]
        absent = AnswerLayout(data.kind, codes, labels=data.classes).missing(final_estimator)
        if absent:
            names = ", ".join(map(str, data.classes[0][absent]))
            warnings.warn(
                f"No row of class {names} is held out: the final estimator does not know it, and "
                "its probability is 0.",
                UserWarning,
                stacklevel=4,
            )

    def _aligned(self, method: str, X: Any) -> np.ndarray:
        """The final estimator's answers with a column for each class."""
        X_meta = self._meta_features(X)
        known = [np.arange(len(labels)) for labels in self._label_sets]
        return AnswerLayout(self._kind, known).aligned(self.final_estimator_, method, X_meta)

    @property
    def _kind(self) -> Kind:
        return self._features[-1].layout.kind

    @property
    def _label_sets(self) -> list[np.ndarray]:
        return self.classes_ if isinstance(self.classes_, list) else [self.classes_]

    @final_has("predict")
    def predict(self, X: Any, **predict_params: Any) -> np.ndarray:
        """Predict classes.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        **predict_params : dict
            Arguments of the final estimator's `predict`; with metadata routing, those that it
            requests.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Predicted classes.
        """
        codes = np.asarray(self._predict(X, predict_params)).astype(np.intp)
        if self._kind == "classes":
            return self.classes_[codes]
        columns = zip(self.classes_, codes.T, strict=True)
        return np.array([labels[column] for labels, column in columns]).T

    @final_has("predict_proba")
    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
            One column for each of `classes_`; if y is multilabel, the probability of each label.
        """
        check_is_fitted(self)
        if self._kind == "classes":
            return self._aligned("predict_proba", X)
        answer = self.final_estimator_.predict_proba(self._meta_features(X))
        if not isinstance(answer, list):
            constant = [
                float(labels[0] > 0) if len(labels) == 1 else np.nan for labels in self.classes_
            ]
            return np.where(np.isnan(constant), answer, constant)
        return np.column_stack(
            [
                # One class only: a label that all rows had, or none.
                p[:, 1] if p.shape[1] == 2 else np.full(len(p), float(labels[codes[-1]] > 0))
                for p, labels, codes in zip(
                    answer, self.classes_, self.final_estimator_.classes_, strict=True
                )
            ]
        )

    @final_has("decision_function")
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the final estimator's decisions.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        decisions : ndarray of shape (n_samples,), (n_samples, n_classes) or (n_samples, n_labels)
            The greater, the surer of the class (of the second one, if there are two).
        """
        decisions = self._aligned("decision_function", X)
        return decisions[:, 0] if decisions.shape[1] == 1 else decisions
