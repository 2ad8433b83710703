"""Stacked generalization: by cross-validation, by blending, or on a validation set of your own."""

from skdeep.ensemble._combiners.convex import ConvexStackingClassifier, ConvexStackingRegressor
from skdeep.ensemble._combiners.selection import (
    EnsembleSelectionClassifier,
    EnsembleSelectionRegressor,
)
from skdeep.ensemble._diversity import diversity_report
from skdeep.ensemble._stacking.blend import blend
from skdeep.ensemble._stacking.classifier import StackingClassifier
from skdeep.ensemble._stacking.regressor import StackingRegressor

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
