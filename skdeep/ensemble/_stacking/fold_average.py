"""Several fits of one base, kept instead of a refit, whose predictions are averaged."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if

from skdeep.ensemble._stacking.alignment import AnswerLayout


def _all_have(method: str) -> Callable[[Callable[..., Any]], Any]:
    # getattr, not hasattr: its AttributeError says which model lacks the method.
    return available_if(lambda self: all(getattr(model, method) for model in self.estimators))


class FoldAverage:
    """The models of one base on several splits, which predict their mean.

    Iterable and indexable: `average[i]` is the model that was fitted on split i.

    Parameters
    ----------
    estimators : list of fitted estimators
        One for each split.
    layout : AnswerLayout
        What they predict.
    """

    def __init__(self, estimators: list[Any], layout: AnswerLayout) -> None:
        self.estimators = estimators
        self.layout = layout

    def __len__(self) -> int:
        return len(self.estimators)

    def __getitem__(self, index: int) -> Any:
        return self.estimators[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.estimators)

    def __repr__(self) -> str:
        return f"FoldAverage of {len(self)} x {self.estimators[0]!r}"

    def __sklearn_tags__(self) -> Tags:
        return get_tags(self.estimators[0])

    @property
    def n_features_in_(self) -> int:
        """Number of features seen during the fits."""
        return self.estimators[0].n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the features seen during the fits."""
        return self.estimators[0].feature_names_in_

    @property
    def classes_(self) -> np.ndarray | list[np.ndarray]:
        """Classes of the target, as the models write them."""
        if self.layout.kind == "numbers" or not is_classifier(self):
            raise AttributeError("A FoldAverage of regressors has no classes_.")
        return self.layout.known[0] if self.layout.kind == "classes" else self.layout.known

    def _mean(self, layout: AnswerLayout, method: str, X: Any) -> np.ndarray:
        mean = np.mean([layout.aligned(model, method, X) for model in self.estimators], axis=0)
        return mean[:, 0] if mean.shape[1] == 1 and layout.kind != "labels" else mean

    @_all_have("predict_proba")
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the mean probability of each class, of each label if there are several."""
        return self._mean(self.layout, "predict_proba", X)

    @_all_have("decision_function")
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the mean decision."""
        return self._mean(self.layout, "decision_function", X)

    @_all_have("predict")
    def predict(self, X: Any) -> np.ndarray:
        """Return the mean prediction; of classifiers, the class that most models predict."""
        mean = self._mean(
            AnswerLayout(
                self.layout.kind, self.layout.known, votes=True, labels=self.layout.labels
            ),
            "predict",
            X,
        )
        if not is_classifier(self):
            return mean
        if self.layout.n_classes > 2:
            return self.classes_[mean.argmax(axis=1)]
        positive = (mean > 0.5).astype(np.intp)
        return positive if self.layout.kind == "labels" else self.classes_[positive]
