"""Stacked generalization: by cross-validation, by blending, or on a validation set of your own."""

from skdeep.ensemble._blend import blend
from skdeep.ensemble._classifier import StackingClassifier
from skdeep.ensemble._convex_stacking import ConvexStackingClassifier, ConvexStackingRegressor
from skdeep.ensemble._diversity import diversity_report
from skdeep.ensemble._ensemble_selection import (
    EnsembleSelectionClassifier,
    EnsembleSelectionRegressor,
)
from skdeep.ensemble._regressor import StackingRegressor

__all__ = [
    "ConvexStackingClassifier",
    "ConvexStackingRegressor",
    "EnsembleSelectionClassifier",
    "EnsembleSelectionRegressor",
    "StackingClassifier",
    "StackingRegressor",
    "blend",
    "diversity_report",
]
