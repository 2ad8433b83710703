"""Stacked generalization: by cross-validation, by blending, or on a validation set of your own."""

from skdeep.ensemble._combiners.convex import ConvexStackingClassifier as ConvexStackingClassifier
from skdeep.ensemble._combiners.convex import ConvexStackingRegressor as ConvexStackingRegressor
from skdeep.ensemble._combiners.selection import (
    EnsembleSelectionClassifier as EnsembleSelectionClassifier,
)
from skdeep.ensemble._combiners.selection import (
    EnsembleSelectionRegressor as EnsembleSelectionRegressor,
)
from skdeep.ensemble._diversity import diversity_report as diversity_report
from skdeep.ensemble._stacking.blend import blend as blend
from skdeep.ensemble._stacking.classifier import StackingClassifier as StackingClassifier
from skdeep.ensemble._stacking.regressor import StackingRegressor as StackingRegressor

# All that was imported: a name stands in one place.
__all__ = sorted(name for name in dir() if not name.startswith("_"))
