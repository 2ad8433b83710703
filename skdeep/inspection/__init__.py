"""Pictures of fitted estimators, and what they attend to. Drawing needs the extra `plot`."""

from skdeep.inspection._attention import attention_tokens, attention_weights
from skdeep.inspection._stacking_display import StackingDisplay

__all__ = ["StackingDisplay", "attention_tokens", "attention_weights"]
