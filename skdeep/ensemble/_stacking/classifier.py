"""Stacked classification."""

import reprlib
import warnings
from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.validation import check_is_fitted

from skdeep._estimator.parameters import Parameter, estimator, shared_docstring
from skdeep._scikit_learn import StrOptions
from skdeep.ensemble._combiners.checks import Kind, check_two_classes, read_class_target
from skdeep.ensemble._combiners.selection import EnsembleSelectionClassifier
from skdeep.ensemble._stacking.alignment import AnswerLayout
from skdeep.ensemble._stacking.base import BaseStacking, final_has
from skdeep.ensemble._stacking.parameters import ATTRIBUTES, NOTES, PROCEDURE, REFERENCES
from skdeep.ensemble._stacking.plan import Data, Plan


@shared_docstring(procedure=PROCEDURE, attributes=ATTRIBUTES, notes=NOTES, references=REFERENCES)
@estimator
class StackingClassifier(ClassifierMixin, BaseStacking):
    """Classifier that learns how to combine the predictions of several estimators.

    A drop-in for :class:`sklearn.ensemble.StackingClassifier`.

    {procedure}

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of ndarray
        The classes; of each label if y is multilabel.

    {attributes}

    See Also
    --------
    StackingRegressor : The same for regression.
    blend : Shorthand for a stacker with one held-out split.
    EnsembleSelectionClassifier, ConvexStackingClassifier : Second layers that weigh the bases.

    Notes
    -----
    {notes}

    Classes are learnt as numbers 0, 1, ... in sorted order, by the final estimator and by a
    regressor among the base estimators. Of the two probabilities of a binary problem only the
    second is passed on. A base estimator that did not see a class in some split predicts 0 for it
    there (as a decision, something less than for all others), with a warning.

    Blending leaves a class of a single row to the base estimators, with a warning; of a larger
    class each part gets a row at least. Of a class that the held-out rows lack, a selection and a
    convex stacking keep the probability that the bases give; other final estimators cannot predict
    it: its column in `predict_proba` is 0, with a warning. A multilabel target is not stratified.

    References
    ----------
    {references}

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

            What the base estimators are asked for; 'auto' takes the first in this order that one
            has. A dict has one of these for some of them by name, and the others are 'auto'.

            With 'predict', a class is its number; where predictions have to be averaged (a row is
            predicted often, or several fits are kept) and there are more than two classes, it is
            one column a class, with the share of the votes.""",
            StrOptions({"auto", "predict_proba", "decision_function", "predict"}),
            dict,
        ),
    ] = "auto"

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
