"""Plots of fitted estimators, and their attention weights. Drawing needs the extra `plot`."""

from skdeep.inspection._attention import attention_tokens as attention_tokens
from skdeep.inspection._attention import attention_weights as attention_weights
from skdeep.inspection._stacking_display import StackingDisplay as StackingDisplay
from skdeep.inspection._tabular_display import TabularDisplay as TabularDisplay

# All that was imported: a name stands in one place.
__all__ = sorted(name for name in dir() if not name.startswith("_"))
