"""Pictures of fitted estimators, and what they attend to. Drawing needs the extra `plot`."""

from skdeep.inspection._attention import attention_tokens, attention_weights
from skdeep.inspection._stacking_display import StackingDisplay
from skdeep.inspection._tabular_display import TabularDisplay

__all__ = ["StackingDisplay", "TabularDisplay", "attention_tokens", "attention_weights"]
