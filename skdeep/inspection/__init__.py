"""Pictures of fitted estimators. Drawing needs matplotlib, the extra `plot`."""

from skdeep.inspection._stacking_display import StackingDisplay

__all__ = ["StackingDisplay"]
