"""Stacked generalization: by cross-validation, by blending, or on a validation set of your own."""

from skdeep.ensemble._blend import blend
from skdeep.ensemble._classifier import StackingClassifier
from skdeep.ensemble._regressor import StackingRegressor

__all__ = ["StackingClassifier", "StackingRegressor", "blend"]
